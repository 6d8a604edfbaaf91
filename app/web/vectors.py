"""Arithmetic on points and directions in space, as plain tuples."""

from __future__ import annotations

import math
from collections.abc import Sequence

Vec = tuple[float, float, float]
ORIGIN: Vec = (0.0, 0.0, 0.0)
UP: Vec = (0.0, 1.0, 0.0)


def vec(numbers: Sequence[float]) -> Vec:
    """Read two or three numbers as (x, y, z); a missing z is 0, the plane of the picture."""
    x, y, *rest = numbers
    return (float(x), float(y), float(rest[0]) if rest else 0.0)


def add(a: Vec, b: Vec, times: float = 1.0) -> Vec:
    """Return `a + times * b`."""
    return (a[0] + times * b[0], a[1] + times * b[1], a[2] + times * b[2])


def dot(a: Vec, b: Vec) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    """Return the right-handed vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def distance(a: Vec, b: Vec) -> float:
    """Return the Euclidean distance."""
    return math.dist(a, b)


def unit(a: Vec) -> Vec:
    """Scale to length 1.

    Raises:
        ValueError: If `a` is the zero vector, which has no direction.
    """
    length = math.hypot(*a)
    if length < 1e-9:
        raise ValueError("the zero vector has no direction")
    return (a[0] / length, a[1] / length, a[2] / length)


def way(start: Vec, end: Vec) -> Vec:
    """Return the unit vector from one point to another."""
    return unit(add(end, start, -1.0))


def across(a: Vec, axis: Vec) -> Vec:
    """Return the part of `a` at right angles to the unit vector `axis`."""
    return add(a, axis, -dot(a, axis))


def mix(a: Vec, b: Vec, share: float) -> Vec:
    """Return the point `share` of the way from `a` to `b`."""
    return add(a, add(b, a, -1.0), share)


def turn(a: Vec, b: Vec, share: float) -> Vec:
    """Return the unit vector `share` of the way from `a` to `b` along the great circle.

    Raises:
        ValueError: If the two are opposite: there is no one way between them.
    """
    angle = math.acos(max(-1.0, min(1.0, dot(a, b))))
    if angle < 1e-6:
        return b
    if math.pi - angle < 1e-6:
        raise ValueError(f"{a} and {b} are opposite; give a pose between them")
    return unit(add(add(ORIGIN, a, math.sin((1 - share) * angle)), b, math.sin(share * angle)))
