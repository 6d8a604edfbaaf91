"""What is drawn in a figure, as lines and discs in space: the body, the floor, the arrows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.web.skeleton import LENGTHS, SIDES, Joints, looks, place
from app.web.vectors import Vec, add, mix, unit, vec

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
    if "follow" in row:
        places = [place(row["follow"], joints) for joints in frames]
    else:
        places = [vec(point) for point in row["points"]]
    track = [add(point, vec(row.get("offset", (0, 0)))) for point in places]
    return Shape("arrow", lambda *_: track, 3.0, order=3, pointed=True)


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


def _nose(joints: Joints, _: float) -> list[Vec]:
    """Show where the face is: whether a lying body lies on its back or its front."""
    return [add(joints["head"], looks(joints), HEAD_RADIUS + out) for out in (-4.0, 1.5)]
