"""Check every citation before it is shown, and number what is left.

In extractive mode a statement stands when the article's text at its offsets is the statement, the article
is the one that was indexed (its hash), and a heading shown before it stands above it there. What fails is
dropped and counted, never shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.headed import heading_of
from app.records import (
    Citation,
    Draft,
    DraftStatement,
    ExerciseCard,
    PatternCell,
    PatternTable,
    Statement,
)
from ingest.records import Article, Exercise, Passage, Span

_JOIN_GAP = 3  # characters between two sentences that are quoted as one
_SHOWN = ("why", "steps", "dose", "cues", "caution")  # the claims of a card
_CARD_GAP = 400  # a card rests on a section; one number for it reads better than one for each sentence


class Verifier:
    """Verifies spans against one build."""

    def __init__(self, articles: Mapping[str, Article], passages: Mapping[str, Passage]) -> None:
        """Check once that each article is the text that was indexed."""
        self._passages = passages
        self._articles = {
            slug: article
            for slug, article in articles.items()
            if hashlib.sha256(article.text.encode()).hexdigest() == article.content_hash
        }

    def holds(self, span: Span) -> bool:
        """Say whether the article's text at the span's offsets is the span's text."""
        passage = self._passages.get(span.passage_id)
        article = self._articles.get(passage.article) if passage else None
        inside = passage is not None and passage.start <= span.start < span.end <= passage.end
        return bool(inside and article and article.text[span.start : span.end] == span.text)

    def stands_under(self, span: Span, heading: str) -> bool:
        """Say whether that is the heading above the span."""
        return heading_of(self._passages[span.passage_id]) == heading

    def citation(self, n: int, span: Span) -> Citation:
        """Return what the reader needs to open the span."""
        passage = self._passages[span.passage_id]
        article = self._articles[passage.article]
        return Citation(
            n, article.slug, article.title, article.publisher, article.author, article.date, article.kind,
            passage.heading, span.passage_id, span.text, span.start, span.end,
        )  # fmt: skip

    def joined(self, spans: Iterable[Span], gap: int = _JOIN_GAP) -> list[Span]:
        """Return the spans that hold, those of one passage that are at most `gap` characters apart as one."""
        held = sorted({s for s in spans if self.holds(s)}, key=lambda s: (s.passage_id, s.start))
        joined: list[Span] = []
        for span in held:
            last = joined[-1] if joined else None
            if last and last.passage_id == span.passage_id and span.start - last.end <= gap:
                joined[-1] = self._cover(last, span)
            else:
                joined.append(span)
        return joined

    def _cover(self, first: Span, second: Span) -> Span:
        article = self._articles[self._passages[first.passage_id].article]
        end = max(first.end, second.end)
        return replace(first, end=end, text=article.text[first.start : end])


class Numbering:
    """Gives each span a number by its first use."""

    def __init__(self, verifier: Verifier) -> None:
        """Start at 1."""
        self._verifier = verifier
        self._numbers: dict[tuple[str, int, int], int] = {}
        self.citations: list[Citation] = []
        self.dropped = 0

    def of(self, spans: Iterable[Span], gap: int = _JOIN_GAP) -> tuple[int, ...]:
        """Return the numbers of those `spans` that hold; a new one gets the next number."""
        return tuple(self._number(span) for span in self._verifier.joined(spans, gap))

    def _number(self, span: Span) -> int:
        key = (span.passage_id, span.start, span.end)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self.citations.append(self._verifier.citation(self._numbers[key], span))
        return self._numbers[key]

    def statement(self, draft: DraftStatement) -> Statement | None:
        """Return the statement with its numbers, or None when a span that it rests on does not hold."""
        spans_hold = all(map(self._verifier.holds, (draft.span, *draft.also)))
        if not spans_hold or (draft.heading and not self._verifier.stands_under(draft.span, draft.heading)):
            self.dropped += 1
            return None
        numbers = [self._number(draft.span)]
        numbers += [n for n in self.of(draft.also) if n not in numbers]
        return Statement(draft.shown, tuple(numbers), draft.lead)

    def card(self, exercise: Exercise) -> ExerciseCard | None:
        """Return the exercise with only those fields whose citations hold, or None when none does."""
        cited = {
            name: [s for s in spans if self._verifier.holds(s)] for name, spans in exercise.citations.items()
        }
        shown = [span for name in _SHOWN for span in cited.get(name, ())]
        every = [span for spans in cited.values() for span in spans]
        numbers = self.of(shown or every, _CARD_GAP)
        if not numbers:
            self.dropped += 1
            return None
        e = exercise
        return ExerciseCard(
            e.exercise_id, e.name, e.kind,
            e.why if cited.get("why") else "",
            e.steps if cited.get("steps") else (),
            e.dose if cited.get("dose") else "",
            e.where, e.kit,
            e.cues if cited.get("cues") else (),
            e.caution if cited.get("caution") else "",
            numbers,
        )  # fmt: skip


def verify(
    draft: Draft, verifier: Verifier
) -> tuple[tuple[Statement, ...], PatternTable | None, tuple[ExerciseCard, ...], tuple[Citation, ...], int]:
    """Return statements, table, cards and citations of `draft` that hold, and how many were dropped."""
    numbering = Numbering(verifier)
    statements = tuple(s for s in map(numbering.statement, draft.statements) if s)
    table = _table(draft, numbering)
    cards = tuple(c for c in map(numbering.card, draft.exercises) if c)
    return statements, table, cards, tuple(numbering.citations), numbering.dropped


def _table(draft: Draft, numbering: Numbering) -> PatternTable | None:
    if draft.table is None:
        return None
    rows = []
    for label, said, cells in draft.table.rows:
        numbered = [(text, numbering.of(spans), matches) for text, spans, matches in cells]
        rows.append(
            (label, said, tuple(PatternCell(t if n else "", n, m and bool(n)) for t, n, m in numbered))
        )
    return PatternTable(draft.table.conditions, tuple(rows))
