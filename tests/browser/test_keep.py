"""What a person takes along or leaves behind: plan, summary, past chats; all in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import icalendar
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

QUESTION = "why does my knee hurt going downhill"


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Ask through the field and wait for the reply."""
    turns = page.locator(".turn").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(turns)
    turn.locator(".disclaimer").wait_for()
    return turn


def download(page: Page, button: str) -> str:
    """What the file holds that `button` saves."""
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_text()


def test_a_plan_is_kept_and_taken_along(page: Page) -> None:
    """Exercises picked are still there after a reload, and leave as Markdown and as a calendar."""
    turn = ask(page)
    names = [turn.locator(".exercise h4").nth(i).inner_text() for i in (0, 1)]
    for i in (0, 1):
        turn.locator("[data-pick]").nth(i).click()
    page.reload()
    page.click("[data-open='plan']")

    assert [title.split("\n")[0] for title in page.locator("#plan .plan-item h3").all_inner_texts()] == names
    markdown = download(page, "[data-plan='markdown']")
    assert all(f"## {name}" in markdown for name in names)
    calendar = icalendar.Calendar.from_ical(download(page, "[data-plan='calendar']"))
    events = calendar.walk("VEVENT")
    assert [str(event["SUMMARY"]).split(":")[0] for event in events] == names
    assert all(event["RRULE"]["BYDAY"] == ["MO", "WE", "FR"] for event in events)


def test_the_summary_for_a_doctor_holds_what_was_said(page: Page) -> None:
    """One page with the person's own words, the flags found, and since when."""
    ask(page, "My knee has been a bit puffy since Sunday.")
    ask(page, "It hurts on the inside too")
    if page.locator("[data-open='doctor']").first.is_visible():
        page.locator("[data-open='doctor']").first.click()
    else:
        page.click("[data-open='menu']")
        page.click("#menu [data-open='doctor']")

    letter = page.locator(".letter").inner_text()
    assert "My knee has been a bit puffy since Sunday." in letter
    assert "It hurts on the inside too" in letter
    assert "Swelling" in letter or "swelling" in letter


def test_past_chats_can_be_found_renamed_and_deleted(page: Page) -> None:
    """Chats outlive a reload, and answer a search."""
    ask(page)
    page.locator("button[data-new]").click()
    ask(page, "how long do I hold a wall sit")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".turn .said-bubble")).to_have_text("how long do I hold a wall sit")
    _open_history(page)

    expect(page.locator(".open-chat")).to_have_count(2)
    page.fill("#history-search", "downhill")
    expect(page.locator(".open-chat")).to_have_count(1)
    page.click("[data-rename]")
    page.fill("#history-list input", "The long descent")
    page.keyboard.press("Enter")
    expect(page.locator(".open-chat b")).to_have_text("The long descent")
    page.click(".open-chat")
    expect(page.locator(".turn .said-bubble")).to_have_text(QUESTION)
    _open_history(page)
    page.click("[data-delete]")
    expect(page.locator(".open-chat")).to_have_count(0)


def test_delete_everything_does(page: Page) -> None:
    """After it, this browser holds nothing of the person."""
    ask(page).locator("[data-pick]").first.click()
    _open_history(page)
    page.click("#history [data-delete-all]")
    page.click("[data-delete-yes]")
    page.wait_for_selector("html[data-ready]")

    kept = page.evaluate("Object.entries({...localStorage, ...sessionStorage}).map(([k, v]) => `${k}=${v}`)")
    assert not [entry for entry in kept if re.search("downhill|steps|turns", entry)]


def test_two_tabs_do_not_mix(open_page: Callable[..., Page]) -> None:
    """Each tab has a conversation of its own; a flag of one is not a flag of the other."""
    one = open_page("phone")
    two = one.context.new_page()
    two.goto(one.url)
    two.wait_for_selector("html[data-ready]")
    ask(one, "my knee is swollen")
    turn = ask(two)

    assert turn.locator(".care").count() == 0
    assert one.locator(".said-bubble").all_inner_texts() == ["my knee is swollen"]


def test_a_forged_store_is_ignored(open_page: Callable[..., Page]) -> None:
    """Damaged or edited entries of history and plan are dropped, and none of their markup runs."""
    page = open_page("phone")
    page.evaluate(
        """() => {
            const forged = {
                id: 'a', title: '<img src=x onerror=alert(1)>', turns: ['hi'], examined: false, when: 1,
            };
            localStorage.setItem('kneewise.chats', JSON.stringify([{ id: 1 }, null, forged]));
            localStorage.setItem('kneewise.plan', '{"not": "a list"}');
        }"""
    )
    page.reload()
    page.wait_for_selector("html[data-ready]")
    _open_history(page)

    expect(page.locator(".open-chat")).to_have_count(1)
    assert page.locator("#history img").count() == 0


def _open_history(page: Page) -> None:
    if page.locator("nav [data-open='history']").is_visible():
        page.click("nav [data-open='history']")
    else:
        page.click("[data-open='menu']")
        page.click("#menu [data-open='history']")
