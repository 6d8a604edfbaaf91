"""Embed questions that come while no core is free together, as soon as one is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.retrieve import Vector

MOST = 16  # questions in a run: the first of more would wait for the last too long


@dataclass(slots=True, eq=False)
class _Asked:
    text: str
    vector: Vector | None = None
    error: BaseException | None = None


class BatchingEncoder:
    """Embeds at most `runs` batches at a time; safe to share between threads.

    A question waits for company only while every run is taken: a free core is better than a batch, of which
    the first question waits for the last. No lock is held while a batch is embedded.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vector], runs: int) -> None:
        """Embed by `encode`, which returns shape (texts, dimension)."""
        self._encode = encode
        self._free = runs
        self._waiting: list[_Asked] = []
        self._changed = threading.Condition()

    def encode_query(self, text: str) -> Vector:
        """Embed one question, shape (dimension,), unit norm.

        Raises:
            Exception: What `encode` raised for the batch the question was in.
        """
        asked = _Asked(text)
        with self._changed:
            self._waiting.append(asked)
            self._changed.wait_for(lambda: asked not in self._waiting or self._free)
            batch = self._taken(asked)
        if batch:
            self._embed(batch)
        with self._changed:
            self._changed.wait_for(lambda: asked.vector is not None or asked.error is not None)
        if asked.error is not None:
            raise asked.error
        assert asked.vector is not None
        return asked.vector

    def _taken(self, asked: _Asked) -> list[_Asked]:
        """Take a run and what waits, `asked` among it; nothing where another thread has taken that along."""
        if asked not in self._waiting:
            return []
        self._waiting.remove(asked)
        batch, self._waiting = [asked, *self._waiting[: MOST - 1]], self._waiting[MOST - 1 :]
        self._free -= 1
        return batch

    def _embed(self, batch: Sequence[_Asked]) -> None:
        vectors, error = None, None
        try:
            vectors = self._encode([asked.text for asked in batch])
        except BaseException as raised:  # whoever waits has to be told
            error = raised
        with self._changed:
            for place, asked in enumerate(batch):
                asked.error = error
                asked.vector = None if vectors is None else vectors[place]
            self._free += 1
            self._changed.notify_all()
