"""The Markdown of a reply: red flags first, and a person's words stay text."""

from __future__ import annotations

import re

import pytest

from app.records import Citation, Clarify, Outcome, Reply, Statement
from app.render import as_markdown, escaped
from app.rules.records import ExercisePolicy, Flag, Level, QuickCheck, Reference, Screening, Status

PARTS = (
    "FLAG TITLE",
    "A NOTE",
    "A STATEMENT",
    "A QUESTION?",
    "A TAP",
    "THE NET",
    "A HEADING",
    "A DISCLAIMER",
)


def flag(level: Level, status: Status = Status.PRESENT, title: str = "FLAG TITLE", quote: str = "ow") -> Flag:
    """A flag with one source."""
    source = Reference("A source", "https://example.org")
    return Flag("r", title, level, status, 0, quote, 0, 2, "Go.", (source,), ExercisePolicy.HOLD)


def reply(*flags: Flag, outcome: Outcome = Outcome.ANSWER) -> Reply:
    """A reply with one of everything."""
    citation = Citation(1, "a", "T", "P", "Ann", "2026-01-01", "digest", "A HEADING", "a:0", "q", 0, 1)
    checks = (QuickCheck("r", "A TAP", "It taps."),)
    return Reply(
        outcome, Screening(flags, quick_check=checks), "A NOTE", (Statement("A STATEMENT", (1,)),),
        citations=(citation,), clarify=Clarify("A QUESTION?", ("x", "y")), safety_net="THE NET",
        disclaimer="A DISCLAIMER",
    )  # fmt: skip


def test_the_parts_come_in_their_order() -> None:
    """Red flags, answer, question, quick check, safety net, sources, disclaimer."""
    text = as_markdown(reply(flag(Level.SOON)))
    places = [text.index(part) for part in PARTS]

    assert places == sorted(places)
    assert text.startswith(">")


def test_the_most_urgent_flag_comes_first_and_the_past_last() -> None:
    """Whatever the order they were found in."""
    text = as_markdown(
        reply(
            flag(Level.SOON, title="SOON"),
            flag(Level.EMERGENCY, Status.PAST, title="PAST"),
            flag(Level.EMERGENCY, title="NOW"),
            flag(Level.SAME_DAY, title="TODAY"),
        )
    )

    assert text.index("NOW") < text.index("TODAY") < text.index("SOON") < text.index("PAST")


def test_an_empty_reply_is_its_disclaimer_alone() -> None:
    """No heading stands over nothing."""
    assert as_markdown(Reply(Outcome.OUT_OF_SCOPE, Screening(), disclaimer="D")) == "*D*"


def test_an_emergency_asks_nothing_back() -> None:
    """No quick check under `seek_care`."""
    assert "A TAP" not in as_markdown(reply(flag(Level.EMERGENCY), outcome=Outcome.SEEK_CARE))


@pytest.mark.parametrize(
    "said",
    ["<script>alert(1)</script>", "[tap](http://evil.example)", "![x](y)", "**bold** _it_ ~~no~~ `code`",
     "a | b | c", "# heading", "&lt;b&gt;", "$$x$$", r"\[already\]", "see https://evil.example"],
)  # fmt: skip
def test_a_quote_stays_text(said: str) -> None:
    """Nothing that a person typed is left for Markdown or HTML to act on, and nothing of it is lost."""
    shown = escaped(said)

    assert re.search(r"(?<!\\)(?:\\\\)*(?:[<>\[\]*_`|#~&$]|://)", shown) is None
    assert re.sub(r"\\(.)", r"\1", shown) == said
    assert shown in as_markdown(reply(flag(Level.SOON, quote=said)))


def test_a_quote_stays_in_its_line() -> None:
    """Line breaks in a message cannot end the block that quotes it."""
    text = as_markdown(reply(flag(Level.SOON, quote="ow\n\n# Take\r\nthis")))

    assert "ow \\# Take this" in text


def test_every_statement_shows_its_numbers() -> None:
    """A reader sees which source carries which sentence."""
    text = as_markdown(reply())

    assert "A STATEMENT [1]" in text
    assert "1. T (P, Ann, 2026-01-01; digest), “A HEADING”" in text


def test_what_may_be_is_headed_as_what_may_be() -> None:
    """An emergency that is only asked about does not shout like one that was told, and stands under it."""
    text = as_markdown(
        reply(flag(Level.SAME_DAY, Status.HYPOTHETICAL, title="MAYBE"), flag(Level.SAME_DAY, title="IS"))
    )

    assert text.index("Have this knee seen today") < text.index("IS")
    assert text.index("IS") < text.index("If this is so, have the knee seen today") < text.index("MAYBE")
