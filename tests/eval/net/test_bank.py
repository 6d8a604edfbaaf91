"""The message bank: well formed, split by writer, and turned into targets as its README says."""

import re

import pytest

from app.rules.catalogue import load_rules
from eval.net.bank import ANY, BENIGN, DENIED, POSITIVE, UNLISTED, WATCH, Message, label, read_messages

SHORT = 12  # words of a message that two people may word alike
PARTS = ("train", "dev", "test", "own", "phrases", "fresh", "asked", "tune", "chats", "indirect")


def said(text, must=(), must_not=(), benign=False):
    return Message("X-1", (text,), frozenset(must), frozenset(must_not), benign, "plain")


def test_every_label_is_a_rule_of_the_catalogue():
    """A misspelled rule id would silently teach nothing."""
    known = set(load_rules().rules)

    named = {rule_id for message in read_messages(*PARTS) for rule_id in message.must | message.must_not}

    assert named <= known


def test_no_message_is_in_two_parts():
    """What is tested was never learned; two hands may both have written "How many reps?"."""
    seen = {}
    for part in ("train", "dev", "own", "fresh", "asked", "tune", "test", "chats", "indirect"):
        for message in read_messages(part):
            words = re.findall(r"[a-z0-9]+", message.text.lower())
            if len(words) > SHORT:
                assert seen.setdefault(" ".join(words), part) == part, message.message_id


def test_writers_of_test_wrote_nothing_that_is_learned():
    """The split is by writer; W6, who wrote the hard side for all, is dealt by number."""
    parts = ("train", "dev", "own", "fresh", "asked", "tune", "test", "chats", "indirect")
    writers = {part: {m.message_id.split("-")[0] for m in read_messages(part)} - {"W6"} for part in parts}

    assert writers == {
        "train": {"W1", "W2", "W3"},
        "dev": {"W4"},
        "own": {"W7"},
        "fresh": {
            f"W{n}"
            for n in (*range(10, 21), 23, *range(27, 34), *range(35, 42), 43, 44, 46, 47, *range(53, 195))
        },
        "asked": {"W24", "W25", "W48"},
        "tune": {"W8", "W21"},
        "test": {"W5", "W9", "W22", "W26", "W34", "W42"},
        "chats": {"W45"},
        "indirect": {"W49", "W50", "W51", "W52"},
    }


def test_labels_do_not_contradict_themselves():
    """No rule is both in `must` and `must_not`, and a benign message has none in `must`."""
    for message in read_messages(*PARTS):
        assert not message.must & message.must_not, message.message_id
        assert not (message.benign and message.must), message.message_id


def test_watch_patterns_are_not_learned_as_flags():
    """An ordinary ache is benign to the net."""
    assert not any(message.must & WATCH for message in read_messages(*PARTS))


def test_targets_and_weights_follow_the_labels():
    """What holds counts most but for what was denied; what nobody judged counts little."""
    messages = [said("puffy", must={"swelling"}, must_not={"gout"}), said("hello", benign=True)]

    targets, weights = label(messages, ["gout", "swelling", "tick-bite"])

    assert targets.tolist() == [[0, 1, 0, 1], [0, 0, 0, 0]]
    assert weights.tolist() == [[DENIED, POSITIVE, UNLISTED, BENIGN], [BENIGN] * 3 + [DENIED]]


def test_the_last_output_is_not_a_rule():
    """The name of the extra output can never be taken for a rule's."""
    assert ANY not in load_rules().rules


def test_a_damaged_line_is_named(tmp_path):
    """File, line and fault are in the error."""
    (tmp_path / "bad.jsonl").write_text('{"id": "X-1"}\n')

    with pytest.raises(ValueError, match=r"bad\.jsonl:1: not a labelled message.*turns"):
        read_messages("bad", folder=tmp_path)
