"""Exercise figures: a start and an end position drawn side by side, the end one moving gently."""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from app.web.drawing import fit, picture, sort
from app.web.poses import between, read_pose
from app.web.props import prop
from app.web.shapes import Shape, arrow, body, floor
from app.web.skeleton import Joints

DATA = Path(__file__).with_name("figures.toml")
PANEL_WIDTH = 200.0
STEPS = 5  # pictures between start and end: limbs turn, so two alone would shorten them on the way

# Kept in the figure, so that it looks right wherever it is pasted; the class confines it to figures.
STYLE = "".join(
    f".kneewise-figure {rule}"
    for rule in """\
path,.kneewise-figure circle{fill:none;stroke:none;stroke-linecap:round;stroke-linejoin:round}
text{fill:currentColor;font:600 13px system-ui,sans-serif;opacity:.75}
.near,.kneewise-figure .far{stroke:var(--figure-body,currentColor)}
.near.fill{fill:var(--figure-body,currentColor)}
.far{opacity:.42}
.rim{stroke:var(--figure-ground,transparent)}
.rim.fill{fill:var(--figure-ground,transparent)}
.works,.kneewise-figure .arrow{stroke:var(--figure-works,#d9622b)}
.thing{stroke:var(--figure-thing,#0e8f8f)}
.thing.fill{fill:var(--figure-thing,#0e8f8f)}
.hollow.fill{fill:var(--figure-ground,#fff);opacity:.7}
.floor.fill{fill:currentColor;opacity:.08}
.edge,.kneewise-figure .prop-line{stroke:currentColor;opacity:.4}
.prop{fill:currentColor;fill-opacity:.1;stroke:currentColor;stroke-opacity:.4}
.still{display:none}""".splitlines()
) + (
    "@media (prefers-reduced-motion:reduce),print"
    "{.kneewise-figure .still{display:inline}.kneewise-figure .moving{display:none}}"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One exercise's figure.

    Attributes:
        title: The exercise's name.
        captions: What the start and the end position show, a sentence each.
        labels: The words above the two pictures.
        frames: The joints from the start to the end pose, each with the share of the movement done.
        view: Camera: radians turned around the upright axis, and raised.
        shapes: What is drawn in the end picture, the floor left out.
        arrows: Where the movement goes, drawn in the start picture.
    """

    title: str
    captions: tuple[str, str]
    labels: tuple[str, str]
    frames: tuple[tuple[Joints, float], ...]
    view: tuple[float, float]
    shapes: tuple[Shape, ...]
    arrows: tuple[Shape, ...]


class FigureDataError(ValueError):
    """figures.toml holds something that cannot be drawn; the message names the figure and the fault."""


@functools.cache
def load_figures(path: Path = DATA) -> Mapping[str, Figure]:
    """Read all figures by exercise id.

    Raises:
        FigureDataError: If a row is incomplete, has an unknown field or a pose that cannot be drawn.
    """
    figures = {}
    rows = tomllib.loads(path.read_text("utf-8"))
    for exercise_id, row in rows.items():
        try:
            figures[exercise_id] = _read(rows[row["like"]] | row if "like" in row else row)
        except KeyError as error:
            raise FigureDataError(f"{path.name}, [{exercise_id}]: {error} is missing or unknown") from error
        except (IndexError, TypeError, ValueError) as error:
            raise FigureDataError(f"{path.name}, [{exercise_id}]: {error}") from error
    return figures


@functools.cache
def figure_svg(exercise_id: str) -> str | None:
    """Draw the figure of an exercise as an inline SVG that needs nothing else on the page.

    It takes the text colour of its surroundings; `--figure-body`, `--figure-ground`, `--figure-works` and
    `--figure-thing` change its colours (the ground is that of the card it lies on). It has no ids, so a
    page may show a figure twice. The movement plays twice when the figure appears, never where reduced
    motion is asked for; the page's script may call the element's `setCurrentTime(0)` to play it again.

    Returns:
        The SVG element as text, or None where there is no figure for this exercise.
    """
    figure = load_figures().get(exercise_id)
    return None if figure is None else draw(figure)


def draw(figure: Figure) -> str:
    """Write a figure as SVG: the start picture, the end picture, and that one again with its movement."""
    ends = [figure.frames[0][0], figure.frames[-1][0]]
    ground = [*floor([point for joints in ends for point in joints.values()])]
    camera, height = fit(figure.view, [*ground, *figure.shapes, *figure.arrows], ends, PANEL_WIDTH)
    shapes = sort([*ground, *figure.shapes], camera, ends)
    resting = [shape for shape in shapes if shape.name != "works"]
    start = picture([*resting, *figure.arrows], figure.frames[:1], camera)
    moving = picture(shapes, figure.frames, camera.beside(PANEL_WIDTH))
    still = picture(shapes, figure.frames[-1:], camera.beside(PANEL_WIDTH))
    return (
        f'<svg class="kneewise-figure" xmlns="http://www.w3.org/2000/svg" role="img" width="100%" '
        f'viewBox="0 0 {2 * PANEL_WIDTH:.0f} {height:.0f}">{_words(figure)}<style>{STYLE}</style>'
        f'<path class="edge" stroke-width="2" d="{_chevron(height / 2)}"/><g>{start}</g>'
        f'<g class="moving">{moving}</g><g class="still" display="none">{still}</g></svg>'
    )


def _read(row: Mapping[str, Any]) -> Figure:
    start = read_pose(row["start"])
    end = read_pose(row["end"], start)
    shares = [step / STEPS for step in range(STEPS + 1)]
    frames = [between(start, end, share) for share in shares]
    turned, raised = row.get("view", (18, 12))
    first, last = row["captions"]
    figure = Figure(
        title=row["title"],
        captions=(first, last),
        labels=("Start", row.get("label", "End")),
        frames=tuple(zip(frames, shares, strict=True)),
        view=(math.radians(turned), math.radians(raised)),
        shapes=(
            *(shape for thing in row.get("props", ()) for shape in prop(thing)),
            *body(row.get("works", ()), row.get("equal_sides", False)),
        ),
        arrows=tuple(arrow(line, frames) for line in row.get("arrows", ())),
    )
    for shape in figure.shapes:
        shape.outline(*figure.frames[0])  # a joint that does not exist is found here, not on the page
    return figure


def _chevron(y: float) -> str:
    x = PANEL_WIDTH - 3
    return f"M{x:.0f} {y - 6:.0f}L{x + 6:.0f} {y:.0f}L{x:.0f} {y + 6:.0f}"


def _words(figure: Figure) -> str:
    (first, last), captions = map(escape, figure.labels), [escape(caption) for caption in figure.captions]
    return (
        f"<title>{escape(figure.title)}</title><desc>{first}: {captions[0]} {last}: {captions[1]}</desc>"
        f'<text x="10" y="16" aria-hidden="true">{first}</text>'
        f'<text x="{PANEL_WIDTH + 10:.0f}" y="16" aria-hidden="true">{last}</text>'
    )
