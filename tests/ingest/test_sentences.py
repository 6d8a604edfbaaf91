"""Sentences end where a reader would end them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.sentences import split

CASES = [
    ("Rest first. Then load it.", ["Rest first.", "Then load it."]),
    ("Ask Dr. Lee about it. She knows.", ["Ask Dr. Lee about it.", "She knows."]),
    ("Hold it, e.g. Against a wall, for a while.", ["Hold it, e.g. Against a wall, for a while."]),
    ("It took 3.5 weeks. It then eased.", ["It took 3.5 weeks.", "It then eased."]),
    ("See No. 4 below. Stop there.", ["See No. 4 below.", "Stop there."]),
    ("The answer is no. Stop there.", ["The answer is no.", "Stop there."]),
    ("“It aches.” That was all.", ["“It aches.”", "That was all."]),
    ("“It aches!” Anna Lee says. Then she left.", ["“It aches!” Anna Lee says.", "Then she left."]),
    ("says Kim Lee, M.D., a surgeon. He agrees.", ["says Kim Lee, M.D., a surgeon.", "He agrees."]),
    ("Who knows? Nobody. Go on.", ["Who knows? Nobody.", "Go on."]),
    ("Bend (slowly. Do not bounce.) and hold. Rest.", ["Bend (slowly. Do not bounce.) and hold.", "Rest."]),
    ("a) first of all. Then more.", ["a) first of all.", "Then more."]),
    ("Wait... There is more.", ["Wait...", "There is more."]),
    ("no stop at the end", ["no stop at the end"]),
    ("   ", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:30] for text, _ in CASES])
def test_text_is_cut_at_sentence_ends(text: str, expected: list[str]) -> None:
    """Abbreviations, decimals, quotes, brackets and short questions do not mislead the cut."""
    assert [text[start:end] for start, end in split(text)] == expected


@pytest.mark.parametrize(
    "text", ["One. Two! Three? Four of five. " * 20, "x" * 5_000, "(" * 300 + ". A", "?!. " * 99]
)
def test_spans_are_in_order_and_lose_no_word(text: str) -> None:
    """Whatever the text, spans do not overlap and hold every character that is no blank."""
    spans = split(text)

    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
