"""Choose each rule's threshold, and count what the net finds and what it cries wolf about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.net.bank import Matrix, Message

GRID = np.log(1 / (1 / np.arange(0.1, 0.96, 0.025) - 1))  # logits of probabilities 0.10 to 0.95
BLUR = 0.5  # logits: every score stands for its neighbourhood
OWN_SHARE = 0.5  # how much a rule's curve is its own, and not that of all rules: it has some 15 cases
UNJUDGED = 0.06  # what firing where nobody judged counts, as a share of a false alarm
PRICES = np.geomspace(0.5, 32, 25)
FOLDS_SEED = 0

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

    def rows(self, chosen: Flags) -> Judged:
        """The same for some of the messages."""
        return Judged(self.holds[chosen], self.denied[chosen], self.benign[chosen])


@dataclass(frozen=True, slots=True)
class Budget:
    """What false alarms the net may cost, as shares of the judged cases."""

    benign: float
    must_not: float


def judge(messages: Sequence[Message], rule_ids: Sequence[str]) -> Judged:
    """Lay the labels of `messages` out as arrays."""
    holds = np.array([[rule_id in m.must for rule_id in rule_ids] for m in messages])
    denied = np.array([[rule_id in m.must_not for rule_id in rule_ids] for m in messages])
    return Judged(holds, denied, np.array([m.benign for m in messages]))


def choose_thresholds(logits: Matrix, judged: Judged, gains: Matrix, price: float) -> Matrix:
    """For each rule the threshold whose finds are worth most after false alarms at `price` each.

    A rule has too few cases for a curve of its own: each curve is blurred, and mixed with that of all rules.

    Args:
        logits: Scores, shape (messages, rules).
        judged: Labels of the same messages.
        gains: What finding one case of each rule is worth, shape (rules,).
        price: What one false alarm costs, in the unit of `gains`.

    Returns:
        Logits, shape (rules,).
    """
    silent = judged.denied | judged.benign[:, None]
    wrong: NDArray[np.float64] = np.where(silent, 1.0, np.where(judged.holds, 0.0, UNJUDGED))
    found = gains * _curves(logits, judged.holds.astype(np.float64))
    worth = found - price * _curves(logits, wrong)
    return np.asarray(GRID[worth.argmax(axis=0)], dtype=np.float32)


def _curves(logits: Matrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blurred weight above each threshold, as if each rule had the mean weight; shape (grid, rules)."""
    above = np.stack([(weights / (1 + np.exp((step - logits) / BLUR))).sum(axis=0) for step in GRID])
    own = above / np.maximum(weights.sum(axis=0), 1e-9)
    shared = above.sum(axis=1, keepdims=True) / weights.sum()
    mixed: NDArray[np.float64] = (OWN_SHARE * own + (1 - OWN_SHARE) * shared) * weights.sum(axis=0).mean()
    return mixed


def cross_fit(logits: Matrix, judged: Judged, gains: Matrix, price: float) -> Flags:
    """Fire on each half of the messages with the thresholds of the other half."""
    half = np.random.default_rng(FOLDS_SEED).random(len(logits)) < 0.5
    fired = np.zeros_like(judged.holds)
    for chosen in (half, ~half):
        fired[~chosen] = logits[~chosen] >= choose_thresholds(
            logits[chosen], judged.rows(chosen), gains, price
        )
    return fired


def within_budget(logits: Matrix, judged: Judged, gains: Matrix, budget: Budget) -> float:
    """The lowest price at which messages that thresholds were not chosen on stay within `budget`.

    Raises:
        ValueError: No price does: the net is not good enough to ship.
    """
    for price in PRICES:
        alarmed, wrong = false_alarms(cross_fit(logits, judged, gains, price), judged)
        if alarmed <= budget.benign and wrong <= budget.must_not:
            return float(price)
    raise ValueError(f"no thresholds keep false alarms within {budget}")


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
