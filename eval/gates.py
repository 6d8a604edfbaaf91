"""Judge a summary by the bounds in gates.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import GateFileError
from eval.metrics import METRICS
from eval.redflags import SHARE

GATES = Path(__file__).with_name("gates.toml")
_GUARD = {f"guard.{name}" for name in (*SHARE, "must_not", "benign")}


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on one figure, and why it is there.

    Attributes:
        metric: A metric, or `guard.<level>` for the labelled messages.
        reason: Why it is there.
        at_least: Lowest value that passes; None for no lower bound.
        at_most: Highest value that passes; None for no upper bound.
        corpus: `digests` or `originals`; empty for both.
    """

    metric: str
    reason: str
    at_least: float | None = None
    at_most: float | None = None
    corpus: str = ""

    def holds(self, value: float) -> bool:
        """Say whether `value` passes; NaN never does."""
        too_low = self.at_least is not None and not value >= self.at_least
        too_high = self.at_most is not None and not value <= self.at_most
        return not (too_low or too_high)

    @property
    def bound(self) -> str:
        """The bound in words."""
        low = "" if self.at_least is None else f"at least {self.at_least:g}"
        high = "" if self.at_most is None else f"at most {self.at_most:g}"
        return " and ".join(filter(None, (low, high)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate and what became of it."""

    gate: Gate
    value: float
    passed: bool


def load_gates(path: Path = GATES) -> list[Gate]:
    """Read the gates.

    Raises:
        GateFileError: A gate has an unknown field or metric, no bound or no reason.
    """
    gates = []
    for number, row in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("gate", []), 1):
        try:
            gate = Gate(**row)
        except TypeError as error:
            raise GateFileError(f"{path.name}: gate {number}: {error}") from error
        if gate.metric not in METRICS and gate.metric not in _GUARD:
            raise GateFileError(f"{path.name}: gate {number}: {gate.metric!r} is no metric")
        if not gate.bound or not gate.reason:
            raise GateFileError(f"{path.name}: gate {number}: {gate.metric} needs a bound and a reason")
        gates.append(gate)
    return gates


def judge(gates: Sequence[Gate], figures: Mapping[str, Mapping[str, Any]], corpus: str) -> list[Verdict]:
    """Judge every gate of this corpus whose figure was measured; what was not measured is not judged.

    Args:
        gates: All gates.
        figures: Figure name -> at least `value`.
        corpus: `digests` or `originals`.
    """
    verdicts = []
    for gate in gates:
        if gate.metric not in figures or gate.corpus not in ("", corpus):
            continue
        value = figures[gate.metric]["value"]
        value = math.nan if value is None else float(value)
        verdicts.append(Verdict(gate, value, gate.holds(value)))
    return verdicts
