"""The skeleton: joints that bend the way a body does."""

from __future__ import annotations

import pytest

from app.web.skeleton import looks, place, solve


def test_standing_figure_looks_to_the_right():
    """Upright with the near side towards the viewer, the face looks to the right."""
    assert looks(solve({})) == pytest.approx((1, 0, 0))


def test_figure_with_its_head_to_the_left_lies_on_its_back():
    """Lying with the head to the left, the face looks up."""
    assert looks(solve({"spine": (-1.0, 0.0, 0.0)})) == pytest.approx((0, 1, 0))


def test_knees_bend_forward_and_elbows_back():
    """By themselves a knee comes before the line from hip to ankle, an elbow behind shoulder to wrist."""
    joints = solve({"near_ankle": (0.0, -60.0, 8.0), "near_wrist": (0.0, 10.0, 13.0)})
    assert joints["near_knee"][0] > 5
    assert joints["near_elbow"][0] < -5


def test_limb_out_of_reach_is_stretched_towards_its_goal():
    """A goal too far away is pointed at; the bones do not grow."""
    joints = solve({"near_ankle": (0.0, -500.0, 8.0)})
    assert joints["near_ankle"] == pytest.approx((0, -84, 8), abs=0.1)


def test_standing_foot_is_flat():
    """A foot on a given place stays level though the shin leans."""
    joints = solve({"near_ankle": (30.0, -70.0, 8.0)})
    assert joints["near_toe"][1] == pytest.approx(joints["near_ankle"][1])


def test_hands_may_hold_a_leg_and_an_ankle_may_cross_the_other_knee():
    """Limbs that touch others are found after them, whichever comes first in the data."""
    joints = solve({"near_ankle": "far_thigh:0.9", "far_wrist": "near_hip", "far_thigh": (0.5, 1.0, 0.0)})
    assert joints["near_ankle"] == pytest.approx(place("far_thigh:0.9", joints))


def test_name_where_a_direction_belongs_is_refused():
    """A joint's name in place of a direction is an error that names the field."""
    with pytest.raises(ValueError, match=r"near_thigh is 'far_knee'"):
        solve({"near_thigh": "far_knee"})
