"""Weigh whether a flag rests on chance words, by what the net hears in and around it.

No single reading tells: small talk in the same sentence drowns what is told in a few words ("guys my toes are
grey what boots do you like"), and few words alone sound like a sign that they are not ("my watch blacked
out"). Small networks weigh them together: one the flags of the rules (`FEATURES`), one what only the net
hears (`ALONE`), beside the cues of denial, time and person in the words. They are learned from messages that
the net has not seen, and from true signs wrapped in small talk (`eval/fit_chance.py`; figures in
`model/card.md`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.rules.errors import RuleDataError

Matrix = NDArray[np.float64]

REACHES = (0, 2, 4, 7)  # words on either side of a mention that are read with it
FEATURES = (
    "whole", "turn", "sentence", "neighbours", "clause", "spelled", *(f"words{reach}" for reach in REACHES),
    "sentences", "turns", "loudest", "clause_loudest", "others", "sentence_others", "rivals",
    "turns_told", "other_person", "hypothetical", "leg", "urgent", "soon", "length", "mention",
    "undone", "undone_later",
)  # fmt: skip
# What was said there of it, or of anything: cue kinds of `context.toml`.
CUES = {
    "denied": frozenset({"absent"}),
    "over": frozenset({"resolved", "better", "past"}),
    "supposed": frozenset({"hypothetical", "fiction", "general"}),
    "of_others": frozenset({"other_person", "kin", "theirs", "family"}),
}
ALONE = (
    "whole", "turn", "last_turn", "sentence", "clause", "clauses", "others", "clause_others", "rules",
    "mentions", *CUES, "unsaid", *(f"{name}_there" for name in CUES), "asked", "leg", "leg_told",
    "things", "bodily", "standing", "turns_told", "urgent", "soon", "length", "sentence_length",
)  # fmt: skip
MOST = 3.0  # so many of a kind say as much as more
LOWEST, HIGHEST = -8.0, 12.0  # beyond them a margin says no more
HEARD = 1.75  # log odds above its floor from which on the net half hears a lesser flag: .15 of .03
HALF_HEARD = 0.3  # probability of being true from which on such a flag stands, whatever its level's limit
_LEAST = 1e-6  # a probability below it, or as near 1, says no more
_MODELS = Path(__file__).with_name("model")
CHANCE, FINDS = _MODELS / "chance.toml", _MODELS / "finds.toml"


@dataclass(frozen=True, slots=True)
class Weighing:
    """A fitted network of one hidden layer.

    Attributes:
        features: What it is given, by name.
        hidden: Shape (len(features), units).
        hidden_bias: Shape (units,).
        out: Shape (units,).
        out_bias: One number.
        limits: Level -> probability that the flag is true below which it rests on chance words.
    """

    features: tuple[str, ...]
    hidden: Matrix
    hidden_bias: Matrix
    out: Matrix
    out_bias: float
    limits: Mapping[str, float]

    def is_chance(self, heard: Mapping[str, float], level: str, share: float = 1.0) -> bool:
        """Say whether a flag of `level` rests on chance words.

        Args:
            heard: The `features`.
            level: Whose limit counts.
            share: Part of that limit to stay above.
        """
        row = np.array([heard[name] for name in self.features])
        return bool(self.truth(row[None])[0] < share * self.limits[level])

    def truth(self, rows: Matrix) -> Matrix:
        """Return the probability that each flag is true; `rows` has shape (flags, len(features))."""
        given = np.tanh(np.clip(rows, LOWEST, HIGHEST) @ self.hidden + self.hidden_bias) @ self.out
        told: Matrix = 1.0 / (1.0 + np.exp(-(given + self.out_bias)))
        return told


def is_half_heard(whole: float, level: str) -> bool:
    """Say whether a lesser flag is half heard in the whole: then it takes more to doubt it."""
    return level != "emergency" and whole >= HEARD


@lru_cache(maxsize=2)
def load_chance(path: Path = CHANCE, features: tuple[str, ...] = FEATURES) -> Weighing:
    """Return a network that ships with the project: that of the rules' flags, or another with its features.

    Raises:
        RuleDataError: The file is missing or damaged; names it and the way out.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Weighing(
            features,
            np.array([data["hidden"][name] for name in features]),
            np.array(data["hidden_bias"]),
            np.array(data["out"]),
            float(data["out_bias"]),
            {level: float(data["limits"][level]) for level in ("emergency", "same_day", "soon")},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = (
            f"missing or damaged ({type(error).__name__}): restore it, or run `python -m eval.fit_chance`"
        )
        raise RuleDataError(path.name, "", "", problem) from error


def load_finds() -> Weighing:
    """Return the network that weighs what only the net hears; errors as `load_chance`."""
    return load_chance(FINDS, ALONE)


def log_odds(probability: ArrayLike) -> Matrix:
    """Return the log odds of probabilities, as far as they still differ; shape as given."""
    sure = np.clip(np.asarray(probability, np.float64), _LEAST, 1 - _LEAST)
    odds: Matrix = np.log(sure / (1 - sure))
    return odds
