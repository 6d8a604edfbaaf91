"""When the server goes, the page says so; offline, the red flags and the plan are still there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def visited(server: Any, browser: Browser) -> Iterator[Page]:
    """A page whose service worker has taken over, with one exercise in the plan."""
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(server.address)
    page.wait_for_selector("html[data-ready]")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.fill("#question", "why does my knee hurt going downhill")
    page.keyboard.press("Enter")
    page.locator("[data-pick]").first.click()
    yield page
    page.context.close()


def test_offline_still_shows_flags_and_plan(visited: Page, server: Any) -> None:
    """A reload without a connection brings the red-flag list and the plan kept on the device."""
    name = visited.locator(".exercise h4").first.inner_text()
    visited.wait_for_function("navigator.serviceWorker.controller !== null")
    visited.context.set_offline(True)
    visited.goto(server.address)

    expect(visited.locator("h1")).to_have_text("You are offline")
    expect(visited.locator("#offline-plan")).to_contain_text(name)
    expect(visited.locator("body")).to_contain_text("112")


def test_a_lost_connection_is_said_and_retried(visited: Page) -> None:
    """A question that cannot be sent is kept with a way to try again."""
    visited.context.set_offline(True)
    visited.fill("#question", "how long do I hold a wall sit")
    visited.keyboard.press("Enter")
    expect(visited.locator("#connection")).to_contain_text("Reconnecting")
    expect(visited.locator(".failed button")).to_be_visible()
    visited.context.set_offline(False)
    expect(visited.locator("#connection")).to_be_empty()
    visited.click(".failed button")

    expect(visited.locator(".turn").last.locator(".lead")).to_be_visible()


def test_it_can_be_installed(visited: Page) -> None:
    """Chromium finds nothing against installing the page, and reads its manifest without fault."""
    line = visited.context.new_cdp_session(visited)
    manifest = line.send("Page.getAppManifest")
    against = line.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.json")
    assert [each for each in against if each["errorId"] != "in-incognito"] == []


def test_a_taken_port_gives_way(server: Any, start_chat: Callable[..., Any]) -> None:
    """A second chat on the same port says so and takes the next one."""
    port = int(server.address.rsplit(":", 1)[1])
    other = start_chat(port)

    assert f"Port {port} is in use" in other.log.read_text()
    assert other.address != server.address
