"""The camera and the strokes: what lies level, what lies in front, what moves."""

from __future__ import annotations

import pytest

from app.web.drawing import Camera, fit, picture, sort
from app.web.shapes import Shape

JOINTS = {"pelvis": (0.0, 0.0, 0.0)}


def dot(x, y, z, name="dot", order=1):
    return Shape(name, lambda joints, share: [(x + 40 * share, y, z)], 4.0, order=order)


def test_floor_stays_level_from_the_side():
    """Seen from the side, two points of the floor's edge are equally high in the picture."""
    camera = Camera((0.3, 0.2))
    assert camera.see((-80.0, 0.0, 20.0))[1] == pytest.approx(camera.see((80.0, 0.0, 20.0))[1])


def test_nearer_shapes_are_painted_later():
    """Of two shapes the one nearer to the viewer covers the other, unless an order is given."""
    near, far, on_top = dot(0, 0, 10), dot(0, 0, -10), dot(0, 0, -50, order=2)
    assert sort([on_top, near, far], Camera((0.3, 0.2)), [JOINTS, JOINTS]) == [far, near, on_top]


def test_everything_fits_into_the_panel():
    """A scene wider than the panel is scaled down until it fits."""
    shapes = [dot(-300, 0, 0), dot(300, 90, 0)]
    camera, height = fit((0.0, 0.0), shapes, [JOINTS, JOINTS], 200)
    for point in ((-300.0, 0.0, 0.0), (340.0, 90.0, 0.0)):
        x, y = camera.see(point)
        assert 2 <= x <= 198
        assert 2 <= y <= height - 2


def test_only_what_moves_is_animated():
    """A shape that keeps its place costs no animation; one frame makes a still picture."""
    still = Shape("still", lambda joints, share: [(0.0, 0.0, 0.0), (9.0, 0.0, 0.0)], 2.0)
    frames = [(JOINTS, 0.0), (JOINTS, 1.0)]
    assert "<animate" not in picture([still], frames, Camera((0.0, 0.0)))
    assert "<animate" in picture([dot(0, 0, 0)], frames, Camera((0.0, 0.0)))
    assert 'cx="40"' in picture([dot(0, 0, 0)], frames[1:], Camera((0.0, 0.0)))


def test_arrow_has_a_head_at_its_end():
    """A pointed line ends in two barbs that meet at its last point."""
    arrow = Shape("arrow", lambda joints, share: [(0.0, 0.0, 0.0), (30.0, 0.0, 0.0)], 3.0, pointed=True)
    assert 'd="M0 0L30 0M22 -4L30 0L22 4"' in picture([arrow], [(JOINTS, 0.0)], Camera((0.0, 0.0)))
