"""The things around a figure."""

from __future__ import annotations

import pytest

from app.web.props import KINDS, prop
from app.web.skeleton import solve

ROWS = {
    "box": {"low": [0, 0, -5], "high": [10, 20, 5]},
    "ball": {"at": [0, 5], "radius": 5},
    "rod": {"at": "near_shin:0.5", "width": 8, "cap": True},
    "dumbbell": {"at": "near_wrist"},
    "band": {"between": ["near_shin:0.8", "far_shin:0.8"]},
    "bar": {"points": [[0, 0], "near_ankle"]},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_drawn(kind):
    """Each kind of thing yields shapes with places in space."""
    shapes = [*prop({"kind": kind, **ROWS[kind]})]
    assert shapes
    assert all(len(point) == 3 for shape in shapes for point in shape.outline(solve({}), 0.5))


def test_ball_moves_with_the_movement():
    """A ball with a way to go is half way there when the movement is half done."""
    (ball,) = prop({"kind": "ball", "at": [10, 5], "radius": 5, "move": [-8, 0]})
    assert ball.outline(solve({}), 0.5) == [(6.0, 5.0, 0.0)]


def test_unknown_kind_is_refused():
    """A kind of thing that nobody can draw is an error that lists the known ones."""
    with pytest.raises(ValueError, match=r"trampoline.*ball"):
        [*prop({"kind": "trampoline"})]
