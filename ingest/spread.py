"""Clean and embed on a Ray cluster: the one at `RAY_ADDRESS`, or one of this machine's cores.

Workers read the inputs and the folder of builds, so a cluster needs both on a file system that all its
nodes share. What they make comes back in order, and one process writes it: the build is that of `Here`.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

# All of these are read when Ray is imported. No report of its use leaves the machine, and a cluster that is
# started here (the last name notwithstanding, on any system) listens on the loopback address alone.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
if not os.environ.get("RAY_ADDRESS"):
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
import numpy as np
import ray
import ray.data
from llama_index.core.schema import TextNode
from ray.exceptions import RayError

from ingest import engine
from ingest.cache import Matrix, VectorCache
from ingest.chunk import embedding_text, passage_of
from ingest.embed import Encoder, load_encoder
from ingest.errors import BuildFailed, EngineUnavailable
from ingest.index import read_articles
from ingest.load import Skipped, Source, documents
from ingest.settings import IndexSettings

_STORE_BYTES = 400_000_000  # of a cluster that is started here; what does not fit goes to disk
_STARTS = 3  # Ray gives a node 30 s to start, too few on a busy machine
_FILES, _ROWS = 20, 200  # at a time: files a worker reads, articles it hands back


class Spread:
    """Runs the stages on all nodes of a cluster."""

    def clean(
        self, found: Iterable[Source | Skipped], digests: Sequence[Mapping[str, Any]]
    ) -> Iterator[engine.Cleaned]:
        """Read and clean each source, the files divided among the nodes."""
        parts = [{"found": pickle.dumps(part)} for part in _parts(found, _FILES)]
        if parts:
            cleaned = ray.data.from_items(parts, override_num_blocks=len(parts))
            for row in _rows(cleaned.map_batches(partial(_clean, list(digests)), batch_size=1)):
                yield from pickle.loads(row["cleaned"])

    def embed(
        self, articles: Path, settings: IndexSettings, encoder: Encoder, cache: VectorCache
    ) -> Iterator[list[TextNode]]:
        """Cut and embed windows of articles, each on any node; their vectors are kept here."""
        windows = [{"start": start, "end": end} for start, end in engine.windows(articles)]
        if not windows:
            return
        spans = ray.data.from_items(windows, override_num_blocks=len(windows))
        workers = max(1, min(len(windows), int(_resources()["CPU"])))
        embedded = spans.map_batches(
            _Worker,
            fn_constructor_args=(articles, settings, cache.path),
            batch_size=1,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
        )
        for row in _rows(embedded):
            nodes: list[TextNode] = pickle.loads(row["nodes"])
            encoder.embedded += _keep(nodes, cache)
            yield nodes


@contextmanager
def cluster() -> Iterator[Spread]:
    """Join the cluster at `RAY_ADDRESS`, or start one on this machine that none other can reach.

    Raises:
        EngineUnavailable: There is none at that address, or none can be started.
    """
    logging.getLogger("ray").setLevel(logging.ERROR)
    own: dict[str, Any] = {"include_dashboard": False, "object_store_memory": _STORE_BYTES}
    named = os.environ.get("RAY_ADDRESS", "")
    try:
        _join({"address": named} if named else own, tries=1 if named else _STARTS)
    except Exception as error:  # Ray raises plain ones
        raise EngineUnavailable(
            f"no Ray cluster at {named or 'this machine'} ({error}): start one, or use --engine plain"
        ) from error
    try:
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        yield Spread()
    finally:
        ray.shutdown()


def _join(how: dict[str, Any], tries: int) -> None:
    try:
        ray.init(log_to_driver=False, configure_logging=False, **how)
    except Exception:
        ray.shutdown()
        if tries == 1:
            raise
        _join(how, tries - 1)


def _clean(digests: Sequence[Mapping[str, Any]], batch: dict[str, Any]) -> Iterator[dict[str, list[bytes]]]:
    for part in batch["found"]:
        for rows in _parts(engine.clean(documents(pickle.loads(part)), digests), _ROWS):
            yield {"cleaned": [pickle.dumps(rows)]}


class _Worker:
    """Cuts and embeds on one core of a node, its model loaded once."""

    def __init__(self, articles: Path, settings: IndexSettings, cache: Path) -> None:
        self._articles = articles
        self._encoder = load_encoder(settings)
        self._cache = VectorCache(cache, self._encoder.dimension, writable=False)
        self._stages = engine.pipeline(settings, self._encoder.count_tokens, self._encode)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Return the nodes of each window, with their vectors."""
        spans = zip(batch["start"].tolist(), batch["end"].tolist(), strict=True)
        windows = [engine.run(self._stages, read_articles(self._articles, *span)) for span in spans]
        return {"nodes": [pickle.dumps(nodes) for nodes in windows]}

    def _encode(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._cache]
        made = dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([made[t] if t in made else self._cache.get([t])[0] for t in texts])


def _keep(nodes: Sequence[TextNode], cache: VectorCache) -> int:
    """Note the vectors that the cache does not hold yet; return how many."""
    vectors = {embedding_text(passage_of(node)): node.embedding for node in nodes}
    new = [text for text in vectors if text not in cache]
    if new:
        cache.put(new, np.array([vectors[text] for text in new], np.float32))
    cache.get(list(vectors))  # so that they count as used
    return len(new)


def _resources() -> dict[str, float]:
    found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return found


def _rows(data: ray.data.Dataset) -> Iterator[dict[str, Any]]:
    """Run the stages and yield their rows in order; a worker that ends is started again by Ray."""
    try:
        yield from data.iter_rows()
    except RayError as error:
        raise BuildFailed(f"the Ray cluster gave up ({error}); the old build still serves") from error


def _parts(found: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(found)
    while part := list(islice(rest, size)):
        yield part
