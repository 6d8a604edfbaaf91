"""A plan can be taken along, and says the same in every format."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import icalendar
import pytest

from app.export import as_calendar, as_markdown, as_page, write
from app.plan import make_plan
from app.records import ExerciseCard, Plan

MONDAY = date(2026, 11, 23)


@pytest.fixture
def plan() -> Plan:
    """Return two exercises, one of which has days of its own."""
    cards = [
        ExerciseCard(
            "march", "Banded <march>", "strength", "", ("Stand; lift, then lower.",), "2 to 3 times a week",
            ("gym",), (), (), "Not on ice.", (1,),
        ),
        ExerciseCard("clamshell", "Clamshell", "strength", "", (), "", ("home",), (), (), "", (2,)),
    ]  # fmt: skip
    made = make_plan(cards, "See a doctor if it swells, at all.")
    assert made is not None
    return made


def test_calendar_is_read_back_by_a_library(plan: Plan) -> None:
    """Each exercise repeats weekly on its days, from the first of them on."""
    calendar = icalendar.Calendar.from_ical(as_calendar(plan, date(2026, 11, 24)))
    march = next(event for event in calendar.walk("VEVENT") if event["uid"] == "march@kneewise")

    assert march["rrule"]["byday"] == ["MO", "WE", "FR"]
    assert march["dtstart"].dt.date() == date(2026, 11, 25)
    assert "See a doctor if it swells, at all." in str(march["description"])


def test_markdown_tells_doses_that_no_article_gives(plan: Plan) -> None:
    """A gap is said, not filled."""
    text = as_markdown(plan)

    assert "| Clamshell* | the articles give none |" in text
    assert "give no days" in text


def test_page_shows_markup_as_text(plan: Plan) -> None:
    """Names go into the page escaped."""
    page = as_page(plan)

    assert "Banded &lt;march&gt;" in page
    assert "<march>" not in page


@pytest.mark.parametrize("suffix", [".md", ".html", ".ics"])
def test_file_is_written_by_its_name(plan: Plan, tmp_path: Path, suffix: str) -> None:
    """The ending chooses the format."""
    path = tmp_path / f"plan{suffix}"
    write(plan, path)

    assert "Clamshell" in path.read_text(encoding="utf-8")


def test_unknown_ending_names_those_that_are_known(plan: Plan, tmp_path: Path) -> None:
    """The way out stands in the message."""
    with pytest.raises(ValueError, match=r"plan\.pdf: a plan is written as \.md, \.html, \.ics"):
        write(plan, tmp_path / "plan.pdf")
