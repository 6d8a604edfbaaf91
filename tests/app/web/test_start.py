"""The first screen offers places and questions that work."""

from __future__ import annotations

import tomllib

import pytest

from app.answer import Assistant
from app.records import Outcome
from app.web.start import DATA, first_screen

START = tomllib.loads(DATA.read_text())


def test_inner_side_and_back_show_their_flag(assistant: Assistant) -> None:
    """These two places are red flags by themselves; the kneecap is not."""
    html = first_screen(assistant.screen, "")

    assert 'data-region-note="inside"' in html
    assert 'data-region-note="back"' in html
    assert 'data-region-note="kneecap"' not in html


@pytest.mark.parametrize("question", [q for group in START["group"] for q in group["questions"]])
def test_every_example_is_answered(assistant: Assistant, question: str) -> None:
    """No example question leads nowhere."""
    reply = assistant.answer([question])

    assert reply.outcome in {Outcome.ANSWER, Outcome.CLARIFY}
    assert reply.statements or reply.screening.flags
