"""What flows between the stages of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.rules.records import Flag, QuickCheck, Screening
from ingest.records import Exercise, Span


class Outcome(StrEnum):
    """How a question ended."""

    ANSWER = "answer"
    SEEK_CARE = "seek_care"
    CLARIFY = "clarify"
    NO_EVIDENCE = "no_evidence"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of the last turn, in the light of the turns before it.

    Attributes:
        question: The last turn, spelled out: casual words and typos repaired.
        search_text: `question` with what a follow-up leaves unsaid and the vocabulary's synonyms.
        intent: One of the ids of `app/data/intents.toml`.
        places: Ids of places named, most specific first; the same for the fields below.
        triggers: What brings the pain on.
        timings: When in a run, a hike or a day it comes.
        conditions: Named, not inferred.
        exercises: Named exercises.
        settings: trail, camp, home, gym.
        activities: hiking, running, ...
        kit: What the person has or asks about.
        without_kit: What the person says they do not have; `*` for nothing at all.
        replaced: Exercises that the person wants another one for.
        positions: What the person wants to exercise in: lying, sitting, kneeling, ...
        without_positions: What the person cannot do, by any turn.
        muscles: Muscles or parts other than the knee.
        topics: Other subjects of the vocabulary (shoes, tape, rest, ...).
        foreign: Labels of topics that no article of this build speaks of.
        follow_up: Whether the turn leans on earlier ones.
        knee_complaint: Whether the person describes trouble of their own.
        english: Whether the turn reads as English.
        carried: Slots taken over from earlier turns, by name.
    """

    question: str
    search_text: str
    intent: str
    places: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    timings: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    kit: tuple[str, ...] = ()
    without_kit: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    without_positions: tuple[str, ...] = ()
    muscles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    follow_up: bool = False
    knee_complaint: bool = False
    english: bool = True
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a passage that supports a statement, a field or a table cell.

    Attributes:
        n: Number shown, in order of first use, from 1.
        article: Slug of the article.
        title: Title of the article.
        publisher: Its publisher; empty where not known, as are `author` and `date`.
        author: Its author.
        date: Its date of publication, ISO.
        kind: digest or original.
        heading: Heading above the passage.
        passage_id: Opens the passage.
        quote: Exactly the article's text at [start:end].
        start: Offset in the article's text, in characters.
        end: End offset, exclusive.
    """

    n: int
    article: str
    title: str
    publisher: str
    author: str
    date: str
    kind: str
    heading: str
    passage_id: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer with the citations that carry it.

    Attributes:
        text: In extractive mode exactly the cited span, after the heading above it where it needs one.
        citations: Numbers of its citations; never empty.
        lead: Connecting words from the template file, shown before it; no claim of its own.
    """

    text: str
    citations: tuple[int, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class ExerciseCard:
    """An exercise as shown; fields that no article gives are empty."""

    exercise_id: str
    name: str
    kind: str
    why: str
    steps: tuple[str, ...]
    dose: str
    where: tuple[str, ...]
    kit: tuple[str, ...]
    cues: tuple[str, ...]
    caution: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One exercise of a week.

    Attributes:
        card: The exercise.
        days: Days of the week, 0 for Monday.
        days_said: Whether an article gives them; else they are a suggestion of this program.
    """

    card: ExerciseCard
    days: tuple[int, ...]
    days_said: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A week of exercises, and when to stop, in the words of the rules."""

    entries: tuple[PlanEntry, ...]
    stop: str


@dataclass(frozen=True, slots=True)
class PatternCell:
    """What one condition looks like in one respect."""

    text: str
    citations: tuple[int, ...]
    matches: bool


@dataclass(frozen=True, slots=True)
class PatternTable:
    """Conditions (columns) against where and when it hurts (rows).

    Attributes:
        conditions: Column headings.
        rows: Row label, what the person said in that respect (empty: not yet), cells by column.
    """

    conditions: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[PatternCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Clarify:
    """One question whose answer changes the reply, with choices to tap."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """A sentence chosen for the answer, not yet verified.

    Attributes:
        span: Where it stands in the build.
        lead: Connecting words before it.
        text: What is shown; the span's own words unless a model phrased it.
        also: Further spans that support it.
        heading: The heading above it in the article, where the sentence leaves unsaid what it speaks of.
    """

    span: Span
    lead: str = ""
    text: str = ""
    also: tuple[Span, ...] = ()
    heading: str = ""

    @property
    def shown(self) -> str:
        """The words to show."""
        return f"{self.heading}: {self.span.text}" if self.heading else self.text or self.span.text


@dataclass(frozen=True, slots=True)
class DraftTable:
    """The pattern table before its citations are numbered.

    Attributes:
        conditions: Column headings.
        rows: Row label, what the person said, and by column (text, spans, matches).
    """

    conditions: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[tuple[str, tuple[Span, ...], bool], ...]], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before its citations were verified.

    Attributes:
        dropped: Sentences of a model that failed its checks.
        prompt: SHA-256 of the prompt file that a model was asked with, hex; empty where none was.
    """

    outcome: Outcome
    note: str = ""
    statements: tuple[DraftStatement, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    table: DraftTable | None = None
    clarify: Clarify | None = None
    follow_ups: tuple[str, ...] = ()
    composer: str = "extractive"
    dropped: int = 0
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reader sees.

    Attributes:
        outcome: How the question ended.
        screening: What the rules found.
        note: Words of the template file that say why there is no or less of an answer.
        statements: The answer, at most six sentences.
        pattern: Which condition fits, for why and which questions.
        exercises: Cards, best fitting first.
        plan: A week of them, where one was asked for.
        citations: By number, only those used.
        clarify: A question back, or None.
        follow_ups: Questions worth asking next.
        safety_net: The standing list, on every knee answer.
        disclaimer: What this is and is not.
        understanding: What was understood; None where the question was not read.
        build: Id of the build answered from.
        composer: extractive or prose.
        prompt: SHA-256 of the prompt file that a model was asked with, hex; empty where none was.
        dropped: Statements that failed verification and are not shown.
        timings_ms: Stage -> milliseconds.
        text: The whole reply as Markdown.
    """

    outcome: Outcome
    screening: Screening
    note: str = ""
    statements: tuple[Statement, ...] = ()
    pattern: PatternTable | None = None
    exercises: tuple[ExerciseCard, ...] = ()
    plan: Plan | None = None
    citations: tuple[Citation, ...] = ()
    clarify: Clarify | None = None
    follow_ups: tuple[str, ...] = ()
    safety_net: str = ""
    disclaimer: str = ""
    understanding: Understanding | None = None
    build: str = ""
    composer: str = "extractive"
    prompt: str = ""
    dropped: int = 0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the JSON contract of the product, without an `id`."""
        return {
            "outcome": self.outcome.value,
            "level": self.screening.level.word,
            "red_flags": [_flag(flag) for flag in self.screening.flags],
            "text": self.text,
            "note": self.note,
            "statements": [
                {"text": s.text, "citations": list(s.citations), "lead": s.lead} for s in self.statements
            ],
            "pattern": _pattern(self.pattern),
            "exercises": [_card(card) for card in self.exercises],
            "plan": None if self.plan is None else _plan(self.plan),
            "exercises_held": list(self.screening.held),
            "citations": [_citation(c) for c in self.citations],
            "clarify": None
            if self.clarify is None
            else {"question": self.clarify.question, "choices": list(self.clarify.choices)},
            "quick_check": [_check(check) for check in self.screening.quick_check],
            "follow_ups": list(self.follow_ups),
            "safety_net": self.safety_net,
            "disclaimer": self.disclaimer,
            "understood": None if self.understanding is None else _understood(self.understanding),
            "build": self.build,
            "composer": self.composer,
            "prompt": self.prompt,
            "dropped": self.dropped,
            "timings_ms": dict(self.timings_ms),
        }


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "id": flag.rule_id,
        "title": flag.title,
        "level": flag.level.word,
        "status": flag.status.value,
        "turn": flag.turn,
        "quote": flag.quote,
        "start": flag.start,
        "end": flag.end,
        "advice": flag.advice,
        "policy": flag.policy.value,
        "sources": [{"title": s.title, "url": s.url, "verified": s.verified} for s in flag.sources],
    }


def _card(card: ExerciseCard) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": card.exercise_id,
        "name": card.name,
        "kind": card.kind,
        "why": card.why,
        "dose": card.dose,
        "steps": list(card.steps),
        "where": list(card.where),
        "kit": list(card.kit),
        "cues": list(card.cues),
        "caution": card.caution,
        "citations": list(card.citations),
    }
    required = {"id", "name", "dose", "steps", "where", "citations"}
    return {key: value for key, value in fields.items() if value or key in required}


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "entries": [
            {
                "id": entry.card.exercise_id,
                "name": entry.card.name,
                "dose": entry.card.dose,
                "days": list(entry.days),
                "days_said": entry.days_said,
                "citations": list(entry.card.citations),
            }
            for entry in plan.entries
        ],
        "stop": plan.stop,
    }


def _citation(c: Citation) -> dict[str, Any]:
    return {
        "n": c.n,
        "article": c.article,
        "title": c.title,
        "publisher": c.publisher,
        "author": c.author,
        "date": c.date,
        "kind": c.kind,
        "heading": c.heading,
        "passage_id": c.passage_id,
        "quote": c.quote,
        "start": c.start,
        "end": c.end,
    }


def _check(check: QuickCheck) -> dict[str, Any]:
    return {"rule_id": check.rule_id, "label": check.label, "message": check.message}


def _pattern(table: PatternTable | None) -> dict[str, Any] | None:
    if table is None:
        return None
    return {
        "conditions": list(table.conditions),
        "rows": [
            {
                "label": label,
                "you_said": said,
                "cells": [
                    {"text": c.text, "citations": list(c.citations), "matches": c.matches} for c in cells
                ],
            }
            for label, said, cells in table.rows
        ],
    }


def _understood(u: Understanding) -> dict[str, Any]:
    names = (
        "intent",
        "places",
        "triggers",
        "timings",
        "conditions",
        "exercises",
        "settings",
        "activities",
        "kit",
        "without_kit",
        "muscles",
        "topics",
        "follow_up",
    )
    values = {name: getattr(u, name) for name in names}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
