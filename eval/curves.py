"""Draw measured curves on two logarithmic axes as SVG, readable on light and on dark ground."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _KEY = 560, 280, 56, 40, 30, 230
_COLOURS = ("#1a6fb5", "#c2571a", "#2e8b57", "#8a4fbf", "#b5892b", "#5f6b7a")
Points = Sequence[tuple[float, float]]


def curves(series: Mapping[str, Points], title: str, across: str, up: str) -> str:
    """Draw each of `series` as a line through its (x, y) points, all above 0.

    Raises:
        ValueError: There is no point.
    """
    points = [point for line in series.values() for point in line]
    if not points:
        raise ValueError("nothing to draw: every series is empty")
    x_axis, y_axis = _Axis([x for x, _ in points]), _Axis([y for _, y in points])
    plot_w, plot_h = _WIDTH - _LEFT, _HEIGHT - _BOTTOM - _TOP
    parts = [f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(title)}</text>']
    for tick in x_axis.ticks:
        x = _LEFT + x_axis.share(tick) * plot_w
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - 20}" text-anchor="middle">{tick:,.6g}</text>')
    for tick in y_axis.ticks:
        y = _TOP + (1 - y_axis.share(tick)) * plot_h
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH}" stroke="#8884"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{tick:,.6g}</text>')
    parts.append(
        f'<text x="{_LEFT + plot_w / 2:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(across)}</text>'
    )
    parts.append(f'<text x="4" y="{_TOP - 8}">{escape(up)}</text>')
    for place, (name, line) in enumerate(series.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        spots = [
            (_LEFT + x_axis.share(x) * plot_w, _TOP + (1 - y_axis.share(y)) * plot_h) for x, y in sorted(line)
        ]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        key_y = _TOP + 6 + 18 * place
        parts.append(f'<rect x="{_WIDTH + 14}" y="{key_y}" width="12" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{_WIDTH + 32}" y="{key_y + 7}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + _KEY} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12" fill="#777">'
        + "".join(parts) + "</svg>\n"
    )  # fmt: skip


class _Axis:
    """A logarithmic axis from the power of ten below the least value to the one above the greatest."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self.ticks = [10.0**power for power in range(self._low, self._high + 1)]

    def share(self, value: float) -> float:
        """Return where `value` lies, 0 to 1."""
        return (math.log10(value) - self._low) / (self._high - self._low)
