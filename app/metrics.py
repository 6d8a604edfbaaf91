"""What is measured while serving: outcomes, levels and timings; never a question."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from app.records import Reply

log = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()
REPLIES = Counter("kneewise_replies", "Replies.", ["outcome", "level"], registry=REGISTRY)
FLAGS = Counter("kneewise_red_flags", "Red flags shown, by rule.", ["rule"], registry=REGISTRY)
SECONDS = Histogram(
    "kneewise_answer_seconds",
    "Time of one answer, waiting included.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)


@contextmanager
def answering() -> Iterator[Callable[[Reply], None]]:
    """Time one answer; call what is handed out with the reply, so that it is counted and logged."""
    began = time.perf_counter()

    def record(reply: Reply) -> None:
        spent_s = time.perf_counter() - began
        SECONDS.observe(spent_s)
        REPLIES.labels(reply.outcome.value, reply.screening.level.word).inc()
        rules = [flag.rule_id for flag in reply.screening.flags]
        for rule in rules:
            FLAGS.labels(rule).inc()
        cited = [citation.passage_id for citation in reply.citations]
        log.info("outcome=%s rules=%s passages=%s ms=%.0f", reply.outcome.value, rules, cited, spent_s * 1000)

    yield record


def exposition() -> bytes:
    """Everything measured so far, in the text format of Prometheus."""
    return generate_latest(REGISTRY)
