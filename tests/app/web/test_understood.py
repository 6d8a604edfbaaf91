"""What was understood is shown in the person's terms, and a correction is read as exactly what was chosen."""

from __future__ import annotations

import tomllib

import pytest

from app.answer import Assistant
from app.web.understood import DATA, understood

CHOICES = tomllib.loads(DATA.read_text())
BEFORE = "the outside of my knee hurts going uphill when hiking, how long do I hold a wall sit"
NOTHING = {
    "intent": "other",
    **dict.fromkeys(("places", "triggers", "activities", "conditions", "exercises"), ()),
}


@pytest.mark.parametrize(
    ("name", "option"),
    [(field["name"], option) for field in CHOICES["field"] for option in field["options"]],
    ids=lambda value: value if isinstance(value, str) else value["id"],
)
def test_a_choice_is_read_as_itself(assistant: Assistant, name: str, option: dict[str, str]) -> None:
    """The phrase of each choice is heard as that choice, and nothing is left of what was said before."""
    found = assistant.understand([BEFORE, f"Correction: my knee hurts {option['phrase']}."])

    assert getattr(found, name) == (option["id"],)
    assert not found.exercises
    assert not set(found.places + found.triggers + found.activities) - {option["id"]}


@pytest.mark.parametrize("want", CHOICES["want"], ids=lambda want: want["label"])
def test_a_want_is_read_as_itself(assistant: Assistant, want: dict[str, str]) -> None:
    """The question of each want has an intent that it stands for."""
    found = assistant.understand([BEFORE, f"Correction: my knee hurts at the front. {want['ask']}"])

    assert found.intent in want["intents"]
    assert found.places == ("front",)


def test_the_line_names_what_was_said() -> None:
    """Place, trigger and want are named; what is not offered as a choice is named too."""
    shown = understood(
        {**NOTHING, "intent": "why", "places": ["outside", "outer-hip"], "triggers": ["downhill"]}
    )

    assert shown is not None
    assert shown.line == ("Outside", "Outer hip", "Going downhill", "Why it hurts")


def test_nothing_understood_is_not_shown() -> None:
    """Where nothing was taken from the question there is nothing to put right."""
    assert understood(NOTHING) is None
    assert understood(None) is None
