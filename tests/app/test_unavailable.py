"""What a person is told while the articles cannot be reached."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.answer import Assistant
from app.records import Outcome
from ingest.errors import IndexUnavailable


@contextmanager
def store_down(assistant: Assistant) -> Iterator[None]:
    """Take the vector store away, as a killed server does."""
    vectors = assistant.index.vectors

    class Down:
        def search(self, *_: object) -> list[tuple[str, float]]:
            raise IndexUnavailable("the store does not answer")

    assistant.index.vectors = Down()  # type: ignore[assignment]
    try:
        yield
    finally:
        assistant.index.vectors = vectors


def test_red_flags_and_the_safety_net_come_without_the_store(assistant):
    """An outage takes the answer away, never the warning."""
    with store_down(assistant):
        reply = assistant.answer(["my knee is swollen and locks, which exercises help runner's knee?"])

    assert reply.outcome is Outcome.NO_EVIDENCE
    assert "swelling" in {flag.rule_id for flag in reply.screening.flags}
    assert reply.safety_net in reply.text
    assert "try again" in reply.note


def test_an_emergency_needs_no_store(assistant):
    """An emergency is told before anything is searched."""
    with store_down(assistant):
        reply = assistant.answer(["my foot is cold and blue since I fell on my knee"])

    assert reply.outcome is Outcome.SEEK_CARE
