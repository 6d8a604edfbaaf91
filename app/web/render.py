"""Fill the page's templates; whatever comes from a question or an article is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.web import figures, icons, view
from app.web.understood import understood

TEMPLATES = Path(__file__).parent / "templates"

Json = Mapping[str, Any]


def render(template: str, **values: Any) -> str:
    """Fill `template` of the templates folder.

    Raises:
        jinja2.UndefinedError: A value that the template names is missing.
    """
    return _environment().get_template(template).render(values)


def banner(flags: Sequence[Json]) -> str:
    """The red-flag cards of `flags` (their JSON), most urgent first; empty where there are none."""
    return render("banner.html", cards=view.care_cards(flags))


def reply(body: Json, *, examined: bool, none_of_these: str, feedback: bool = False) -> str:
    """The reply without its banner, from its JSON.

    Args:
        body: The JSON contract of a reply.
        examined: Whether the person said that a clinician has examined this knee.
        none_of_these: What a tap on "None of these" says, under the quick check.
        feedback: Whether feedback on the answer is wanted.
    """
    cited = {citation["n"]: citation for citation in body["citations"]}
    values = {
        "r": body,
        "cited": cited,
        "exercises": [{**view.BLANK_CARD, **card} for card in body["exercises"]],
        "sources": view.sources(body["citations"]),
        "at_once": view.at_once(body["statements"]),
        "understood": understood(body["understood"]),
    }
    return render("reply.html", **values, examined=examined, none_of_these=none_of_these, feedback=feedback)


def passage_address(passage_id: str, start: int | None = None, end: int | None = None) -> str:
    """The address under which a passage can be opened and shared, with the sentence to highlight."""
    path = f"/passages/{quote(passage_id, safe=':')}"
    return path if start is None or end is None else f"{path}?{urlencode({'start': start, 'end': end})}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"address": passage_address, "figure": _figure, "icon": icons.icon}
    environment.filters["credit"] = view.credit
    return environment


def _figure(exercise_id: str) -> Markup | None:
    # Drawn by this project's own code from its own data, so it is markup, not text.
    drawing = figures.figure_svg(exercise_id)
    return None if drawing is None else Markup(drawing)
