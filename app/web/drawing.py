"""From shapes in space to SVG: the camera, the pictures and their movement."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.web.shapes import Shape
from app.web.skeleton import Joints
from app.web.vectors import Vec

Point = tuple[float, float]

MARGIN = 12.0
LABEL_HEIGHT = 20.0
LEVEL_UP_TO = math.radians(30)
SECONDS = 4.6  # below five: movement that goes on longer needs a pause control (WCAG 2.2, 2.2.2)


@dataclass(frozen=True, slots=True)
class Camera:
    """A parallel projection onto a panel of the picture.

    From the side it is oblique: the floor's edge stays level and no one seems to exercise on a slope.

    Attributes:
        view: Radians turned around the upright axis, and raised.
        scale: Units of the picture per unit of space.
        shift: Where the origin of space lies in the picture.
    """

    view: Point
    scale: float = 1.0
    shift: Point = (0.0, 0.0)

    def see(self, point: Vec) -> Point:
        """Return x to the right and y down in the picture."""
        yaw, pitch = self.view
        x = point[0] * math.cos(yaw) + point[2] * math.sin(yaw)
        towards = point[2] if abs(yaw) <= LEVEL_UP_TO else self._towards(point)
        y = point[1] * math.cos(pitch) - towards * math.sin(pitch)
        return self.shift[0] + self.scale * x, self.shift[1] - self.scale * y

    def nearness(self, points: Iterable[Vec]) -> float:
        """Return how near to the viewer points lie on average; the larger the nearer."""
        pitch = self.view[1]
        depths = [self._towards(point) * math.cos(pitch) + point[1] * math.sin(pitch) for point in points]
        return sum(depths) / len(depths)

    def beside(self, by: float) -> Camera:
        """Return the same camera on a panel `by` further to the right."""
        return Camera(self.view, self.scale, (self.shift[0] + by, self.shift[1]))

    def _towards(self, point: Vec) -> float:
        return point[2] * math.cos(self.view[0]) - point[0] * math.sin(self.view[0])


def fit(view: Point, shapes: Sequence[Shape], ends: Sequence[Joints], width: float) -> tuple[Camera, float]:
    """Place the camera so that all shapes lie inside a panel in the start and in the end pose.

    Returns:
        The camera and the panel's height, both with room for margins and a label.
    """
    camera = Camera(view)
    seen = [
        (*camera.see(point), shape.width / 2)
        for share, joints in enumerate(ends)
        for shape in shapes
        for point in shape.outline(joints, float(share))
    ]
    left, right = min(x - room for x, _, room in seen), max(x + room for x, _, room in seen)
    top, bottom = min(y - room for _, y, room in seen), max(y + room for _, y, room in seen)
    scale = min(1.0, (width - 2 * MARGIN) / (right - left))
    shift = (width / 2 - scale * (left + right) / 2, LABEL_HEIGHT + MARGIN / 2 - scale * top)
    return Camera(view, scale, shift), LABEL_HEIGHT + MARGIN + scale * (bottom - top)


def sort(shapes: Iterable[Shape], camera: Camera, ends: Sequence[Joints]) -> list[Shape]:
    """Put shapes in the order in which they are painted; a movement does not change it."""

    def key(shape: Shape) -> tuple[int, float]:
        points = [point for share, joints in enumerate(ends) for point in shape.outline(joints, float(share))]
        return shape.order, camera.nearness(points)

    return sorted(shapes, key=key)


def picture(shapes: Sequence[Shape], frames: Sequence[tuple[Joints, float]], camera: Camera) -> str:
    """Paint shapes in their order; several frames (joints, share done) make a movement to the last one."""
    marks = []
    for shape in shapes:
        tracks = [[camera.see(point) for point in shape.outline(*frame)] for frame in frames]
        if shape.parted:
            marks.append(_mark(shape, "rim", tracks, camera.scale, wider=3.0))
        marks.append(_mark(shape, shape.name, tracks, camera.scale))
    return "".join(marks)


def _mark(shape: Shape, name: str, tracks: Sequence[list[Point]], scale: float, wider: float = 0.0) -> str:
    """Write one shape; `tracks` are its points in each frame."""
    width = scale * shape.width + wider
    if len(tracks[0]) == 1:
        tag, looks = "circle", f'class="{name} fill" r="{width / 2:.1f}"'
        places = {axis: [f"{track[0][i]:.0f}" for track in tracks] for i, axis in enumerate(("cx", "cy"))}
    else:
        tag, looks = "path", f'class="{name}{" fill" if shape.area else ""}" stroke-width="{width:.1f}"'
        heads = [_head(track) if shape.pointed else "" for track in tracks]
        places = {"d": [_path(track, shape.area) + head for track, head in zip(tracks, heads, strict=True)]}
    still = " ".join(f'{attribute}="{values[-1]}"' for attribute, values in places.items())
    moves = "".join(_animate(attribute, values) for attribute, values in places.items())
    return f"<{tag} {looks} {still}>{moves}</{tag}>" if moves else f"<{tag} {looks} {still}/>"


def _path(points: Sequence[Point], closed: bool) -> str:
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points) + ("Z" if closed else "")


def _head(points: Sequence[Point]) -> str:
    (x, y), tip = points[-2:]
    heading = math.atan2(tip[1] - y, tip[0] - x)
    barbs = [
        (tip[0] - 9 * math.cos(heading + turn), tip[1] - 9 * math.sin(heading + turn)) for turn in (0.5, -0.5)
    ]
    return _path([barbs[0], tip, barbs[1]], closed=False)


def _animate(attribute: str, values: list[str]) -> str:
    """Move from start to end, hold, and once more; the attribute's own value is the end."""
    if len(set(values)) == 1:
        return ""
    rounds = [values[0], *values, values[-1], values[-1], *values[-2::-1], *values, values[-1]]
    return f'<animate attributeName="{attribute}" dur="{SECONDS}s" values="{";".join(rounds)}"/>'
