"""Turn a reply into what the templates show: cards by urgency, citations by number, sources by article."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Json = Mapping[str, Any]

# The words of a card's heading, by level and by whether it is happening: an instruction, as in the
# care cards of the NHS design system, whose three levels these follow.
HEADINGS = {
    ("emergency", True): "Call emergency services now",
    ("emergency", False): "If this is happening, call emergency services now",
    ("same_day", True): "Get this knee seen today",
    ("same_day", False): "If this is so, get the knee seen today",
    ("soon", True): "See a doctor or physiotherapist about this knee",
    ("soon", False): "If this is so, see a doctor or physiotherapist",
}
SPOKEN_LEVELS = {
    "emergency": "Emergency advice",
    "same_day": "Urgent advice",
    "soon": "Advice",
    "past": "Note",
}
BADGES = {"emergency": "Emergency", "same_day": "Today", "soon": "Soon", "past": "Earlier"}
# The JSON leaves out what no article gives.
BLANK_CARD: Json = {"why": "", "kit": (), "cues": (), "caution": "", "kind": ""}
COUNTRIES = {"112": "", "999": "UK", "911": "US"}
NUMBER = re.compile(rf"\b(?:{'|'.join(COUNTRIES)})\b")
HAPPENING = {"present", "other_person"}
SENTENCES_AT_ONCE = 4  # what an answer needs; the rest unfolds


@dataclass(frozen=True, slots=True)
class CareCard:
    """Red flags of one level that ask for the same action.

    Attributes:
        level: emergency, same_day, soon, or past.
        spoken: The level in words, for people who cannot see the colour.
        badge: The level in one or two words, beside the icon.
        heading: What to do.
        flags: The flags' JSON, in order.
        calls: Emergency numbers that the advice names, with the country where only one uses it.
    """

    level: str
    spoken: str
    badge: str
    heading: str
    flags: tuple[Json, ...]
    calls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One article that the reply cites, with the citations that lead into it."""

    title: str
    about: str
    kind: str
    citations: tuple[Json, ...]


def care_cards(flags: Sequence[Json]) -> tuple[CareCard, ...]:
    """Group `flags` into cards, most urgent first, what is happening before what might be."""
    ordered = sorted(flags, key=_urgency)
    return tuple(_card(key, tuple(group)) for key, group in groupby(ordered, key=_urgency))


def sources(citations: Sequence[Json]) -> tuple[Source, ...]:
    """Group `citations` by article, in order of first use."""
    articles: dict[str, list[Json]] = {}
    for citation in citations:
        articles.setdefault(citation["article"], []).append(citation)
    return tuple(_source(cited) for cited in articles.values())


def at_once(statements: Sequence[Json]) -> int:
    """How many of `statements` stand unfolded; all of them where a later one answers an earlier one back."""
    contrasted = any(statement["lead"] for statement in statements[SENTENCES_AT_ONCE:])
    return len(statements) if contrasted or len(statements) <= SENTENCES_AT_ONCE + 1 else SENTENCES_AT_ONCE


def credit(article: Json) -> str:
    """Say in one line who wrote and published `article`, and when; unknown parts are left out."""
    parts = (article.get("author"), article.get("publisher"), article.get("date"))
    return ", ".join(str(part) for part in parts if part)


def _urgency(flag: Json) -> tuple[int, int]:
    if flag["status"] == "past":
        return (len(BADGES), 0)
    return (list(BADGES).index(flag["level"]), int(flag["status"] not in HAPPENING))


def _card(key: tuple[int, int], flags: tuple[Json, ...]) -> CareCard:
    rank, might_be = key
    if rank == len(BADGES):
        return CareCard("past", SPOKEN_LEVELS["past"], BADGES["past"], "You mentioned from earlier", flags)
    level = list(BADGES)[rank]
    heading = HEADINGS[level, not might_be]
    return CareCard(level, SPOKEN_LEVELS[level], BADGES[level], heading, flags, _calls(level, flags))


def _calls(level: str, flags: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    if level != "emergency":
        return ()
    named = set(NUMBER.findall(" ".join(flag["advice"] for flag in flags)))
    return tuple((number, country) for number, country in COUNTRIES.items() if number in named)


def _source(cited: list[Json]) -> Source:
    first = cited[0]
    return Source(first["title"], credit(first), first.get("kind", ""), tuple(cited))
