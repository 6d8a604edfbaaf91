"""Flags that rest on chance words are told from signs in small talk by what the net hears around them."""

import numpy as np
import pytest

from app.rules.chance import (
    ALONE,
    FEATURES,
    HEARD,
    HIGHEST,
    LOWEST,
    Weighing,
    is_half_heard,
    load_chance,
    load_finds,
    log_odds,
)
from app.rules.errors import RuleDataError

ONE = Weighing(
    features=FEATURES,
    hidden=np.eye(len(FEATURES))[:, :1],
    hidden_bias=np.zeros(1),
    out=np.array([4.0]),
    out_bias=0.0,
    limits={"emergency": 0.2, "same_day": 0.5, "soon": 0.9},
)


def heard(first):
    return dict.fromkeys(FEATURES, 0.0) | {FEATURES[0]: first}


def test_a_level_has_a_limit_of_its_own():
    """What is too unsure for a soon flag may still be enough for an emergency."""
    assert ONE.truth(np.array([[0.0] * len(FEATURES)])) == pytest.approx([0.5])
    assert [level for level in ONE.limits if ONE.is_chance(heard(0.0), level)] == ["soon"]
    assert [level for level in ONE.limits if ONE.is_chance(heard(-2.0), level)] == list(ONE.limits)


def test_a_share_of_a_limit_is_less():
    """What a message told plainly must be the more unlikely to be withheld."""
    assert ONE.is_chance(heard(0.0), "soon")
    assert not ONE.is_chance(heard(0.0), "soon", share=0.5)


@pytest.mark.parametrize(("level", "withheld"), [("emergency", True), ("same_day", False), ("soon", False)])
def test_a_lesser_flag_may_be_half_heard_in_the_whole(level, withheld):
    """An emergency stands where a message or a sentence tells it plainly."""
    assert not is_half_heard(HEARD - 0.01, level)
    assert is_half_heard(HEARD, level) is not withheld


def test_beyond_the_bounds_a_margin_says_no_more():
    """A net that is surer than any it was learned with changes nothing."""
    most, more = (ONE.truth(np.array([list(heard(value).values())])) for value in (HIGHEST, HIGHEST + 50))

    assert most == more


def test_log_odds_stay_finite():
    """A probability of 0 or 1 is as sure as any."""
    odds = log_odds([0.0, 0.5, 1.0])

    assert np.isfinite(odds).all()
    assert odds[1] == pytest.approx(0.0)
    assert odds[0] == pytest.approx(-odds[2])


def test_the_shipped_network_goes_by_the_few_words():
    """Where all else is half drowned, what they tell plainly makes a flag likelier to be true."""
    silent = {"loudest": -4.0, "clause_loudest": -4.0, "rivals": LOWEST}
    told = {"length": 2.5, "mention": 0.7, "turns_told": 0.7, "others": -3.0, "sentence_others": -3.0}
    kind = dict.fromkeys(("leg", "urgent", "other_person", "hypothetical", "undone", "undone_later"), 0.0)
    kind["soon"] = 1.0
    deaf = dict.fromkeys(FEATURES, -4.0) | silent | told | kind
    few = {"clause": 9.0, "words0": 9.0, "words2": 9.0, "words4": 9.0, "words7": 9.0}
    clear = deaf | few | {"sentence": 9.0, "sentences": 9.0, "clause_loudest": 6.0}
    denied = deaf | {"undone": 1.0}
    cases = np.array([[case[name] for name in FEATURES] for case in (denied, deaf, clear)])
    least, low, high = load_chance().truth(cases)

    assert load_chance().is_chance(deaf, "soon")
    assert not load_chance().is_chance(clear, "soon")
    assert high > 1.25 * low
    assert low > 1.2 * least, "words that take back make it likelier to be chance"


def test_the_shipped_network_asks_about_what_is_plainly_heard():
    """And not about what is denied where it is heard best, of a rule that is heard dimly in the whole."""
    plain = dict.fromkeys(ALONE, 0.0) | {"whole": 7.0, "turn": 7.0, "last_turn": 7.0, "sentence": 7.0}
    plain |= {"clause": 6.0, "clauses": 1.0, "rules": 1.0, "length": 2.5, "sentence_length": 2.5, "soon": 1.0}
    plain |= {"leg": 1.0, "leg_told": 1.0}
    dim = plain | {
        "whole": 2.0,
        "turn": 2.0,
        "last_turn": 2.0,
        "sentence": 1.0,
        "clause": 0.0,
        "clauses": 0.0,
    }
    denied = dim | {"denied": 2.0, "denied_there": 1.0, "unsaid": 1.0}

    assert not load_finds().is_chance(plain, "soon")
    assert load_finds().is_chance(denied, "soon")


@pytest.mark.parametrize("content", [None, "hidden_bias = [", "out = [1.0]\n"])
def test_a_damaged_file_is_named(tmp_path, content):
    """The way out is in the message."""
    path = tmp_path / "chance.toml"
    if content is not None:
        path.write_text(content)

    with pytest.raises(RuleDataError, match=r"chance\.toml.*eval\.fit_chance"):
        load_chance(path)
