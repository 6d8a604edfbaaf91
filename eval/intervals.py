"""How sure a figure is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_RESAMPLES = 2000
_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Count:
    """Successes out of chances in one question; pooled over questions they make a ratio.

    Attributes:
        hit: Successes; a fraction where a metric grades.
        n: Chances; 0 where the question says nothing about the metric.
    """

    hit: float
    n: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A pooled ratio with its 95 % interval.

    Attributes:
        value: Successes over chances; NaN without a chance.
        low: Lower end.
        high: Upper end.
        n: Chances counted.
        questions: Questions that had any.
    """

    value: float
    low: float
    high: float
    n: float
    questions: int


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson 1927); NaNs for `n` of 0."""
    if n <= 0:
        return math.nan, math.nan
    p, z2 = hits / n, _Z95 * _Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Rounding must not push the point itself out of its interval.
    return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))


def pooled(counts: Sequence[Count], *, seed: int = 0, resample: bool = True) -> Estimate:
    """Return the ratio over all counts.

    Args:
        counts: One per question.
        seed: Seed of the bootstrap.
        resample: Bootstrap over questions, since chances within one question hang together;
            otherwise Wilson, for metrics with one chance a question.
    """
    asked = [c for c in counts if c.n > 0]
    hits, n = sum(c.hit for c in asked), sum(c.n for c in asked)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0, 0)
    alike = len({c.hit / c.n for c in asked}) == 1
    # A bootstrap of equal values has no width, which would claim certainty from a handful of questions.
    low, high = wilson(hits, n) if alike or not resample else _bootstrap(asked, seed)
    return Estimate(hits / n, low, high, n, len(asked))


def _bootstrap(counts: Sequence[Count], seed: int) -> tuple[float, float]:
    hit = np.array([c.hit for c in counts])
    n = np.array([c.n for c in counts])
    picks = _picks(len(counts), seed)
    ratios = hit[picks].sum(axis=1) / n[picks].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def paired_difference(before: Sequence[Count], after: Sequence[Count], *, seed: int = 0) -> Estimate:
    """Return how much the pooled ratio changed on the same questions, with a paired bootstrap interval.

    The change is significant at 5 % where the interval leaves out 0.
    """
    pairs = [(b, a) for b, a in zip(before, after, strict=True) if b.n > 0 and a.n > 0]
    if not pairs:
        return Estimate(math.nan, math.nan, math.nan, 0, 0)
    table = np.array([(b.hit, b.n, a.hit, a.n) for b, a in pairs])
    picks = _picks(len(pairs), seed)
    sums = table[picks].sum(axis=1)
    differences = sums[:, 2] / sums[:, 3] - sums[:, 0] / sums[:, 1]
    total = table.sum(axis=0)
    low, high = np.quantile(differences, [0.025, 0.975])
    value = float(total[2] / total[3] - total[0] / total[1])
    return Estimate(value, float(low), float(high), float(total[3]), len(pairs))


def _picks(size: int, seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, size, size=(_RESAMPLES, size))
