"""Embedding by the thousand: the same vectors but for rounding, whatever stands beside a text."""

from __future__ import annotations

import numpy as np
import pytest

from ingest import bulk
from ingest.cache import Matrix
from ingest.embed import load_encoder
from ingest.settings import IndexSettings

TEXTS = [
    "Downhill walking loads the front of the knee.",
    "Sit against a wall and hold.",
    "Boots.",
    "The outer side aches where the band crosses the bone. " * 12,
    "An answer so long that its end is not read. " * 30,
    "Poles take a share of the weight off the knee on the way down, most of all on steep ground.",
    "Rest for two days, then start again with half the distance.",
    "Ice eases pain; it mends nothing.",
    "Straighten the leg and lift it to the height of the other knee.",
]


@pytest.fixture(scope="module")
def in_bulk() -> bulk.Bulk:
    return bulk.Bulk(load_encoder(IndexSettings()).folder)


@pytest.fixture(scope="module")
def vectors(in_bulk: bulk.Bulk) -> Matrix:
    return in_bulk.encode(TEXTS)


def test_vectors_are_those_of_the_model_in_full_precision(vectors: Matrix) -> None:
    exact = load_encoder(IndexSettings()).raw().encode(TEXTS, normalize_embeddings=True)

    assert vectors.dtype == np.float32
    assert np.sum(vectors * exact, axis=1).min() >= 0.999
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_text_alone_is_read_as_in_company(in_bulk: bulk.Bulk, vectors: Matrix) -> None:
    alone = in_bulk.encode(TEXTS[-1:])

    assert alone.shape == (1, 384)
    assert alone[0] @ vectors[-1] >= 0.999


def test_a_thousand_texts_are_embedded_as_each_is() -> None:
    encoder = load_encoder(IndexSettings())
    texts = [f"{TEXTS[place % 3]} {place}" for place in range(bulk.MANY)]

    vectors = encoder.encode(texts)

    some = slice(0, bulk.MANY, 100)
    assert vectors.shape == (bulk.MANY, 384)
    assert np.sum(vectors[some] * encoder.encode(texts[some]), axis=1).min() >= 0.999
