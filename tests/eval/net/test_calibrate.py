"""Thresholds: they separate what can be separated, and their false alarms are counted honestly."""

import numpy as np
import pytest

from eval.net.calibrate import (
    Budget,
    Judged,
    choose_thresholds,
    cross_fit,
    false_alarms,
    recall_by_level,
    within_budget,
)

GAINS = np.ones(2, dtype=np.float32)


def scored(separation, messages=400, seed=0):
    """Two rules, each holding in a quarter of the messages; scores differ by `separation` logits."""
    chance = np.random.default_rng(seed)
    holds = np.zeros((messages, 2), dtype=bool)
    holds[: messages // 4, 0] = holds[messages // 4 : messages // 2, 1] = True
    logits = chance.normal(-2, 1, holds.shape) + separation * holds
    benign = ~holds.any(axis=1)
    return logits.astype(np.float32), Judged(holds, np.repeat(benign[:, None], 2, axis=1), benign)


def test_well_separated_scores_are_found_without_false_alarms():
    """Where scores tell, thresholds lie between."""
    logits, judged = scored(separation=6)

    fired = logits >= choose_thresholds(logits, judged, GAINS, price=1.0)

    assert min(recall_by_level(fired, judged, ["soon", "emergency"]).values()) > 0.95
    assert false_alarms(fired, judged)[0] < 0.05


def test_a_higher_price_never_brings_more_false_alarms():
    """The price of a false alarm is what holds thresholds up."""
    logits, judged = scored(separation=2)

    alarms = [
        false_alarms(logits >= choose_thresholds(logits, judged, GAINS, price), judged)[0]
        for price in (0.5, 2, 8)
    ]

    assert alarms == sorted(alarms, reverse=True)
    assert alarms[0] > alarms[-1]


def test_the_budget_holds_on_messages_not_chosen_on():
    """Each half is measured with the thresholds of the other."""
    logits, judged = scored(separation=4)
    budget = Budget(benign=0.05, must_not=0.05)

    price = within_budget(logits, judged, GAINS, budget)

    assert false_alarms(cross_fit(logits, judged, GAINS, price), judged)[0] <= 0.05


def test_a_net_that_knows_nothing_cannot_be_shipped():
    """Scores of pure chance keep no budget: that is an error, not a silent net."""
    logits = np.full((400, 2), 5.0, dtype=np.float32)
    _, judged = scored(separation=0)

    with pytest.raises(ValueError, match="no thresholds keep false alarms"):
        within_budget(logits, judged, GAINS, Budget(0.02, 0.02))
