"""Screening is quick and linear, whatever is typed."""

from __future__ import annotations

import time

import pytest

from app.rules.screen import screen

STORY = (
    "We walked over the hill and my knee is a bit puffy, it never locks, I fell on it and the calf is sore. "
)


def seconds(text, rules):
    screen([text], rules)
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        screen([text], rules)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    "unit", [STORY, "swollen ", "no swelling, ", "aeiouqzx wrbl ", "s w o l l e n ", "?!.,", "knee "]
)
def test_time_grows_linearly(unit, rules):
    """Four times the text takes about four times as long: stories, mentions, gibberish, marks."""
    short, long = (seconds((unit * (20_000 // len(unit)))[:size], rules) for size in (5_000, 20_000))

    assert long < 8 * short + 0.05
