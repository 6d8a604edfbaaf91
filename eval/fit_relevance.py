"""Learn which of the sentences chosen for an answer lead to what was asked.

From `strangers.jsonl` and `fresh.jsonl` of `eval/questions`, over the digests and, where they lie beside the
project, the originals: a sentence does where its citation counts as to the point (`eval/relevance.py`).
`questions.jsonl` is left out of it, so that its citation precision stays a figure on unseen questions, and
so is `readers.jsonl`.

    python -m eval.fit_relevance           # prints figures on left-out questions, writes the weights
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from app.answer import Assistant
from app.compose import as_span
from app.intents import load_intents
from app.relevance import names, relevance_features
from app.rules.records import ExercisePolicy
from app.wire import build_assistant
from eval.evaluate import ORIGINALS
from eval.questions import load_questions
from eval.server import corpus_of
from eval.systems import open_originals

NAMES = names(load_intents().ids)
QUESTIONS = Path(__file__).parent / "questions"
TARGET = Path(__file__).parent.parent / "app" / "data" / "relevance.toml"
LEARNED_FROM = ("strangers.jsonl", "fresh.jsonl")
FOLDS, STRENGTH = 5, 0.03  # of the regularisation, inverse, on standardised features
FLOOR = 0.8  # by the table that this prints, and precision over the originals (`make baseline`)
FLOORS = (0.0, 0.6, 0.7, 0.75, FLOOR, 0.85)


def rows(assistant: Assistant) -> Iterator[tuple[str, int, list[float], bool]]:
    """Yield question id, place in the answer, features, and whether the sentence leads to what was asked."""
    corpus = corpus_of(assistant.index)
    for question in (q for name in LEARNED_FROM for q in load_questions(QUESTIONS / name)):
        understanding = assistant.understand(list(question.turns))
        if question.answerable is False or understanding.foreign or not corpus.labels(question):
            continue
        evidence = assistant.gather(understanding)
        chosen = assistant.composer.chosen(understanding, evidence, ExercisePolicy.ALLOW)
        read = relevance_features(chosen, evidence.candidates, understanding)
        for place, ((candidate, _), features) in enumerate(zip(chosen, read, strict=True)):
            span = as_span(candidate)
            citation = {"passage_id": span.passage_id, "quote": span.text}
            values = [features.get(name, 0.0) for name in NAMES]
            yield question.id, place, values, corpus.is_to_the_point(citation, question)


def main() -> None:
    """Fit, print what each floor would do on questions left out, write the weights."""
    with tempfile.TemporaryDirectory() as scratch:
        assistants = [build_assistant()]
        assistants += [open_originals(ORIGINALS, Path(scratch))] if ORIGINALS.is_dir() else []
        found = [row for assistant in assistants for row in rows(assistant)]
    ids, places, features, right = zip(*found, strict=True)
    x, y = np.array(features), np.array(right)
    first = np.array(places) == 0
    left_out = np.zeros(len(y))
    for learned, unseen in GroupKFold(FOLDS).split(x, y, ids):
        weights = _fit(x[learned], y[learned])
        left_out[unseen] = 1 / (1 + np.exp(-x[unseen] @ weights))
    print(f"{len(set(ids))} questions, {len(y)} sentences")
    for floor in FLOORS:
        kept = first | (left_out >= floor)
        print(f"floor {floor:.2f}: {kept.mean():.3f} kept, {y[kept].mean():.3f} of them to the point")
    lines = "".join(f'"{n}" = {w:.4f}\n' for n, w in zip(NAMES, _fit(x, y).tolist(), strict=True))
    what = '# Logistic model of "this sentence leads to what was asked"'
    by = "written by `python -m eval.fit_relevance`."
    TARGET.write_text(f"{what}; {by}\nfloor = {FLOOR}\n\n[weights]\n{lines}", encoding="utf-8")


def _fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return weights for the features as they are, the bias first."""
    mean, spread = x[:, 1:].mean(0), x[:, 1:].std(0) + 1e-6
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit((x[:, 1:] - mean) / spread, y)
    slopes = model.coef_[0] / spread
    return np.concatenate([model.intercept_ - slopes @ mean, slopes])


if __name__ == "__main__":
    main()
