"""Tie the curated knowledge to the passages of one build, and leave out what they do not support.

quote -> span -> the span has the field's numbers, and its section the exercise's or condition's name
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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
from ingest.support import stemmed_phrases, unsupported_numbers, unsupported_units

# Fields whose words must be supported one by one; the others list what a group shares.
_WORDED = frozenset(["why", "steps", "dose", "cues", "caution"])
# A passage on all stretches supports the worded fields of each stretch, a section on them the others.
_KIND_WORDS = {
    "strength": ("exercise", "technique"),
    "isometric": ("isometric", "exercise"),
    "stretch": ("stretch", "technique"),
    "massage": ("massage", "roll", "technique"),
    "mobility": ("mobility", "exercise"),
    "load_management": ("routine", "technique", "running"),
}


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
    entries, disagreements = tuple(exercises), tuple(conflicts)
    quotes = Quotes(articles, in_order, _all_quotes(entries, vocabulary, disagreements), encode)
    tally = _Tally()
    kept = [_exercise(entry, vocabulary, quotes, tally) for entry in entries]
    return Knowledge(
        exercises=tuple(exercise for exercise in kept if exercise is not None),
        vocabulary=replace(
            vocabulary,
            conditions=tuple(_condition(row, quotes, tally) for row in vocabulary.conditions),
            patterns=tuple(_patterns(vocabulary, quotes, tally)),
        ),
        conflicts=tuple(_conflicts(disagreements, quotes, tally)),
        dropped=tuple(tally.dropped),
        offered=tally.offered,
    )


def _all_quotes(
    entries: Iterable[Entry], vocabulary: Vocabulary, conflicts: Iterable[Conflict]
) -> Iterable[Quote]:
    for entry in entries:
        for wanted in entry.quotes.values():
            yield from wanted
    for condition in vocabulary.conditions:
        yield from condition.quotes
    for pattern in vocabulary.patterns:
        yield from pattern.quotes
    for conflict in conflicts:
        yield from (side.quote for side in conflict.sides)


def _exercise(entry: Entry, vocabulary: Vocabulary, quotes: Quotes, tally: _Tally) -> Exercise | None:
    exercise = entry.exercise
    citations: dict[str, tuple[Span, ...]] = {}
    lost: dict[str, str] = {}
    for name, wanted in entry.quotes.items():
        spans, reason = _field(exercise, name, wanted, quotes)
        if reason:
            lost[name] = reason
        else:
            citations[name] = spans
    tally.offered += len(entry.quotes)
    names = stemmed_phrases((exercise.name, *exercise.aliases))
    if not any(quotes.around(span).names(names) for spans in citations.values() for span in spans):
        tally.drop("exercise", exercise.exercise_id, "", "no article of this build names it")
        return None
    for name, reason in lost.items():
        tally.drop("exercise", exercise.exercise_id, name, reason)
    empty: dict[str, Any] = {name: type(getattr(exercise, name))() for name in lost if name != "name"}
    kept = replace(exercise, citations=citations, **empty)
    return replace(kept, conditions=tuple(_conditions(kept, vocabulary, quotes, tally)))


def _field(
    exercise: Exercise, name: str, wanted: Sequence[Quote], quotes: Quotes
) -> tuple[tuple[Span, ...], str]:
    """Return the spans of one field, and why they do not support it; empty when they do."""
    named = (exercise.name, *exercise.aliases)
    stated = _texts(getattr(exercise, name)) if name in _WORDED else ()
    found = [quotes.find(quote, named, stated) for quote in wanted]
    spans = tuple(dict.fromkeys(span for span in found if span is not None))
    if not spans or (stated and None in found):
        return (), "no passage says it" if not spans else "not all of it is said"
    if reason := _contradiction(name, stated, [span.text for span in spans]):
        return (), reason
    own, kind = stemmed_phrases(named), stemmed_phrases(_KIND_WORDS[exercise.kind])
    for span in spans:
        section = quotes.around(span)
        if section.names(own) or (quotes.beside(span) if stated else section).names(kind):
            return spans, ""
    return (), f"no cited section names {exercise.name!r}"


def _contradiction(name: str, stated: Sequence[str], sources: Sequence[str]) -> str:
    lacking = unsupported_numbers(stated, sources)
    if name == "dose":
        lacking |= unsupported_units(stated, sources)
    return f"no cited passage gives {', '.join(sorted(lacking))}" if lacking else ""


def _conditions(exercise: Exercise, vocabulary: Vocabulary, quotes: Quotes, tally: _Tally) -> Iterable[str]:
    """Yield the conditions that a cited section speaks of."""
    sections = [quotes.around(span) for span in exercise.citations.get("conditions", ())]
    for condition_id in exercise.conditions:
        phrases = stemmed_phrases(vocabulary.condition(condition_id).phrases)
        if any(section.names(phrases) for section in sections):
            yield condition_id
        else:
            reason = f"no cited section speaks of {condition_id!r}"
            tally.drop("exercise", exercise.exercise_id, "conditions", reason)


def _condition(condition: Condition, quotes: Quotes, tally: _Tally) -> Condition:
    """Keep the condition as a word to recognise even where no article describes it."""
    tally.offered += 1
    spans = _found(condition.quotes, condition.synonyms, (), quotes)
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
    wanted: Iterable[Quote], named: tuple[str, ...], stated: tuple[str, ...], quotes: Quotes
) -> tuple[Span, ...]:
    spans = (quotes.find(quote, named, stated) for quote in wanted)
    return tuple(dict.fromkeys(span for span in spans if span is not None))


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
