"""What a person takes along or leaves behind: plan, summary, past chats; all in the browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import icalendar
import pypdf
from playwright.sync_api import expect

from tests.browser.ways import ask, open_dialog

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTION = "why does my knee hurt going downhill"


def download(page: Page, button: str) -> str:
    """What the file holds that `button` saves."""
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_text()


def printed(page: Page) -> str:
    """The words on the paper that the browser would print."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # a PDF made for a test does not send it
    paper = pypdf.PdfReader(io.BytesIO(page.pdf()))
    return "\n".join(sheet.extract_text() for sheet in paper.pages)


def test_a_plan_is_kept_and_taken_along(page: Page) -> None:
    """Exercises picked are still there after a reload, and leave as Markdown and as a calendar."""
    turn = ask(page)
    names = [turn.locator(".exercise h4").nth(i).inner_text() for i in (0, 1)]
    for i in (0, 1):
        turn.locator("[data-pick]").nth(i).click()
    page.reload()
    open_dialog(page, "plan")

    expect(page.locator("#plan .plan-item h3")).to_have_count(2)
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
    open_dialog(page, "doctor")

    letter = page.locator(".letter")
    expect(letter).to_contain_text("My knee has been a bit puffy since Sunday.")
    expect(letter).to_contain_text("It hurts on the inside too")
    expect(letter).to_contain_text(re.compile("swelling", re.IGNORECASE))


def test_paper_holds_the_open_sheet_alone(page: Page) -> None:
    """Printed, My plan and For my doctor are one sheet each: no chat, no buttons, no dark ground."""
    names = [title.inner_text() for title in ask(page).locator(".exercise h4").all()[:2]]
    for i in (0, 1):
        page.locator("[data-pick]").nth(i).click()
    open_dialog(page, "plan")
    plan = printed(page)
    page.keyboard.press("Escape")
    open_dialog(page, "doctor")
    letter = printed(page)

    assert all(name in plan for name in names)
    assert QUESTION in letter
    for sheet in (plan, letter):
        assert "Copy as text" not in sheet
        assert "Save as Markdown" not in sheet
        assert "You could ask next" not in sheet


def test_the_answer_is_printed_whole(page: Page) -> None:
    """On paper nothing is folded away or still fading in: all sentences are there, the buttons are not."""
    turn = ask(page)
    steps = [step.text_content() or "" for step in turn.locator(".steps li").all()]
    turn.locator(".reply-part").evaluate_all("parts => parts.forEach(p => p.style.animation = 'arrive 600s')")
    paper = printed(page)

    assert "".join(steps[-1].split()) in "".join(paper.split())
    assert "Ask again with this" not in paper


def test_past_chats_can_be_found_renamed_and_deleted(page: Page) -> None:
    """Chats outlive a reload, and answer a search."""
    ask(page)
    page.locator("button[data-new]").click()
    ask(page, "how long do I hold a wall sit")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".turn .said-bubble")).to_have_text("how long do I hold a wall sit")
    open_dialog(page, "history")

    expect(page.locator(".open-chat")).to_have_count(2)
    page.fill("#history-search", "downhill")
    expect(page.locator(".open-chat")).to_have_count(1)
    page.click("[data-rename]")
    page.fill("#history-list input", "The long descent")
    page.keyboard.press("Enter")
    expect(page.locator(".open-chat b")).to_have_text("The long descent")
    page.click(".open-chat")
    expect(page.locator(".turn .said-bubble")).to_have_text(QUESTION)
    open_dialog(page, "history")
    page.click("[data-delete]")
    expect(page.locator(".open-chat")).to_have_count(0)


def test_delete_everything_does(page: Page) -> None:
    """After it, this browser holds nothing of the person."""
    ask(page).locator("[data-pick]").first.click()
    open_dialog(page, "history")
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
    open_dialog(one, "history")
    expect(one.locator(".open-chat")).to_have_count(2)
    one.click("#history [data-delete-all]")
    one.click("[data-delete-yes]")
    expect(two.locator(".turn")).to_have_count(0)


def test_a_forged_store_is_ignored(open_page: Callable[..., Page]) -> None:
    """Damaged or edited entries of history and plan are left out and said so; none of their markup runs."""
    page = open_page("phone")
    page.evaluate(
        """() => {
            const forged = {
                id: 'a', title: '<img src=x onerror=alert(1)>', turns: ['hi'], examined: false, when: 1,
            };
            localStorage.setItem('kneewise.chats', JSON.stringify([{ id: 1 }, null, forged]));
            localStorage.setItem('kneewise.plan', '{"not": "a list"}');
            sessionStorage.setItem('kneewise.chat', 'forged');
        }"""
    )
    page.reload()
    page.wait_for_selector("html[data-ready]")
    open_dialog(page, "history")

    expect(page.locator("#field-note")).to_contain_text("no longer in this browser")
    expect(page.locator(".open-chat")).to_have_count(1)
    expect(page.locator("#history")).to_contain_text("2 saved chats are damaged and were left out.")
    assert page.locator("#history img").count() == 0
    page.keyboard.press("Escape")
    open_dialog(page, "plan")
    expect(page.locator("#plan")).to_contain_text("is damaged and was left out")
