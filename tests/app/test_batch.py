"""Questions that come together are embedded together, and none is lost on the way."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.batch import MOST, BatchingEncoder
from app.retrieve import Vector
from ingest.embed import Encoder

TEXTS = [f"why does my knee hurt after {n} miles downhill" for n in range(40)]


class Held:
    """An encoder whose first batch waits until `go` is set; remembers the size of each batch."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.go, self.begun = encoder, threading.Event(), threading.Event()
        self.sizes: list[int] = []

    def __call__(self, texts: Sequence[str]) -> Vector:
        self.sizes.append(len(texts))
        self.begun.set()
        assert self.go.wait(30)
        if "fail" in texts:
            raise ValueError("a text that cannot be read")
        return self.encoder.encode_batch(texts)


def ask_together(held: Held, batching: BatchingEncoder, texts: Sequence[str]) -> list[Vector | Exception]:
    """Ask the first of `texts`, and all others while it is being embedded."""

    def ask(text: str) -> Vector | Exception:
        try:
            return batching.encode_query(text)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(texts)) as pool:
        first = pool.submit(ask, texts[0])
        assert held.begun.wait(30)
        others = [pool.submit(ask, text) for text in texts[1:]]
        while len(batching._waiting) < len(texts) - 1:  # all have come
            threading.Event().wait(0.005)
        held.go.set()
        return [first.result(30), *(other.result(30) for other in others)]


def test_who_comes_while_no_core_is_free_is_embedded_together(encoder: Encoder) -> None:
    """Each gets its own vector, in few runs and none too large."""
    held = Held(encoder)
    found = ask_together(held, BatchingEncoder(held, runs=1), TEXTS)

    assert held.sizes == [1, MOST, MOST, len(TEXTS) - 1 - 2 * MOST]
    for text, vector in zip(TEXTS, found, strict=True):
        assert np.allclose(vector, encoder.encode_query(text), atol=1e-6)


def test_an_error_reaches_who_shared_the_batch_and_nobody_else(encoder: Encoder) -> None:
    """And the next question is embedded."""
    held = Held(encoder)
    batching = BatchingEncoder(held, runs=1)
    first, *others = ask_together(held, batching, ["alone", "fail", "beside it"])

    assert isinstance(first, np.ndarray)
    assert [type(other) for other in others] == [ValueError, ValueError]
    assert batching.encode_query("after it").shape == (encoder.dimension,)


@pytest.mark.parametrize("runs", [1, 2])
def test_alone_a_question_gets_the_very_same_vector(encoder: Encoder, runs: int) -> None:
    """Nothing is padded where nobody else asks."""
    batching = BatchingEncoder(encoder.encode_batch, runs)

    for text in TEXTS[:3]:
        assert np.array_equal(batching.encode_query(text), encoder.encode_query(text))


def test_with_a_free_core_nobody_waits(encoder: Encoder) -> None:
    """Two that come at once are two runs where two are free."""
    held = Held(encoder)
    batching = BatchingEncoder(held, runs=2)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(batching.encode_query, text) for text in TEXTS[:2]]
        while len(held.sizes) < 2:
            threading.Event().wait(0.005)
        held.go.set()

        assert all(one.result(30).shape == (encoder.dimension,) for one in asked)
    assert held.sizes == [1, 1]
