"""Choose the sentence that opens an answer: the one that answers what was asked when it is read alone.

The ranking says which sentences belong to an answer; to be read first is more. "Why does it hurt going
downhill?" is not answered by when it hurts, however alike the two are. A small network weighs, for the best
sentences, what the ranking knows of each, its shape, how its words meet those of the question one by one
(`ingest.answering.matches`), and whether it answered questions like this one (`app.precedents`). It is
learned from sentences that readers judged alone (`eval/fit_opener.py`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.intents import Intent
from app.precedents import FEATURES as PRECEDENTS
from app.rank import FEATURES, Candidate
from app.words import fold

# Passage id and ordinal of a sentence -> how well its words meet those of the question.
Matching = Mapping[tuple[str, int], float]
# The same -> how it answered questions like this one, as `app.precedents.FEATURES`.
Before = Mapping[tuple[str, int], Sequence[float]]
Matrix = npt.NDArray[np.float64]

MOST = 15  # of the best sentences, those that may be put first
NEAR = 0.6  # share of the best score from which they may
OWN_FEATURES = (
    "score", "share", "answering_less", "matching", "matching_less", "opens", "aside", "words", *PRECEDENTS,
)  # fmt: skip
_SCALE = 20.0  # of words, so that all features are of the size of 1


@dataclass(frozen=True, slots=True)
class Opener:
    """A fitted network of one hidden layer.

    Attributes:
        hidden: Shape (features, units); the features are those of `app.rank`, then `OWN_FEATURES`.
        hidden_bias: Shape (units,).
        out: Shape (units,).
    """

    hidden: Matrix
    hidden_bias: Matrix
    out: Matrix

    def best(
        self, candidates: Sequence[Candidate], intent: Intent, matching: Matching, before: Before
    ) -> Candidate | None:
        """Return the sentence to open with; None where there is no candidate.

        Args:
            candidates: Sentences, best first.
            intent: What is asked.
            matching: Of the candidates, as far as it is known.
            before: Of the candidates, as far as it is known.
        """
        near = openers(candidates, intent)
        if len(near) < 2:
            return near[0] if near else None
        features = opener_features(near, intent, matching, before)
        worth = np.tanh(features @ self.hidden + self.hidden_bias) @ self.out
        return near[int(worth.argmax())]


def openers(candidates: Sequence[Candidate], intent: Intent) -> list[Candidate]:
    """Return those of `candidates` (best first) that may open an answer to `intent`."""
    near = [c for c in candidates[:MOST] if c.score >= NEAR * candidates[0].score] or list(candidates[:1])
    near = [c for c in near if not _place_of(intent, c.sentence.text).unfit] or near
    if intent.opened_by_leads:
        near = [c for c in near if _place_of(intent, c.sentence.text).opens] or near
    return near


def opener_features(
    candidates: Sequence[Candidate], intent: Intent, matching: Matching, before: Before
) -> Matrix:
    """Return what the network reads of each of `candidates`, beside the best of them.

    Args:
        candidates: Sentences, best first.
        intent: What is asked.
        matching: Of the candidates, as far as it is known.
        before: Of the candidates, as far as it is known.
    """
    ranked = np.array([c.features.row for c in candidates])
    answering = ranked[:, FEATURES.index("answering")]
    score = np.array([c.score for c in candidates])
    usual = sum(matching.values()) / len(matching) if matching else 0.0  # for one that was not among the best
    like = np.array([matching.get(key_of(c), usual) for c in candidates])
    shapes = [_place_of(intent, c.sentence.text) for c in candidates]
    own = (
        score / _SCALE,
        score / max(float(score.max()), 1e-6),
        answering - answering.max(),
        like,
        like - like.max(),
        [place.opens for place in shapes],
        [place.aside for place in shapes],
        [place.words / _SCALE for place in shapes],
    )
    unknown = (0.0,) * len(PRECEDENTS)
    return np.column_stack([ranked, *own, [before.get(key_of(c), unknown) for c in candidates]])


def key_of(candidate: Candidate) -> tuple[str, int]:
    """Return where a sentence stands: its passage's id, and its ordinal there."""
    return candidate.passage.passage_id, candidate.ordinal


def load_opener(path: Path | None = None) -> Opener:
    """Return the network that ships with the project."""
    path = path or Path(__file__).with_name("data") / "opener.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    hidden = np.array([data["hidden"][name] for name in (*FEATURES, *OWN_FEATURES)])
    return Opener(hidden, np.array(data["hidden_bias"]), np.array(data["out"]))


class _Place(NamedTuple):
    """Whether a sentence is of the kind that opens an answer, steps aside or is never first; its words."""

    opens: bool
    aside: bool
    unfit: bool
    words: int


@lru_cache(maxsize=50_000)
def _place_of(intent: Intent, sentence: str) -> _Place:
    told = fold(sentence)
    return _Place(
        intent.is_opened_by(told), intent.is_aside(told), intent.is_unfit(told), len(sentence.split())
    )
