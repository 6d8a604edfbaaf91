"""Tie the curated knowledge to the passages of one build, and leave out what they do not support.

quote -> span -> the span has the field's numbers, and its section the exercise's or condition's name
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.curate import CITED_FIELDS
from ingest.knowledge import (
    Condition,
    Conflict,
    Dropped,
    Entry,
    Knowledge,
    Pattern,
    Quote,
    Side,
    Vocabulary,
)
from ingest.quotes import Encode, Quotes
from ingest.records import Article, Exercise, Passage, Span
from ingest.support import names, unsupported_numbers


@dataclass
class _Tally:
    """What was offered to the build and what it did not support."""

    offered: int = 0
    dropped: list[Dropped] = field(default_factory=list)

    def drop(self, kind: str, row: str, name: str, reason: str) -> None:
        self.dropped.append(Dropped(kind, row, name, reason))


def resolve(
    exercises: Iterable[Entry],
    vocabulary: Vocabulary,
    conflicts: Iterable[Conflict],
    articles: Mapping[str, Article],
    passages: Iterable[Passage] | Mapping[str, Passage],
    *,
    encode: Encode | None = None,
) -> Knowledge:
    """Find every citation in a build.

    Args:
        exercises: As `load_exercises` reads them.
        vocabulary: As `load_vocabulary` reads it.
        conflicts: As `load_conflicts` reads them.
        articles: The build's articles by slug.
        passages: All their passages, in order.
        encode: Texts to unit rows. Without it originals are matched by words alone, and less is found.

    Returns:
        What the build supports; its `dropped` names each field, cell and row that was left out.
    """
    in_order = passages.values() if isinstance(passages, Mapping) else passages
    quotes = Quotes(articles, in_order, encode)
    tally = _Tally()
    kept = [_exercise(entry, vocabulary, quotes, tally) for entry in exercises]
    return Knowledge(
        exercises=tuple(exercise for exercise in kept if exercise is not None),
        vocabulary=replace(
            vocabulary,
            conditions=tuple(_condition(row, quotes, tally) for row in vocabulary.conditions),
            patterns=tuple(_patterns(vocabulary, quotes, tally)),
        ),
        conflicts=tuple(_conflicts(conflicts, quotes, tally)),
        dropped=tuple(tally.dropped),
        offered=tally.offered,
    )


def _exercise(entry: Entry, vocabulary: Vocabulary, quotes: Quotes, tally: _Tally) -> Exercise | None:
    exercise = entry.exercise
    named = (exercise.name, *exercise.aliases)
    citations: dict[str, tuple[Span, ...]] = {}
    empty: dict[str, Any] = {}
    for name in ("name", *CITED_FIELDS):
        if name not in entry.quotes:
            continue
        tally.offered += 1
        stated = (
            _texts(getattr(exercise, name)) if name in ("why", "steps", "dose", "cues", "caution") else ()
        )
        spans = _found(entry.quotes[name], named, stated, quotes)
        if reason := _refusal(spans, named, stated, quotes):
            tally.drop("exercise", exercise.exercise_id, name, reason)
            empty |= {name: type(getattr(exercise, name))()} if name != "name" else {}
        else:
            citations[name] = spans
    if not citations:
        tally.drop("exercise", exercise.exercise_id, "", "none of its citations is in this build")
        return None
    kept = replace(exercise, citations=citations, **empty)
    return replace(kept, conditions=tuple(_conditions(kept, vocabulary, quotes, tally)))


def _refusal(spans: Sequence[Span], named: Sequence[str], stated: Sequence[str], quotes: Quotes) -> str:
    """Say why spans do not support a field; empty when they do."""
    if not spans:
        return "no passage says it"
    if not any(names(named, quotes.around(span)) for span in spans):
        return f"no cited section names {named[0]!r}"
    if lacking := unsupported_numbers(stated, [span.text for span in spans]):
        return f"no cited passage gives {', '.join(sorted(lacking))}"
    return ""


def _conditions(exercise: Exercise, vocabulary: Vocabulary, quotes: Quotes, tally: _Tally) -> Iterable[str]:
    """Yield the conditions that a cited section speaks of."""
    sections = [quotes.around(span) for span in exercise.citations.get("conditions", ())]
    for condition_id in exercise.conditions:
        phrases = vocabulary.condition(condition_id).phrases
        if any(names(phrases, section) for section in sections):
            yield condition_id
        else:
            reason = f"no cited section speaks of {condition_id!r}"
            tally.drop("exercise", exercise.exercise_id, "conditions", reason)


def _condition(condition: Condition, quotes: Quotes, tally: _Tally) -> Condition:
    """Keep the condition as a word to recognise even where no article describes it."""
    tally.offered += 1
    spans = _found(condition.quotes, condition.phrases, (), quotes)
    if not spans:
        tally.drop("condition", condition.term_id, "description", "no passage says it")
        return replace(condition, description="", citations=())
    return replace(condition, citations=spans)


def _patterns(vocabulary: Vocabulary, quotes: Quotes, tally: _Tally) -> Iterable[Pattern]:
    for pattern in vocabulary.patterns:
        tally.offered += 1
        spans = _found(pattern.quotes, (), (pattern.text,), quotes)
        lacking = unsupported_numbers([pattern.text], [span.text for span in spans])
        if spans and not lacking:
            yield replace(pattern, citations=spans)
        else:
            reason = f"no cited passage gives {', '.join(sorted(lacking))}" if spans else "no passage says it"
            tally.drop("pattern", f"{pattern.condition} x {pattern.value}", "", reason)


def _conflicts(conflicts: Iterable[Conflict], quotes: Quotes, tally: _Tally) -> Iterable[Conflict]:
    """Yield the conflicts that still have two sides, from two articles."""
    for conflict in conflicts:
        sides = tuple(Side(side.quote, _found([side.quote], (), (), quotes)) for side in conflict.sides)
        tally.offered += len(sides)
        found = tuple(side for side in sides if side.citations)
        for side in sides:
            if not side.citations:
                tally.drop("conflict", conflict.conflict_id, side.quote.article, "no passage says it")
        if len({side.quote.article for side in found}) > 1:
            yield replace(conflict, sides=found)


def _found(
    wanted: Iterable[Quote], named: Sequence[str], stated: Sequence[str], quotes: Quotes
) -> tuple[Span, ...]:
    spans = (quotes.find(quote, named, stated) for quote in wanted)
    return tuple(dict.fromkeys(span for span in spans if span is not None))


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
