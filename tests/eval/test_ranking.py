"""Rankings through ranx agree with hand-worked values."""

from __future__ import annotations

import math

import pytest

from eval.ranking import rank_scores


def test_scores_match_hand_worked_values() -> None:
    """The only relevant passage second: MRR 1/2, nDCG 1/log2(3)."""
    scores = rank_scores({"q": ["x", "a"]}, {"q": {"a"}})

    assert scores["q"]["mrr"].hit == pytest.approx(0.5)
    assert scores["q"]["ndcg@5"].hit == pytest.approx(1 / math.log2(3))


def test_questions_without_labels_are_left_out() -> None:
    """A question whose facts this corpus does not state has no ranking to judge."""
    assert rank_scores({"q": ["x"], "r": []}, {"q": set(), "r": {"a"}}) == {}
