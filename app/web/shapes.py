"""What is drawn in a figure: the body and the things around it, as lines and discs in space."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.web.skeleton import LENGTHS, SIDES, Joints, bones, looks, place
from app.web.vectors import Vec, add, cross, mix, unit, vec

HEAD_RADIUS = 11.0
FLOOR_DEPTH = 24.0
Outline = Callable[[Joints, float], list[Vec]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One stroke, area or disc.

    Attributes:
        name: Its class in the drawing, which sets its colour.
        outline: From the joints and the share of the movement done (0 to 1) to its points; a disc has one.
        width: Stroke width of a line, diameter of a disc; units of the figure.
        area: Whether the points enclose a filled area.
        order: Shapes of a lower order lie behind; shapes of equal order are sorted by their depth.
        parted: Whether a rim in the colour of the ground parts it from what lies behind.
        pointed: Whether the line ends in an arrow's head.
    """

    name: str
    outline: Outline
    width: float
    area: bool = False
    order: int = 1
    parted: bool = False
    pointed: bool = False


def body(works: Sequence[str], equal_sides: bool = False) -> Iterator[Shape]:
    """Draw the body; `works` are bones, or parts of bones `bone:from:to`, to colour.

    The far side is drawn fainter unless `equal_sides`.
    """
    for side in SIDES:
        name = "near" if equal_sides else side
        yield _line(name, [f"{side}_{joint}" for joint in ("hip", "knee", "ankle", "toe")], 10.5)
        yield _line(name, [f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist")], 8.0)
    yield Shape("near", _trunk, 10.5, area=True, parted=True)
    yield Shape("near", lambda joints, _: [joints["head"]], 2 * HEAD_RADIUS, parted=True)
    yield Shape("near", _nose, 5.0, order=2)
    for part in works:
        bone, *ends = part.split(":")
        first, last = ends or ("0.2", "0.8")
        yield _line("works", [f"{bone}:{first}", f"{bone}:{last}"], 5.5)


def floor(points: Sequence[Vec]) -> Iterator[Shape]:
    """Draw the ground below `points`, with a line at its near edge."""
    left, right = min(x for x, _, _ in points) - 8, max(x for x, _, _ in points) + 8
    back, near = min(-FLOOR_DEPTH, *(z for _, _, z in points)), max(FLOOR_DEPTH, *(z for _, _, z in points))
    corners = [(left, 0.0, back), (right, 0.0, back), (right, 0.0, near), (left, 0.0, near)]
    yield Shape("floor", lambda *_: corners, 4.0, area=True, order=-1)
    yield Shape("edge", lambda *_: corners[2:], 2.0, order=-1)


def arrow(row: Mapping[str, Any], frames: Sequence[Joints]) -> Shape:
    """Draw where the joint named by `follow` goes in the course of `frames`, or a line through `points`."""
    places = (
        [place(row["follow"], joints) for joints in frames] if "follow" in row else map(vec, row["points"])
    )
    track = [add(point, vec(row.get("offset", (0, 0)))) for point in places]
    return Shape("arrow", lambda *_: track, 3.0, order=3, pointed=True)


def prop(row: Mapping[str, Any]) -> Iterator[Shape]:
    """Draw a thing of the figure's surroundings from its row in figures.toml.

    Raises:
        ValueError: If its `kind` is unknown; names the known ones.
    """
    kind = row["kind"]
    if kind not in KINDS:
        raise ValueError(f"unknown kind of prop {kind!r}; known are {', '.join(sorted(KINDS))}")
    yield from KINDS[kind](row)


def _nose(joints: Joints, _: float) -> list[Vec]:
    """Show where the face is: whether a lying body lies on its back or its front."""
    return [add(joints["head"], looks(joints), HEAD_RADIUS + out) for out in (-4.0, 1.5)]


def _line(name: str, points: Sequence[str], width: float) -> Shape:
    def outline(joints: Joints, _: float) -> list[Vec]:
        return [place(point, joints) for point in points]

    return Shape(name, outline, width, order=2 if name == "works" else 1, parted=name == "near")


def _trunk(joints: Joints, _: float) -> list[Vec]:
    half = unit(add(joints["near_hip"], joints["far_hip"], -1.0))
    waist = [add(joints["waist"], half, sign * 0.8 * LENGTHS["hip"]) for sign in (1, -1)]
    corners = {name: mix(joints["neck"], joints[name], 0.8) for name in ("near_shoulder", "far_shoulder")}
    return [
        joints["near_hip"], waist[0], corners["near_shoulder"], joints["neck"],
        corners["far_shoulder"], waist[1], joints["far_hip"],
    ]  # fmt: skip


def _point(row: Mapping[str, Any], joints: Joints, share: float, key: str = "at") -> Vec:
    """Find a place given as a joint's name or as numbers, with the way it moves by under `move`."""
    value = row[key]
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
