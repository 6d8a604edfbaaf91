"""Intervals against published and hand-worked values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.intervals import Count, paired_difference, pooled, wilson


def test_wilson_matches_a_published_value() -> None:
    """81 of 263: 0.2553 to 0.3662, example in Newcombe 1998, table I."""
    low, high = wilson(81, 263)

    assert (low, high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_holds_the_proportion(hits: int, n: int) -> None:
    """The interval lies in [0, 1] and holds the point."""
    hits = min(hits, n)
    low, high = wilson(hits, n)

    assert 0 <= low <= hits / n <= high <= 1


def test_no_chance_is_no_figure() -> None:
    """A metric without labels is undefined, not perfect."""
    assert math.isnan(pooled([Count(0, 0)]).value)


def test_pooled_is_a_ratio_of_sums() -> None:
    """Questions weigh by their chances."""
    assert pooled([Count(1, 1), Count(0, 3)]).value == 0.25


def test_few_perfect_questions_are_not_certain() -> None:
    """A bootstrap of five ones would claim [1, 1]."""
    assert pooled([Count(1, 1)] * 5, resample=True).low < 0.7


def test_same_seed_same_interval() -> None:
    """Reports can be compared byte by byte."""
    counts = [Count(i % 3, 3) for i in range(40)]

    assert pooled(counts, seed=3, resample=True) == pooled(counts, seed=3, resample=True)


def test_clear_gain_is_significant_and_noise_is_not() -> None:
    """Forty questions gained leave out 0; one of forty does not."""
    before = [Count(0, 1)] * 40

    gained = paired_difference(before, [Count(1, 1)] * 30 + [Count(0, 1)] * 10)
    noise = paired_difference(before, [Count(1, 1)] + [Count(0, 1)] * 39)

    assert gained.low > 0
    assert noise.low <= 0 < noise.value
