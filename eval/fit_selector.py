"""Learn the weights of the sentence ranking, and of the judgement whether there is an answer at all.

The ranking is learned from `eval/selector/pairs.jsonl` (question, the sentences that answer it) as a linear
model of feature differences; the judgement from the same questions, those of `eval/questions/questions.jsonl`
and `eval/selector/unanswerable.txt`, as a logistic model. Neither sees a development or test question of
anybody else, nor `eval/questions/fresh.jsonl`.

    python -m eval.fit_selector            # prints held-out figures, writes app/data/*.toml
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from app.answer import Assistant
from app.evidence import evidence_features
from app.rank import FEATURES
from app.wire import build_assistant

FOLDER = Path(__file__).parent
DATA = FOLDER.parent / "app" / "data"
SEED, HELD_OUT, HARD_NEGATIVES, FLOOR = 0, 0.15, 20, 0.2
Matrix = npt.NDArray[np.float64]
Rows = list[tuple[Matrix, bool]]


def sentence_rows(assistant: Assistant) -> list[Rows]:
    """Return, for each question, the features of each candidate and whether it answers."""
    questions = []
    for line in (FOLDER / "selector" / "pairs.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        answers = {answer["quote"] for answer in pair["answers"]}
        found = assistant.gather(assistant.understand([pair["question"]])).candidates
        questions.append([(_vector(c.features, FEATURES), c.sentence.text in answers) for c in found])
    return questions


def fit_ranking(questions: Sequence[Rows], start: Matrix) -> Matrix:
    """Return weights under which answering sentences score above the hardest others."""
    differences = []
    for rows in questions:
        hard = sorted((f for f, answers in rows if not answers), key=lambda f: -float(f @ start))
        differences += [f - other for f, answers in rows if answers for other in hard[:HARD_NEGATIVES]]
    x = np.array(differences)
    scale = np.abs(x).mean(0) + 1e-3
    model = LogisticRegression(C=1.0, max_iter=300, fit_intercept=False)
    model.fit(np.concatenate([x, -x]) / scale, np.repeat([1, 0], len(x)))
    weights = model.coef_[0] / scale
    return np.asarray(weights / np.abs(weights).sum() * 15)  # one size, so that margins keep their meaning


def hit_rate(weights: Matrix, questions: Sequence[Rows], k: int) -> float:
    """Return the share of questions with an answering sentence among the first `k`."""
    best = [sorted(rows, key=lambda row: -float(row[0] @ weights))[:k] for rows in questions]
    return float(np.mean([any(answers for _, answers in rows) for rows in best]))


def evidence_rows(assistant: Assistant) -> tuple[list[dict[str, float]], list[bool]]:
    """Return the features of each question and whether the articles answer it.

    The labelled questions, those that the ranking is learned from, and some that no article answers.
    """
    rows = [json.loads(line) for line in _lines("questions/questions.jsonl")]
    asked = [(row["turns"], bool(row["answerable"])) for row in rows if row["kind"] != "vague"]
    asked += [([json.loads(line)["question"]], True) for line in _lines("selector/pairs.jsonl")]
    asked += [([line], False) for line in _lines("selector/unanswerable.txt")]
    features, labels = [], []
    for turns, answerable in asked:
        understanding = assistant.understand(turns)
        if understanding.intent == "vague" or (answerable and understanding.foreign):
            continue  # decided before this model is asked; what no article answers teaches all the same
        found = assistant.gather(understanding)
        features.append(evidence_features(understanding, found.hits, found.candidates, assistant.ranker))
        labels.append(answerable)
    return features, labels


def _lines(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Fit both, print what they do on rows that they have not seen, write the weights."""
    assistant = build_assistant()
    questions = sentence_rows(assistant)
    order = np.random.default_rng(SEED).permutation(len(questions))
    cut = int(len(order) * HELD_OUT)
    unseen, seen = [questions[i] for i in order[:cut]], [questions[i] for i in order[cut:]]
    start = _vector(assistant.ranker.weights, FEATURES)
    fitted = fit_ranking(seen, start)
    plain = _vector({"similarity": 1.0}, FEATURES)
    for name, weights in (("similarity alone", plain), ("before", start), ("fitted", fitted)):
        print(
            name,
            " ".join(f"hit@{k} {hit_rate(weights, unseen, k):.3f}" for k in (1, 3, 6)),
            f"n={len(unseen)}",
        )
    weights = fit_ranking(questions, start)
    _write(
        "selector.toml",
        "Weights of the features in app/rank.py",
        "[weights]\n",
        dict(zip(FEATURES, weights, strict=True)),
    )
    _fit_evidence(assistant)


def _fit_evidence(assistant: Assistant) -> None:
    features, labels = evidence_rows(assistant)
    names = list(features[0])
    x, y = np.array([_vector(row, names) for row in features]), np.array(labels)
    folds = np.random.default_rng(SEED).integers(0, 5, len(y))
    predicted = np.zeros(len(y))
    for fold in range(5):
        predicted[folds == fold] = _logistic(x[folds != fold], y[folds != fold]).predict_proba(
            x[folds == fold]
        )[:, 1]
    refused = predicted < FLOOR
    missed = f"answerable refused {refused[y].mean():.3f} (n={y.sum()})"
    print(f"evidence, 5-fold: unanswerable refused {refused[~y].mean():.3f} (n={(~y).sum()}), {missed}")
    model = _logistic(x, y)
    fitted = dict(zip(names, model.coef_[0], strict=True))
    _write(
        "evidence.toml",
        'Logistic model of "the build answers this question"',
        f"floor = {FLOOR}\n\n[weights]\n",
        fitted,
    )


def _logistic(x: Matrix, y: npt.NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=3.0, max_iter=500, fit_intercept=False, class_weight="balanced").fit(x, y)


def _vector(values: Mapping[str, float], names: Sequence[str]) -> Matrix:
    return np.array([values.get(name, 0.0) for name in names])


def _write(name: str, what: str, head: str, weights: Mapping[str, float]) -> None:
    rows = "".join(f"{key} = {value:.4f}\n" for key, value in weights.items())
    (DATA / name).write_text(
        f"# {what}; written by `python -m eval.fit_selector`.\n{head}{rows}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
