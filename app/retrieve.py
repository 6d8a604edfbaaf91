"""Find the passages that a question asks for: dense and lexical search, fused.

Convex fusion of min-max normalised scores; on SciFact it gave nDCG@10 .731 where reciprocal ranks gave
.718 and either search alone .645 and .687 (`kneewise-eval --bench`, docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ingest.records import Passage

Vector = npt.NDArray[np.float32]


class SearchIndex(Protocol):
    """What retrieval needs of a build."""

    def search_dense(
        self, vector: Vector, k: int, articles: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return (passage id, cosine similarity), best first."""

    def search_lexical(self, text: str, k: int) -> list[tuple[str, float]]:
        """Return (passage id, BM25 score), best first."""


class QueryEncoder(Protocol):
    """Embeds one question."""

    def encode_query(self, text: str) -> Vector:
        """Return shape (dimension,), unit L2 norm."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found.

    Attributes:
        passage: What was found.
        score: Fused score in [0, 1], relative to the other hits of the same question.
        dense: Cosine similarity to the question; 0 where the dense search did not return it.
        lexical: BM25 score; 0 where the lexical search did not return it.
    """

    passage: Passage
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How passages are searched for.

    Attributes:
        candidates: How many each search returns before fusion.
        dense_weight: Share of the dense score, 0 to 1; .6 was chosen on the SciFact train split.
    """

    candidates: int = 30
    dense_weight: float = 0.6


def fuse(
    dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]], dense_weight: float
) -> list[tuple[str, float]]:
    """Return (id, score) by the convex sum of both min-max normalised score lists, best first.

    An id that one search did not return counts as that search's lowest score.
    """
    scores: dict[str, float] = {}
    for hits, weight in ((dense, dense_weight), (lexical, 1.0 - dense_weight)):
        if not hits:
            continue
        low, high = min(score for _, score in hits), max(score for _, score in hits)
        for hit_id, score in hits:
            share = (score - low) / (high - low) if high > low else 1.0
            scores[hit_id] = scores.get(hit_id, 0.0) + weight * share
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


class HybridSearch:
    """Dense and lexical retrieval over one build; `app.retriever` is its face towards LlamaIndex."""

    def __init__(
        self,
        index: SearchIndex,
        passages: PassageMap,
        encoder: QueryEncoder,
        settings: RetrievalSettings | None = None,
    ) -> None:
        """Search `index`, whose passages are `passages`, with questions embedded by `encoder`."""
        self._index = index
        self._passages = passages
        self._encoder = encoder
        self.settings = settings or RetrievalSettings()

    def search(self, text: str, vector: Vector | None = None, k: int = 12) -> list[Hit]:
        """Return the `k` best passages for `text`, best first; empty when nothing was found.

        Args:
            text: The question, spelled out.
            vector: Its embedding where it is already known.
            k: How many passages to return at most.
        """
        vector = self._encoder.encode_query(text) if vector is None else vector
        dense = self._index.search_dense(vector, self.settings.candidates)
        lexical = [hit for hit in self._index.search_lexical(text, self.settings.candidates) if hit[1] > 0]
        similarity, bm25 = dict(dense), dict(lexical)
        return [
            Hit(self._passages[pid], score, similarity.get(pid, 0.0), bm25.get(pid, 0.0))
            for pid, score in fuse(dense, lexical, self.settings.dense_weight)[:k]
        ]


class PassageMap(Protocol):
    """Passages by id."""

    def __getitem__(self, passage_id: str) -> Passage:
        """Return the passage of that id."""
