"""What a question wants is told by the first row of the table that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.intents import Intents, load_intents


@pytest.fixture(scope="module")
def intents() -> Intents:
    return load_intents()


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("why does my knee hurt going downhill", "why"),
        ("how many reps should i do", "dose"),
        ("which exercises help runner's knee", "exercise"),
        ("when should i see a doctor", "when_doctor"),
        ("should i keep running", "running_load"),
        ("what is patellofemoral pain", "definition"),
        ("make me a weekly plan", "plan"),
        ("it is tuesday", "other"),
    ],
)
def test_plain_questions_are_told_apart(intents: Intents, question: str, intent: str) -> None:
    """Each gets the answer of its own shape."""
    assert intents.classify(question, {}) == intent


def test_how_to_needs_something_to_do(intents: Intents) -> None:
    """`how do I ...` asks for steps only where an exercise, a tool or a muscle is named."""
    question = "how do i do it properly"

    assert intents.classify(question, {"exercises": ("clamshell",)}) == "how_to"
    assert intents.classify(question, {}) != "how_to"


def test_an_unknown_intent_is_other(intents: Intents) -> None:
    """A row that is gone costs no answer."""
    assert intents.by_id("no-such-intent").intent_id == "other"


def test_ids_are_unique_and_other_is_last(intents: Intents) -> None:
    """The row that takes everything must not hide another."""
    ids = [row.intent_id for row in intents.rows]

    assert len(ids) == len(set(ids))
    assert ids[-1] == "other"


def test_an_answer_is_short(intents: Intents) -> None:
    """No row asks for more than six sentences."""
    assert [row.intent_id for row in intents.rows if not 1 <= row.sentences <= 6] == []


def test_the_first_row_that_fits_wins(tmp_path: Path) -> None:
    """The order of the file decides between two rows that both fit."""
    row = "[[intent]]\nid = '{}'\npatterns = ['why']\nsentences = 1\ncards = 0\ntable = false\ncues = []\n"
    path = tmp_path / "intents.toml"
    path.write_text(
        "generic = 'knee'\nchatter = 'hello'\n" + row.format("first") + row.format("second"), encoding="utf-8"
    )

    assert load_intents(path).classify("why", {}) == "first"
