"""Judge of the sentences chosen for an answer which of them lead to what was asked.

The ranking says which sentence answers better, not whether the fourth one answers at all: the same score is
much for a vague question and little for a plain one. This logistic model reads a sentence beside the one that
opens the answer and beside its neighbours; it is learned from questions whose facts are labelled
(`eval/fit_relevance.py`), and what falls below its floor is left out.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.rank import FEATURES, Candidate, highest, stack
from app.records import Understanding

OF_SENTENCE = ("score", "share", "answering_share", "asked")
OF_PLACE = (
    "place", "like_first", "like_another", "passage_of_first", "article_of_first", "passage_again",
    "answering_less",
)  # fmt: skip
OF_QUESTION = ("words", "condition_said", "exercise_said", "place_said")
_SCALE = 20.0  # of scores, so that all features are of the size of 1


@dataclass(frozen=True, slots=True)
class Relevance:
    """A fitted model.

    Attributes:
        weights: By name: "bias", the features of `app.rank`, those of this module, `intent:` and each intent.
        floor: Probability below which a sentence is left out, unless it is the first.
    """

    weights: Mapping[str, float]
    floor: float

    def kept(
        self, chosen: Sequence[tuple[Candidate, bool]], found: Sequence[Candidate], u: Understanding
    ) -> list[Candidate]:
        """Return the first of `chosen`, and of the others those that lead to what was asked.

        Args:
            chosen: Sentences in their order; True where one was found for what the intent asks of the
                condition, not for the person's own words.
            found: All that were found for the question, best first.
            u: The question.
        """
        rows = relevance_features(chosen, found, u)
        led = [place == 0 or self._probability(row) >= self.floor for place, row in enumerate(rows)]
        return [candidate for (candidate, _), kept in zip(chosen, led, strict=True) if kept]

    def _probability(self, features: Mapping[str, float]) -> float:
        known = self.weights  # an intent without a row of its own has no weight
        return 1 / (1 + math.exp(-sum([known.get(name, 0.0) * value for name, value in features.items()])))


def relevance_features(
    chosen: Sequence[tuple[Candidate, bool]], found: Sequence[Candidate], u: Understanding
) -> list[dict[str, float]]:
    """Return what the model reads of each sentence, by name; the arguments are those of `Relevance.kept`."""
    if not chosen:
        return []
    first = chosen[0][0]
    vectors = stack([candidate for candidate, _ in chosen])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 0.0)
    like_another, like_first = alike.max(axis=1).tolist(), alike[0].tolist()
    best, most = max(found[0].score, 1e-6), highest(found, "answering")
    question = {
        "bias": 1.0,
        f"intent:{u.intent}": 1.0,
        "words": len(u.question.split()) / _SCALE,
        "condition_said": float(bool(u.conditions)),
        "exercise_said": float(bool(u.exercises)),
        "place_said": float(bool(u.places)),
    }
    rows = []
    quoted: set[str] = set()
    for place, (candidate, asked) in enumerate(chosen):
        passage, answering = candidate.passage, candidate.features["answering"]
        rows.append(
            {
                **question,
                **dict(zip(FEATURES, candidate.features.row, strict=True)),
                "score": candidate.score / _SCALE,
                "share": candidate.score / best,
                "answering_share": answering / most,
                "asked": float(asked),
                "place": place / 8,
                "like_first": like_first[place] if place else 1.0,
                "like_another": like_another[place],
                "passage_of_first": float(passage.passage_id == first.passage.passage_id),
                "article_of_first": float(passage.article == first.passage.article),
                "passage_again": float(passage.passage_id in quoted),
                "answering_less": answering - first.features["answering"],
            }
        )
        quoted.add(passage.passage_id)
    return rows


def names(intents: Sequence[str]) -> tuple[str, ...]:
    """Return the name of every feature, for the ids of all intents."""
    return (
        "bias", *FEATURES, *OF_SENTENCE, *OF_PLACE, *OF_QUESTION, *(f"intent:{intent}" for intent in intents)
    )  # fmt: skip


def load_relevance(intents: Sequence[str], path: Path | None = None) -> Relevance:
    """Return the model that ships with the project; an intent that is new since it was fitted counts 0."""
    path = path or Path(__file__).with_name("data") / "relevance.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    known = data["weights"]
    new = {name: 0.0 for name in names(intents) if name.startswith("intent:") and name not in known}
    weights = {name: float((known | new)[name]) for name in names(intents)}
    return Relevance(weights, float(data["floor"]))
