"""Connecting words come from one file, and a mistake in it is found when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

import app.templates
from app.intents import load_intents
from app.templates import TemplateError, load_templates

FILE = Path(app.templates.__file__).with_name("data") / "templates.toml"


def test_values_are_filled_in() -> None:
    """A phrase is said with the words of its reply."""
    said = load_templates().say("notes", "no_dose", exercise="pigeon pose")

    assert "pigeon pose" in said
    assert "{" not in said


def test_a_missing_value_names_itself() -> None:
    """Leaving out a variable is an error with its name, not a gap in a sentence."""
    with pytest.raises(KeyError, match="exercise"):
        load_templates().say("notes", "no_dose")


def test_an_unknown_variable_stops_the_start(tmp_path: Path) -> None:
    """The error names the file, the phrase and the variable."""
    path = tmp_path / "templates.toml"
    path.write_text(FILE.read_text(encoding="utf-8").replace("{exercise}", "{exercize}"), encoding="utf-8")

    with pytest.raises(TemplateError, match=r"templates\.toml: \[notes\] no_dose: .*'exercize'"):
        load_templates(path)


def test_every_intent_has_its_row_of_follow_ups() -> None:
    """No intent is forgotten, and no row is left for one that is gone."""
    intents = {row.intent_id for row in load_intents().rows}
    rows = set(load_templates().follow_ups) - {"refused", "vague"}

    assert rows == intents - {"vague"}


def test_notes_make_no_claim_about_bodies() -> None:
    """What is claimed of muscles and joints is quoted from an article, never written here."""
    notes = " ".join(load_templates().sections["notes"].values()).lower()

    assert [word for word in ("glute", "tendon", "cartilage", "inflam", "weak") if word in notes] == []
