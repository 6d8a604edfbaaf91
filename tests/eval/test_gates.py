"""Gates: what the file may say, and that each one can fail."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from eval.errors import GateFileError
from eval.gates import Gate, judge, load_gates


def test_shipped_gates_are_well_formed() -> None:
    """Every gate names a metric, a bound and a reason."""
    assert len(load_gates()) >= 10


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ('metric = "nonsense"\nat_least = 1.0\nreason = "x"', "nonsense"),
        ('metric = "completed"\nreason = "x"', "bound"),
        ('metric = "completed"\nat_least = 1.0\nreason = ""', "reason"),
        ('metric = "completed"\nat_leats = 1.0\nreason = "x"', "at_leats"),
    ],
)
def test_malformed_gate_names_what_is_wrong(tmp_path: Path, row: str, named: str) -> None:
    """A mistyped gate would otherwise never fail."""
    path = tmp_path / "gates.toml"
    path.write_text(f"[[gate]]\n{row}\n")

    with pytest.raises(GateFileError, match=named):
        load_gates(path)


def test_undefined_value_never_passes() -> None:
    """NaN compares false with everything, which must not open the gate."""
    assert not Gate("completed", "x", at_least=0.5).holds(math.nan)
    assert not Gate("false_alarms", "x", at_most=0.5).holds(math.nan)


def test_gate_of_the_other_corpus_is_not_judged() -> None:
    """Originals have bounds of their own."""
    gates = [Gate("fact_recall", "x", at_least=0.9, corpus="digests")]

    assert judge(gates, {"fact_recall": {"value": 0.1}}, "originals") == []
    assert not judge(gates, {"fact_recall": {"value": 0.1}}, "digests")[0].passed
