"""The evaluation's report, opened in a browser: readable at both sizes, and its filters work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from eval.intervals import Count
from eval.metrics import METRICS, Row
from eval.questions import Fact, Question
from eval.redflags import GuardScores, Share
from eval.report import write_report
from eval.run import Measured
from eval.summarise import summarise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"phone": (390, 844), "wide": (1280, 800)}
FACT = Fact(id="poles", statement="Poles help some people.", patterns=("poles",))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of thirty questions of two kinds, every third of which missed its fact."""
    folder = tmp_path_factory.mktemp("report")
    measured = _measured()
    guard = {"rules": _guard(8), "rules+net": _guard(9)}
    about = {"system": "kneewise", "build": "b" * 16, "composer": "extractive"}
    failed = {"value": 0.0, "n": 3, "failed": 3, "error": "APIConnectionError: Connection error. " * 6}
    summary = summarise(measured, about, guard=guard, ragas={"faithfulness": failed}, seed=0)
    summary["baseline"] = {
        "changes": [], "better": [], "worse": [["q3", "fact_recall"]], "unmatched": 0,
        "about": {}, "stale": ["commit was a, now b"],
    }  # fmt: skip
    summary["floor"] = 0.35
    gate = {
        "metric": "fact_recall",
        "bound": "at least 0.9",
        "value": 0.7,
        "passed": False,
        "reason": "a test",
    }
    write_report(
        folder, {**summary, "gates": [{**gate, "worst": [{"id": "q0", "text": "why?"}]}]}, measured, None
    )
    return folder / "report.html"


def _guard(hits: int) -> GuardScores:
    shares = {"soon": Share(hits, 10), "benign": Share(1, 10)}
    return GuardScores(shares, {"swelling": Share(hits, 10)}, (), {"W5": shares, "W9": {"soon": Share(1, 2)}})


def _measured() -> Measured:
    questions = tuple(
        Question(
            id=f"q{i}", turns=(f"Do poles help on day {i}?",), kind=("why", "gear")[i % 2], facts=(FACT,)
        )
        for i in range(30)
    )
    rows = tuple(
        Row(
            question.id,
            {
                "outcome": "answer",
                "text": "Poles help " + "a very long wordless" * 9 if i % 3 else "No.",
                "statements": [{"text": "poles" if i % 3 else "No.", "citations": []}],
                "timings_ms": {"total": 20.0 + i},
            },
            evidence=i / 30,
        )
        for i, question in enumerate(questions)
    )
    scores = {q.id: {"fact_recall": Count(bool(i % 3), 1)} for i, q in enumerate(questions)}
    return Measured(questions, rows, scores)


@pytest.fixture
def page(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Page:
    """The report at one size; any request to a network fails the test."""
    width, height = SIZES[getattr(request, "param", "wide")]
    page = browser.new_page(viewport={"width": width, "height": height})
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if not r.url.startswith("file:") else None)
    page.goto(report.as_uri())
    assert not asked
    return page


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_report_fits_its_window(page: Page) -> None:
    """Wide tables scroll within themselves; the page never does sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_plot_is_empty(page: Page) -> None:
    """Each figure draws at least one mark of its data."""
    figures = page.locator("figure")

    assert figures.count() >= 3
    for place in range(figures.count()):
        assert figures.nth(place).locator(".bar, .dot").count() > 0


def test_filters_and_search_narrow_the_questions(page: Page) -> None:
    """Kind, what was lost, and words combine; nothing found says so."""
    shown = page.locator("details.question:visible")
    expect(shown).to_have_count(30)

    page.select_option("#kind", "gear")
    expect(shown).to_have_count(15)
    page.select_option("#lost", "fact_recall")
    expect(shown).to_have_count(5)
    page.fill("#search", "day 3?")
    expect(shown).to_have_count(1)
    page.fill("#search", "glacier")
    expect(page.locator("#none")).to_be_visible()


def test_question_shows_what_was_missed(page: Page) -> None:
    """An opened question tells answer, expectation and loss."""
    first = page.locator("details.question").first
    first.locator("summary").click()

    expect(first).to_contain_text("missed: Poles help some people.")
    assert METRICS["fact_recall"].title in page.locator("#metrics").inner_text()


def test_layers_and_writers_are_shown_apart(page: Page) -> None:
    """Rules alone and with the net, each writer by name, each figure with its interval."""
    text = page.locator("main").inner_text()

    assert "rules+net" in text
    assert "W9" in text
    assert "0.80 [" in text.replace("0.800 [", "0.80 [")
    assert page.locator(".mark").count() == 1


def test_failures_and_stale_baselines_are_told(page: Page) -> None:
    """Why a judged figure is zero, and what a comparison is worth, stand beside them."""
    text = page.locator("main").inner_text()

    assert "Connection error" in text
    assert "The baseline is stale: commit was a, now b." in text


def test_link_to_a_question_opens_it(page: Page) -> None:
    """From what got worse to the question that did is one click."""
    page.locator("a[href='#q3']").click()

    expect(page.locator("#q3")).to_have_attribute(
        "open", ""
    )  # the page opens it once the address has changed
