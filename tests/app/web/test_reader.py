"""The reader lays an article out without losing, adding or moving a character."""

from __future__ import annotations

import pytest

from app.web.reader import lay_out
from ingest.index import Index

TEXT = "# Title\n\n## Why?\n\nOne cause. Another <b>cause</b>.\n- first\n- second\n"


def test_the_marked_words_are_exactly_those_at_the_offsets() -> None:
    """A mark covers the cited sentence, and nothing beside it."""
    start = TEXT.index("Another")
    blocks = lay_out(TEXT, (0, len(TEXT)), (start, TEXT.index("\n- first")))

    assert [piece.text for block in blocks for piece in block.pieces if piece.marked] == [
        "Another <b>cause</b>."
    ]


def test_headings_and_items_lose_only_their_signs() -> None:
    """What opens a heading or an item is layout; the words are kept."""
    blocks = lay_out(TEXT, (0, 0), (0, 0))

    assert [(block.kind, "".join(piece.text for piece in block.pieces)) for block in blocks] == [
        ("heading", "Title"),
        ("heading", "Why?"),
        ("paragraph", "One cause. Another <b>cause</b>."),
        ("list", "first"),
        ("list", "second"),
    ]


@pytest.mark.parametrize("marked", [(0, 0), (-5, 3), (10_000, 10_001), (7, 2)])
def test_offsets_beyond_the_text_mark_nothing_wrong(marked: tuple[int, int]) -> None:
    """A forged range never breaks the page."""
    blocks = lay_out(TEXT, (0, len(TEXT)), marked)

    assert "".join(p.text for p in blocks[2].pieces) == "One cause. Another <b>cause</b>."


def test_every_passage_of_the_build_is_shown_whole(digest_index: Index) -> None:
    """Each word of each passage stands in the blocks said to be `here`."""
    for passage in digest_index.passages.values():
        span = (passage.start, passage.end)
        blocks = lay_out(digest_index.articles[passage.article].text, span, span)
        shown = " ".join("".join(p.text for p in block.pieces) for block in blocks if block.here)

        assert all(word in shown for word in passage.sentences[-1].text.split() if word.isalpha())
