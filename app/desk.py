"""What the page and the HTTP API answer from: one assistant at a time, exchanged without a restart."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.records import Reply
from app.rules.catalogue import Rules
from app.rules.records import Screening
from app.rules.screen import screen
from app.words import legible
from ingest.records import Article, Passage

if TYPE_CHECKING:  # the rules answer before it is imported
    from app.answer import Assistant

log = logging.getLogger(__name__)

OPEN_WITHIN_S = 30.0


class Busy(Exception):
    """Too many questions are waiting.

    Attributes:
        wait_s: Honest guess of the seconds until a new question is answered.
    """

    why = "Kneewise is busy"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"{self.why}: about {wait_s} s. Please ask again then.")
        self.wait_s = wait_s


class Opening(Busy):
    """The articles are still being opened."""

    why = "Kneewise is still opening its articles"


class Desk:
    """Answers at most `workers` questions at once; up to `waiting` more wait their turn.

    Args:
        open_assistant: Opens the current build; called again by `reload`.
        workers: More than the machine's cores only makes each answer slower.
        waiting: Questions beyond these are told how long it will take.
        rules: What screens until `open` is called and done; None opens the assistant here and now.
    """

    def __init__(
        self,
        open_assistant: Callable[[], Assistant],
        workers: int = 2,
        waiting: int = 128,
        *,
        rules: Rules | None = None,
    ) -> None:
        self._open = open_assistant
        self._rules = rules
        self._assistant: Assistant | None = None
        self._opened = threading.Event()
        self._slots = threading.BoundedSemaphore(workers)
        self._workers, self._most = workers, workers + waiting
        self._lock = threading.Lock()
        self._inside = 0
        self._mean_s = 0.05  # a warm answer; follows what is measured
        if rules is None:
            self.open()

    @property
    def is_open(self) -> bool:
        """Whether questions are answered without waiting for the articles."""
        return self._opened.is_set()

    @property
    def assistant(self) -> Assistant:
        """The assistant of the newest build that was loaded; waits for the first.

        Raises:
            Opening: There is none yet.
        """
        if self._assistant is None and not self._opened.wait(OPEN_WITHIN_S):
            raise Opening(round(OPEN_WITHIN_S))
        assert self._assistant is not None
        return self._assistant

    @property
    def rules(self) -> Rules:
        """The red-flag rules, there from the first moment."""
        return self._rules or self.assistant.rules

    def screen(self, turns: Sequence[str], *, examined: bool = False) -> Screening:
        """Red flags of `turns`; waits for nobody, so that they always come first."""
        if self._assistant is None:
            return screen([legible(turn) for turn in turns], self.rules, examined=examined)
        return self._assistant.screen(turns, examined=examined)

    def answer(
        self, turns: Sequence[str], *, examined: bool = False, screening: Screening | None = None
    ) -> Reply:
        """Answer the last of `turns`; `screening` is what `screen` found in them with an open desk.

        Raises:
            Busy: Too many questions are waiting.
        """
        with self._turn():
            assistant = self.assistant
            began = time.perf_counter()
            try:
                return assistant.answer(turns, examined=examined, screening=screening)
            finally:
                self._mean_s += 0.1 * (time.perf_counter() - began - self._mean_s)

    def find(self, passage_id: str) -> tuple[Passage, Article] | None:
        """The passage of that id and its article, or None."""
        index = self.assistant.index
        passage = index.passages.get(passage_id)
        return None if passage is None else (passage, index.articles[passage.article])

    def open(self) -> None:
        """Open the newest build beside the one in use, if any, and switch over."""
        self._assistant = self._open()
        self._opened.set()

    def reload(self) -> str:
        """Take up the newest build and return its id."""
        self.open()
        build_id = self.assistant.index.build_id
        log.info("serving build %s", build_id)
        return build_id

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._inside >= self._most:
                raise Busy(max(1, round(self._inside * self._mean_s / self._workers)))
            self._inside += 1
        try:
            with self._slots:
                yield
        finally:
            with self._lock:
                self._inside -= 1
