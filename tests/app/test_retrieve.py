"""Two searches become one list, and every passage found is one of the build."""

from __future__ import annotations

import pytest
from llama_index.core.retrievers import BaseRetriever

from app.retrieve import HybridSearch, RetrievalSettings, fuse
from app.retriever import HybridRetriever
from ingest.embed import Encoder
from ingest.index import Index

QUESTION = "why does my knee hurt going downhill"


@pytest.fixture(scope="module")
def retriever(digest_index: Index, encoder: Encoder) -> HybridSearch:
    return HybridSearch(digest_index, digest_index.passages, encoder)


WEIGHED = RetrievalSettings(dense_weight=0.6, candidates=10, depth=10)


def test_fusion_adds_the_shares_of_both_searches() -> None:
    """Worked by hand: shares of the best, weighed .6 and .4, then spread over 0 to 1."""
    fused = fuse([("a", 0.8), ("b", 0.6), ("c", 0.2)], [("b", 8.0), ("d", 4.0)], WEIGHED)

    sums = {"a": 0.6, "b": 0.6 * 0.75 + 0.4, "c": 0.6 * 0.25, "d": 0.4 * 0.5}
    assert [name for name, _ in fused] == ["b", "a", "d", "c"]
    assert dict(fused) == pytest.approx({name: (x - 0.15) / (0.85 - 0.15) for name, x in sums.items()})


def test_what_lies_beyond_the_depth_counts_as_the_last_there() -> None:
    """A list that was cut says only that the rest are no better; a whole one, that there is no rest."""
    cut = RetrievalSettings(dense_weight=0.5, candidates=10, depth=2)

    assert dict(fuse([("a", 1.0), ("b", 0.9)], [("c", 1.0), ("a", 0.5)], cut))["c"] == 1.0
    assert dict(fuse([("a", 1.0), ("b", 0.9)], [("c", 1.0), ("a", 0.5)], WEIGHED))["c"] < 1.0


def test_only_candidates_are_returned() -> None:
    """What lies deeper tells the other search's candidates their score, and is not one itself."""
    narrow = RetrievalSettings(candidates=1, depth=10)

    assert [name for name, _ in fuse([("a", 1.0), ("b", 0.9)], [("b", 3.0), ("c", 2.0)], narrow)] == [
        "b",
        "a",
    ]


def test_equal_scores_are_ordered_by_id() -> None:
    """Ties cannot make the same question answer differently."""
    assert [name for name, _ in fuse([("b", 1.0), ("a", 1.0)], [], WEIGHED)] == ["a", "b"]


def test_one_search_may_find_nothing() -> None:
    """A question that shares no word with the articles still has its dense hits."""
    assert fuse([], [], WEIGHED) == []
    assert [name for name, _ in fuse([("a", 0.3), ("b", 0.2)], [], WEIGHED)] == ["a", "b"]


def test_hits_are_passages_of_the_build_best_first(retriever: HybridSearch, digest_index: Index) -> None:
    """No more than asked for, each once, by falling score."""
    hits = retriever.search(QUESTION, k=7)
    ids = [hit.passage.passage_id for hit in hits]

    assert len(ids) == len(set(ids)) == 7
    assert [digest_index.passages[i] for i in ids] == [hit.passage for hit in hits]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_hits_carry_what_each_search_gave(
    retriever: HybridSearch, digest_index: Index, encoder: Encoder
) -> None:
    """The similarity of a hit is the store's own, and its words' score the lexical index's."""
    dense = dict(digest_index.search_dense(encoder.encode_query(QUESTION), 200))
    lexical = dict(digest_index.search_lexical(QUESTION, 200))

    for hit in retriever.search(QUESTION, k=10):
        assert hit.dense == pytest.approx(dense.get(hit.passage.passage_id, 0.0), abs=1e-5)
        assert hit.lexical == pytest.approx(lexical.get(hit.passage.passage_id, 0.0), abs=1e-5)


def test_words_that_no_passage_has_leave_the_dense_search(retriever: HybridSearch) -> None:
    """Nonsense finds the nearest passages by meaning and none by words."""
    assert {hit.lexical for hit in retriever.search("xyzzy plugh", k=3)} == {0.0}


def test_it_is_a_retriever_of_llama_index(retriever: HybridSearch) -> None:
    """The public `retrieve` gives the same passages as nodes with their text and offsets."""
    assert isinstance(HybridRetriever(retriever), BaseRetriever)
    nodes = HybridRetriever(retriever).retrieve(QUESTION)
    hits = retriever.search(QUESTION)

    assert [node.node.node_id for node in nodes] == [hit.passage.passage_id for hit in hits]
    assert nodes[0].node.get_content() == hits[0].passage.text
    assert nodes[0].node.start_char_idx == hits[0].passage.start


def test_each_search_returns_as_many_as_set(digest_index: Index, encoder: Encoder) -> None:
    """One candidate a search means at most two hits."""
    narrow = HybridSearch(digest_index, digest_index.passages, encoder, RetrievalSettings(candidates=1))

    assert 1 <= len(narrow.search(QUESTION)) <= 2
