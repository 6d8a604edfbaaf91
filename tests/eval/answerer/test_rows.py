"""The rows that the answerer learns from name sentences that exist."""

from __future__ import annotations

import pytest

from eval.answerer.rows import (
    BEST,
    GOOD,
    fingerprint,
    pairs,
    pool_of,
    read_articles,
    retold,
    rows_of_article,
    rows_of_pairs,
)
from ingest.index import Index


@pytest.fixture
def places(digest_index: Index) -> dict[tuple[str, str], int]:
    """Where the sentences of the digests stand."""
    return pool_of("digests", digest_index.passages.values())[1]


def test_a_sentence_is_named_by_its_words() -> None:
    """Quotes, dashes and case differ between savings of one article; its words do not."""
    assert fingerprint("Don’t stop — walk.") == fingerprint("don't stop - Walk")
    assert fingerprint("Hold for 30 seconds.") != fingerprint("Hold for 20 seconds.")


def test_every_quoted_answer_stands_in_a_digest(places: dict[tuple[str, str], int]) -> None:
    """A digest that was reworded would silently unteach its questions."""
    quoted = {(a["article"], fingerprint(a["quote"])) for pair in pairs() for a in pair["answers"]}

    assert quoted <= places.keys()


def test_every_retold_sentence_stands_in_a_digest(places: dict[tuple[str, str], int]) -> None:
    """What an original says is known by the sentence that retells it."""
    assert retold().keys() <= places.keys()


def test_rows_find_their_answers(places: dict[tuple[str, str], int]) -> None:
    """The best answer counts most, and each is a row of the pool."""
    rows = rows_of_pairs(pairs(), 0, places, originals=False)

    assert len(rows) == len(pairs())
    assert all(max(row.answers.values()) == BEST for row in rows)


def test_articles_written_for_training_are_whole() -> None:
    """Every number names a sentence, and best and good are told apart."""
    for number, (_, pool, questions) in enumerate(read_articles()):
        rows = rows_of_article(number, questions)

        assert all(0 <= i < len(pool.texts) for row in rows for i in row.answers)
        assert all(BEST in row.answers.values() for row in rows)
        assert {worth for row in rows for worth in row.answers.values()} <= {BEST, GOOD}
