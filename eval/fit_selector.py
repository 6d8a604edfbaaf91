"""Learn the weights of the sentence ranking, and of the judgement whether there is an answer at all.

The ranking is a linear model of feature differences. One of its features is the answerer's own vector, so
it is learned from those questions of `eval/selector/pairs.jsonl` that the answerer was never shown, over the
digests and, where they lie beside the project, the originals. The judgement is a logistic model, from the
same questions, those of `eval/questions/questions.jsonl`, and `answerable.txt` and `unanswerable.txt` of
`eval/selector`. Neither sees `fresh.jsonl`, `strangers.jsonl` or `readers.jsonl` of `eval/questions`.

    python -m eval.fit_selector            # prints held-out figures, writes app/data/*.toml
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from app.answer import Assistant
from app.evidence import evidence_features
from app.precedents import fingerprint
from app.rank import FEATURES
from app.wire import build_assistant
from eval.answerer.rows import judged, retold
from eval.evaluate import ORIGINALS
from eval.systems import open_originals
from eval.train_answerer import pairs_held_back, unanswerable_parts

FOLDER = Path(__file__).parent
DATA = FOLDER.parent / "app" / "data"
SEED, FOLDS, HARD_NEGATIVES = 0, 5, 20
ANSWERING = 14.0  # weight of that feature: one size, so that the margins of app/choose.py keep their meaning
STRENGTH, EVIDENCE_STRENGTH = 0.003, 1.0  # of the regularisation, inverse; chosen by the same folds
# The floor by eval/questions/questions.jsonl; the last above what came of unanswerable questions of all sets.
FLOOR, PASSING, ANYWAY = 0.4, 0.5, 0.72
Matrix = npt.NDArray[np.float64]
Rows = list[tuple[Matrix, float]]


def sentence_rows(assistant: Assistant, *, originals: bool) -> list[Rows]:
    """Return, for each question, the features of each candidate and how well it answers, 0 to 1."""
    told = retold()
    questions = []
    for pair in pairs_held_back():
        worth: dict[tuple[str, str], float] = {}
        for value, answer in judged(pair):
            article, digest = answer["article"], fingerprint(answer["quote"])
            for name in told.get((article, digest), ()) if originals else (digest,):
                worth.setdefault((article, name), value)
        found = assistant.gather(assistant.understand([pair["question"]])).candidates
        rows = [
            (_vector(c.features, FEATURES), worth.get((c.passage.article, fingerprint(c.sentence.text)), 0.0))
            for c in found
        ]
        questions.append(rows)
    return questions


def fit_ranking(questions: Sequence[Rows], start: Matrix) -> Matrix:
    """Return weights under which answering sentences score above the hardest others."""
    differences, weights = [], []
    for rows in questions:
        hard = sorted((f for f, answers in rows if not answers), key=lambda f: -float(f @ start))
        for features, answers in rows:
            if answers:
                differences += [features - other for other in hard[:HARD_NEGATIVES]]
                weights += [answers] * len(hard[:HARD_NEGATIVES])
    x = np.array(differences)
    scale = np.abs(x).mean(0) + 1e-3
    model = LogisticRegression(C=STRENGTH, max_iter=500, fit_intercept=False)
    model.fit(np.concatenate([x, -x]) / scale, np.repeat([1, 0], len(x)), np.tile(weights, 2))
    fitted = model.coef_[0] / scale
    return np.asarray(fitted / abs(fitted[FEATURES.index("answering")]) * ANSWERING)


def hits(weights: Matrix, questions: Sequence[Rows], k: int) -> list[bool]:
    """Say of each question whether an answering sentence is among the first `k`."""
    best = [sorted(rows, key=lambda row: -float(row[0] @ weights))[:k] for rows in questions]
    return [any(answers for _, answers in rows) for rows in best]


def evidence_rows(assistants: Iterable[Assistant]) -> tuple[list[dict[str, float]], list[bool], list[int]]:
    """Return the features of each question, whether the articles answer it, and its number.

    The labelled questions, those that the ranking is learned from, and some that no article answers.
    """
    rows = [json.loads(line) for line in _lines("questions/questions.jsonl")]
    asked = [(row["turns"], bool(row["answerable"])) for row in rows if row["kind"] != "vague"]
    asked += [([pair["question"]], True) for pair in pairs_held_back()]
    asked += [([line], True) for line in _lines("selector/answerable.txt")]
    asked += [([line], False) for line in unanswerable_parts()[1]]
    features, labels, numbers = [], [], []
    for assistant in assistants:
        for number, (turns, answerable) in enumerate(asked):
            understanding = assistant.understand(turns)
            if understanding.intent == "vague" or (answerable and understanding.foreign):
                continue  # decided before this model is asked; what no article answers teaches all the same
            found = assistant.gather(understanding)
            ranker = assistant.ranker
            features.append(evidence_features(understanding, found.hits, found.candidates, ranker))
            labels.append(answerable)
            numbers.append(number)
    return features, labels, numbers


def _lines(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Fit both, print what they do on rows that they have not seen, write the weights."""
    with tempfile.TemporaryDirectory() as scratch:
        assistants = [build_assistant()]
        assistants += [open_originals(ORIGINALS, Path(scratch))] if ORIGINALS.is_dir() else []
        weights = _fit_ranking(assistants)
        for assistant in assistants:
            assistant.ranker.weights.update(weights)
        _fit_evidence(assistants)


def _fit_ranking(assistants: Sequence[Assistant]) -> dict[str, float]:
    by_corpus = [sentence_rows(a, originals=bool(n)) for n, a in enumerate(assistants)]
    start = _vector(assistants[0].ranker.weights, FEATURES)
    count = len(by_corpus[0])
    folds = np.random.default_rng(SEED).integers(0, FOLDS, count)
    unseen: dict[int, list[bool]] = {1: [], 3: [], 6: []}
    alone: dict[int, list[bool]] = {1: [], 3: [], 6: []}
    for fold in range(FOLDS):
        learned = [rows[i] for rows in by_corpus for i in range(count) if folds[i] != fold]
        left_out = [rows[i] for rows in by_corpus for i in range(count) if folds[i] == fold]
        fitted = fit_ranking(learned, start)
        for k in unseen:
            unseen[k] += hits(fitted, left_out, k)
            alone[k] += hits(_vector({"answering": 1.0}, FEATURES), left_out, k)
    for name, found in (("answerer alone", alone), ("fitted, left out", unseen)):
        print(name, " ".join(f"hit@{k} {np.mean(v):.3f}" for k, v in found.items()), f"n={len(found[1])}")
    weights = fit_ranking([rows for corpus in by_corpus for rows in corpus], start)
    named = dict(zip(FEATURES, weights.tolist(), strict=True))
    _write("selector.toml", "Weights of the features in app/rank.py", "[weights]\n", named)
    return named


def _fit_evidence(assistants: Sequence[Assistant]) -> None:
    features, labels, numbers = evidence_rows(assistants)
    names = list(features[0])
    x, y = np.array([_vector(row, names) for row in features]), np.array(labels)
    folds = np.random.default_rng(SEED).integers(0, FOLDS, max(numbers) + 1)[numbers]
    predicted = np.zeros(len(y))
    for fold in range(FOLDS):
        model = _logistic(x[folds != fold], y[folds != fold])
        predicted[folds == fold] = model.predict_proba(x[folds == fold])[:, 1]
    refused = predicted < FLOOR
    missed = f"answerable refused {refused[y].mean():.3f} (n={y.sum()})"
    print(f"evidence, left out: unanswerable refused {refused[~y].mean():.3f} (n={(~y).sum()}), {missed}")
    fitted = dict(zip(names, _logistic(x, y).coef_[0], strict=True))
    head = f"floor = {FLOOR}\npassing = {PASSING}\nanyway = {ANYWAY}\n\n[weights]\n"
    _write("evidence.toml", 'Logistic model of "the build answers this question"', head, fitted)


def _logistic(x: Matrix, y: npt.NDArray[np.bool_]) -> LogisticRegression:
    model = LogisticRegression(
        C=EVIDENCE_STRENGTH, max_iter=2000, fit_intercept=False, class_weight="balanced"
    )
    return model.fit(x, y)


def _vector(values: Mapping[str, float], names: Sequence[str]) -> Matrix:
    return np.array([values.get(name, 0.0) for name in names])


def _write(name: str, what: str, head: str, weights: Mapping[str, float]) -> None:
    rows = "".join(f"{key} = {value:.4f}\n" for key, value in weights.items())
    (DATA / name).write_text(
        f"# {what}; written by `python -m eval.fit_selector`.\n{head}{rows}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
