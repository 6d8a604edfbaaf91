"""The real command serving the real page, and a Chromium that notices everything the page does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"phone": (390, 844), "wide": (1280, 800)}
START_WITHIN_S = 240


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Server:
    """`kneewise-chat` in a process of its own."""

    def __init__(self, home: Path, log: Path, port: int = 0) -> None:
        self.log = log
        environment = {**os.environ, "KNEEWISE_HOME": str(home), "KNEEWISE_PER_MINUTE": "0"}
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.main", "--port", str(port)],
                cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.address = self._wait()

    def _wait(self) -> str:
        began = time.monotonic()
        while time.monotonic() - began < START_WITHIN_S:
            assert self.process.poll() is None, self.log.read_text()
            if found := re.search(r"Kneewise is at (http://\S+)", self.log.read_text()):
                try:
                    urllib.request.urlopen(found[1] + "/healthz", timeout=5).close()
                except OSError:
                    pass
                else:
                    return found[1]
            time.sleep(0.2)
        raise AssertionError(f"not started in {START_WITHIN_S} s:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End the process the way a person does."""
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="session")
def start_chat(
    digest_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts a chat at a port; each is ended after the last test."""
    started: list[Server] = []

    def start_chat(port: int = 0) -> Server:
        started.append(Server(digest_home, tmp_path_factory.mktemp("chat") / "log", port))
        return started[-1]

    yield start_chat
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(start_chat: Callable[..., Server]) -> Server:
    """The chat that all tests share that leave it running."""
    return start_chat()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that Playwright installed."""
    from playwright.sync_api import sync_playwright

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
