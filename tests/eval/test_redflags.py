"""The guard's figures, counted by hand, and that they notice a guard without rules."""

from __future__ import annotations

from app.rules.records import Level
from eval.guard import TEST
from eval.redflags import Message, Share, load_messages, score_guard

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


def test_shipped_messages_are_enough() -> None:
    """At least 250 red-flag messages that neither rules nor net were made from."""
    assert sum(bool(message.must) for message in load_messages(TEST)) >= 250


def test_guard_without_rules_finds_nothing() -> None:
    """Emptied rules show as a recall of 0, so the gate fails."""
    messages = load_messages(TEST)
    rules = {rule: Level.EMERGENCY for message in messages for rule in message.must}

    scores = score_guard(messages, {message.id: set() for message in messages}, rules)

    assert scores.shares["emergency"].hits == 0
    assert scores.shares["emergency"].n > 250
