"""Limits are chosen by what a person would see: the whole screening, on messages nobody has learned."""

import re

import numpy as np
import pytest

from app.rules.catalogue import load_rules
from app.rules.screen import screen
from eval.net.bank import Message
from eval.net.limits import LEVELS, Limits, Remembered, choose_limits, count

MIDDLE = Limits(dict.fromkeys(LEVELS, 0.5), dict.fromkeys(LEVELS, 0.0))


class Told:
    """A net that gives `gout` the probability written at the end of a message."""

    rule_ids = ("gout", "cold-blue-foot")

    def __init__(self):
        self.read = []

    def probabilities(self, texts):
        self.read += texts
        said = [re.findall(r"[0-9.]*[0-9]", text) for text in texts]
        return np.array([[float(numbers[-1]) if numbers else 0.0, 0.0] for numbers in said], np.float32)


@pytest.fixture(scope="module")
def rules():
    """The real rules, which hear nothing in these messages but gout by name."""
    return load_rules()


def said(text, must=(), benign=False):
    """A message of one turn."""
    return Message("X-1", (text,), frozenset(must), frozenset(), benign, "plain")


CASES = [
    said("it is the old trouble of port drinkers 0.45", ["gout"]),
    said("lovely day for a walk 0.1", benign=True),
]


def test_a_threshold_comes_down_to_what_it_finds(rules):
    """What only the net hears is found once its limit allows it, and no benign message pays for that."""
    limits, found = choose_limits(CASES, rules, Told(), MIDDLE)

    assert limits.threshold["soon"] <= 0.45
    assert (found.recall["soon"], found.benign) == (1.0, 0.0)


@pytest.mark.usefixtures("by_the_whole")
def test_what_rests_on_chance_words_is_withheld_under_a_floor(rules):
    """The rules hear gout by its name; the net is sure that nobody has it."""
    joke = [said("my knee and the gout pun again, ha 0.0001", benign=True)]
    floors = Limits(MIDDLE.threshold, dict.fromkeys(LEVELS, 0.03))
    _, found = choose_limits([*CASES, *joke], rules, Told(), floors)

    assert count(joke, rules, None).benign == 1.0
    assert found.benign == 0.0


@pytest.mark.usefixtures("by_the_whole")
def test_no_limit_hides_an_emergency(rules):
    """What the rules heard of a foot is told: as a flag without floors, as a condition under any."""
    net = Remembered(Told(), rules)
    for floor, told in ((0.0, "flags"), (1.0, "doubted")):
        net.limits = Limits(MIDDLE.threshold, dict.fromkeys(LEVELS, floor))
        found = screen(["my foot is cold and blue since I twisted my knee, mile 0"], rules, net=net)

        assert "cold-blue-foot" in {flag.rule_id for flag in getattr(found, told)}


def test_a_text_is_read_once(rules):
    """Trying limits costs screenings, not the net's time."""
    net = Told()
    choose_limits(CASES, rules, net, MIDDLE)

    assert len(net.read) == len(set(net.read))
