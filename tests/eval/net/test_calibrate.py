"""Limits: they separate what can be separated, keep the budget, and cost no case to speak of."""

from dataclasses import replace

import numpy as np
import pytest

from eval.net.calibrate import Budget, Judged, Limits, Scene, choose_limits, false_alarms, recall_by_level

GAINS = {"soon": 1.0, "emergency": 2.0}
LEVELS = ("soon", "emergency")


def scene(separation, messages=400, seed=0, silence=-5):
    """Two rules, each holding in a quarter of the messages; the rules hear half and some chance words."""
    chance = np.random.default_rng(seed)
    holds = np.zeros((messages, 2), dtype=bool)
    holds[: messages // 4, 0] = holds[messages // 4 : messages // 2, 1] = True
    logits = chance.normal(silence, 1, holds.shape) + separation * holds
    benign = ~holds.any(axis=1)
    heard = (holds & (chance.random(holds.shape) < 0.5)) | (chance.random(holds.shape) < 0.05)
    judged = Judged(holds, np.repeat(benign[:, None], 2, axis=1), benign)
    probabilities = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return Scene(probabilities, heard, np.zeros_like(heard), judged, LEVELS)


def test_well_separated_scores_are_found_without_false_alarms():
    """Where scores tell, limits lie between, and chance words are withheld."""
    told = scene(separation=8)

    shown = told.shown(choose_limits(told, GAINS, Budget(0.05, 0.05)))

    assert min(recall_by_level(shown, told.judged, LEVELS).values()) > 0.95
    assert false_alarms(shown, told.judged)[0] <= 0.05 < false_alarms(told.heard, told.judged)[0]


def test_a_smaller_budget_never_brings_more_false_alarms():
    """The budget is what holds thresholds up."""
    told = scene(separation=2, silence=-1)
    told = replace(told, heard=np.zeros_like(told.heard))

    alarms = [
        false_alarms(told.shown(choose_limits(told, GAINS, Budget(b, b))), told.judged)[0]
        for b in (0.5, 0.2, 0.05)
    ]

    assert alarms == sorted(alarms, reverse=True)
    assert alarms[0] > alarms[-1]


def test_what_was_denied_is_not_asked_about():
    """A denial silences the net, whatever it makes of the message."""
    told = scene(separation=6)
    denied = replace(told, heard=np.zeros_like(told.heard), silenced=np.ones_like(told.heard))

    assert not denied.shown(Limits({"soon": 0.1, "emergency": 0.1}, {"soon": 0.0, "emergency": 0.0})).any()


def test_a_net_that_knows_nothing_cannot_be_shipped():
    """Scores of pure chance keep no budget: that is an error, not a silent net."""
    told = scene(separation=0)
    blind = replace(told, probabilities=np.full_like(told.probabilities, 0.99))

    with pytest.raises(ValueError, match="no thresholds keep false alarms"):
        choose_limits(blind, GAINS, Budget(0.02, 0.02))
