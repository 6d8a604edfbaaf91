"""The first screen: knee map, example questions; read from data/start.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from app.records import Outcome, Reply
from app.rules.records import Screening
from app.web import render

DATA = Path(__file__).parent / "data" / "start.toml"


def first_screen(screen: Callable[[list[str]], Screening], disclaimer: str) -> str:
    """The map and the examples as HTML.

    Args:
        screen: The rules; a place that is a red flag by itself shows its card when tapped.
        disclaimer: What the answers are and are not.
    """
    data: dict[str, Any] = tomllib.loads(DATA.read_text(encoding="utf-8"))
    regions = [{**region, "cards": _cards(screen, region["phrase"])} for region in data["region"]]
    return render.render("more.html", regions=regions, groups=data["group"], disclaimer=disclaimer)


def _cards(screen: Callable[[list[str]], Screening], phrase: str) -> Markup:
    flags = Reply(Outcome.ANSWER, screen([f"It hurts {phrase}"])).as_json()["red_flags"]
    unsaid = [{**flag, "quote": ""} for flag in flags]  # a place was tapped, nothing was said yet
    return Markup(render.banner(unsaid))  # a template's output, escaped already
