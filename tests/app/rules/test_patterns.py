"""The pattern language."""

from __future__ import annotations

import pytest

from app.rules.normalize import tokenize
from app.rules.patterns import Grammar, Index, PatternError


def matches(pattern: str, text: str, parts: dict[str, list[str]] | None = None) -> list[str]:
    index, tokens = Index(), tokenize(text)
    index.add(Grammar(parts or {}).compile(pattern), "x")
    index.seal()
    return [" ".join(tokens.words[first:last]) for _, first, last in index.find(tokens)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("swollen|puffy", "it is puffy", ["puffy"]),
        ("give_way", "they give way", ["give way"]),
        ("swell*", "it swells", ["swells"]),
        ("my knee? hurts", "my hurts, my knee hurts", ["my hurts", "my knee hurts"]),
        ("knee ..2 sore", "knee is a bit sore, knee is sore", ["knee is sore"]),
        ("knee ..3 sore", "knee is not sore", []),
        ("knee ..3 sore", "knee is fine. sore foot", []),
        ("knee ..3 sore", "knee is fine but sore", []),
        ("# weeks", "for 6 weeks", ["6 weeks"]),
        ("38.* degrees", "38.9 degrees and 37 degrees", ["38.9 degrees"]),
        ("swelling : no|?", "swelling: no", ["swelling : no"]),
    ],
)
def test_pattern(pattern, text, found):
    """Each element of the language matches what its description says."""
    assert matches(pattern, text) == found


def test_gaps_of_a_mask_stop_at_a_colon():
    """What a mask takes away stays on its side of a colon; what a concept says may cross it."""
    tokens = tokenize("a story: a van hit me")

    for before_colon, found in ((True, []), (False, [("x", 1, 5)])):
        index = Index()
        index.add(Grammar({}).compile("story ..3 van", before_colon=before_colon), "x")
        index.seal()
        assert list(index.find(tokens)) == found


def test_parts_stand_for_their_alternatives():
    """A part is any of its ways to say it, and parts may use parts."""
    parts = {"joint": ["knee|hip"], "my-joint": ["my|the <joint>"]}

    assert matches("<my-joint> hurts", "the hip hurts", parts) == ["the hip hurts"]


@pytest.mark.parametrize(
    "pattern", ["", "..3 knee", "my? knee", "kn*", "knee ..", "knee ..x sore", "a||b", "<nothing>", "kn(ee"]
)
def test_bad_pattern_is_refused(pattern):
    """What cannot be compiled says so when it is loaded."""
    with pytest.raises(PatternError):
        Grammar({}).compile(pattern)
