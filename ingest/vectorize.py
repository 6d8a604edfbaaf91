"""The stage of an ingestion pipeline that gives passages their vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.schema import BaseNode, TransformComponent
from pydantic import PrivateAttr

from ingest.cache import Matrix
from ingest.chunk import embedding_text, passage_of


class Embed(TransformComponent):
    """Give each passage node its vector, from the cache where the same words were embedded before."""

    _encode: Callable[[Sequence[str]], Matrix] = PrivateAttr()

    def __init__(self, encode: Callable[[Sequence[str]], Matrix], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._encode = encode

    def __call__(self, nodes: Sequence[BaseNode], **_kwargs: Any) -> Sequence[BaseNode]:
        """Set `embedding` of every node, in place."""
        vectors = self._encode([embedding_text(passage_of(node)) for node in nodes])  # type: ignore[arg-type]
        for node, vector in zip(nodes, vectors, strict=True):
            node.embedding = vector.tolist()
        return nodes
