"""The timing bench measures what it says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from eval.bench import ANSWER, IN_CHROMA, OWN, RATIO, bench_answers, bench_screening, times_ms

if TYPE_CHECKING:
    from app.answer import Assistant


def test_times_are_milliseconds() -> None:
    """A sleep of 10 ms takes at least 10, and not seconds."""
    taken = times_ms(lambda: time.sleep(0.01), 3)

    assert taken == sorted(taken)
    assert 10 <= taken[0] < 5000


def test_answer_costs_more_than_its_search(assistant: Assistant) -> None:
    """Each search alone is part of the answer it is set beside."""
    found = bench_answers(assistant, ["how long do I hold a wall sit", "do poles help?"], rounds=2)

    assert len(found[ANSWER]) == 8
    for search in (IN_CHROMA, OWN):
        assert len(found[search]) == len(found[RATIO.format(search)]) == 4
        assert found[RATIO.format(search)][-1] > 1


def test_screening_is_timed_by_length(assistant: Assistant) -> None:
    """Rules alone and with the net, from a short message to the longest that is accepted."""
    rows = bench_screening(assistant, 1)

    assert {"rules, 50 words", "rules, 20,000", "rules and net, 20,000"} <= rows.keys()
