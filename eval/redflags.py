"""Measure the guard on labelled messages: recall by level and rule, and false alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.rules.catalogue import Rules
from app.rules.net import Net
from app.rules.records import Flag, Level, Status
from app.rules.screen import screen
from eval.errors import Fault, QuestionFileError
from eval.intervals import wilson

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
        misses: Message id, what went wrong, rule id, its level, words of the last turn.
    """

    shares: Mapping[str, Share]
    by_rule: Mapping[str, Share]
    misses: tuple[tuple[str, ...], ...]


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
    messages: Iterable[Message], rules: Rules, net: Net | None
) -> dict[str, tuple[Flag, ...]]:
    """Return the flags of each message by its id, those spoken of as past left out."""
    return {
        message.id: tuple(
            flag for flag in screen(message.turns, rules, net=net).flags if flag.status is not Status.PAST
        )
        for message in messages
    }


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
    hits, chances, misses = Counter[str](), Counter[str](), []
    for message in messages:
        active = set(fired[message.id]) & levels.keys()
        for rule in message.must:
            if rule in levels:
                chances[rule] += 1
                hits[rule] += rule in active
                misses += [] if rule in active else [_miss(message, "missed", rule, levels[rule])]
        wrong = [rule for rule in message.must_not if rule in active]
        chances[" must_not"] += sum(rule in levels for rule in message.must_not)
        hits[" must_not"] += len(wrong)
        misses += [_miss(message, "false", rule, levels[rule]) for rule in wrong]
        if message.max_level == "none":
            chances[" benign"] += 1
            hits[" benign"] += bool(active)
            misses += (
                [_miss(message, "benign", ",".join(sorted(active)), max(levels[r] for r in active))]
                if active
                else []
            )
    return GuardScores(_shares(hits, chances, levels), _by_rule(hits, chances), tuple(misses))


def levels_of(rules: Rules) -> dict[str, Level]:
    """Return rule id -> level."""
    return {rule_id: rule.level for rule_id, rule in rules.rules.items()}


def as_json(scores: GuardScores) -> dict[str, object]:
    """Return plain values for the summary."""
    return {
        "shares": {name: share.as_json() for name, share in scores.shares.items()},
        "by_rule": {rule: share.as_json() for rule, share in scores.by_rule.items()},
        "misses": [
            dict(zip(("id", "what", "rule", "level", "text"), miss, strict=True)) for miss in scores.misses
        ],
    }


def _shares(hits: Counter[str], chances: Counter[str], levels: Mapping[str, Level]) -> dict[str, Share]:
    shares = {}
    for name, level in SHARE.items():
        rules = [rule for rule in chances if levels.get(rule) is level]
        shares[name] = Share(sum(hits[r] for r in rules), sum(chances[r] for r in rules))
    for name in ("must_not", "benign"):
        shares[name] = Share(hits[f" {name}"], chances[f" {name}"])
    return {name: share for name, share in shares.items() if share.n}


def _by_rule(hits: Counter[str], chances: Counter[str]) -> dict[str, Share]:
    return {rule: Share(hits[rule], chances[rule]) for rule in sorted(chances) if not rule.startswith(" ")}


def _miss(message: Message, what: str, rule: str, level: Level) -> tuple[str, ...]:
    return message.id, what, rule, level.word, message.turns[-1][:200]
