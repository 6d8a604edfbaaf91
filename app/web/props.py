"""The things around a figure's body: a wall, a ball, a band, a machine; each from its row in figures.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.web.shapes import Outline, Shape
from app.web.skeleton import Joints, bones, place
from app.web.vectors import Vec, add, cross, unit, vec


def prop(row: Mapping[str, Any]) -> Iterator[Shape]:
    """Draw a thing of the figure's surroundings from its row in figures.toml.

    Raises:
        ValueError: If its `kind` is unknown; names the known ones.
    """
    kind = row["kind"]
    if kind not in KINDS:
        raise ValueError(f"unknown kind of prop {kind!r}; known are {', '.join(sorted(KINDS))}")
    yield from KINDS[kind](row)


def _point(row: Mapping[str, Any], joints: Joints, share: float) -> Vec:
    """Find the place `at`, a joint's name or numbers, shifted by `offset` and by the share done of `move`."""
    value = row["at"]
    base = place(value, joints) if isinstance(value, str) else vec(value)
    shifted = add(base, vec(row.get("offset", (0, 0))))
    return add(shifted, vec(row.get("move", (0, 0))), share)


def _order(row: Mapping[str, Any]) -> int:
    return int(row.get("order", 0))


def _box(row: Mapping[str, Any]) -> Iterator[Shape]:
    low, high = vec(row["low"]), vec(row["high"])

    def face(corners: str) -> Outline:
        """Name each corner by three digits, 0 for the low and 1 for the high end of x, y and z."""
        ends = (low, high)
        points: list[Vec] = [
            (ends[int(c[0])][0], ends[int(c[1])][1], ends[int(c[2])][2]) for c in corners.split()
        ]
        move = vec(row.get("move", (0, 0)))
        return lambda _, share: [add(point, move, share) for point in points]

    # The camera stands above, in front and to one side, so these three faces hide the other three.
    beside = "100 110 111 101" if row.get("right") else "000 010 011 001"
    sides = ("001 101 111 011", "010 110 111 011", beside)
    for corners in sides:
        yield Shape("prop", face(corners), 1.5, area=True, order=_order(row), parted=True)


def _disc(row: Mapping[str, Any]) -> Iterator[Shape]:
    def outline(joints: Joints, share: float) -> list[Vec]:
        return [_point(row, joints, share)]

    yield Shape("thing", outline, 2 * row["radius"], order=_order(row))


def _rod(row: Mapping[str, Any]) -> Iterator[Shape]:
    axis, half = unit(vec(row.get("axis", (0, 0, 1)))), row.get("length", 24) / 2

    def outline(joints: Joints, share: float, reach: float = 1.0, back: float = 1.0) -> list[Vec]:
        middle = _point(row, joints, share)
        return [add(middle, axis, -back * half), add(middle, axis, reach * half)]

    yield Shape("thing", outline, row["width"], order=_order(row))
    yield Shape("hollow", lambda j, s: outline(j, s)[1:], row["width"] * 0.5, order=_order(row))
    if row.get("cap"):
        yield Shape("prop-line", lambda j, s: outline(j, s, 1.6, -1.4), row["width"] * 0.6, order=_order(row))


def _dumbbell(row: Mapping[str, Any]) -> Iterator[Shape]:
    axis = unit(vec(row.get("axis", (1, 0, 0))))
    upright = unit(cross(axis, (0.0, 0.0, 1.0)))

    def handle(joints: Joints, share: float) -> list[Vec]:
        middle = _point(row, joints, share)
        return [add(middle, axis, -9), add(middle, axis, 9)]

    def plate(end: int) -> Outline:
        def outline(joints: Joints, share: float) -> list[Vec]:
            middle = handle(joints, share)[end]
            return [add(middle, upright, -5), add(middle, upright, 5)]

        return outline

    yield Shape("thing", handle, 3.5, order=2)
    for end in (0, 1):
        yield Shape("thing", plate(end), 6.0, order=2)


def _band(row: Mapping[str, Any]) -> Iterator[Shape]:
    first, second = row["between"]

    def outline(joints: Joints, _: float) -> list[Vec]:
        return [place(first, joints), place(second, joints)]

    yield Shape("thing", outline, 4.5, order=2)
    if not row.get("cuffs", True):
        return
    yield Shape("thing", lambda joints, _: _cuff(first, joints), 5.0, order=2)
    yield Shape("thing", lambda joints, _: _cuff(second, joints), 5.0, order=2)


def _cuff(point: str, joints: Joints) -> list[Vec]:
    """Wrap the band around a limb: a short stroke across the bone, in the plane of the picture."""
    start, end = bones()[point.partition(":")[0]]
    x, y, _ = add(joints[end], joints[start], -1.0)
    wide = unit((y, -x, 0.0)) if abs(x) + abs(y) > 1e-6 else (1.0, 0.0, 0.0)
    return [add(place(point, joints), wide, half) for half in (-5.5, 5.5)]


def _bar(row: Mapping[str, Any]) -> Iterator[Shape]:
    def outline(joints: Joints, share: float) -> list[Vec]:
        return [_point({**row, "at": point}, joints, share) for point in row["points"]]

    yield Shape(
        "thing" if row.get("thing") else "prop-line", outline, row.get("width", 5.0), order=_order(row)
    )


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Shape]]] = {
    "box": _box,
    "ball": _disc,
    "rod": _rod,
    "dumbbell": _dumbbell,
    "band": _band,
    "bar": _bar,
}
