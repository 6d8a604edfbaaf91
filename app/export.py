"""Take a plan along: as Markdown, as a page to print, as a calendar file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from pathlib import Path

from app.plan import DAYS
from app.records import Plan, PlanEntry

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BEGIN, _LONG = time(18), timedelta(minutes=15)  # a time to move about, not advice
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>My knee plan</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border: 1px solid #777; padding: .3rem .5rem; text-align: left; vertical-align: top }}
</style></head><body><h1>My knee plan</h1>
<table><thead><tr><th scope="col">Exercise</th><th scope="col">Dose</th>{days}</tr></thead>
<tbody>{rows}</tbody></table>
{steps}<p>{own}</p><p><strong>Stop and ask:</strong> {stop}</p></body></html>
"""


def as_table(plan: Plan, mark: str = "x") -> str:
    """Return the week as a Markdown table, one row for each exercise."""
    lines = ["| | dose | " + " | ".join(DAYS) + " |", "|" + "---|" * (len(DAYS) + 2)]
    for entry in plan.entries:
        days = " | ".join(mark if day in entry.days else "" for day in range(len(DAYS)))
        lines.append(f"| {entry.card.name}{'' if entry.days_said else '*'} | {dose_of(entry)} | {days} |")
    return "\n".join(lines)


def own_choice(plan: Plan) -> str:
    """Return the sentence that tells which days no article gives; empty where all do."""
    if all(entry.days_said for entry in plan.entries):
        return ""
    return "* The articles give no days for this one; the days are only a suggestion."


def dose_of(entry: PlanEntry) -> str:
    """Return the dose in the articles' terms, or that they give none."""
    return entry.card.dose or "the articles give none"


def as_markdown(plan: Plan) -> str:
    """Return the plan to keep as a Markdown file."""
    parts = ["# My knee plan", as_table(plan), own_choice(plan).replace("*", r"\*", 1)]
    for entry in plan.entries:
        card = entry.card
        steps = "\n".join(f"{n}. {step}" for n, step in enumerate(card.steps, 1))
        parts += [f"## {card.name}", steps, f"Take care: {card.caution}" if card.caution else ""]
    parts.append(f"**Stop and ask:** {plan.stop}")
    return "\n\n".join(part for part in parts if part) + "\n"


def as_page(plan: Plan) -> str:
    """Return the plan as a page to print, complete in itself."""
    days = "".join(f'<th scope="col">{day}</th>' for day in DAYS)
    rows, steps = "", ""
    for entry in plan.entries:
        card = entry.card
        ticks = "".join(f"<td>{'x' if day in entry.days else ''}</td>" for day in range(len(DAYS)))
        name = escape(card.name) + ("" if entry.days_said else "*")
        rows += f'<tr><th scope="row">{name}</th><td>{escape(dose_of(entry))}</td>{ticks}</tr>'
        items = "".join(f"<li>{escape(step)}</li>" for step in card.steps)
        care = f"<p>Take care: {escape(card.caution)}</p>" if card.caution else ""
        steps += f"<h2>{escape(card.name)}</h2><ol>{items}</ol>{care}" if items or care else ""
    return _PAGE.format(
        days=days, rows=rows, steps=steps, own=escape(own_choice(plan)), stop=escape(plan.stop)
    )


def as_calendar(plan: Plan, start: date) -> str:
    """Return the plan as an iCalendar file: one weekly event for each exercise, from `start` on."""
    import icalendar  # only who takes a plan along waits for it

    calendar = icalendar.Calendar({"prodid": "-//Kneewise//My plan//EN", "version": "2.0"})
    for entry in plan.entries:
        first = next(
            day for day in (start + timedelta(days=n) for n in range(7)) if day.weekday() in entry.days
        )
        card = entry.card
        event = icalendar.Event()
        event.add("uid", f"{card.exercise_id}@kneewise")
        event.add("dtstamp", datetime.now(UTC))
        event.add("dtstart", datetime.combine(first, _BEGIN))
        event.add("duration", _LONG)
        event.add("rrule", {"freq": "weekly", "byday": [_CODES[day] for day in entry.days]})
        event.add("summary", f"{card.name}: {card.dose}" if card.dose else card.name)
        lines = [*(f"{n}. {step}" for n, step in enumerate(card.steps, 1)), card.caution, plan.stop]
        event.add("description", "\n".join(filter(None, lines)))
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _calendar_from_today(plan: Plan) -> str:
    return as_calendar(plan, date.today())


FORMATS: Mapping[str, tuple[str, Callable[[Plan], str]]] = {
    ".md": ("text/markdown", as_markdown),
    ".html": ("text/html", as_page),
    ".ics": ("text/calendar", _calendar_from_today),
}


def write(plan: Plan, path: Path) -> None:
    """Write `plan` in the format that the name of `path` ends in.

    Raises:
        ValueError: It ends in none that is known; names those that are.
    """
    if path.suffix not in FORMATS:
        raise ValueError(f"{path}: a plan is written as {', '.join(FORMATS)}; name the file so")
    path.write_text(FORMATS[path.suffix][1](plan), encoding="utf-8", newline="")
