"""The page can be used by everyone: axe-core finds nothing, the keyboard reaches all, motion can be off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.ways import open_dialog

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "wide"])
def test_axe_finds_nothing(open_page: Callable[..., Page], size: str, theme: str) -> None:
    """WCAG 2.2 AA and axe's best practices hold on every main state, in both themes."""
    page = open_page(size, theme, reduced_motion="reduce")
    found = {"start": violations(page)}
    page.locator("[data-region='inside']").click()
    page.evaluate("scrollTo(0, 0)")  # what is half under the heading is no target
    found["map"] = violations(page)
    page.locator("button[data-new]").click()
    for name, question in {
        "answer": "why does my knee hurt going downhill",
        "flags": "the inside of my knee hurts and it is a bit puffy",
        "today": "and since yesterday the knee is locked",
        "emergency": "now my foot is cold and blue",
    }.items():
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.locator(".turn").last.locator(".disclaimer").wait_for()
        page.evaluate(
            "document.querySelectorAll('.turn:last-child details').forEach((d) => { d.open = true; })"
        )
        found[name] = violations(page)
    page.locator("a.cite").first.click()
    page.locator("#reader mark").first.wait_for()
    found["reader"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("[data-pick]").first.click()
    for name in ("plan", "doctor", "history", "menu"):
        open_dialog(page, name)
        found[name] = violations(page)
        page.keyboard.press("Escape")

    assert {state: lines for state, lines in found.items() if lines} == {}


def test_shared_passage_and_offline_page_pass_axe(open_page: Callable[..., Page]) -> None:
    """The pages outside Gradio hold the same line."""
    page = open_page("phone")
    page.fill("#question", "why does my knee hurt going downhill")
    page.keyboard.press("Enter")
    address = page.locator("a.cite").first.evaluate("link => link.href")
    for path in (address, "/page/offline", "/docs"):
        page.goto(path if path.startswith("http") else page.url.split("/passages")[0].rstrip("/") + path)

        assert violations(page) == []
        page.goto(address.split("/passages")[0])


def test_the_keyboard_alone_gets_an_answer_and_its_source(open_page: Callable[..., Page]) -> None:
    """Tab, type, Enter, Tab to a citation, Enter, Escape."""
    page = open_page("wide")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("why does my knee hurt going downhill")
    page.keyboard.press("Enter")
    page.locator(".turn .disclaimer").wait_for()
    for _ in range(60):
        if page.evaluate("document.activeElement.matches('a.cite')"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#reader mark").first).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('a.cite')")


def test_flags_are_announced(page: Page) -> None:
    """A screen reader hears level, flag and advice when the banner arrives."""
    page.fill("#question", "my knee is a bit puffy")
    page.keyboard.press("Enter")

    expect(page.locator("#says-at-once")).to_contain_text("See a doctor")


@pytest.mark.parametrize("size", ["phone", "wide"])
def test_twice_the_size_needs_no_sideways_scrolling(open_page: Callable[..., Page], size: str) -> None:
    """At 200 % zoom (half the width in CSS pixels) the page still fits its width."""
    page = open_page(size)
    page.set_viewport_size({"width": {"phone": 320, "wide": 640}[size], "height": 500})
    page.fill("#question", "why does my knee hurt going downhill")
    page.keyboard.press("Enter")
    page.locator(".turn .disclaimer").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_motion_stops_when_asked(open_page: Callable[..., Page]) -> None:
    """With reduced motion, nothing on the page is animated."""
    page = open_page("phone", reduced_motion="reduce")
    page.fill("#question", "why does my knee hurt going downhill")
    page.keyboard.press("Enter")
    page.locator(".turn .disclaimer").wait_for()

    assert page.evaluate("document.getAnimations().filter((a) => a.playState === 'running').length") == 0
