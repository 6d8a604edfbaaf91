"""What a person is told when a stage after screening breaks in a way nobody foresaw."""

import logging
from dataclasses import dataclass

import pytest

from app.records import Outcome
from app.rules.records import Status

QUESTION = "my knee is swollen and locks, which exercises help runner's knee?"


@dataclass
class Breaks:
    """Stands where a stage stood, and breaks with the person's words in the error."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(f"cannot read {QUESTION!r}")


@pytest.mark.parametrize("stage", ["_understander", "_retriever", "_encoder", "composer", "_verifier"])
def test_red_flags_outlive_any_broken_stage(assistant, monkeypatch, caplog, stage):
    """Each stage broken in turn: flags, safety net and a way out are shown, and the log holds no question."""
    monkeypatch.setattr(assistant, stage, Breaks())

    with caplog.at_level(logging.ERROR, logger="app.answer"):
        reply = assistant.answer([QUESTION])

    assert "swelling" in {flag.rule_id for flag in reply.screening.flags}
    assert all(flag.advice in reply.text for flag in reply.screening.flags)
    assert reply.safety_net in reply.text
    assert "try again" in reply.note
    assert reply.outcome is Outcome.NO_EVIDENCE
    assert "RuntimeError" in caplog.text
    assert "swollen" not in caplog.text


def test_the_rules_stand_when_their_second_net_breaks(assistant, monkeypatch):
    """A net that cannot run costs its own findings and nothing else."""

    def broken(text: str) -> dict[str, float]:
        raise RuntimeError("no model")

    monkeypatch.setattr(assistant, "net", broken)
    found = assistant.screen([QUESTION])
    monkeypatch.setattr(assistant, "net", None)

    assert found == assistant.screen([QUESTION])
    assert Status.PRESENT in {flag.status for flag in found.flags}


def test_the_desk_passes_the_flags_on(assistant, client, monkeypatch):
    """Over HTTP a broken stage is an answer with its flags, not an error page."""
    monkeypatch.setattr(assistant, "composer", Breaks())

    answer = client.post("/v1/ask", json={"turns": [QUESTION]})

    assert answer.status_code == 200
    assert "swelling" in {flag["id"] for flag in answer.json()["red_flags"]}
