"""The bench of growth builds what it says, asks it, and knows what exact search would have found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eval.curves import curves
from eval.errors import SystemUnavailable
from eval.grow import exact, grow, read_answers
from eval.growth import Row, measure, ratios


def unit(count: int) -> np.ndarray:
    """Random unit vectors, the same each time."""
    rows = np.random.default_rng(8).standard_normal((count, 384)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_copies_are_near_their_originals_and_the_same_each_time() -> None:
    """Real vectors first, then neighbours of them, all of unit length."""
    base = unit(40)
    rows = grow(base, 200)

    assert np.array_equal(rows[:40], base)
    assert np.array_equal(rows, grow(base, 200))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    near = (rows[40:80] * base).sum(axis=1)
    assert 0.88 < near.min() < near.max() < 0.99


def test_exact_search_compares_all() -> None:
    """The nearest row to a row is that row."""
    rows = unit(50)

    assert [row in found for row, found in enumerate(exact(rows, rows, 3))] == [True] * 50
    assert {len(found) for found in exact(rows, rows, 3)} == {3}


def test_answers_are_read_once_each(tmp_path: Path) -> None:
    """A text that stands twice is one passage; a missing file says how to name it."""
    lines = [{"title": "What is it?", "text": "a " * 900}, {"title": "What is it?", "text": "a " * 900}]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)))

    texts, questions = read_answers(tmp_path / "answers.jsonl", 10)

    assert len(texts) == 1
    assert len(texts[0]) < 1_100
    assert questions == ["What is it?"]
    with pytest.raises(SystemUnavailable, match="--medquad"):
        read_answers(tmp_path / "none.jsonl", 10)


@pytest.mark.slow
def test_a_small_growth_finds_everything() -> None:
    """A few hundred passages: every nearest neighbour is found, and every figure is there."""
    base = unit(100)

    row = measure(400, base, ["some text"], base[:20], served=False)

    assert row["recall@10"] == 1.0
    assert row["passages"] == 400
    assert all(isinstance(value, str) or value >= 0 for value in row.values())


def test_curves_draw_every_point() -> None:
    """One dot for each point, one line and one name for each series, ticks at powers of ten."""
    drawn = curves({"a": [(1_000, 1.0), (100_000, 2.0)], "b": [(1_000, 30.0)]}, "T", "passages", "ms")

    assert drawn.count("<circle") == 3
    assert ">a</text>" in drawn
    assert ">100,000</text>" in drawn
    with pytest.raises(ValueError, match="nothing to draw"):
        curves({}, "T", "x", "y")


def test_growth_is_told_with_the_question_embedded() -> None:
    """Nobody waits for a search alone: its question is embedded first, at any size."""

    def row(passages: int, ms: float) -> Row:
        times = dict.fromkeys(("query p50 ms", "few articles p50 ms", "half of them p50 ms"), ms)
        return {"passages": passages, "store": "embedded", **times}

    small, large = row(1_000, 1.0), row(100_000, 6.0)

    assert ratios([large, small], 4.0)[0] == "embedded, query, 100,000 passages / 1,000: 2.00"
