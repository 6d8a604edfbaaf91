"""Passages and vectors in any number, for the bench of growth: real ones first, then perturbed copies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import platformdirs

from eval.errors import SystemUnavailable
from ingest.cache import Matrix, VectorCache
from ingest.embed import cached, load_encoder
from ingest.settings import IndexSettings

MEDQUAD = Path(__file__).parents[2] / "shared" / "bench" / "medquad" / "answers.jsonl"
_CHARS = 1_000  # about the 250 tokens of a passage
_BATCH = 16  # texts between two writes of the cache: an interrupted run goes on where it stopped
_NOISE = 0.35  # a copy's cosine to its original is about .94: near duplicates, the hard case of a graph
_SEED = 8


def read_answers(path: Path, most: int) -> tuple[list[str], list[str]]:
    """Return up to `most` passages of MedQuAD, and the questions they answer, each once.

    Raises:
        SystemUnavailable: The file is not there.
    """
    if not path.is_file():
        raise SystemUnavailable(f"{path}: no such file; name MedQuAD's answers.jsonl with --medquad")
    texts: dict[str, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts.setdefault(f"{row['title']}\n{row['text'][:_CHARS]}", row["title"])
            if len(texts) == most:
                break
    return list(texts), list(dict.fromkeys(texts.values()))


def embed_cached(texts: Sequence[str]) -> Matrix:
    """Embed `texts` with the bundled model; vectors are kept in the platform's cache folder."""
    encoder = load_encoder(IndexSettings())
    folder = Path(platformdirs.user_cache_dir("kneewise", appauthor=False))
    with closing(VectorCache(folder / f"bench-{encoder.sha256[:12]}.vectors", encoder.dimension)) as cache:
        encode = cached(encoder, cache)
        return np.concatenate([encode(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)])


def grow(vectors: Matrix, count: int) -> Matrix:
    """Return `count` unit rows: `vectors` first, then copies of them moved a little, the same each time."""
    random = np.random.default_rng(_SEED)
    rows: Matrix = np.resize(vectors, (count, vectors.shape[1])).astype(np.float32)
    moved = rows[len(vectors) :]
    moved += random.standard_normal(moved.shape, np.float32) * (_NOISE / np.sqrt(vectors.shape[1]))
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    return rows


def exact(vectors: Matrix, questions: Matrix, k: int) -> list[set[int]]:
    """Return the rows of the `k` nearest of `vectors` for each question, by comparing all of them."""
    nearest = np.argpartition(-(questions @ vectors.T), k - 1, axis=1)[:, :k]
    return [set(map(int, row)) for row in nearest]
