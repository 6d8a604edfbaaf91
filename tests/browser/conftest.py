"""A Chromium that notices everything the page does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.serving import Server, server, start_chat

__all__ = ["server", "start_chat"]  # fixtures of this folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"phone": (390, 844), "wide": (1280, 800)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that Playwright installed."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # of a page on a busy machine; nothing is asserted about seconds
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(server: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page at a size and theme; afterwards no script has failed and no other host was asked."""
    opened: list[Page] = []
    faults: list[str] = []
    own_host = urlsplit(server.address).hostname

    def open_page(size: str = "phone", theme: str = "light", **options: object) -> Page:
        width, height = SIZES[size]
        viewport = {"width": width, "height": height}
        page = browser.new_context(viewport=viewport, color_scheme=theme, **options).new_page()
        page.on("request", lambda request: _check_host(request.url, own_host, faults))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on(
            "console", lambda line: faults.append(f"console: {line.text}") if line.type == "error" else None
        )
        opened.append(page)
        page.goto(server.address)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for page in opened:
        page.context.close()
    assert not faults


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    """The page at the size of a phone, then of a desktop."""
    return open_page(request.param)


def _check_host(address: str, own_host: str | None, faults: list[str]) -> None:
    parts = urlsplit(address)
    if parts.scheme not in {"data", "blob", "about"} and parts.hostname != own_host:
        faults.append(f"another host was asked: {address}")
