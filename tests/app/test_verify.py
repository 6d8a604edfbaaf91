"""What cannot be found in an article, letter for letter, is dropped and counted."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from app.records import Draft, DraftStatement, DraftTable, Outcome
from app.verify import Verifier, verify
from ingest.index import Index
from ingest.records import Article, Exercise, Passage, Sentence, Span

TEXT = "Hips first. Then knees. Poles help."
ARTICLE = Article("a", "A title", TEXT, "digest", hashlib.sha256(TEXT.encode()).hexdigest(), author="Ann")
SENTENCES = (Sentence(TEXT[:11], 0, 11), Sentence(TEXT[12:23], 12, 23))
PASSAGE = Passage("a:0", "a", "Order", ("Order",), TEXT[:23], 0, 23, SENTENCES, "h")
HIPS, KNEES = Span("a:0", 0, 11, TEXT[:11]), Span("a:0", 12, 23, TEXT[12:23])


@pytest.fixture
def verifier() -> Verifier:
    return Verifier({"a": ARTICLE}, {"a:0": PASSAGE})


def exercise(**citations: tuple[Span, ...]) -> Exercise:
    """A card whose every field is filled, cited as given."""
    return Exercise(
        "bridge", "Bridge", (), "strength", (), (), "It helps.", ("Lift.",), "3 x 15", ("home",), (),
        ("Feel it.",), "Stop if it hurts.", citations,
    )  # fmt: skip


@pytest.mark.parametrize(
    "span",
    [
        replace(HIPS, text="Hips last. "),
        replace(HIPS, start=1),
        replace(HIPS, end=10),
        replace(HIPS, start=-35, end=-24),
        replace(HIPS, passage_id="a:9"),
        Span("a:0", 24, 35, TEXT[24:35]),  # true of the article, but outside the passage it names
        Span("a:0", 5, 5, ""),
        Span("a:0", 11, 0, ""),
    ],
)
def test_a_span_that_is_not_there_does_not_hold(verifier: Verifier, span: Span) -> None:
    """One wrong letter, offset or passage is enough."""
    assert verifier.holds(HIPS)
    assert not verifier.holds(span)


def test_an_article_that_changed_holds_nothing() -> None:
    """Its hash is checked, so that even the unchanged half of it is not quoted."""
    changed = replace(ARTICLE, text=TEXT.replace("Poles", "Boots"))

    assert not Verifier({"a": changed}, {"a:0": PASSAGE}).holds(HIPS)


def test_a_false_statement_is_dropped_and_counted(verifier: Verifier) -> None:
    """The true ones stay, numbered from 1 without a gap."""
    false = replace(HIPS, text="Hips never.")
    draft = Draft(
        Outcome.ANSWER, statements=(DraftStatement(false), DraftStatement(KNEES), DraftStatement(HIPS))
    )

    statements, _, _, citations, dropped = verify(draft, verifier)

    assert dropped == 1
    assert [(s.text, s.citations) for s in statements] == [(KNEES.text, (1,)), (HIPS.text, (2,))]
    assert [c.quote for c in citations] == [KNEES.text, HIPS.text]


def test_the_same_span_keeps_its_number(verifier: Verifier) -> None:
    """A sentence that carries a statement and a card is one source, not two."""
    draft = Draft(Outcome.ANSWER, statements=(DraftStatement(HIPS),), exercises=(exercise(why=(HIPS,)),))

    statements, _, (card,), citations, _ = verify(draft, verifier)

    assert statements[0].citations == card.citations == (1,)
    assert len(citations) == 1


def test_neighbours_are_quoted_as_one(verifier: Verifier) -> None:
    """Two sentences in a row make one citation, whose quote is the article's text between its offsets."""
    draft = Draft(Outcome.ANSWER, exercises=(exercise(steps=(KNEES, HIPS)),))

    _, _, _, (citation,), _ = verify(draft, verifier)

    assert (citation.start, citation.end) == (0, 23)
    assert citation.quote == TEXT[0:23]


def test_a_card_loses_the_field_whose_citation_fails(verifier: Verifier) -> None:
    """Only what an article carries is shown on it."""
    false = replace(KNEES, text="Then ankles")
    draft = Draft(Outcome.ANSWER, exercises=(exercise(why=(HIPS,), dose=(false,)),))

    _, _, (card,), _, _ = verify(draft, verifier)

    assert card.why == "It helps."
    assert (card.dose, card.steps, card.cues, card.caution) == ("", (), (), "")


def test_a_card_without_any_citation_is_dropped_and_counted(verifier: Verifier) -> None:
    """An exercise that no article carries is not shown."""
    draft = Draft(Outcome.ANSWER, exercises=(exercise(), exercise(why=(replace(HIPS, text="x"),))))

    _, _, cards, citations, dropped = verify(draft, verifier)

    assert (cards, citations, dropped) == ((), (), 2)


def test_a_table_cell_without_support_is_blank(verifier: Verifier) -> None:
    """Neither its words nor its match are shown."""
    cells = (("at the hips", (HIPS,), True), ("at the ankle", (replace(KNEES, text="x"),), True))
    draft = Draft(Outcome.ANSWER, table=DraftTable(("one", "two"), (("where", "", cells),)))

    _, table, _, _, _ = verify(draft, verifier)

    assert table is not None
    shown, blank = table.rows[0][2]
    assert (shown.text, shown.matches) == ("at the hips", True)
    assert (blank.text, blank.matches, blank.citations) == ("", False, ())


def test_every_citation_of_the_knowledge_files_holds(digest_index: Index) -> None:
    """No card and no cell of the shipped build rests on words that are not there."""
    verifier = Verifier(digest_index.articles, digest_index.passages)
    spans = [s for e in digest_index.exercises for cited in e.citations.values() for s in cited]
    spans += [s for cell in digest_index.vocabulary.patterns for s in cell.citations]

    assert len(spans) > 100
    assert [span for span in spans if not verifier.holds(span)] == []
