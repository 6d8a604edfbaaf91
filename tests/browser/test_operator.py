"""What an operator turns on: logins and feedback; and a restart, which takes nothing from a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.ways import ask, open_dialog

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Server

LOGIN = {"username": "ann", "password": "switchback"}
AUTH = {"KNEEWISE_AUTH": "ann:switchback,bob:other"}


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the operator named for feedback."""
    return tmp_path_factory.mktemp("feedback") / "feedback.jsonl"


@pytest.fixture(scope="module")
def operated(start_chat: Callable[..., Server], feedback: Path) -> Server:
    """A chat with logins and with feedback turned on."""
    return start_chat(0, {**AUTH, "KNEEWISE_FEEDBACK": str(feedback)})


@pytest.fixture(params=[(390, 844), (1280, 800)], ids=["phone", "wide"])
def visitor(request: pytest.FixtureRequest, browser: Browser, operated: Server) -> Iterator[Page]:
    """The page, logged in; no script has failed afterwards."""
    faults: list[str] = []
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, http_credentials=LOGIN)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(operated.address)
    page.wait_for_selector("html[data-ready]")
    yield page
    context.close()
    assert not faults


@pytest.mark.parametrize("login", [None, {**LOGIN, "password": "wrong"}], ids=["none", "wrong"])
def test_without_a_login_nothing_is_shown(
    browser: Browser, operated: Server, login: dict[str, str] | None
) -> None:
    """Neither the page nor a passage nor the API, only that a login is needed."""
    context = browser.new_context(http_credentials=login)  # type: ignore[arg-type]
    for path in ("/", "/v1/passages/hiking-quick-fixes:1", "/page/page.js", "/metrics"):
        response = context.request.get(operated.address + path)
        assert response.status == 401
        assert response.json()["error"] == "Please log in."
    context.close()


def test_with_a_login_all_of_it_works(visitor: Page) -> None:
    """The page answers behind a login, and can be installed from there."""
    assert ask(visitor).locator(".exercise").count() >= 3
    line = visitor.context.new_cdp_session(visitor)

    assert line.send("Page.getAppManifest")["errors"] == []


@pytest.mark.parametrize("ticked", [False, True])
def test_feedback_is_kept_as_it_was_given(visitor: Page, feedback: Path, ticked: bool) -> None:
    """A reason and what was cited; the conversation only where the person ticked it."""
    turn = ask(visitor, "how long do I hold a wall sit")
    turn.locator(".feedback summary").click()
    assert violations(visitor) == []
    turn.get_by_label("A source does not say it").check()
    if ticked:
        turn.get_by_label("Send what I wrote along with it").check()
    turn.get_by_role("button", name="Send", exact=True).click()
    expect(turn.get_by_role("status").last).to_contain_text("Thank you")

    word = json.loads(feedback.read_text().splitlines()[-1])
    assert word["reason"] == "unsupported"
    assert word["passages"]
    assert word["turns"] == (["how long do I hold a wall sit"] if ticked else [])


def test_a_restart_is_said_and_takes_nothing(
    browser: Browser, operated: Server, start_chat: Callable[..., Server]
) -> None:
    """While the server is away the page says so; afterwards chat, name and plan are there as before.

    The operator turned feedback off meanwhile, so that nothing is asked any more.
    """
    context = browser.new_context(viewport={"width": 390, "height": 844}, http_credentials=LOGIN)
    page = context.new_page()
    page.goto(operated.address)
    page.wait_for_selector("html[data-ready]")
    ask(page).locator("[data-pick]").first.click()
    open_dialog(page, "history")
    page.click("[data-rename]")
    page.fill("#history-list input", "The long descent")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    operated.stop()
    page.fill("#question", "how long do I hold a wall sit")
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    expect(page.locator(".failed")).to_contain_text("Try again")
    start_chat(int(operated.address.rsplit(":", 1)[1]), AUTH)
    expect(page.locator("#connection")).to_be_empty()
    page.reload()
    page.wait_for_selector("html[data-ready]")

    expect(page.locator(".turn .lead").first).to_be_visible()
    expect(page.locator(".feedback")).to_have_count(0)
    open_dialog(page, "history")
    expect(page.locator(".open-chat b")).to_have_text("The long descent")
    page.keyboard.press("Escape")
    open_dialog(page, "plan")
    expect(page.locator(".plan-item")).to_have_count(1)
    context.close()
