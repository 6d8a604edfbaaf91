"""Question files: what they may leave out, and what is said about a malformed one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eval.errors import QuestionFileError
from eval.questions import load_facts, load_never, load_questions
from ingest.index import Index


def test_shipped_set_is_large_enough() -> None:
    """At least 160 answerable questions of many kinds, 60 unanswerable, 30 of several turns."""
    questions = load_questions()

    assert sum(q.answerable is True for q in questions) >= 160
    assert sum(q.answerable is False for q in questions) >= 60
    assert sum(len(q.turns) > 1 for q in questions) >= 30
    assert len(Counter(q.kind for q in questions)) >= 15


def test_every_fact_stands_in_its_digests(digest_index: Index) -> None:
    """A fact that the digest lost could never be brought, so the digest or the label is wrong."""
    from eval.relevance import Corpus

    texts = {slug: article.text for slug, article in digest_index.articles.items()}
    corpus = Corpus(texts, digest_index.passages.values())
    missing = [
        (fact.id, slug)
        for fact in load_facts().values()
        for slug in fact.articles
        if not any(corpus.passages[pid].article == slug for pid in corpus.stating(fact))
    ]

    assert not missing


def test_no_digest_holds_what_no_reply_may(digest_index: Index) -> None:
    """Patterns of page debris must not hit the digests' own sentences."""
    import re

    from eval.questions import fold

    text = "\n".join(fold(article.text) for article in digest_index.articles.values())

    assert not [pattern for pattern in load_never() if re.search(pattern, text)]


def test_question_alone_is_enough(tmp_path: Path) -> None:
    """A user's own set may be nothing but questions."""
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "do poles help?"}\n\n{"question": "why?"}\n')

    first, second = load_questions(path)

    assert first.turns == ("do poles help?",)
    assert first.answerable is None
    assert first.id != second.id


def test_csv_lists_are_separated_by_semicolons(tmp_path: Path) -> None:
    """A spreadsheet can hold a set."""
    path = tmp_path / "mine.csv"
    path.write_text("question,answerable,facts\ndo poles help?,true,poles; lighter-shoes\n")

    (question,) = load_questions(path)

    assert question.answerable is True
    assert [fact.id for fact in question.facts] == ["poles", "lighter-shoes"]


def test_csv_holds_turns_lines_and_json(tmp_path: Path) -> None:
    """A cell may hold several turns, a line break as spreadsheets write it, or JSON for what is nested."""
    path = tmp_path / "mine.csv"
    path.write_text(
        "turns,question,red_flags\n"
        "my knee hurts | outside,,\n"
        ',"first line\nsecond; with a sign",\n'
        ',cold foot,"{""must"": [""swelling""]}"\n'
    )

    talk, lines, flagged = load_questions(path)

    assert talk.turns == ("my knee hurts", "outside")
    assert lines.turns == ("first line\nsecond; with a sign",)
    assert flagged.red_flags is not None
    assert flagged.red_flags.must == ("swelling",)


def test_csv_row_longer_than_its_header_is_a_fault(tmp_path: Path) -> None:
    """A comma too many would silently cut a question in two."""
    path = tmp_path / "mine.csv"
    path.write_text("question\nfine\nwhy, oh why\n")

    with pytest.raises(QuestionFileError, match="line 3: the line: more values"):
        load_questions(path)


def test_every_fault_is_listed_at_once(tmp_path: Path) -> None:
    """Line, field and reason of each fault, so that one round of mending is enough."""
    path = tmp_path / "broken.jsonl"
    path.write_text(
        '{"id": "a", "turns": []}\n'
        "not json\n"
        '{"id": "b", "turns": ["x"], "facts": ["no-such-fact"]}\n'
        '{"id": "c", "turns": ["x"], "must_not": ["("], "colour": "red"}\n'
        '{"id": "d", "turns": ["x"]}\n{"id": "d", "turns": ["y"]}\n'
        '{"id": "e", "turns": ["x"], "red_flags": {"must": ["swelling", "sweling"]}}\n'
    )

    with pytest.raises(QuestionFileError) as raised:
        load_questions(path)

    found = {(fault.line, fault.field) for fault in raised.value.faults}
    assert found == {
        (1, "turns"),
        (2, ""),
        (3, "facts.0"),
        (4, "must_not.0"),
        (4, "colour"),
        (6, "id"),
        (7, "red_flags.must.1"),
    }
    assert "no-such-fact" in str(raised.value)


def test_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    """A mistyped path names itself."""
    with pytest.raises(QuestionFileError, match="nowhere"):
        load_questions(tmp_path / "nowhere.jsonl")


def test_empty_file_is_an_error(tmp_path: Path) -> None:
    """A run over nothing would pass every gate."""
    path = tmp_path / "empty.jsonl"
    path.write_text("\n")

    with pytest.raises(QuestionFileError, match="no question"):
        load_questions(path)
