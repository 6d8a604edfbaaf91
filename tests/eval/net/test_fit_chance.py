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
        made.append(Row(tuple(heard), true, "same_day", -1, number % 4))
    return made


def test_what_can_be_told_is_learned():
    """By networks that never saw the flag."""
    told = truth_left_out(rows())

    assert all((truth > 0.5) == row.true for truth, row in zip(told, rows(), strict=True))


def test_what_is_written_is_read(tmp_path):
    """The same network, but for its last figures."""
    fitted = fit(rows())
    write(fitted, tmp_path / "chance.toml")
    read = load_chance(tmp_path / "chance.toml")
    features = np.array([row.heard for row in rows()])

    assert read.limits == LIMITS == load_chance().limits
    assert read.truth(features) == pytest.approx(fitted.truth(features), abs=0.01)


def test_small_talk_holds_the_sign(reader):
    """In a phrase, between pieces of messages and beside another sign, nothing of it is changed."""
    small = ["which poles are best for the hills", "how many clamshells should I do"]
    talk = SmallTalk(small, ["my foot is blue"], random.Random(1))

    assert talk.phrase("my knee locks.", 0) == FRAMES[0].format("my knee locks")
    for _ in range(20):
        wrapped = talk.pieces("my knee locks.")
        assert "my knee locks" in wrapped
        assert len(wrapped.split()) >= 5
        both = talk.company("my knee locks.")
        assert "my knee locks" in both
        assert "my foot is blue" in both
        assert "my knee locks." in talk.turns("my knee locks.")
        (row,) = reader.row_of(["my knee locks."], "locked-knee", True, 0, PIECES)
        assert row.frame == PIECES
        assert len(row.heard) == len(FEATURES)


def test_the_table_counts_each_flag_once():
    """What is withheld, by whether it is true."""
    lines = list(report(rows(), np.array([0.9 if row.true else 0.01 for row in rows()])))

    assert "| same_day | true, in messages | 120 | 0 |" in lines
    assert "| same_day | false, in messages | 120 | 120 |" in lines
