"""Judge of a sentence chosen for an answer whether it leads to what was asked.

The ranking says which sentence answers better, not whether the fourth one answers at all: the same score is
much for a vague question and little for a plain one. This logistic model is learned from questions whose
facts are labelled (`eval/fit_relevance.py`), and what falls below its floor is left out.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.rank import FEATURES, Candidate

NAMES = ("bias", *FEATURES, "score", "share", "answering_share", "asked")
_SCALE = 20.0  # of scores, so that all features are of the size of 1


@dataclass(frozen=True, slots=True)
class Relevance:
    """A fitted model.

    Attributes:
        weights: By name, as in `NAMES`.
        floor: Probability below which a sentence is left out, unless it is the first.
    """

    weights: Mapping[str, float]
    floor: float

    def of(self, candidate: Candidate, best: Best, *, asked: bool) -> float:
        """Return the probability that the sentence leads to what was asked.

        Args:
            candidate: The sentence.
            best: The best of all that were found for the question.
            asked: It was found for what the intent asks of the condition, not for the person's own words.
        """
        features = relevance_features(candidate, best, asked=asked)
        return 1 / (1 + math.exp(-sum(self.weights[name] * features[name] for name in NAMES)))


@dataclass(frozen=True, slots=True)
class Best:
    """The highest score, and the highest similarity by the answerer, of the sentences found."""

    score: float
    answering: float

    @classmethod
    def of(cls, found: Sequence[Candidate]) -> Best:
        """Look through `found` (at least one), best first."""
        return cls(found[0].score, max([candidate.features["answering"] for candidate in found]))


def relevance_features(candidate: Candidate, best: Best, *, asked: bool) -> dict[str, float]:
    """Return what the model reads, by name."""
    return {
        "bias": 1.0,
        **candidate.features,
        "score": candidate.score / _SCALE,
        "share": candidate.score / max(best.score, 1e-6),
        "answering_share": candidate.features["answering"] / best.answering,
        "asked": float(asked),
    }


def load_relevance(path: Path | None = None) -> Relevance:
    """Return the model that ships with the project."""
    path = path or Path(__file__).with_name("data") / "relevance.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Relevance({name: float(data["weights"][name]) for name in NAMES}, float(data["floor"]))
