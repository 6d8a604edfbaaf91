"""A question typed into the real page brings a cited answer, red flags first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.ways import ask

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_downhill_brings_exercises_and_citations(page: Page) -> None:
    """The main question: an answer, three exercises or more, citations from two articles or more."""
    turn = ask(page, "why does my knee hurt going downhill")

    assert turn.locator(".lead p").count() >= 1
    assert turn.locator(".exercise").count() >= 3
    assert turn.locator(".sources li").count() >= 2
    assert len({cite.text_content() for cite in turn.locator("a.cite").all()}) >= 3


def test_a_citation_opens_the_passage_highlighted(page: Page) -> None:
    """The reader shows the article with exactly the cited sentence marked; Escape closes it."""
    turn = ask(page, "why does my knee hurt going downhill")
    cite = turn.locator(".lead a.cite").first
    shown = turn.locator(".lead p").first.text_content()
    cite.click()

    mark = page.locator("#reader mark").first
    expect(mark).to_be_in_viewport()
    assert _words(page.locator("#reader mark").all_text_contents()) in _words([shown])
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(cite).to_be_focused()


def test_the_reader_steps_and_goes_back(page: Page) -> None:
    """Next and previous walk through the citations; the browser's Back closes the reader, not the page."""
    turn = ask(page, "why does my knee hurt going downhill")
    turn.locator("a.cite").first.click()
    page.locator("#reader mark").first.wait_for()
    page.click("[data-step='1']")

    expect(page.locator("#reader-place")).to_have_text(re.compile(r"^Source 2 of \d+$"))
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    assert page.locator(".turn").count() == 1


def test_a_passage_has_an_address_of_its_own(page: Page) -> None:
    """The link of a citation works without the chat, highlighted too."""
    cite = ask(page, "why does my knee hurt going downhill").locator("a.cite").first
    page.goto(cite.evaluate("link => link.href"))

    expect(page.locator("mark").first).to_be_visible()
    assert "/passages/" in page.url


def test_red_flags_stand_above_the_answer(page: Page) -> None:
    """Puffy and inner side: both flags, in one care card, before anything else of the reply."""
    turn = ask(page, "the inside of my knee hurts and it is a bit puffy")

    flags = {flag.get_attribute("data-flag") for flag in turn.locator(".banner-part [data-flag]").all()}
    assert {"medial-pain", "swelling"} <= flags
    card, answer = turn.locator(".care").first.bounding_box(), turn.locator(".reply-part").bounding_box()
    assert card is not None
    assert answer is not None
    assert card["y"] + card["height"] <= answer["y"]
    assert "puffy" in turn.locator("[data-flag='swelling'] q").inner_text()


def test_examined_brings_the_exercises(page: Page) -> None:
    """Exercises held back come when the person says that a clinician has examined the knee."""
    turn = ask(page, "the inner side of my knee aches, which exercises help")
    assert turn.locator(".exercise").count() == 0
    turn.locator("[data-examined]").click()

    expect(turn.locator(".exercise").first).to_be_visible()
    expect(turn.locator("[data-flag='medial-pain']")).to_be_visible()


def test_a_flag_stays_in_view(page: Page) -> None:
    """Scrolled away, the most urgent flag is still named under the heading."""
    turn = ask(page, "the inside of my knee hurts and it is a bit puffy")
    turn.locator(".net").scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)

    expect(page.locator("#strip a")).to_be_visible()
    page.click("#strip a")
    expect(turn.locator(".care").first).to_be_in_viewport()


def test_an_emergency_shows_nothing_else(page: Page) -> None:
    """A cold foot after a fall: what to do now, with numbers to tap, and no exercise or article."""
    turn = ask(page, "I fell and now my foot is cold and blue")

    expect(turn.locator(".care.emergency")).to_be_visible()
    expect(turn.locator("a[href='tel:112']")).to_be_visible()
    assert turn.locator(".exercise, .lead, .sources, .next").count() == 0


def test_chips_go_on_with_the_conversation(page: Page) -> None:
    """A tap on a choice, a quick check or a follow-up asks it."""
    turn = ask(page, "why does my knee hurt going downhill")
    chip = turn.locator("[data-say]").first
    said = chip.get_attribute("data-say")
    chip.click()

    expect(page.locator(".turn").nth(1).locator(".said-bubble")).to_have_text(said or "")
    expect(page.locator(".turn").nth(1).locator(".disclaimer")).to_be_visible()


def test_the_map_fills_the_question_and_warns(page: Page) -> None:
    """Tapped or reached by keyboard, a place joins the question; the inner side shows its flag at once."""
    assert page.locator(".knee-view").count() == 4
    page.locator("[data-region='outside']").focus()
    page.keyboard.press("Enter")
    assert "at the outside of my knee" in page.input_value("#question")

    page.locator("[data-region='inside']").click()
    assert page.input_value("#question") == "It hurts at the inside of my knee"
    expect(page.locator("#map-note [data-flag='medial-pain']")).to_be_in_viewport()


def test_every_place_on_the_map_can_be_tapped_and_tabbed_to(page: Page) -> None:
    """Six places, each with a name, each large enough for a thumb; the tab key goes through all of them."""
    places = page.locator(".region")
    names = [place.get_attribute("data-region") for place in places.all()]
    for place in places.all():
        box = place.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 36
        place.click()
        expect(place).to_have_attribute("aria-pressed", "true")
        assert (place.get_attribute("data-phrase") or "?") in page.input_value("#question")
        flagged = page.locator("#map-note .care").count() > 0
        assert flagged == (place.get_attribute("data-region") in {"inside", "back"})
    places.first.focus()
    reached = []
    for _ in names:
        reached.append(page.evaluate("document.activeElement.dataset.region"))
        page.keyboard.press("Tab")

    assert sorted(names) == ["above", "back", "below", "inside", "kneecap", "outside"]
    assert reached == names


def test_a_place_seen_from_another_side_is_the_same_place(page: Page) -> None:
    """The outer edge of the front view counts as the outer side."""
    page.locator("[data-also='outside']").click()

    expect(page.locator("[data-region='outside']")).to_have_attribute("aria-pressed", "true")
    assert page.input_value("#question") == "It hurts at the outside of my knee"


def test_what_was_understood_is_put_right(page: Page) -> None:
    """The line opens; another place and trigger chosen there are what the next answer is about."""
    turn = ask(page, "why does my knee hurt going downhill")
    line = turn.locator(".understood summary")
    expect(line).to_contain_text("Going downhill")
    line.click()
    turn.get_by_label("Outside", exact=True).check()
    turn.get_by_label("Going downhill", exact=True).uncheck()
    turn.get_by_label("Running", exact=True).check()
    turn.get_by_role("button", name="Ask again with this").click()

    corrected = page.locator(".turn").nth(1)
    expect(corrected.locator(".understood summary")).to_contain_text("Outside")
    expect(corrected.locator(".understood summary")).not_to_contain_text("Going downhill")
    expect(corrected.locator(".pattern")).to_contain_text("IT band")


def test_a_quick_check_is_one_tap(page: Page) -> None:
    """A warning sign tapped in the quick check is a red flag of the next reply; none of these is none."""
    turn = ask(page, "why does my knee hurt going downhill")
    turn.get_by_role("button", name="It is swollen").click()
    expect(page.locator(".turn").nth(1).locator("[data-flag='swelling']")).to_be_visible()

    page.locator("button[data-new]").click()
    ask(page, "why does my knee hurt going downhill").get_by_role("button", name="None of these").click()
    page.locator(".turn").nth(1).locator(".disclaimer").wait_for()
    expect(page.locator(".turn").nth(1).locator(".care, .check")).to_have_count(0)


def test_the_banner_is_in_the_first_update(page: Page) -> None:
    """The red flags stand before the answer has come, and the answer never comes before them."""
    page.evaluate(
        """() => {
            window.order = [];
            const look = () => ['.care', '.reply-part .disclaimer'].forEach((part) => {
                if (document.querySelector(`.turn ${part}`) && !order.includes(part)) order.push(part);
            });
            const whole = { childList: true, subtree: true };
            new MutationObserver(look).observe(document.querySelector('#thread-body'), whole);
        }"""
    )
    ask(page, "the inside of my knee hurts and it is a bit puffy")

    assert page.evaluate("window.order") == [".care", ".reply-part .disclaimer"]


def test_examples_ask_themselves(page: Page) -> None:
    """There are four groups of example questions, and each asks itself."""
    assert page.locator(".group").count() == 4
    page.locator(".example").first.click()

    expect(page.locator(".turn .lead").first).to_be_visible()


def test_new_chat_starts_over(page: Page) -> None:
    """New chat clears the conversation, flags included."""
    ask(page, "my knee is a bit puffy")
    page.locator("button[data-new]").click()

    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".hero")).to_be_visible()
    turn = ask(page, "why does my knee hurt going downhill")
    assert turn.locator(".care").count() == 0


def test_nothing_asked_is_said_so(page: Page) -> None:
    """An empty question is answered by a hint, not by the server."""
    page.click("button.send")

    expect(page.locator("#field-note")).not_to_be_empty()


def test_script_and_markup_stay_text(page: Page) -> None:
    """A question that holds HTML, script or Markdown is shown as it was typed, and does nothing."""
    typed = (
        "<img src=x onerror=\"document.title='owned'\"> **swollen knee** [x](javascript:alert(1)) </script>"
    )
    turn = ask(page, typed)

    assert turn.locator(".said-bubble").inner_text() == typed
    assert turn.locator("img, script, a[href^='javascript']").count() == 0
    assert page.title() == "Kneewise"


def test_what_was_asked_stands_there_at_once(open_page: Callable[..., Page]) -> None:
    """The question is on the page in the same moment as it is sent; nothing of the server is waited for."""
    page = open_page("phone")
    shown = page.evaluate(
        """() => {
            document.querySelector('#question').value = 'how long do I hold a wall sit';
            document.querySelector('#ask').requestSubmit();
            return ['.said-bubble', '.waiting'].map((part) => document.querySelector(part)?.textContent);
        }"""
    )

    assert shown == ["how long do I hold a wall sit", "Reading the articles"]


def _words(texts: list[str | None]) -> str:
    return " ".join(re.findall(r"\w+", " ".join(text or "" for text in texts)))


def test_a_plan_asked_for_is_a_week_to_read(page: Page) -> None:
    """Up to six exercises by seven days, each with its own dose or none."""
    turn = ask(page, "make me a plan for runner's knee")
    week = turn.locator(".week")
    rows = week.locator("tbody tr")

    assert week.locator("thead th").all_inner_texts()[2:] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert 1 <= rows.count() <= 6
    assert all(row.locator("td .sr").count() for row in rows.all())  # a day at least, readable without seeing
    names = {name.rstrip("*") for name in rows.locator("th").all_inner_texts()}
    assert names <= set(turn.locator(".exercise h4, .exercise h3").all_inner_texts())
    doses = rows.locator("td:first-of-type").all_inner_texts()
    unsaid = "the articles give none"
    assert all(dose == unsaid or dose in turn.inner_text() for dose in doses)
    assert week.evaluate("part => part.scrollWidth <= part.clientWidth + 1")  # it scrolls within itself
