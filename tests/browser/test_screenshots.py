"""Photograph the page's main states into `screenshots/`, for people to look at (`make screenshots`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.ways import ask, open_dialog

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

    photograph("start")
    page.locator("[data-region='inside']").click()
    photograph("map")
    page.locator("button[data-new]").click()
    ask(page)
    photograph("answer")
    page.locator(".exercises").scroll_into_view_if_needed()
    page.mouse.wheel(0, 500)
    page.wait_for_timeout(200)
    photograph("exercises")
    page.locator(".lead a.cite").first.click()
    page.locator("#reader mark").first.wait_for()
    photograph("reader")
    page.keyboard.press("Escape")
    page.locator(".understood summary").click()
    photograph("understood")
    page.locator("[data-pick]").first.click()
    ask(page, "the inside of my knee hurts and it is a bit puffy")
    photograph("flags")
    ask(page, "I fell and now my foot is cold and blue")
    photograph("emergency")
    for name in ("plan", "doctor", "history"):
        open_dialog(page, name)
        photograph(name)
        page.keyboard.press("Escape")
