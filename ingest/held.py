"""The vectors of a small build, held in memory and compared one by one.

Exact, faster than a query of Chroma, and there at once: Chroma, which keeps the same vectors, takes a second
to import and is opened only for what asks it (the probe, LlamaIndex's own retrievers).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingest.cache import Matrix, Vector
from ingest.errors import IndexUnavailable

if TYPE_CHECKING:
    from ingest.store import ChromaVectors

EXACT_UP_TO = 5_000  # so many passages are compared one by one
FILTERS_KEPT = 4  # sets of articles whose vectors stay in memory: 8 MB each at most


class HeldVectors:
    """The passages of one small build; safe to share between threads.

    Attributes:
        count: How many passages it holds.
    """

    def __init__(self, ids: Sequence[str], rows: Matrix, open_store: Callable[[], ChromaVectors]) -> None:
        """Hold `rows`, unit vectors of shape (passages, dimension), of the passages `ids`.

        Args:
            ids: In the order of `rows`.
            rows: Of the passages.
            open_store: Opens the store that keeps them.
        """
        self._ids, self._rows, self._open = list(ids), rows, open_store
        self.count = len(self._ids)
        self._within = lru_cache(maxsize=FILTERS_KEPT)(self._pick)

    @classmethod
    def read(cls, path: Path, open_store: Callable[[], ChromaVectors]) -> HeldVectors:
        """Read what `write_held` wrote.

        Raises:
            IndexUnavailable: The file is damaged.
        """
        try:
            with np.load(path) as held:
                return cls(held["ids"].tolist(), held["rows"], open_store)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise IndexUnavailable(f"{path} is damaged: make the index again with `make index`") from error

    @cached_property
    def chroma(self) -> ChromaVectors:
        """The store that keeps them.

        Raises:
            IndexUnavailable: It is not there.
        """
        return self._open()

    def search(
        self, vector: Vector, k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, cosine similarity), best first."""
        if k < 1:
            return []
        if articles is None:
            return nearest(self._ids, self._rows, vector, k)
        return nearest(*self._within(frozenset(articles)), vector, k)

    def _pick(self, articles: frozenset[str]) -> tuple[list[str], Matrix]:
        """Return ids and vectors of the passages of `articles`."""
        kept = [place for place, name in enumerate(self._ids) if article_of(name) in articles]
        return [self._ids[place] for place in kept], self._rows[kept]

    def ids(self) -> set[str]:
        """Return every id that the store says it holds."""
        return self.chroma.ids()

    def unfound(self, ids: Sequence[str]) -> list[str]:
        """Return those of `ids` that are not here, or that the store keeps otherwise."""
        kept = self.chroma.rows_of(ids)
        here = dict(zip(self._ids, self._rows, strict=True))
        return [i for i in ids if i not in here or i not in kept or not np.array_equal(here[i], kept[i])]

    def close(self) -> None:
        """Let go of the store, where it was opened."""
        if "chroma" in self.__dict__:
            self.chroma.close()


def write_held(path: Path, ids: Sequence[str], rows: Matrix) -> None:
    """Write vectors and their ids as `HeldVectors.read` reads them."""
    np.savez(path, ids=np.array(ids), rows=rows)


def nearest(
    ids: Sequence[str], vectors: Matrix, vector: Vector, k: int, articles: Collection[str] | None = None
) -> list[tuple[str, float]]:
    """Compare one by one: up to `k` (id, cosine similarity), best first; of `articles` alone where named."""
    if not ids:
        return []
    similarities = vectors @ vector
    best = np.argsort(-similarities, kind="stable")
    if articles is not None:
        best = best[[article_of(ids[i]) in articles for i in best.tolist()]]
    best = best[:k]
    return [(ids[i], told) for i, told in zip(best.tolist(), similarities[best].tolist(), strict=True)]


def article_of(passage_id: str) -> str:
    """Return the slug of the article that a passage belongs to."""
    return passage_id.rpartition(":")[0]
