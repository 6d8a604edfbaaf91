"""Open builds answer by vector and by word, and refuse what they cannot be."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from ingest import manifest
from ingest.chunk import embedding_text, verify_offsets
from ingest.embed import Encoder
from ingest.errors import IndexMismatch, IndexUnavailable
from ingest.index import Index
from ingest.opening import open_index
from ingest.settings import IndexSettings


def test_search_finds_what_was_asked(digest_index: Index, encoder: Encoder) -> None:
    """Both searches bring the passage on the wall sit for a question on it."""
    question = "how long should I hold a wall sit?"

    dense = digest_index.search_dense(encoder.encode_query(question), 5)
    lexical = digest_index.search_lexical(question, 5)

    for found in (dense, lexical):
        assert len(found) == 5
        assert any("wall sit" in digest_index.passages[i].text.lower() for i, _ in found[:2])
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_scores_are_cosines(digest_index: Index, encoder: Encoder) -> None:
    """Chroma's distance is turned into the cosine of the vectors themselves."""
    vector = encoder.encode_query("pain below the kneecap")

    for passage_id, similarity in digest_index.search_dense(vector, 8):
        exact = vector @ encoder.encode([embedding_text(digest_index.passages[passage_id])])[0]
        assert similarity == pytest.approx(exact, abs=2e-3)


def test_search_within_articles(digest_index: Index, encoder: Encoder) -> None:
    """A filter leaves the best of those articles, and no article means nothing."""
    vector = encoder.encode_query("why does my knee hurt")
    slug = next(iter(digest_index.articles))

    assert {i.split(":")[0] for i, _ in digest_index.search_dense(vector, 5, [slug])} == {slug}
    assert digest_index.search_dense(vector, 5, []) == []


def test_more_than_there_is_can_be_asked_for(digest_index: Index, encoder: Encoder) -> None:
    """Every passage comes once, and none of a question without words."""
    vector = encoder.encode_query("knee")

    assert {i for i, _ in digest_index.search_dense(vector, 10_000)} == set(digest_index.passages)
    assert digest_index.search_dense(vector, 0) == []
    assert digest_index.search_lexical("the of ???", 5) == []
    assert digest_index.search_lexical("", 5) == []


def test_sentence_vectors_are_those_of_the_sentences(digest_index: Index, encoder: Encoder) -> None:
    """Stored rows and sentences stay side by side."""
    passage = list(digest_index.passages.values())[-1]

    vectors = digest_index.sentence_vectors(passage.passage_id)

    np.testing.assert_allclose(vectors, encoder.encode([s.text for s in passage.sentences]), atol=2e-3)


def test_every_offset_of_the_build_is_exact(digest_index: Index) -> None:
    """What is cited is what is there."""
    assert all(verify_offsets(digest_index.articles[p.article], p) for p in digest_index.passages.values())
    for exercise in digest_index.exercises:
        for spans in exercise.citations.values():
            for span in spans:
                article = digest_index.articles[digest_index.passages[span.passage_id].article]
                assert article.text[span.start : span.end] == span.text


def test_no_build_says_how_to_make_one(tmp_path: Path) -> None:
    """The error is the instruction."""
    with pytest.raises(IndexUnavailable, match="make index"):
        open_index(tmp_path)


def test_a_build_of_another_model_names_both(digest_index: Index) -> None:
    """A silent change of model is the classic fault of such systems."""
    with pytest.raises(IndexMismatch, match=r"all-MiniLM-L6-v2 .* but /other/model"):
        open_index(digest_index.path, IndexSettings(model="/other/model", model_sha256=""))


def test_a_build_of_another_format_is_refused(digest_index: Index, tmp_path: Path) -> None:
    """Old builds are made again, not misread."""
    shutil.copytree(digest_index.path, tmp_path / "b")
    dataclasses.replace(manifest.read(tmp_path / "b"), format=0).write(tmp_path / "b")

    with pytest.raises(IndexMismatch, match="format 0"):
        open_index(tmp_path / "b")


def test_the_folder_or_the_build_itself_can_be_named(digest_index: Index, digest_home: Path) -> None:
    """`--index` takes either."""
    for place in (digest_home, digest_home / "builds", digest_index.path):
        index = open_index(place)
        assert index.build_id == digest_index.build_id
        index.close()


def test_llamaindex_users_find_their_own_store(digest_index: Index, encoder: Encoder) -> None:
    """The collection is a LlamaIndex vector store, with text and article on each node."""
    from llama_index.core.vector_stores.types import VectorStoreQuery

    query = VectorStoreQuery(query_embedding=encoder.encode_query("wall sit").tolist(), similarity_top_k=1)
    nodes = digest_index.vectors.chroma.store.query(query).nodes  # type: ignore[attr-defined]

    assert nodes[0].text == digest_index.passages[nodes[0].node_id].text
    assert nodes[0].metadata["article"] in digest_index.articles
