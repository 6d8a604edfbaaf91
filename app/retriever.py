"""The hybrid search as a LlamaIndex retriever, for its users' own query engines.

Apart from the search itself: answering needs none of LlamaIndex, which takes more than a second to import.
"""

from __future__ import annotations

import numpy as np
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from app.retrieve import HybridSearch
from ingest.records import Passage


class HybridRetriever(BaseRetriever):
    """`HybridSearch` at LlamaIndex's own extension point."""

    def __init__(self, search: HybridSearch) -> None:
        """Retrieve what `search` finds."""
        super().__init__()
        self._search = search

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        vector = None if query_bundle.embedding is None else np.asarray(query_bundle.embedding, np.float32)
        return [
            NodeWithScore(node=_as_node(hit.passage), score=hit.score)
            for hit in self._search.search(query_bundle.query_str, vector)
        ]


def _as_node(passage: Passage) -> TextNode:
    return TextNode(
        id_=passage.passage_id,
        text=passage.text,
        metadata={"article": passage.article, "heading": passage.heading},
        start_char_idx=passage.start,
        end_char_idx=passage.end,
    )
