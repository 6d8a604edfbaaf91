"""What every browser test does on the page: ask, and open one of its dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def ask(page: Page, question: str = "why does my knee hurt going downhill") -> Locator:
    """Type `question`, send it, and return the turn once its reply stands."""
    turns = page.locator(".turn").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(turns)
    turn.locator(".disclaimer").wait_for()
    return turn


def open_dialog(page: Page, name: str) -> None:
    """Open a dialog from the heading; on a phone some of them are behind More."""
    page.wait_for_selector("html[data-ready]")
    if not page.locator(f"nav [data-open='{name}']").is_visible():
        page.click("[data-open='menu']")
        page.click(f"#menu [data-open='{name}']")
    else:
        page.click(f"nav [data-open='{name}']")
