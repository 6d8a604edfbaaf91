"""Passages hold whole sentences under one heading, within what the model reads."""

from __future__ import annotations

import re

import pytest

from ingest.chunk import Chunk, embedding_text, passage_of, passages, verify_offsets
from ingest.embed import Encoder
from ingest.index import Index
from ingest.records import Article, Passage

ARTICLE = """# A title

An opening line. It has two sentences.

## Warm up

Swing each leg ten times. Then walk for a minute.

### On the trail

Do these at the trailhead:

- Ten squats.
- A calf stretch against a rock

## Cool down

{long}
""".format(long=" ".join(f"Sentence number {n} says how long to hold the stretch today." for n in range(80)))


def words(text: str) -> int:
    """Count words, so that expected sizes can be worked out by eye."""
    return len(text.split())


@pytest.fixture
def cut() -> list[Passage]:
    """The passages of the article above, of at most 60 words."""
    return passages("a", ARTICLE, words, passage_tokens=60)


def test_every_offset_is_exact(cut: list[Passage]) -> None:
    """A citation is found again by its offsets, so each must give the very words."""
    article = Article("a", "A title", ARTICLE, "digest", "")

    assert all(verify_offsets(article, passage) for passage in cut)


def test_no_word_of_the_article_is_lost(cut: list[Passage]) -> None:
    """Headings aside, the passages' sentences hold the whole article, in order."""
    prose = re.sub(r"^(?:#+ .*|- )", "", ARTICLE, flags=re.MULTILINE)

    assert " ".join(s.text for p in cut for s in p.sentences).split() == prose.split()


def test_a_passage_lies_under_one_heading(cut: list[Passage]) -> None:
    """Headings nest, and the title is no heading."""
    assert [passage.headings for passage in cut[:3]] == [(), ("Warm up",), ("Warm up", "On the trail")]
    assert cut[2].heading == "On the trail"
    assert {passage.headings for passage in cut[3:]} == {("Cool down",)}


def test_list_marks_are_no_part_of_a_sentence(cut: list[Passage]) -> None:
    """A bullet would read as a stray dash when the item is quoted."""
    assert [s.text for s in cut[2].sentences][1:] == ["Ten squats.", "A calf stretch against a rock"]


def test_a_long_section_is_cut_evenly(cut: list[Passage]) -> None:
    """No passage is too long, and none is a crumb."""
    sizes = [words(embedding_text(passage)) for passage in cut[3:]]

    assert max(sizes) <= 60
    assert min(sizes) >= 40


def test_a_sentence_too_long_for_the_model_is_divided() -> None:
    """Text that the model would silently cut off could not be found."""
    cut = passages("a", "# T\n\n" + "word " * 300, words, passage_tokens=50)

    assert max(words(passage.text) for passage in cut) <= 50
    assert sum(words(passage.text) for passage in cut) == 300


def test_text_without_blanks_is_divided_too() -> None:
    """A run of characters without end must not hang or pass."""
    cut = passages("a", "# T\n\n" + "x" * 4_000, len, passage_tokens=300)

    assert max(len(passage.text) for passage in cut) <= 300


def test_equal_passages_have_equal_hashes() -> None:
    """Identity is by content: the ordinal and the article do not enter."""
    one, two = (passages(slug, ARTICLE, words, passage_tokens=60)[1] for slug in "ab")

    assert one.content_hash == two.content_hash
    assert one.passage_id != two.passage_id


def test_a_node_carries_the_whole_passage(cut: list[Passage]) -> None:
    """Nothing is lost on the way through a LlamaIndex pipeline."""
    from llama_index.core.schema import Document

    nodes = Chunk(60, words)([Document(text=ARTICLE, id_="a")])

    assert [passage_of(node) for node in nodes] == cut


def test_the_model_reads_every_passage_whole(digest_index: Index, encoder: Encoder) -> None:
    """In the shipped build nothing is longer than 250 tokens, heading path included."""
    assert max(encoder.count_tokens(embedding_text(p)) for p in digest_index.passages.values()) <= 250
