"""Draw the report's figures as HTML and SVG, so that one file shows them without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

# A phone's width in pixels, so that letters keep their size there.
_WIDTH, _LEFT, _FLOOR = 360, 44, 170


def bars(
    figures: Mapping[str, Mapping[str, Any]], title: str, marks: Mapping[str, Mapping[str, Any]] | None = None
) -> str:
    """Draw shares in [0, 1] as bars with their intervals; empty where there is nothing to draw.

    Args:
        figures: Name -> `value`, and `low` and `high` where there is an interval.
        title: For those who hear the page.
        marks: Name -> `value` of something to compare with, drawn as a tick.
    """
    shown = {name: f for name, f in figures.items() if f.get("value") is not None}
    rows = "".join(_bar(name, f, (marks or {}).get(name)) for name, f in shown.items())
    return (
        f'<div class="bars" role="group" aria-label="{escape(title, quote=True)}">{rows}</div>'
        if shown
        else ""
    )


def _bar(name: str, figure: Mapping[str, Any], mark: Mapping[str, Any] | None) -> str:
    value, low, high = float(figure["value"]), figure.get("low"), figure.get("high")
    parts = [f'<i class="bar" style="width:{value:.1%}"></i>']
    if low is not None and high is not None:
        parts.append(f'<i class="whisker" style="left:{low:.1%};width:{high - low:.1%}"></i>')
    if mark is not None:
        parts.append(f'<i class="mark" style="left:{float(mark["value"]):.1%}"></i>')
    count = f" of {figure['n']:g}" if figure.get("n") else ""
    return (
        f'<span class="name">{escape(name)}</span><span class="track">{"".join(parts)}</span>'
        f'<span class="value">{value:.2f}<small>{count}</small></span>'
    )


def histogram(values: Sequence[float], title: str, unit: str, bins: int = 24) -> str:
    """Draw how `values` are distributed; the last bin holds all beyond the 99th percentile."""
    if not values:
        return ""
    ordered = sorted(values)
    top = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] or 1.0
    counts = [0] * bins
    for value in ordered:
        counts[min(bins - 1, int(value / top * bins))] += 1
    step = (_WIDTH - _LEFT - 10) / bins
    columns = "".join(
        _column(_LEFT + place * step, step - 2, count / max(counts) * (_FLOOR - 16), count)
        for place, count in enumerate(counts)
    )
    ticks = "".join(_tick(share, f"{share * top:.0f}") for share in (0, 0.25, 0.5, 0.75, 1))
    peak = f'<text class="side" x="{_LEFT - 6}" y="20">{max(counts)}</text>'
    floor = f'<path class="grid" d="M{_LEFT} {_FLOOR}H{_WIDTH - 10}"/>'
    return _svg(title, f"{floor}{columns}{ticks}{peak}{_axes(unit, 'answers')}")


def _column(left: float, width: float, tall: float, count: int) -> str:
    box = f'x="{left:.1f}" y="{_FLOOR - tall:.1f}" width="{width:.1f}" height="{tall:.1f}"'
    return f'<rect class="bar" {box}><title>{count}</title></rect>'


def reliability(
    points: Sequence[tuple[float, bool]], title: str, floor: float | None = None, bins: int = 10
) -> str:
    """Draw predicted probability against the share that came true; dots grow with their number.

    Args:
        points: (probability, whether it was so).
        title: For those who hear the page.
        floor: Threshold, drawn as a line.
        bins: How many dots at most.
    """
    if not points:
        return ""
    corner, far = _y(0), f"{_x(1):.0f} {_y(1):.0f}"
    frame = (
        f'<path class="grid" d="M{_LEFT} {_y(1):.0f}V{corner:.0f}H{_x(1):.0f}M{_LEFT} {corner:.0f}L{far}"/>'
    )
    ticks = "".join(_tick(share, f"{share:g}") + _side(share) for share in (0, 0.5, 1))
    line = "" if floor is None else f'<path class="floor" d="M{_x(floor):.1f} {_y(1):.0f}V{corner:.0f}"/>'
    dots = "".join(_dot(points, place / bins, (place + 1) / bins) for place in range(bins))
    return _svg(title, frame + ticks + line + dots + _axes("predicted that there is an answer", "there was"))


def _dot(points: Sequence[tuple[float, bool]], low: float, high: float) -> str:
    inside = [hit for p, hit in points if low <= p < high or (high == 1 and p == 1)]
    if not inside:
        return ""
    share, radius = sum(inside) / len(inside), 3 + min(8.0, len(inside) ** 0.5)
    label = f"{sum(inside)} of {len(inside)} answerable"
    spot = f'cx="{_x((low + high) / 2):.1f}" cy="{_y(share):.1f}" r="{radius:.1f}"'
    return f'<circle class="dot" {spot}><title>{label}</title></circle>'


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - 14)


def _y(share: float) -> float:
    return _FLOOR - share * (_FLOOR - 14)


def _tick(share: float, text: str) -> str:
    return f'<text class="tick" x="{_x(share):.1f}" y="{_FLOOR + 16}">{text}</text>'


def _side(share: float) -> str:
    return f'<text class="side" x="{_LEFT - 6}" y="{_y(share) + 4:.0f}">{share:g}</text>'


def _axes(below: str, beside: str) -> str:
    middle, height = (_LEFT + _WIDTH) // 2, _FLOOR // 2
    return (
        f'<text class="tick" x="{middle}" y="{_FLOOR + 34}">{escape(below)}</text>'
        f'<text class="tick" transform="translate(12 {height}) rotate(-90)">{escape(beside)}</text>'
    )


def _svg(title: str, content: str) -> str:
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {_WIDTH} {_FLOOR + 42}" role="img" aria-label="{label}">{content}</svg>'
