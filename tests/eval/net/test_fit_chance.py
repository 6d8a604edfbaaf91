"""The network that weighs flags learns from what it is asked about, and is scored on what it never saw."""

import random

import numpy as np
import pytest

from app.rules.catalogue import load_rules
from app.rules.chance import ALONE, FEATURES, load_chance, load_finds
from app.rules.net import load_net
from eval.fit_chance import (
    FRAMES,
    OF_NET,
    OF_RULES,
    PIECES,
    Reader,
    Row,
    SmallTalk,
    fit,
    report,
    rows_of_finds,
    truth_left_out,
    write,
)
from eval.net.bank import Message


@pytest.fixture(scope="module")
def reader():
    return Reader(load_rules(), load_net())


def rows(count=240, features=FEATURES):
    """Flags of which the first feature tells everything."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(count):
        true = number % 2 == 0
        heard = rng.normal(0, 1, len(features))
        heard[0] += 6.0 if true else -6.0
        made.append(Row(tuple(heard), true, "same_day", -1, number % 4))
    return made


def test_what_can_be_told_is_learned():
    """By networks that never saw the flag."""
    told = truth_left_out(rows(), OF_RULES)

    assert all((truth > 0.5) == row.true for truth, row in zip(told, rows(), strict=True))


def test_what_is_written_is_read(tmp_path):
    """The same network, but for its last figures."""
    for kind, shipped in ((OF_RULES, load_chance()), (OF_NET, load_finds())):
        given = rows(features=kind.features)
        fitted = fit(given, kind)
        write(fitted, tmp_path / kind.path.name)
        read = load_chance(tmp_path / kind.path.name, kind.features)
        features = np.array([row.heard for row in given])

        assert read.limits == kind.limits == shipped.limits
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
    lines = list(report(rows(), np.array([0.9 if row.true else 0.01 for row in rows()]), OF_RULES))

    assert "| same_day | true, in messages | 120 | 0 |" in lines
    assert "| same_day | false, in messages | 120 | 120 |" in lines


def test_what_only_the_net_hears_is_read_once_a_rule(reader):
    """In the message and in small talk; what the labels do not tell of is left out."""
    told = "the joint has its own waterbed now"
    heard = reader.found_alone([told])
    labelled = Message("X-1", (told,), frozenset(list(heard)[:1]), frozenset(), False, "plain")
    talk = SmallTalk(["which poles are best for the hills"], ["my foot is blue"], random.Random(1))
    made = list(rows_of_finds(reader, [labelled], talk))

    assert heard
    assert reader.flags([told]) == []
    assert made[0].heard == next(iter(heard.values()))
    assert all(row.true and len(row.heard) == len(ALONE) for row in made)
    assert [row.frame for row in made].count(-1) == 1
