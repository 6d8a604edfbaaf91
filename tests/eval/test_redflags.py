"""The guard's figures, counted by hand, and that they notice a guard without rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.rules.catalogue import load_rules
from app.rules.records import Level, Reading
from eval.errors import QuestionFileError
from eval.guard import guard_layers, held_back, main
from eval.redflags import Message, Share, score_guard

LEVELS = {"cold-blue-foot": Level.EMERGENCY, "swelling": Level.SOON, "self-care": Level.NONE}


def test_recall_and_alarms_are_counted_apart() -> None:
    """One found, one missed, one alarm on a benign message."""
    messages = [
        Message(id="a", turns=("cold foot",), must=("cold-blue-foot", "swelling")),
        Message(id="b", turns=("downhill ache",), must_not=("swelling",), max_level="none"),
    ]

    scores = score_guard(messages, {"a": {"cold-blue-foot"}, "b": {"swelling"}}, LEVELS)

    assert scores.shares["emergency"] == Share(1, 1)
    assert scores.shares["soon"] == Share(0, 1)
    assert scores.shares["must_not"] == Share(1, 1)
    assert scores.shares["benign"] == Share(1, 1)
    assert [miss[:4] for miss in scores.misses] == [
        ("a", "missed", "swelling", "soon"),
        ("b", "false", "swelling", "soon"),
        ("b", "benign", "swelling", "soon"),
    ]


def test_advice_without_urgency_is_no_alarm() -> None:
    """A rule below `soon` asks for self-care, not for a doctor."""
    message = Message(id="b", turns=("ache",), max_level="none")

    assert score_guard([message], {"b": {"self-care"}}, LEVELS).shares["benign"] == Share(0, 1)


def test_writers_are_counted_apart() -> None:
    """One writer's messages say nothing about another's."""
    messages = [
        Message(id="W1-1", turns=("cold foot",), must=("cold-blue-foot",)),
        Message(id="W2-1", turns=("cold foot",), must=("cold-blue-foot",)),
    ]

    scores = score_guard(messages, {"W1-1": {"cold-blue-foot"}, "W2-1": set()}, LEVELS)

    assert scores.by_writer == {"W1": {"emergency": Share(1, 1)}, "W2": {"emergency": Share(0, 1)}}
    assert scores.shares["emergency"] == Share(1, 2)


def test_every_test_file_is_read_and_no_other(tmp_path: Path) -> None:
    """A new writer's test file is measured as it comes; what was learned or tuned from never is."""
    for name, writer in (("train", "W1"), ("tune", "W8"), ("test", "W5"), ("test-more", "W9")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": f"{writer}-1", "turns": ["ow"]}) + "\n")

    assert {message.writer for message in held_back(tmp_path)} == {"W5", "W9"}


def test_message_in_two_files_is_a_fault(tmp_path: Path) -> None:
    """It would be counted twice, or overwrite another."""
    for name in ("test", "test2"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": "W9-1", "turns": ["ow"]}\n')

    with pytest.raises(QuestionFileError, match="W9-1"):
        held_back(tmp_path)


def test_layers_are_measured_apart() -> None:
    """What only the net says counts for both together, never for the rules alone."""
    rules = load_rules()
    messages = [Message(id="W1-1", turns=("it is a bit odd",), must=("swelling",))]

    layers = guard_layers(rules, lambda text: Reading({"swelling": 0.99}), messages)

    assert layers["rules"].shares["soon"] == Share(0, 1)
    assert layers["rules+net"].shares["soon"] == Share(1, 1)


def test_shipped_messages_are_enough() -> None:
    """At least 250 red-flag messages that neither rules nor net were made from."""
    assert sum(bool(message.must) for message in held_back()) >= 250


def test_guard_without_rules_finds_nothing() -> None:
    """Emptied rules show as a recall of 0, so the gate fails."""
    messages = held_back()
    rules = {rule: Level.EMERGENCY for message in messages for rule in message.must}

    scores = score_guard(messages, {message.id: set() for message in messages}, rules)

    assert scores.shares["emergency"].hits == 0
    assert scores.shares["emergency"].n > 250


def test_messages_of_ones_own_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command counts both layers over any file, and names each error if asked to."""
    mine = tmp_path / "mine.jsonl"
    lines = [
        {"id": "me-1", "turns": ["my knee is swollen"], "must": ["swelling"]},
        {"id": "me-2", "turns": ["my knee is locked"], "must": ["locked-knee"], "must_not": ["swelling"]},
        {"id": "me-3", "turns": ["my knee is swollen"], "max_level": "none"},
    ]
    mine.write_text("\n".join(map(json.dumps, lines)))

    main([str(mine), "--misses"])

    shown = capsys.readouterr().out
    assert "| red flags | of | rules | rules+net |" in shown
    assert "| soon | 1 | 1.000" in shown
    assert "| me-3 | benign | swelling | soon | my knee is swollen |" in shown
    assert "me-1" not in shown


@pytest.mark.parametrize(("text", "words"), [("", "no message"), ('{"id": 7}', "turns")])
def test_messages_that_are_none_name_themselves(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty or malformed file ends with the reason, not with a traceback."""
    mine = tmp_path / "mine.jsonl"
    mine.write_text(text)

    with pytest.raises(SystemExit):
        main([str(mine)])

    assert words in capsys.readouterr().err
