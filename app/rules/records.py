"""What the rules say about a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How soon a red flag must be seen; higher is more urgent."""

    NONE = 0
    SOON = 1
    SAME_DAY = 2
    EMERGENCY = 3

    @property
    def word(self) -> str:
        """The level as written in the JSON contract."""
        return self.name.lower()


class Status(StrEnum):
    """How a red flag was spoken of."""

    PRESENT = "present"
    HYPOTHETICAL = "hypothetical"
    OTHER_PERSON = "other_person"
    PAST = "past"
    POSSIBLE = "possible"  # found by the learned net alone: asked, not asserted


class ExercisePolicy(StrEnum):
    """What a rule does to the exercises of the reply."""

    STOP = "stop"
    NO_LOAD = "no_load"
    HOLD = "hold"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Reference:
    """A clinical reference or article behind a rule."""

    title: str
    url: str
    verified: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """One red flag found in a conversation.

    Attributes:
        rule_id: Id of the rule, as in the catalogue.
        title: Short plain name, fit for a card's heading.
        level: Urgency.
        status: How it was spoken of.
        turn: Index of the person's message that it was found in.
        quote: The person's own words, a span of that message.
        start: Offset of `quote` in the message, in characters.
        end: End offset, exclusive.
        advice: What to do, how soon and why, worded for `status`; under 45 words.
        sources: Where the advice comes from.
        policy: What it does to the exercises.
    """

    rule_id: str
    title: str
    level: Level
    status: Status
    turn: int
    quote: str
    start: int
    end: int
    advice: str
    sources: tuple[Reference, ...]
    policy: ExercisePolicy


@dataclass(frozen=True, slots=True)
class QuickCheck:
    """One red flag that the person has not spoken of yet, to tap.

    Attributes:
        rule_id: Rule that the tap would report.
        label: What the person taps, in their words ("It locks or catches").
        message: What the tap says in the conversation ("My knee locks or catches.").
    """

    rule_id: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the second net hears in a text.

    Attributes:
        found: Rule id to probability, for the rules that it may speak of.
        margins: Rule id to the logit of its probability, less that of its floor.
        loudest: The highest probability of any rule.
    """

    found: Mapping[str, float]
    margins: Mapping[str, float] = field(default_factory=dict)
    loudest: float = 0.0


@dataclass(frozen=True, slots=True)
class Screening:
    """What the rules found in a conversation.

    Attributes:
        flags: Every flag, most urgent first; `past` ones last.
        level: Highest level of the flags that are not `past`.
        held: Ids of the rules that hold the exercises back, most urgent first.
        quick_check: Key flags not yet spoken of; empty where they were asked or do not apply.
        emergency_now: Whether an emergency is `present` (the person's or another's).
        watch: Ids of ordinary patterns that were told (an ache on stairs, a painless click): no red flags.
        doubted: Emergencies of which only words were heard ("a stroke when I saw the price"): told, no flags.
    """

    flags: tuple[Flag, ...] = ()
    level: Level = Level.NONE
    held: tuple[str, ...] = ()
    quick_check: tuple[QuickCheck, ...] = ()
    emergency_now: bool = False
    watch: tuple[str, ...] = ()
    doubted: tuple[Flag, ...] = ()
