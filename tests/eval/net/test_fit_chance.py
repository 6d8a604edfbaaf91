"""The network that weighs flags learns from what it is asked about, and is scored on what it never saw."""

import random

import numpy as np
import pytest

from app.rules.catalogue import load_rules
from app.rules.chance import FEATURES, load_chance
from app.rules.net import load_net
from eval.fit_chance import FRAMES, LIMITS, PIECES, Reader, Row, SmallTalk, fit, report, truth_left_out, write


@pytest.fixture(scope="module")
def reader():
    return Reader(load_rules(), load_net())


def rows(count=240):
    """Flags of which the first feature tells everything."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(count):
        true = number % 2 == 0
        heard = rng.normal(0, 1, len(FEATURES))
        heard[0] += 4.0 if true else -4.0
        made.append(Row(tuple(heard), true, "same_day", True, -1, number % 4))
    return made


def test_what_can_be_told_is_learned():
    """By networks that never saw the flag."""
    told = truth_left_out(rows())

    assert all((truth > 0.5) == row.true for truth, row in zip(told, rows(), strict=True))


def test_only_what_would_be_withheld_is_learned_from():
    """Flags that stand in any case would teach what is never asked."""
    misleading = [Row(r.heard, not r.true, r.level, False, -1, r.part) for r in rows()]

    assert np.array_equal(fit([*rows(), *misleading]).hidden, fit(rows()).hidden)


def test_what_is_written_is_read(tmp_path):
    """The same network, but for its last figures."""
    fitted = fit(rows())
    write(fitted, tmp_path / "chance.toml")
    read = load_chance(tmp_path / "chance.toml")
    features = np.array([row.heard for row in rows()])

    assert read.limits == LIMITS == load_chance().limits
    assert read.truth(features) == pytest.approx(fitted.truth(features), abs=0.01)


def test_small_talk_holds_the_sign(reader):
    """In a phrase and between pieces of messages, nothing of it is changed."""
    talk = SmallTalk(
        ["which poles are best for the hills", "how many clamshells should I do"], random.Random(1)
    )

    assert talk.phrase("my knee locks.", 0) == FRAMES[0].format("my knee locks")
    for _ in range(20):
        wrapped = talk.pieces("my knee locks.")
        assert "my knee locks" in wrapped
        assert len(wrapped.split()) >= 5
        (row,) = reader.row_of("my knee locks.", "locked-knee", True, 0, PIECES)
        assert row.frame == PIECES
        assert len(row.heard) == len(FEATURES)


def test_the_table_counts_each_flag_once():
    """Withheld by the limits alone, and still when weighed."""
    lines = list(report(rows(), np.array([0.9 if row.true else 0.1 for row in rows()])))

    assert "| same_day | true, in messages | 120 | 120 | 0 |" in lines
    assert "| same_day | false, in messages | 120 | 120 | 120 |" in lines
