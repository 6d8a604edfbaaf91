"""Red flags become few cards, most urgent first, worded as instructions."""

from __future__ import annotations

import pytest

from app.web.view import at_once, care_cards, credit, sources


def flag(rule: str, level: str, status: str = "present", advice: str = "") -> dict[str, object]:
    """A red flag's JSON, as far as cards need it."""
    return {"id": rule, "level": level, "status": status, "advice": advice}


def test_one_card_per_level_most_urgent_first() -> None:
    """Two flags of one level share a card; the most urgent level stands first."""
    cards = care_cards([flag("a", "soon"), flag("b", "emergency"), flag("c", "soon")])

    assert [(card.level, [f["id"] for f in card.flags]) for card in cards] == [
        ("emergency", ["b"]),
        ("soon", ["a", "c"]),
    ]


def test_what_might_be_is_not_said_as_fact() -> None:
    """A possible emergency is worded as a condition, and stands behind one that is happening."""
    cards = care_cards([flag("a", "emergency", "possible"), flag("b", "emergency")])

    assert cards[0].heading == "Call emergency services now"
    assert cards[1].heading.startswith("If ")


def test_the_past_comes_last_and_calls_nobody() -> None:
    """An emergency of last year is a note."""
    cards = care_cards([flag("a", "emergency", "past", "Call 112."), flag("b", "soon")])

    assert [card.level for card in cards] == ["soon", "past"]
    assert not cards[1].calls


def test_only_numbers_that_the_advice_names_can_be_called() -> None:
    """The region's rules decide which numbers a card offers."""
    (card,) = care_cards([flag("a", "emergency", advice="Call 999 or 112 now; NHS 111 can wait.")])

    assert [number for number, _ in card.calls] == ["112", "999"]


def test_sources_are_named_once() -> None:
    """Citations of one article share a line, with what is known of it."""
    cited = [
        {
            "n": n,
            "article": article,
            "title": article.title(),
            "author": "",
            "publisher": "P",
            "date": "",
            "kind": "digest",
        }
        for n, article in enumerate(["one", "two", "one"], 1)
    ]

    found = sources(cited)

    assert [(source.title, [c["n"] for c in source.citations]) for source in found] == [
        ("One", [1, 3]),
        ("Two", [2]),
    ]
    assert credit({"author": "A", "publisher": "", "date": "2020"}) == "A, 2020"


@pytest.mark.parametrize(
    ("leads", "shown"), [("", 0), ("....", 4), (".....", 5), ("......", 4), (".....B", 6)]
)
def test_a_long_answer_unfolds_unless_it_answers_itself_back(leads: str, shown: int) -> None:
    """Four sentences stand at once; one more is not worth a tap; what contradicts is not folded."""
    statements = [{"text": "x", "lead": "" if lead == "." else "But another says:"} for lead in leads]

    assert at_once(statements) == shown
