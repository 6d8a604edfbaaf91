"""Choose the net's limits for its place beside the rules: every message goes through the whole screening.

From a level's `threshold` on the net asks about a rule by itself; its `floor` is given: what is withheld is
weighed in log odds counted from it (`eval/fit_chance.py`). Limits are a level's, not a rule's: a rule has
some dozen cases, and limits chosen for each looked far better on the messages they were chosen on than on
others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.rules.catalogue import Rules
from app.rules.net import Net, reading_of
from app.rules.records import Reading, Status
from app.rules.screen import screen
from eval.net.bank import Matrix, Message

LEVELS = ("emergency", "same_day", "soon")
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.93, 0.96)
ROUNDS = 2
# What finding all of a level is worth, and what alarming every benign message, or raising every flag that
# may not be, costs: little within the bound that is wanted, as much as a missed emergency beyond it.
GAINS: Mapping[str, float] = {"emergency": 4.0, "same_day": 3.0, "soon": 2.0}
BENIGN, MUST_NOT = (0.02, 1.0), (0.035, 0.5)
BEYOND = 4.0


@dataclass(frozen=True, slots=True)
class Limits:
    """A probability for each level."""

    threshold: Mapping[str, float]
    floor: Mapping[str, float]

    def of_rules(self, rules: Rules, rule_ids: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
        """Return threshold and floor of each rule."""
        levels = {rule_id: rules.rules[rule_id].level.word for rule_id in rule_ids}
        return (
            {rule_id: self.threshold[level] for rule_id, level in levels.items()},
            {rule_id: self.floor[level] for rule_id, level in levels.items()},
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What a screening finds: recall by level, shares of benign messages alarmed and of `must_not` fired."""

    recall: Mapping[str, float]
    benign: float
    must_not: float

    @property
    def worth(self) -> float:
        """One number to choose by."""
        costs = sum(
            weight * share + BEYOND * max(0.0, share - bound)
            for share, (bound, weight) in ((self.benign, BENIGN), (self.must_not, MUST_NOT))
        )
        return sum(GAINS[level] * self.recall[level] for level in LEVELS) - costs


class Remembered:
    """A net that reads each text once, whatever limits are tried on it."""

    def __init__(self, net: Net, rules: Rules) -> None:
        """Remember what `net` says."""
        self._net, self._rules = net, rules
        self._known: dict[str, Matrix] = {}
        self.limits = Limits(dict.fromkeys(LEVELS, 0.5), dict.fromkeys(LEVELS, 0.0))

    def __call__(self, text: str) -> Reading:
        """Read `text` under the limits of the moment."""
        if text not in self._known:
            self._known[text] = self._net.probabilities([text])[0]
        rule_ids = self._net.rule_ids
        limits = self.limits.of_rules(self._rules, rule_ids)
        thresholds, floors = (np.array([own[i] for i in rule_ids], np.float32) for own in limits)
        return reading_of(self._known[text], rule_ids, thresholds, floors)


def count(messages: Sequence[Message], rules: Rules, net: Remembered | None) -> Found:
    """Screen `messages` and count what was found and what was cried wolf about."""
    hits, cases = dict.fromkeys(LEVELS, 0), dict.fromkeys(LEVELS, 0)
    fired = judged = alarmed = benign = 0
    for message in messages:
        flags = screen(message.turns, rules, net=net).flags
        shown = {flag.rule_id for flag in flags if flag.status is not Status.PAST and flag.level}
        for rule_id in message.must:
            level = rules.rules[rule_id].level.word
            cases[level] += 1
            hits[level] += rule_id in shown
        judged += len(message.must_not)
        fired += len(message.must_not & shown)
        benign += message.benign
        alarmed += message.benign and bool(shown)
    recall = {level: hits[level] / max(1, cases[level]) for level in LEVELS}
    return Found(recall, alarmed / max(1, benign), fired / max(1, judged))


def choose_limits(messages: Sequence[Message], rules: Rules, net: Net, start: Limits) -> tuple[Limits, Found]:
    """Go from `start` along one limit after the other to what is worth most on `messages`."""
    remembered = Remembered(net, rules)
    best = start
    for _ in range(ROUNDS):
        for level in LEVELS:
            tried = [
                replace(best, threshold={**best.threshold, level: value})
                for value in (best.threshold[level], *THRESHOLDS)
            ]
            best = max(tried, key=lambda limits: _found(messages, rules, remembered, limits).worth)
    return best, _found(messages, rules, remembered, best)


def _found(messages: Sequence[Message], rules: Rules, net: Remembered, limits: Limits) -> Found:
    net.limits = limits
    return count(messages, rules, net)
