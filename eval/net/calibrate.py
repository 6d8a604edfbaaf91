"""Choose the net's limits for its place beside the rules, and count what both find and cry wolf about.

A level has two limits: from the `threshold` on the net asks about a rule by itself; below the `floor` it
withholds what the rules found. Limits are a level's, not a rule's: a rule has some dozen cases, and limits
chosen for each looked far better on the messages they were chosen on than on others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from eval.net.bank import Matrix, Message

THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)  # below even odds the net does not ask
FLOORS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08)
ALARM = 3.0  # what alarming every benign message would cost, beside 1 for finding all of a level
WITHHELD = 0.003  # share of a level's cases that its floor may cost, at most

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """Which cells of (messages, rules) were judged, and how.

    Attributes:
        holds: The rule is in the message's `must`.
        denied: The rule is in its `must_not`.
        benign: The message may not fire any rule; shape (messages,).
    """

    holds: Flags
    denied: Flags
    benign: Flags


@dataclass(frozen=True, slots=True)
class Budget:
    """What false alarms rules and net together may cost, as shares of the judged cases."""

    benign: float
    must_not: float


@dataclass(frozen=True, slots=True)
class Limits:
    """A probability for each level.

    Attributes:
        threshold: From here on the net asks about a rule by itself.
        floor: Below it the net withholds what the rules found.
    """

    threshold: Mapping[str, float]
    floor: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """Messages as rules and net hear them; arrays of shape (messages, rules).

    Attributes:
        probabilities: What the net makes of each message.
        heard: The rule fired by itself.
        silenced: The person denied it, so that the net may not ask.
        judged: Labels.
        levels: Level of each rule, by column.
    """

    probabilities: Matrix
    heard: Flags
    silenced: Flags
    judged: Judged
    levels: tuple[str, ...]

    def asked(self, limits: Limits) -> Flags:
        """Flags that the net would ask about by itself."""
        threshold = np.array([limits.threshold[level] for level in self.levels])
        return (self.probabilities >= threshold) & ~self.silenced

    def shown(self, limits: Limits) -> Flags:
        """Flags that a person would see, as far as the net reads the message as a whole."""
        floor = np.array([limits.floor[level] for level in self.levels])
        return np.where(self.heard, self.probabilities >= floor, self.asked(limits))


def judge(messages: Sequence[Message], rule_ids: Sequence[str]) -> Judged:
    """Lay the labels of `messages` out as arrays."""
    holds = np.array([[rule_id in m.must for rule_id in rule_ids] for m in messages])
    denied = np.array([[rule_id in m.must_not for rule_id in rule_ids] for m in messages])
    return Judged(holds, denied, np.array([m.benign for m in messages]))


def choose_limits(scene: Scene, gains: Mapping[str, float], budget: Budget) -> Limits:
    """Let the net by itself find most, weighted by `gains` of each level, within `budget` for both.

    By itself, for the rules may know the messages: a net that only fills their gaps there would be too shy.

    Raises:
        ValueError: Not even the highest thresholds keep the budget: the net is not good enough to ship.
    """
    floor = {level: _floor(scene, level) for level in gains}
    best: tuple[float, Limits] | None = None
    for chosen in product(THRESHOLDS, repeat=len(gains)):
        limits = Limits(dict(zip(gains, chosen, strict=True)), floor)
        shown = scene.shown(limits)
        alarmed, wrong = false_alarms(shown, scene.judged)
        if alarmed <= budget.benign and wrong <= budget.must_not:
            recall = recall_by_level(scene.asked(limits), scene.judged, scene.levels)
            worth = sum(gains[level] * recall[level] for level in gains) - ALARM * alarmed
            if best is None or worth > best[0]:
                best = worth, limits
    if best is None:
        raise ValueError(f"no thresholds keep false alarms within {budget}")
    return best[1]


def _floor(scene: Scene, level: str) -> float:
    """The highest floor that costs next to none of the cases of `level`."""
    column = np.array(scene.levels) == level
    found = (scene.judged.holds & scene.heard)[:, column]
    scores = scene.probabilities[:, column][found]
    most = WITHHELD * scene.judged.holds[:, column].sum()
    return max(floor for floor in FLOORS if (scores < floor).sum() <= most)


def false_alarms(fired: Flags, judged: Judged) -> tuple[float, float]:
    """Share of benign messages that fired anything, and share of denied cells that fired."""
    return float(fired[judged.benign].any(axis=1).mean()), float(fired[judged.denied].mean())


def recall_by_level(fired: Flags, judged: Judged, levels: Sequence[str]) -> dict[str, float]:
    """Share of the cases found, by the level of their rule."""
    column = np.array(levels)
    return {
        level: float(fired[:, column == level][judged.holds[:, column == level]].mean())
        for level in dict.fromkeys(levels)
    }
