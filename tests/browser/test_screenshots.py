"""Photograph the page's main states into `screenshots/`, for people to look at (`make screenshots`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "screenshots"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "wide"])
def test_photograph(open_page: Callable[..., Page], size: str, theme: str) -> None:
    """Each state is reached and photographed without a fault."""
    page = open_page(size, theme, reduced_motion="reduce")
    FOLDER.mkdir(exist_ok=True)

    def photograph(state: str) -> None:
        path = FOLDER / f"{state}-{size}-{theme}.png"
        page.screenshot(path=path)
        assert path.stat().st_size > 10_000

    def ask(question: str) -> None:
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.locator(".turn").last.locator(".disclaimer").wait_for()

    photograph("start")
    ask("why does my knee hurt going downhill")
    photograph("answer")
    page.locator(".exercises").scroll_into_view_if_needed()
    page.mouse.wheel(0, 500)
    page.wait_for_timeout(200)
    photograph("exercises")
    page.locator(".lead a.cite").first.click()
    page.locator("#reader mark").first.wait_for()
    photograph("reader")
    page.keyboard.press("Escape")
    page.locator("[data-pick]").first.click()
    page.click("[data-open='plan']")
    photograph("plan")
    page.keyboard.press("Escape")
    ask("the inside of my knee hurts and it is a bit puffy")
    photograph("flags")
    ask("I fell and now my foot is cold and blue")
    photograph("emergency")
