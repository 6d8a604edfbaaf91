"""Many people at once: no error, flat memory, times printed (KNEEWISE_LOAD_SECONDS sets how long)."""

from __future__ import annotations

import json
import os
import random
import statistics
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.serving import Server, server, start_chat

__all__ = ["server", "start_chat"]

PEOPLE = 40
SECONDS = int(os.environ.get("KNEEWISE_LOAD_SECONDS", "15"))
GROWTH_MB = 40
QUESTIONS = [
    "why does my knee hurt going downhill",
    "the inside of my knee hurts and it is a bit puffy",
    "how long do I hold a wall sit",
    "outside of my knee hurts at the same mile every run",
    "which exercises can I do at camp",
    "should I rest or keep running",
    "I fell and now my foot is cold and blue",
    "what tent should I buy",
]


class Person(threading.Thread):
    """Asks, reads for a moment, and asks again until the time is over."""

    def __init__(self, address: str, number: int, until: float) -> None:
        super().__init__()
        self.address, self.until = address, until
        self.choose = random.Random(number)
        self.seconds: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        """Go through the whole visit."""
        while time.monotonic() < self.until:
            began = time.perf_counter()
            try:
                self.ask(self.choose.choice(QUESTIONS))
            except (OSError, ValueError) as error:
                self.errors.append(repr(error))
            self.seconds.append(time.perf_counter() - began)
            time.sleep(self.choose.uniform(1, 3))

    def ask(self, question: str) -> None:
        """Ask one question and read the whole reply."""
        body = json.dumps({"turns": [question]}).encode()
        request = urllib.request.Request(f"{self.address}/v1/ask", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            if json.load(response)["outcome"] == "error":
                raise ValueError("an error reply")


@pytest.mark.slow
def test_forty_people_at_once(server: Server) -> None:
    """No error, and memory that does not grow with the questions."""
    people = [Person(server.address, n, time.monotonic() + SECONDS) for n in range(PEOPLE)]
    for person in people:
        person.start()
    # What first answers load is no growth, nor is what the allocator sets aside for each of their threads.
    time.sleep(SECONDS / 3)
    while not all(person.seconds or not person.is_alive() for person in people):
        time.sleep(0.1)
    early_mb = memory_mb(server.process.pid)
    for person in people:
        person.join()
    late_mb = memory_mb(server.process.pid)
    seconds = sorted(second for person in people for second in person.seconds)
    p95 = seconds[int(len(seconds) * 0.95)]
    errors = [error for person in people for error in person.errors]
    print(
        f"\n{len(seconds)} answers to {PEOPLE} people in {SECONDS} s on {os.cpu_count()} cores: "
        f"{len(errors)} errors, median {statistics.median(seconds):.3f} s, p95 {p95:.3f} s, "
        f"memory {early_mb:.0f} MB after a third of the time, {late_mb:.0f} MB after {SECONDS} s"
    )

    assert errors == []
    assert late_mb - early_mb < GROWTH_MB


def memory_mb(pid: int) -> float:
    """Resident memory of a process and of those that it started."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(memory_mb(int(child)) for child in children)
