"""Measure the guard on labelled messages: recall by level and rule, and false alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.rules.catalogue import Rules
from app.rules.net import Net
from app.rules.records import Flag, Level, Status
from app.rules.screen import screen
from eval.errors import Fault, QuestionFileError
from eval.intervals import wilson
from eval.progress import Step, silent

FOLDER = Path(__file__).with_name("messages")
SHARE = {"emergency": Level.EMERGENCY, "same_day": Level.SAME_DAY, "soon": Level.SOON}


class Message(BaseModel):
    """One labelled conversation.

    Attributes:
        id: Unique in the file.
        turns: The person's messages.
        must: Rules active after the last turn.
        must_not: Rules that may not be active.
        max_level: `none` marks a benign message.
        kind: Groups messages.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    turns: Annotated[tuple[str, ...], Field(min_length=1)]
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    max_level: str | None = None
    kind: str = "plain"

    @property
    def writer(self) -> str:
        """Who wrote it: the first part of the id."""
        return self.id.split("-")[0]


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with its 95 % Wilson interval."""

    hits: int
    n: int

    def as_json(self) -> dict[str, float]:
        """Return value, ends and counts; NaN-free, since an empty share is left out before."""
        low, high = wilson(self.hits, self.n)
        return {"value": self.hits / self.n, "low": low, "high": high, "hits": self.hits, "n": self.n}


@dataclass(frozen=True, slots=True)
class GuardScores:
    """What the guard found and missed.

    Attributes:
        shares: `emergency`, `same_day`, `soon` recall; `must_not` and `benign` alarms.
        by_rule: Recall by rule id.
        by_writer: The same as `shares` for each writer, by name.
        misses: Message id, what went wrong, rule id, its level, words of the last turn.
    """

    shares: Mapping[str, Share]
    by_rule: Mapping[str, Share]
    misses: tuple[tuple[str, ...], ...]
    by_writer: Mapping[str, Mapping[str, Share]] = field(default_factory=dict)


def load_messages(path: Path) -> list[Message]:
    """Read labelled messages, one JSON object a line.

    Raises:
        QuestionFileError: Lists every line that is none.
    """
    messages, faults = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            messages.append(Message.model_validate_json(line))
        except ValidationError as error:
            faults += [Fault(number, ".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
    if faults:
        raise QuestionFileError(path, faults)
    return messages


def screen_messages(
    messages: Sequence[Message],
    rules: Rules,
    net: Net | None,
    progress: Step = silent,
) -> dict[str, tuple[Flag, ...]]:
    """Return the flags of each message by its id, those spoken of as past left out.

    Args:
        messages: What to screen.
        rules: The first layer.
        net: The second; None for the rules alone.
        progress: Called with the number of messages screened.
    """
    found = {}
    for number, message in enumerate(messages, 1):
        flags = screen(message.turns, rules, net=net).flags
        found[message.id] = tuple(flag for flag in flags if flag.status is not Status.PAST)
        progress(number)
    return found


def score_guard(
    messages: Sequence[Message], fired: Mapping[str, Collection[str]], levels: Mapping[str, Level]
) -> GuardScores:
    """Compare what fired with the labels.

    Args:
        messages: With their labels.
        fired: Message id -> ids of the rules active in it.
        levels: Rule id -> level; rules below `soon` raise no alarm and are not judged, unknown ones neither.
    """
    levels = {rule: level for rule, level in levels.items() if level > Level.NONE}
    whole = _Tally(levels)
    writers: dict[str, _Tally] = {}
    for message in messages:
        active = set(fired[message.id]) & levels.keys()
        whole.add(message, active)
        writers.setdefault(message.writer, _Tally(levels)).add(message, active)
    by_writer = {writer: tally.shares() for writer, tally in sorted(writers.items())}
    return GuardScores(whole.shares(), whole.by_rule(), tuple(whole.misses), by_writer)


class _Tally:
    """Hits and chances, as messages are added."""

    def __init__(self, levels: Mapping[str, Level]) -> None:
        self._levels = levels
        self._hits, self._chances = Counter[str](), Counter[str]()
        self.misses: list[tuple[str, ...]] = []

    def add(self, message: Message, active: Collection[str]) -> None:
        for rule in message.must:
            if rule in self._levels:
                self._count(message, "missed", rule, found=rule in active, right=rule in active)
        for rule in message.must_not:
            if rule in self._levels:
                self._count(message, "false", rule, found=rule in active, right=rule not in active)
        if message.max_level == "none":
            self._count(message, "benign", ",".join(sorted(active)), found=bool(active), right=not active)

    def _count(self, message: Message, what: str, rule: str, *, found: bool, right: bool) -> None:
        key = {"missed": rule, "false": " must_not", "benign": " benign"}[what]
        self._chances[key] += 1
        self._hits[key] += found
        if not right:
            level = max(self._levels[one] for one in rule.split(","))
            self.misses.append((message.id, what, rule, level.word, message.turns[-1][:200]))

    def shares(self) -> dict[str, Share]:
        shares = {}
        for name, level in SHARE.items():
            rules = [rule for rule in self._chances if self._levels.get(rule) is level]
            shares[name] = Share(sum(self._hits[r] for r in rules), sum(self._chances[r] for r in rules))
        for name in ("must_not", "benign"):
            shares[name] = Share(self._hits[f" {name}"], self._chances[f" {name}"])
        return {name: share for name, share in shares.items() if share.n}

    def by_rule(self) -> dict[str, Share]:
        rules = sorted(rule for rule in self._chances if not rule.startswith(" "))
        return {rule: Share(self._hits[rule], self._chances[rule]) for rule in rules}


def levels_of(rules: Rules) -> dict[str, Level]:
    """Return rule id -> level."""
    return {rule_id: rule.level for rule_id, rule in rules.rules.items()}


def as_json(scores: GuardScores) -> dict[str, object]:
    """Return plain values for the summary."""
    return {
        "shares": {name: share.as_json() for name, share in scores.shares.items()},
        "by_rule": {rule: share.as_json() for rule, share in scores.by_rule.items()},
        "by_writer": {
            writer: {name: share.as_json() for name, share in shares.items()}
            for writer, shares in scores.by_writer.items()
        },
        "misses": [
            dict(zip(("id", "what", "rule", "level", "text"), miss, strict=True)) for miss in scores.misses
        ],
    }
