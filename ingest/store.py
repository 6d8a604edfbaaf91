"""Keep passage vectors in Chroma, embedded in the build or on a server."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.models.Collection import Collection as Stored
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError
from httpx import HTTPError

from ingest.cache import Matrix, Vector
from ingest.errors import BuildFailed, IndexUnavailable
from ingest.held import EXACT_UP_TO, FILTERS_KEPT, article_of, nearest
from ingest.settings import IndexSettings

if TYPE_CHECKING:  # LlamaIndex takes seconds to import, and reading a build needs none of it
    from llama_index.core.schema import TextNode
    from llama_index.vector_stores.chroma import ChromaVectorStore

log = logging.getLogger(__name__)

_MAX_BATCH = 5_000  # Chroma refuses more than 5,461 at once
# A filter inside Chroma costs several times a search (docs/performance.md), so it is the last resort: up to
# `EXACT_UP_TO` passages of the wanted articles are compared one by one, and of more articles
_SPREADS = (4, 16)  # so many times more passages than wanted are asked for and sifted.
# Wider than Chroma's defaults (100, 100, 16): texts that many articles share make islands in a thin graph.
# Of 15,000 passages of MedQuAD one in fifty is lost to it all the same: those are kept as strays.
_GRAPH: Any = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
_NAMES = 100  # of collections at a time
# What Chroma raises where a disk is full or a server is gone.
_FAULTS = (ChromaError, HTTPError, OSError, RuntimeError, ValueError)
_PROBE_BATCH, _PROBE_RESULTS, _EQUAL = 500, 10, 1e-4


class ChromaVectors:
    """The passages of one build in one Chroma collection.

    Attributes:
        count: How many passages it holds.
    """

    def __init__(
        self, client: ClientAPI, collection: Stored, *, served: bool = False, strays: Collection[str] = ()
    ) -> None:
        """Wrap a collection that exists.

        Args:
            client: Of Chroma.
            collection: Of the build.
            served: By a Chroma server, not embedded.
            strays: Passages that Chroma's graph does not lead to; they are compared one by one.
        """
        self._client, self._served = client, served
        self._stray_ids = frozenset(strays)
        self._collection = collection
        self.count = collection.count()
        self._few = lru_cache(maxsize=FILTERS_KEPT)(self._fetch_few)

    @cached_property
    def store(self) -> ChromaVectorStore:
        """The same collection as a LlamaIndex vector store, for its users' own retrievers."""
        from llama_index.vector_stores.chroma import ChromaVectorStore

        return ChromaVectorStore(chroma_collection=self._collection)

    @classmethod
    def create(cls, folder: Path, settings: IndexSettings, name: str) -> ChromaVectors:
        """Make an empty collection, in place of one that an interrupted build left behind.

        Raises:
            BuildFailed: Chroma has no room, or its server does not answer.
        """
        with _writing(settings.chroma_url), ExitStack() as undo:
            client = _client(folder, settings.chroma_url)
            undo.callback(client.close)  # type: ignore[attr-defined]
            if name in _names(client):
                client.delete_collection(name)
            made = client.create_collection(name, embedding_function=None, configuration={"hnsw": _GRAPH})
            undo.pop_all()
            return cls(client, made, served=bool(settings.chroma_url))

    @classmethod
    def open(
        cls, folder: Path, settings: IndexSettings, name: str, strays: Collection[str] = ()
    ) -> ChromaVectors:
        """Open the collection of a finished build, of which `unfound` returned the `strays`.

        Raises:
            IndexUnavailable: It is not there, or the server does not answer.
        """
        try:
            client = _client(folder, settings.chroma_url)
            collection = client.get_collection(name, embedding_function=None)
        except Exception as error:  # Chroma's Rust side raises many types, all of which mean this
            raise IndexUnavailable(_trouble(folder, settings.chroma_url, name, error)) from error
        return cls(client, collection, served=bool(settings.chroma_url), strays=strays)

    def add(self, nodes: Sequence[TextNode]) -> None:
        """Add passages with their vectors.

        Raises:
            BuildFailed: Chroma has no room, or its server does not answer.
        """
        from llama_index.core.schema import TextNode

        light = [
            TextNode(id_=n.node_id, text=n.text, embedding=n.embedding, metadata=_filterable(n))
            for n in nodes
        ]
        with _writing():
            for start in range(0, len(light), _MAX_BATCH):
                self.store.add(list(light[start : start + _MAX_BATCH]))
            self.count = self._collection.count()

    def search(
        self, vector: Vector, k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, cosine similarity), best first."""
        if k < 1:
            return []
        if articles is None:
            return self._query(vector, k, None)
        return self._search_within(vector, k, frozenset(articles))

    def held(self) -> tuple[list[str], Matrix] | None:
        """Return ids and vectors of a small embedded store, to be compared one by one; None for others.

        Chroma makes the graph of so few anew at each open, by several threads at once: among hundreds of near
        copies a passage may then be cut off from it, another one each time (seen by `make kills`).
        """
        if self._served or self.count > EXACT_UP_TO:
            return None
        with _told():
            held = self._collection.get(include=["embeddings"])
        return held["ids"], np.asarray(held["embeddings"], np.float32)

    def rows_of(self, ids: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those of `ids` that the store holds."""
        found: dict[str, Vector] = {}
        with _told():
            for start in range(0, len(ids), _MAX_BATCH):
                held = self._collection.get(ids=list(ids[start : start + _MAX_BATCH]), include=["embeddings"])
                found |= zip(held["ids"], np.asarray(held["embeddings"], np.float32), strict=True)
        return found

    def search_in_store(
        self, vector: Vector, k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Search by Chroma alone, within `articles` by its own filter: what `search` is compared with."""
        return self._query(vector, k, articles)

    def _search_within(self, vector: Vector, k: int, articles: frozenset[str]) -> list[tuple[str, float]]:
        few = self._few(articles)
        if few is not None:
            return nearest(*few, vector, k)
        for spread in _SPREADS:
            wide = self._query(vector, min(k * spread, self.count), None)
            found = [(i, s) for i, s in wide if article_of(i) in articles][:k]
            if len(found) == k:
                return found
        return self._query(vector, k, articles)

    def _fetch_few(self, articles: frozenset[str]) -> tuple[list[str], Matrix] | None:
        """Return ids and vectors of the passages of `articles`; None where they are too many to compare."""
        with _told():
            held = self._collection.get(where=_where(articles), limit=EXACT_UP_TO + 1, include=["embeddings"])
        if len(held["ids"]) > EXACT_UP_TO:
            return None
        return held["ids"], np.asarray(held["embeddings"], np.float32)

    def ids(self) -> set[str]:
        """Return every id that the collection says it holds."""
        found: set[str] = set()
        for offset in range(0, self.count, _MAX_BATCH):
            found.update(self._collection.get(limit=_MAX_BATCH, offset=offset, include=[])["ids"])
        return found

    def unfound(self, ids: Sequence[str]) -> list[str]:
        """Return those of `ids` that a search for their own vector does not bring."""
        lost: list[str] = []
        with _told():
            for start in range(0, len(ids), _PROBE_BATCH):
                held = self._collection.get(
                    ids=list(ids[start : start + _PROBE_BATCH]), include=["embeddings"]
                )
                lost += set(ids[start : start + _PROBE_BATCH]) - set(held["ids"])
                found = self._collection.query(
                    query_embeddings=held["embeddings"],
                    n_results=min(_PROBE_RESULTS, self.count),
                    include=["distances"],
                )
                answers = zip(held["ids"], found["ids"], found["distances"] or [], strict=True)
                # Passages of equal words have equal vectors, and may crowd each other out.
                unreached = (own for own, near, far in answers if own not in near and far[-1] > _EQUAL)
                lost += [own for own in unreached if own not in self._stray_ids]
        return lost

    def close(self) -> None:
        """Let go of the files or the connection."""
        self._client.close()  # type: ignore[attr-defined]

    def _query(self, vector: Vector, k: int, articles: Collection[str] | None) -> list[tuple[str, float]]:
        with _told():
            found = self._collection.query(
                query_embeddings=np.atleast_2d(vector),
                n_results=k,
                where=None if articles is None else _where(articles),
                include=["distances"],
            )
        # Chroma gives the cosine distance, 1 - cosine.
        scores = {i: 1.0 - d for i, d in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True)}
        scores |= nearest(*self._strays, vector, k, articles)
        return sorted(scores.items(), key=lambda item: -item[1])[:k]

    @cached_property
    def _strays(self) -> tuple[list[str], Matrix]:
        if not self._stray_ids:  # Chroma takes no empty list
            return [], np.empty((0, 0), np.float32)
        with _told():
            held = self._collection.get(ids=sorted(self._stray_ids), include=["embeddings"])
        return held["ids"], np.asarray(held["embeddings"], np.float32)


def _where(articles: Collection[str]) -> Any:
    return {"article": {"$in": sorted(articles) or [""]}}


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        raise IndexUnavailable(f"the vector store does not answer: {error}") from error


def sweep(url: str, prefix: str, kept: Collection[str]) -> None:
    """Remove the collections of a server that begin with `prefix`, but for those of the builds `kept`.

    What cannot be removed now is removed after a later build.
    """
    try:
        client = _client(Path(), url)
        for name in _names(client):
            if name.startswith(prefix) and name not in kept:
                client.delete_collection(name)
    except _FAULTS as error:
        log.warning("old collections stay at %s: %s", url, error)


@contextmanager
def _writing(url: str = "") -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        where = f"the Chroma server at {url}" if url else "Chroma"
        raise BuildFailed(f"{where} takes no more passages ({error}); the old build still serves") from error


def _names(client: ClientAPI) -> set[str]:
    return {
        collection.name
        for offset in range(0, client.count_collections(), _NAMES)
        for collection in client.list_collections(limit=_NAMES, offset=offset)
    }


def _client(folder: Path, url: str) -> ClientAPI:
    quiet = Settings(anonymized_telemetry=False)
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return chromadb.PersistentClient(path=str(folder), settings=quiet)
        except Exception:
            # A system that could not start would be handed to the next who opens the folder.
            if str(folder) not in SharedSystemClient._identifier_to_refcount:
                SharedSystemClient._identifier_to_system.pop(str(folder), None)
            raise
    parts = urlsplit(url)
    return chromadb.HttpClient(
        host=parts.hostname or "localhost",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        ssl=parts.scheme == "https",
        settings=quiet,
    )


def _trouble(folder: Path, url: str, name: str, error: Exception) -> str:
    if url and not isinstance(error, NotFoundError):
        return f"the Chroma server at {url} does not answer ({error}): start it, or unset KNEEWISE_CHROMA_URL"
    if isinstance(error, NotFoundError):
        return f"Chroma at {url or folder} has no collection {name}: run `make index`"
    return (
        f"{folder} cannot be opened ({error}): free some disk, let this user write there, or run `make index`"
    )


def _filterable(node: TextNode) -> dict[str, str]:
    return {name: node.metadata[name] for name in ("article", "heading")}
