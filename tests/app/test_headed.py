"""Where only the heading says what a sentence speaks of, the sentence is quoted with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.answer import Assistant
from app.headed import Header
from app.lexicon import Lexicon
from app.records import Draft, DraftStatement, Outcome
from app.verify import Verifier, verify
from ingest.index import Index
from ingest.records import Passage, Span

CLIP = "Location: a sharp pain at the outer side, after the same distance."
NAMED = "IT band syndrome is a sharp pain at the outer side."
BACK = "I used to do them before every descent."
PLAIN = "Three rounds in the evening are enough for most hikers."


def passage(heading: str, *sentences: str) -> Passage:
    """A passage of an article of its own, under one heading."""
    text = " ".join(sentences)
    return Passage("a:0", "a", "", (heading,), text, 0, len(text), (), "")


def shown(
    assistant: Assistant, index: Index, heading: str, *sentences: str, asked: str = "why?"
) -> list[str]:
    """The sentences as they are shown under that heading."""
    found = passage(heading, *sentences)
    header = Header({"a:0": found}, Lexicon(index.vocabulary, index.exercises))
    spans, at = [], 0
    for sentence in sentences:
        spans.append(DraftStatement(Span("a:0", at, at + len(sentence), sentence)))
        at += len(sentence) + 1
    return [statement.shown for statement in header.headed(spans, assistant.understand([asked]))]


def test_a_sentence_gets_the_name_that_stands_above_it(assistant: Assistant, digest_index: Index) -> None:
    """What it does not name itself, without the number of the section, and once for those that follow."""
    assert shown(assistant, digest_index, "3. IT band syndrome", CLIP, PLAIN) == [
        f"IT band syndrome: {CLIP}",
        PLAIN,
    ]
    assert shown(assistant, digest_index, "Mini band routine", BACK) == [f"Mini band routine: {BACK}"]
    assert shown(assistant, digest_index, "Mini band routine", BACK, BACK)[1] == BACK


@pytest.mark.parametrize(
    ("heading", "sentence", "asked"),
    [
        ("3. IT band syndrome", NAMED, "why?"),
        ("What is IT band syndrome?", CLIP, "why?"),
        ("Everything that you always wanted to know about it", CLIP, "why?"),
        ("IT band syndrome", PLAIN, "how often should I train with IT band syndrome"),
        ("On the evening", PLAIN, "why?"),
    ],
)
def test_a_heading_is_left_out_where_it_adds_nothing(
    assistant: Assistant, digest_index: Index, heading: str, sentence: str, asked: str
) -> None:
    """The sentence names it, it is a question or too long, or the person named it."""
    assert shown(assistant, digest_index, heading, sentence, asked=asked) == [sentence]


def test_a_heading_that_is_not_above_the_sentence_is_dropped(digest_index: Index) -> None:
    """It is verified as the words are."""
    found = replace(next(iter(digest_index.passages.values())), headings=("2. Mini band routine",))
    first = found.sentences[0]
    span = Span(found.passage_id, first.start, first.end, first.text)
    verifier = Verifier(digest_index.articles, {found.passage_id: found})
    good = DraftStatement(span, heading="Mini band routine")
    statements, *_, dropped = verify(Draft(Outcome.ANSWER, statements=(good,)), verifier)

    assert (len(statements), dropped) == (1, 0)
    false = replace(good, heading="The doctor's own words")
    statements, *_, dropped = verify(Draft(Outcome.ANSWER, statements=(false,)), verifier)
    assert (len(statements), dropped) == (0, 1)
