"""Choose each rule's threshold, and count what the net finds and what it cries wolf about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.net.bank import Matrix, Message

GRID = np.round(np.arange(0.15, 1.0, 0.025), 3)  # below 0.15 a score says nothing about people not in dev
MARGIN = 0.4  # logits; false alarms are counted as if every score were this much higher


@dataclass(frozen=True, slots=True)
class Judged:
    """Which cells of (messages, rules) were judged, and how.

    Attributes:
        holds: The rule is in the message's `must`.
        denied: The rule is in its `must_not`.
        benign: The message may not fire any rule; shape (messages,).
    """

    holds: NDArray[np.bool_]
    denied: NDArray[np.bool_]
    benign: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Budget:
    """What false alarms the thresholds may cost, as shares of the judged cases."""

    benign: float = 0.02
    must_not: float = 0.04


def judge(messages: Sequence[Message], rule_ids: Sequence[str]) -> Judged:
    """Lay the labels of `messages` out as arrays."""
    holds = np.array([[rule_id in m.must for rule_id in rule_ids] for m in messages])
    denied = np.array([[rule_id in m.must_not for rule_id in rule_ids] for m in messages])
    return Judged(holds, denied, np.array([m.benign for m in messages]))


def choose_thresholds(
    scores: Matrix, judged: Judged, gains: Matrix, budget: Budget, known: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Lower thresholds one at a time, always the one that finds most for its false alarms, within `budget`.

    Args:
        scores: Probabilities, shape (messages, rules).
        judged: Labels of the same messages.
        gains: What finding one more case of each rule is worth, shape (rules,).
        known: Cells that the rules already found; there the net can neither win nor harm.

    Returns:
        Shape (rules,).
    """
    cells = ~known if known is not None else np.ones_like(judged.holds)
    worse = _raise(scores, MARGIN)
    chosen = np.full(scores.shape[1], len(GRID))
    fired, alarmed = np.zeros_like(judged.holds), np.zeros_like(judged.holds)
    while True:
        best, best_rate = None, 0.0
        base = _cost(alarmed & cells, judged, budget)
        for rule in range(scores.shape[1]):
            for step in range(chosen[rule] - 1, -1, -1):
                trial = scores[:, rule] >= GRID[step]
                gain = gains[rule] * (trial & ~fired[:, rule] & judged.holds[:, rule] & cells[:, rule]).sum()
                if not gain:
                    continue
                after = alarmed.copy()
                after[:, rule] = worse[:, rule] >= GRID[step]
                cost = _cost(after & cells, judged, budget)
                rate = gain / (cost - base + 0.002)
                if cost <= 1.0 and rate > best_rate:
                    best, best_rate = (rule, step), rate
        if best is None:
            break
        chosen[best[0]] = best[1]
        fired[:, best[0]] = scores[:, best[0]] >= GRID[best[1]]
        alarmed[:, best[0]] = worse[:, best[0]] >= GRID[best[1]]
    return np.append(GRID, 0.975)[chosen].astype(np.float32)


def _raise(scores: Matrix, by: float) -> Matrix:
    odds = scores / (1.0 - np.minimum(scores, 1 - 1e-6)) * np.exp(np.float32(by))
    return np.asarray(odds / (1.0 + odds), dtype=np.float32)


def _cost(fired: NDArray[np.bool_], judged: Judged, budget: Budget) -> float:
    alarmed, wrong = false_alarms(fired, judged)
    return max(alarmed / budget.benign, wrong / budget.must_not)


def false_alarms(fired: NDArray[np.bool_], judged: Judged) -> tuple[float, float]:
    """Share of benign messages that fired anything, and share of denied cells that fired."""
    alarmed = fired[judged.benign].any(axis=1).mean() if judged.benign.any() else 0.0
    wrong = fired[judged.denied].mean() if judged.denied.any() else 0.0
    return float(alarmed), float(wrong)


def recall_by_level(fired: NDArray[np.bool_], judged: Judged, levels: Sequence[str]) -> Mapping[str, float]:
    """Share of the cases found, by the level of their rule."""
    column = np.array(levels)
    return {
        level: float(fired[:, column == level][judged.holds[:, column == level]].mean())
        for level in sorted(set(levels))
    }
