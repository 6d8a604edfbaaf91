"""How soon the page can be used and an answer read, from Chromium's trace (`make bench-page` prints it)."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Server

LOADS = int(os.environ.get("KNEEWISE_PAGE_LOADS", "1"))
ANSWERS = int(os.environ.get("KNEEWISE_PAGE_ANSWERS", "3"))
LONG_TASK_MS = 50  # what a longer task takes beyond this, a tap has to wait
OWN_BYTES = 1_500_000
CATEGORIES = ["devtools.timeline", "loading", "blink.user_timing", "toplevel"]
QUESTIONS = (
    "why does my knee hurt going downhill",
    "the inside of my knee hurts and it is a bit puffy",
    "how long do I hold a wall sit",
    "which exercises can I do at camp",
)
# Marks the first moment after the frame that shows an answer.
SHOWN = """() => new PerformanceObserver((list) => {
    if (!list.getEntriesByName('kneewise:answered').length) return;
    requestAnimationFrame(() => setTimeout(() => performance.mark('kneewise:shown')));
}).observe({ entryTypes: ['mark'] })"""
MARKS = ("asked", "banner", "answered", "shown")

Event = dict[str, Any]


def traced(browser: Browser, page: Page, act: Callable[[], None]) -> list[Event]:
    """What Chromium recorded of the page's own process while `act` ran, in order of time."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    act()
    events: list[Event] = json.loads(browser.stop_tracing())["traceEvents"]
    own = next(e["pid"] for e in events if e["name"].startswith("kneewise:"))
    return sorted((e for e in events if e["pid"] == own and "ts" in e), key=lambda e: e["ts"])


def first(events: list[Event], name: str) -> float:
    """When the first event of that name happened, in microseconds."""
    return float(next(e["ts"] for e in events if e["name"] == name))


def load_figures(events: list[Event]) -> dict[str, float]:
    """Milliseconds from the request to first paint and to a page that answers a tap; how long it was deaf."""
    mark = next(e for e in events if e["name"] == "kneewise:ready")
    began = (
        mark["ts"] - mark["args"]["data"]["startTime"] * 1000
    )  # the mark knows when its page was asked for
    painted, ready = first(events, "firstContentfulPaint"), first(events, "kneewise:ready")
    long = [
        e
        for e in events
        if e["name"].endswith("RunTask") and e.get("dur", 0) > LONG_TASK_MS * 1000 and e["ts"] > painted
    ]
    interactive = max([ready, *(e["ts"] + e["dur"] for e in long if e["ts"] < ready)])
    deaf = sum(e["dur"] / 1000 - LONG_TASK_MS for e in long)
    shifts = sum(e["args"]["data"]["weighted_score_delta"] for e in events if e["name"] == "LayoutShift")
    return {
        "first paint": (painted - began) / 1000,
        "interactive": (interactive - began) / 1000,
        "blocked": deaf,
        "layout shift": shifts,
    }


def answer_figures(events: list[Event]) -> dict[str, float]:
    """Milliseconds from the click to each part's arrival, and to the frame that shows the whole answer."""
    asked = first(events, "kneewise:asked")
    at = {mark: (first(events, f"kneewise:{mark}") - asked) / 1000 for mark in MARKS[1:]}
    return {
        "first update (banner)": at["banner"],
        "answer there": at["answered"],
        "answer shown": at["shown"],
    }


def medians(rows: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over `rows`."""
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)], ids=["phone", "wide"])
def test_the_page_is_ready_and_answers(server: Server, browser: Browser, size: tuple[int, int]) -> None:
    """A first visit and answers are traced: the marks come in their order and nothing jumps about."""
    viewport = {"width": size[0], "height": size[1]}
    loads, answers = [], []
    for _ in range(LOADS):
        page = browser.new_context(viewport=viewport).new_page()

        def visit(page: Page = page) -> None:
            page.goto(server.address)
            page.wait_for_selector("html[data-ready]")
            page.wait_for_load_state("networkidle")

        loads.append(load_figures(traced(browser, page, visit)))
        page.context.close()
    page = browser.new_context(viewport=viewport).new_page()
    page.goto(server.address)
    page.wait_for_selector("html[data-ready]")
    page.evaluate(SHOWN)
    for n in range(ANSWERS):

        def ask(question: str = QUESTIONS[n % len(QUESTIONS)]) -> None:
            page.evaluate("performance.clearMarks()")
            page.fill("#question", question)
            page.click("button.send")
            page.locator(".turn .disclaimer").wait_for()
            page.wait_for_function("performance.getEntriesByName('kneewise:shown').length > 0")

        answers.append(answer_figures(traced(browser, page, ask)))
        page.locator("button[data-new]").click()
    page.context.close()
    _say(f"{size[0]}x{size[1]}, {LOADS} first loads", medians(loads))
    _say(f"{size[0]}x{size[1]}, {ANSWERS} answers", medians(answers))

    assert all(row["first update (banner)"] <= row["answer there"] <= row["answer shown"] for row in answers)
    assert medians(loads)["layout shift"] < 0.1


def test_the_page_weighs_little(server: Server, browser: Browser) -> None:
    """Beyond Gradio's own files, a first visit loads less than 1.5 MB."""
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(server.address)
    page.wait_for_selector("html[data-ready]")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .map((entry) => [entry.name, entry.transferSize])"""
    )
    own = {name: size for name, size in sizes if urlsplit(name).path.startswith("/page/")}
    page.context.close()
    print(f"\nown files: {len(own)}, {sum(own.values()) / 1000:.0f} kB; all: {len(sizes)}, "
          f"{sum(size for _, size in sizes) / 1000:.0f} kB")  # fmt: skip

    assert own
    assert sum(own.values()) < OWN_BYTES


def test_it_works_over_a_slow_line(server: Server, browser: Browser) -> None:
    """At 1.6 Mbit/s with 150 ms of delay (slow 4G) the page comes up, says it is reading, and answers."""
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
    line.send("Network.emulateNetworkConditions", slow)
    page.goto(server.address)
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    page.fill("#question", QUESTIONS[0])
    page.click("button.send")

    expect(page.locator(".said-bubble")).to_be_visible()
    expect(page.locator(".turn .disclaimer")).to_be_visible(timeout=30_000)
    ready_ms = page.evaluate("performance.getEntriesByName('kneewise:ready')[0].startTime")
    print(f"\nslow 4G: ready after {ready_ms / 1000:.1f} s")
    page.context.close()


def _say(what: str, figures: dict[str, float]) -> None:
    rows = ", ".join(
        f"{name} {value:.3f}" if name == "layout shift" else f"{name} {value:.0f} ms"
        for name, value in figures.items()
    )
    print(f"\n{what}: {rows}")
