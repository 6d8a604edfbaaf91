"""What the page and the HTTP API answer from: one assistant at a time, exchanged without a restart."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from app.answer import Assistant
from app.records import Reply
from app.rules.records import Screening
from ingest.records import Article, Passage

log = logging.getLogger(__name__)


class Busy(Exception):
    """Too many questions are waiting.

    Attributes:
        wait_s: Honest guess of the seconds until a new question is answered.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Kneewise is busy: about {wait_s} s. Please ask again then.")
        self.wait_s = wait_s


class Desk:
    """Answers at most `workers` questions at once; up to `waiting` more wait their turn.

    Args:
        open_assistant: Opens the current build; called again by `reload`.
        workers: More than the machine's cores only makes each answer slower.
        waiting: Questions beyond these are told how long it will take.
    """

    def __init__(self, open_assistant: Callable[[], Assistant], workers: int = 2, waiting: int = 64) -> None:
        self._open = open_assistant
        self._assistant = open_assistant()
        self._slots = threading.BoundedSemaphore(workers)
        self._workers, self._most = workers, workers + waiting
        self._lock = threading.Lock()
        self._inside = 0
        self._mean_s = 0.05  # a warm answer; follows what is measured

    @property
    def assistant(self) -> Assistant:
        """The assistant of the newest build that was loaded."""
        return self._assistant

    def screen(self, turns: Sequence[str], *, examined: bool = False) -> Screening:
        """Red flags of `turns`; waits for nobody, so that they always come first."""
        return self._assistant.screen(turns, examined=examined)

    def answer(self, turns: Sequence[str], *, examined: bool = False) -> Reply:
        """Answer the last of `turns`.

        Raises:
            Busy: Too many questions are waiting.
        """
        with self._turn():
            return self._assistant.answer(turns, examined=examined)

    def find(self, passage_id: str) -> tuple[Passage, Article] | None:
        """The passage of that id and its article, or None."""
        index = self._assistant.index
        passage = index.passages.get(passage_id)
        return None if passage is None else (passage, index.articles[passage.article])

    def reload(self) -> str:
        """Open the newest build beside the one in use, switch over, and return its id."""
        self._assistant = self._open()
        log.info("serving build %s", self._assistant.index.build_id)
        return self._assistant.index.build_id

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._inside >= self._most:
                raise Busy(max(1, round(self._inside * self._mean_s / self._workers)))
            self._inside += 1
        try:
            with self._slots:
                began = time.perf_counter()
                yield
                self._mean_s += 0.1 * (time.perf_counter() - began - self._mean_s)
        finally:
            with self._lock:
                self._inside -= 1
