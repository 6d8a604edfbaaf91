"""Poses: what an end pose inherits, and what stays in place on the way to it."""

from __future__ import annotations

import pytest

from app.web.poses import between, read_pose

STANDING = read_pose({"pelvis": [0, 88], "near_ankle": [0, 5, 8], "far_thigh": [0, -1]})


def test_end_pose_keeps_what_it_does_not_change():
    """An end pose that only lowers the pelvis leaves the feet where they stood."""
    end = read_pose({"pelvis": [0, 60]}, STANDING)
    assert end == {**STANDING, "pelvis": (0.0, 60.0, 0.0)}


def test_limb_given_anew_drops_its_old_goal():
    """A leg that was planted and is now turned no longer reaches for its old place on the floor."""
    assert "near_ankle" not in read_pose({"near_thigh": [1, 0]}, STANDING)
    assert "far_thigh" not in read_pose({"far_ankle": [0, 5]}, STANDING)


def test_planted_foot_stays_planted():
    """In a squat the foot does not slide, in none of the pictures."""
    end = read_pose({"pelvis": [-10, 55]}, STANDING)
    for step in range(6):
        assert between(STANDING, end, step / 5)["near_ankle"] == pytest.approx((0, 5, 8))


def test_held_joint_stays_held():
    """A hand that holds its own shin follows it through the movement."""
    start = read_pose({"near_thigh": [0, 1], "near_wrist": "near_thigh:0.2"})
    end = read_pose({"near_thigh": [1, 1]}, start)
    middle = between(start, end, 0.5)
    held = [
        hip + 0.2 * (knee - hip) for hip, knee in zip(middle["near_hip"], middle["near_knee"], strict=True)
    ]
    assert middle["near_wrist"] == pytest.approx(held)


def test_anchor_keeps_a_knee_on_the_floor():
    """Where the body tips over its knees, the anchored knee does not leave its place."""
    start = read_pose({"anchor": "near_knee", "pelvis": [0, 48], "near_thigh": [0, -1]})
    end = read_pose({"pelvis": [30.4, 35.4], "near_thigh": [-1, -1]}, start)
    assert between(start, end, 0.5)["near_knee"][:2] == pytest.approx((0, 5), abs=0.1)


def test_opposite_directions_are_refused():
    """A limb cannot turn to the opposite direction: which way round is not said."""
    with pytest.raises(ValueError, match="opposite"):
        between(STANDING, read_pose({"far_thigh": [0, 1]}, STANDING), 0.5)


def test_unknown_pose_field_is_refused():
    """A misspelt pose field is an error that lists the right ones."""
    with pytest.raises(ValueError, match=r"near_nee.*near_knee"):
        read_pose({"near_nee": [1, 0]})
