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

    def of(self, candidate: Candidate, found: Sequence[Candidate], *, asked: bool) -> float:
        """Return the probability that the sentence leads to what was asked.

        Args:
            candidate: The sentence.
            found: All that were found for the question, best first.
            asked: It was found for what the intent asks of the condition, not for the person's own words.
        """
        features = relevance_features(candidate, found, asked=asked)
        return 1 / (1 + math.exp(-sum(self.weights[name] * features[name] for name in NAMES)))


def relevance_features(candidate: Candidate, found: Sequence[Candidate], *, asked: bool) -> dict[str, float]:
    """Return what the model reads, by name."""
    most = max(other.features["answering"] for other in found)
    return {
        "bias": 1.0,
        **candidate.features,
        "score": candidate.score / _SCALE,
        "share": candidate.score / max(found[0].score, 1e-6),
        "answering_share": candidate.features["answering"] / most,
        "asked": float(asked),
    }


def load_relevance(path: Path | None = None) -> Relevance:
    """Return the model that ships with the project."""
    path = path or Path(__file__).with_name("data") / "relevance.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Relevance({name: float(data["weights"][name]) for name in NAMES}, float(data["floor"]))
