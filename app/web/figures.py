"""Exercise figures: a start and an end position drawn side by side, the end one moving gently."""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from app.web.shapes import Shape, body, floor, nose, prop
from app.web.skeleton import Joints, Pose, between, front, place, read_pose, solve
from app.web.vectors import Vec, add, turn, vec

DATA = Path(__file__).with_name("figures.toml")
PANEL_WIDTH = 200.0
MARGIN = 12.0
LABEL_HEIGHT = 20.0
STEPS = 5  # pictures between start and end; limbs turn, so two would shorten them on the way
SECONDS = 4.6  # under five: motion that goes on longer needs a pause control (WCAG 2.2, 2.2.2)

STYLE = """
.kneewise-figure{max-width:100%;height:auto;color:inherit}
.kneewise-figure path,.kneewise-figure circle{stroke-linecap:round;stroke-linejoin:round;fill:none;stroke:none}
.kneewise-figure text{fill:currentColor;font:600 13px system-ui,sans-serif;opacity:.75}
.kneewise-figure .near{stroke:var(--figure-body,currentColor)}
.kneewise-figure .far{stroke:var(--figure-body,currentColor);opacity:.42}
.kneewise-figure .near.fill{fill:var(--figure-body,currentColor)}
.kneewise-figure .rim{stroke:var(--figure-ground,transparent)}
.kneewise-figure .rim.fill{fill:var(--figure-ground,transparent)}
.kneewise-figure .works{stroke:var(--figure-works,#d9622b)}
.kneewise-figure .arrow{stroke:var(--figure-works,#d9622b)}
.kneewise-figure .band{stroke:var(--figure-thing,#0e8f8f)}
.kneewise-figure .thing{stroke:var(--figure-thing,#0e8f8f)}
.kneewise-figure .thing.fill{fill:var(--figure-thing,#0e8f8f)}
.kneewise-figure .floor.fill{fill:currentColor;opacity:.08}
.kneewise-figure .edge{stroke:currentColor;opacity:.4}
.kneewise-figure .prop{fill:currentColor;fill-opacity:.1;stroke:currentColor;stroke-opacity:.38}
.kneewise-figure .prop-line{stroke:currentColor;opacity:.38}
.kneewise-figure .still{display:none}
@media (prefers-reduced-motion:reduce),print{
.kneewise-figure .still{display:inline}.kneewise-figure .moving{display:none}}
""".replace("\n", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One exercise's figure.

    Attributes:
        title: The exercise's name.
        captions: What the start and the end position show, a sentence each.
        labels: The words above the two pictures.
        poses: Start and end pose.
        view: Camera, in degrees: turned around the upright axis, then raised.
        works: Bones, or parts of bones, that are coloured in the end position.
        props: Rows of things around the body.
        arrows: Rows of arrows, drawn in the start picture.
        equal_sides: Whether both sides are drawn alike, as in a view from the front.
    """

    title: str
    captions: tuple[str, str]
    labels: tuple[str, str]
    poses: tuple[Pose, Pose]
    view: tuple[float, float]
    works: tuple[str, ...]
    props: tuple[Mapping[str, Any], ...]
    arrows: tuple[Mapping[str, Any], ...]
    equal_sides: bool


class FigureDataError(ValueError):
    """figures.toml holds something that cannot be drawn; the message names the figure and the field."""


@functools.cache
def load_figures(path: Path = DATA) -> Mapping[str, Figure]:
    """Read all figures by exercise id.

    Raises:
        FigureDataError: If a row is incomplete or has a field that is not known.
    """
    figures = {}
    for exercise_id, row in tomllib.loads(path.read_text("utf-8")).items():
        try:
            figures[exercise_id] = _read(row)
        except (KeyError, TypeError, ValueError) as error:
            raise FigureDataError(f"{path.name}, [{exercise_id}]: {error}; correct that row") from error
    return figures


@functools.cache
def figure_svg(exercise_id: str) -> str | None:
    """Draw the figure of an exercise as an inline SVG that needs nothing else on the page.

    It takes the text colour of its surroundings; `--figure-body`, `--figure-ground`, `--figure-works` and
    `--figure-thing` change its colours (the ground is that of the card it lies on). It has no ids, so a
    page may show a figure twice. The movement plays twice after the figure appears, not at all where
    reduced motion is asked for; `svg.setCurrentTime(0)` plays it again.

    Returns:
        The SVG element as text, or None where there is no figure for this exercise.
    """
    figure = load_figures().get(exercise_id)
    return None if figure is None else _svg(figure)


def _read(row: Mapping[str, Any]) -> Figure:
    start = read_pose(row["start"])
    view = row.get("view", (18, 12))
    return Figure(
        title=row["title"],
        captions=(row["captions"][0], row["captions"][1]),
        labels=tuple(row.get("labels", ("Start", "End"))),  # type: ignore[arg-type]
        poses=(start, read_pose(row.get("end", {}), start)),
        view=(math.radians(view[0]), math.radians(view[1])),
        works=tuple(row.get("works", ())),
        props=tuple(row.get("props", ())),
        arrows=tuple(row.get("arrows", ())),
        equal_sides=row.get("equal_sides", False),
    )


@dataclass(frozen=True, slots=True)
class Camera:
    """An oblique projection onto a panel of the picture: lines along the floor stay level."""

    view: tuple[float, float]
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    def see(self, point: Vec) -> tuple[float, float, float]:
        """Return x to the right and y down in the picture, and the nearness to the viewer."""
        yaw, pitch = self.view
        x = point[0] * math.cos(yaw) + point[2] * math.sin(yaw)
        near = point[2] * math.cos(yaw) - point[0] * math.sin(yaw)
        # Only z lowers a point, so that the floor stays level however the camera is turned.
        up = point[1] * math.cos(pitch) - point[2] * math.sin(pitch)
        nearness = near * math.cos(pitch) + point[1] * math.sin(pitch)
        return self.scale * x + self.shift[0], self.shift[1] - self.scale * up, nearness


def _svg(figure: Figure) -> str:
    frames = [between(*figure.poses, step / STEPS) for step in range(STEPS + 1)]
    shapes = [*_shapes(figure, frames)]
    camera, height = _fit(figure, shapes, frames)
    beside = Camera(camera.view, camera.scale, (camera.shift[0] + PANEL_WIDTH, camera.shift[1]))
    plain = [shape for shape in shapes if shape.name != "works"]
    start = _picture(plain, frames[:1], camera, frames)
    arrows = "".join(_arrow(row, frames, camera) for row in figure.arrows)
    moving = _picture(shapes, frames, beside, frames)
    still = _picture(shapes, frames[-1:], beside, frames)
    title, first, last = escape(figure.title), *map(escape, figure.captions)
    labels = "".join(
        f'<text x="{10 + panel * PANEL_WIDTH:.0f}" y="16">{escape(label)}</text>'
        for panel, label in enumerate(figure.labels)
    )
    return (
        f'<svg class="kneewise-figure" viewBox="0 0 {2 * PANEL_WIDTH:.0f} {height:.0f}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{title}</title>'
        f"<desc>{escape(figure.labels[0])}: {first} {escape(figure.labels[1])}: {last}</desc>"
        f"<style>{STYLE}</style>{labels}"
        f'<path class="edge" stroke-width="2" d="M195 {height / 2 - 6:.0f}l6 6-6 6"/>'
        f"<g>{start}{arrows}</g>"
        f'<g class="moving">{moving}</g><g class="still" display="none">{still}</g></svg>'
    )


def _shapes(figure: Figure, frames: Sequence[Joints]) -> Iterable[Shape]:
    along = [joint[0] for joints in (frames[0], frames[-1]) for joint in joints.values()]
    yield from floor(min(along) - 8, max(along) + 8)
    yield from (shape for row in figure.props for shape in prop(row))
    yield from body(figure.works, figure.equal_sides)
    first, last = (front(pose) for pose in figure.poses)
    yield nose(lambda share: turn(first, last, share))


def _fit(figure: Figure, shapes: Sequence[Shape], frames: Sequence[Joints]) -> tuple[Camera, float]:
    """Choose scale and place so that everything lies inside the panel; returns the picture's height too."""
    camera = Camera(figure.view)
    seen = []
    for share, joints in ((0.0, frames[0]), (1.0, frames[-1])):
        for shape in shapes:
            room = shape.width / 2
            for x, y, _ in map(camera.see, shape.outline(joints, share)):
                seen += [(x - room, y - room), (x + room, y + room)]
    for row in figure.arrows:
        for x, y, _ in map(camera.see, _track(row, frames)):
            seen += [(x - 6, y - 6), (x + 6, y + 6)]
    left, right = min(x for x, _ in seen), max(x for x, _ in seen)
    top, bottom = min(y for _, y in seen), max(y for _, y in seen)
    scale = min(1.0, (PANEL_WIDTH - 2 * MARGIN) / (right - left))
    shift = (PANEL_WIDTH / 2 - scale * (left + right) / 2, LABEL_HEIGHT + MARGIN / 2 - scale * top)
    return Camera(figure.view, scale, shift), LABEL_HEIGHT + MARGIN + scale * (bottom - top)


def _picture(shapes: Sequence[Shape], drawn: Sequence[Joints], camera: Camera, frames: Sequence[Joints]) -> str:
    """Draw shapes back to front; several `drawn` frames make a movement that ends in the last one."""
    final = frames[-1]

    def depth(shape: Shape) -> tuple[int, float]:
        nearness = [camera.see(point)[2] for joints, share in ((frames[0], 0.0), (final, 1.0)) for point in shape.outline(joints, share)]
        return shape.order, sum(nearness) / len(nearness)

    shares = [frames.index(joints) / (len(frames) - 1) for joints in drawn]
    marks = []
    for shape in sorted(shapes, key=depth):
        outlines = [
            [camera.see(point)[:2] for point in shape.outline(joints, share)]
            for joints, share in zip(drawn, shares, strict=True)
        ]
        if shape.parted:
            marks.append(_mark(shape, outlines, camera.scale, "rim", 3.0))
        marks.append(_mark(shape, outlines, camera.scale, shape.name, 0.0))
    return "".join(marks)


def _mark(shape: Shape, outlines: Sequence[list[tuple[float, float]]], scale: float, name: str, wider: float) -> str:
    points = outlines[-1]
    if len(points) == 1:
        tag = f'circle class="{name} fill" r="{scale * (shape.width + wider) / 2:.1f}"'
        tracks = {"cx": [f"{track[0][0]:.0f}" for track in outlines], "cy": [f"{track[0][1]:.0f}" for track in outlines]}
    else:
        fill = " fill" if shape.area else ""
        tag = f'path class="{name}{fill}" stroke-width="{scale * shape.width + wider:.1f}"'
        tracks = {"d": [_path(track, shape.area) for track in outlines]}
    still = "".join(f' {attribute}="{values[-1]}"' for attribute, values in tracks.items())
    moves = "".join(_animate(attribute, values) for attribute, values in tracks.items() if len(set(values)) > 1)
    return f"<{tag}{still}>{moves}</{tag.split()[0]}>" if moves else f"<{tag}{still}/>"


def _path(points: Sequence[tuple[float, float]], closed: bool) -> str:
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points) + ("Z" if closed else "")


def _animate(attribute: str, values: list[str]) -> str:
    """Move from start to end, hold, and once more; the attribute's own value is the end."""
    there, back = values, values[-2:0:-1]
    rounds = [values[0], *there, values[-1], values[-1], *back, values[0], *there, values[-1]]
    return f'<animate attributeName="{attribute}" dur="{SECONDS}s" values="{";".join(rounds)}"/>'


def _arrow(row: Mapping[str, Any], frames: Sequence[Joints], camera: Camera) -> str:
    """Draw where a joint goes, or an arrow through given points."""
    seen = [camera.see(point)[:2] for point in _track(row, frames)]
    (x0, y0), (x1, y1) = seen[-2:]
    heading = math.atan2(y1 - y0, x1 - x0)
    barbs = [(x1 - 9 * math.cos(heading + turned), y1 - 9 * math.sin(heading + turned)) for turned in (0.5, -0.5)]
    return (
        f'<path class="arrow" stroke-width="3" d="{_path(seen, False)}"/>'
        f'<path class="arrow" stroke-width="3" d="{_path([barbs[0], (x1, y1), barbs[1]], False)}"/>'
    )


def _track(row: Mapping[str, Any], frames: Sequence[Joints]) -> list[Vec]:
    if "follow" in row:
        track = [place(row["follow"], joints) for joints in frames]
    else:
        track = [vec(point) for point in row["points"]]
    return [add(point, vec(row.get("offset", (0, 0)))) for point in track]
