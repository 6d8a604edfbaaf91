"""Spread exercises over a week, as the articles advise; nothing is added to what they say of a dose.

Where an article gives days, they are taken; where none does, every other day is this program's own choice,
and the plan says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.records import ExerciseCard, Plan, PlanEntry

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST = 6
_EVERY_DAY = tuple(range(7))
_KINDS = frozenset({"strength", "isometric", "stretch", "massage", "mobility"})


@dataclass(frozen=True, slots=True)
class _Spread:
    """Words of a dose and the days that they mean, 0 for Monday."""

    pattern: re.Pattern[str]
    days: tuple[int, ...]


# Days of rest stand between sessions counted by the week.
_SPREADS = (
    _Spread(
        re.compile(r"\b(every|each) (day|morning|evening|night)\b|\bdaily\b|\bmorning and evening\b"),
        _EVERY_DAY,
    ),
    _Spread(re.compile(r"\b(2|two) to (3|three) times a week\b|\b(3|three) times a week\b"), (0, 2, 4)),
    _Spread(re.compile(r"\b(2|two) times a week\b|\btwice a week\b"), (0, 3)),
    _Spread(re.compile(r"\bonce a week\b"), (0,)),
)
_OWN_CHOICE = ((0, 2, 4), (1, 3, 5))  # in turn, so that a day does not hold everything


def make_plan(cards: Sequence[ExerciseCard], stop: str) -> Plan | None:
    """Return a week with up to six of `cards`; None where none can be done of itself.

    Args:
        cards: Verified exercises, best fitting first.
        stop: When to stop, in the words of the rules.
    """
    chosen = [card for card in cards if card.kind in _KINDS][:MOST]
    entries, unsaid = [], 0
    for card in chosen:
        days = days_of(card.dose)
        entries.append(PlanEntry(card, days or _OWN_CHOICE[unsaid % 2], bool(days)))
        unsaid += not days
    return Plan(tuple(entries), stop) if entries else None


def days_of(dose: str) -> tuple[int, ...]:
    """Return the days that a dose asks for, 0 for Monday; none where it names no days."""
    folded = dose.lower()
    return next((spread.days for spread in _SPREADS if spread.pattern.search(folded)), ())
