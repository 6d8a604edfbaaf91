"""Draw the report's figures as SVG, so that one file shows them without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_ROW, _LABEL, _BAR, _PAD = 22, 170, 360, 60


def bars(figures: Mapping[str, Mapping[str, Any]], title: str) -> str:
    """Draw shares in [0, 1] as bars with their intervals; empty where there is nothing to draw."""
    shown = {name: f for name, f in figures.items() if f.get("value") is not None}
    if not shown:
        return ""
    rows = "".join(_bar(place, name, f) for place, (name, f) in enumerate(shown.items()))
    return _svg(_LABEL + _BAR + _PAD, _ROW * len(shown) + 24, title, rows + _axis(_ROW * len(shown)))


def _bar(place: int, name: str, figure: Mapping[str, Any]) -> str:
    top, value = place * _ROW, float(figure["value"])
    low, high = figure.get("low"), figure.get("high")
    whisker = "" if low is None or high is None else _whisker(top + 10, float(low), float(high))
    return (
        f'<text class="name" x="{_LABEL - 8}" y="{top + 14}">{escape(name)}</text>'
        f'<rect class="bar" x="{_LABEL}" y="{top + 4}" width="{value * _BAR:.1f}" height="12"/>{whisker}'
        f'<text class="value" x="{_LABEL + _BAR + 8}" y="{top + 14}">{value:.3f}</text>'
    )


def _whisker(middle: float, low: float, high: float) -> str:
    left, right = _LABEL + low * _BAR, _LABEL + high * _BAR
    return (
        f'<path class="whisker" d="M{left:.1f} {middle - 4}v8M{left:.1f} {middle}H{right:.1f}'
        f'M{right:.1f} {middle - 4}v8"/>'
    )


def _axis(bottom: float) -> str:
    ticks = "".join(
        f'<path class="grid" d="M{_LABEL + share * _BAR} 0V{bottom}"/>'
        f'<text class="tick" x="{_LABEL + share * _BAR}" y="{bottom + 16}">{share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    return f"<g>{ticks}</g>"


def histogram(values: Sequence[float], title: str, unit: str, bins: int = 30) -> str:
    """Draw how `values` are distributed; the last bin holds all beyond the 99th percentile."""
    if not values:
        return ""
    ordered = sorted(values)
    top = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] or 1.0
    counts = [0] * bins
    for value in ordered:
        counts[min(bins - 1, int(value / top * bins))] += 1
    width, height, peak = _LABEL + _BAR, 160, max(counts)
    step = (width - 40) / bins
    columns = "".join(
        _column(40 + place * step, height, step - 2, count / peak * (height - 10), count)
        for place, count in enumerate(counts)
    )
    ticks = "".join(
        _tick(40 + share * (width - 40), height + 16, f"{share * top:.0f} {unit}")
        for share in (0.05, 0.25, 0.5, 0.75, 0.93)
    )
    peak_text = f'<text class="name" x="34" y="14">{peak}</text>'
    return _svg(width + 20, height + 24, title, columns + ticks + peak_text)


def _column(left: float, floor: float, width: float, tall: float, count: int) -> str:
    box = f'x="{left:.1f}" y="{floor - tall:.1f}" width="{width:.1f}" height="{tall:.1f}"'
    return f'<rect class="bar" {box}><title>{count}</title></rect>'


def _tick(x: float, y: float, text: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.0f}">{text}</text>'


def reliability(points: Sequence[tuple[float, bool]], title: str, bins: int = 10) -> str:
    """Draw predicted probability against the share of answerable questions; dots grow with count."""
    if not points:
        return ""
    size, shift = 300, 130
    dots = "".join(_dot(points, place / bins, (place + 1) / bins, size, shift) for place in range(bins))
    right = shift + size
    frame = f'<path class="grid" d="M{shift} {size}H{right}M{shift} 0V{size}M{shift} {size}L{right} 0"/>'
    ticks = "".join(
        f'<text class="tick" x="{shift + share * size}" y="{size + 16}">{share:g}</text>'
        f'<text class="name" x="{shift - 6}" y="{size - share * size + 4:.0f}">{share:g}</text>'
        for share in (0, 0.5, 1)
    )
    return _svg(_LABEL + _BAR, size + 24, title, frame + ticks + dots)


def _dot(points: Sequence[tuple[float, bool]], low: float, high: float, size: int, shift: int) -> str:
    inside = [hit for p, hit in points if low <= p < high or (high == 1 and p == 1)]
    if not inside:
        return ""
    x, y = shift + (low + high) / 2 * size, size - sum(inside) / len(inside) * size
    radius = 3 + min(9.0, len(inside) ** 0.5)
    label = f"{sum(inside)} of {len(inside)} answerable"
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{label}</title></circle>'


def _svg(width: float, height: float, title: str, content: str) -> str:
    box, label = f"-4 -14 {width + 8:.0f} {height + 18:.0f}", escape(title, quote=True)
    return f'<svg viewBox="{box}" role="img" aria-label="{label}">{content}</svg>'
