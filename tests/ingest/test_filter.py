"""A filter by article in a large store gives what comparing everything gives, without Chroma's filter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import TextNode

from ingest.settings import IndexSettings
from ingest.store import ChromaVectors

ARTICLES, EACH = 30, 4


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Random unit vectors, the same each time."""
    made = np.random.default_rng(8).standard_normal((ARTICLES * EACH, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, rows: np.ndarray) -> Iterator[ChromaVectors]:
    """A store of them."""
    vectors = ChromaVectors.create(tmp_path_factory.mktemp("store"), IndexSettings(), "filtered")
    vectors.add([
        TextNode(id_=f"a{i // EACH}:{i % EACH}", text=str(i), embedding=row.tolist(),
                 metadata={"article": f"a{i // EACH}", "heading": ""})
        for i, row in enumerate(rows)
    ])  # fmt: skip
    yield vectors
    vectors.close()


def nearest(rows: np.ndarray, question: np.ndarray, articles: set[str], k: int) -> list[str]:
    """The `k` best ids within `articles`, by comparing all."""
    order = np.argsort(-(rows @ question))
    ids = [f"a{i // EACH}:{i % EACH}" for i in order if f"a{i // EACH}" in articles]
    return ids[:k]


@pytest.mark.parametrize("few", [2, ARTICLES // 2], ids=["few articles", "half of them"])
@pytest.mark.parametrize("exact_up_to", [0, 5_000], ids=["sifted", "compared"])
def test_filtered_search_is_exact(
    filled: ChromaVectors, rows: np.ndarray, few: int, exact_up_to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared one by one, sifted from a wider search, or left to Chroma: the same passages come back."""
    monkeypatch.setattr("ingest.store.EXACT_UP_TO", exact_up_to)
    filled._few.cache_clear()
    articles = {f"a{i}" for i in range(few)}

    for question in rows[:20]:
        found = filled.search(question, 5, sorted(articles))

        assert [i for i, _ in found] == nearest(rows, question, articles, 5)
        assert found[0][1] == pytest.approx(float((rows @ question)[_place(found[0][0])]), abs=1e-4)


def test_a_repeated_filter_is_fetched_once(filled: ChromaVectors, rows: np.ndarray) -> None:
    """The vectors of a set of articles stay in memory; the order in which they are named is no matter."""
    filled._few.cache_clear()

    for names in (["a1", "a2"], ["a2", "a1"], ["a1", "a2"]):
        filled.search(rows[0], 3, names)

    assert filled._few.cache_info().misses == 1


def test_no_article_means_nothing(filled: ChromaVectors, rows: np.ndarray) -> None:
    """An empty or unknown filter is not no filter."""
    assert filled.search(rows[0], 3, []) == []
    assert filled.search(rows[0], 3, ["nobody"]) == []


def _place(name: str) -> int:
    article, _, ordinal = name.removeprefix("a").partition(":")
    return int(article) * EACH + int(ordinal)


def test_what_the_graph_does_not_lead_to_is_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among near copies a thin graph loses passages; those that a look finds lost are searched one by one."""
    monkeypatch.setattr("ingest.store.EXACT_UP_TO", 0)
    monkeypatch.setattr(
        "ingest.store._GRAPH", {"space": "cosine", "ef_construction": 4, "ef_search": 4, "max_neighbors": 2}
    )
    random = np.random.default_rng(8)
    centres = np.repeat(random.standard_normal((12, 384)), 200, axis=0)
    copies = (centres + 0.1 * random.standard_normal(centres.shape)).astype(np.float32)
    copies /= np.linalg.norm(copies, axis=1, keepdims=True)
    ids = [f"a{i % 7}:{i}" for i in range(len(copies))]
    with closing(ChromaVectors.create(tmp_path, IndexSettings(), "copies")) as made:
        made.add([
            TextNode(id_=i, text=i, embedding=row.tolist(), metadata={"article": i[:2], "heading": ""})
            for i, row in zip(ids, copies, strict=True)
        ])  # fmt: skip
    with closing(ChromaVectors.open(tmp_path, IndexSettings(), "copies")) as thin:
        strays = thin.unfound(ids)
    assert len(strays) > 20, "this graph loses none, and the test shows nothing"

    with closing(ChromaVectors.open(tmp_path, IndexSettings(), "copies", strays)) as whole:
        assert whole.unfound(strays) == []
        for stray in strays[:20]:
            row = copies[ids.index(stray)]
            assert whole.search(row, 3)[0][0] == stray
            assert whole.search(row, 3, [stray[:2]])[0][0] == stray
            assert stray not in dict(whole.search(row, 3, ["a9", "a8"]))
