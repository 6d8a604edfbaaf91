"""What can go wrong before anything is measured.

EvalError
├── QuestionFileError   a question file is malformed; lists every fault at once
├── GateFileError       gates.toml is malformed
├── SystemUnavailable   the system to be measured cannot be reached or opened
└── RankingFailed       the process that scores rankings has ended

A question that the system answers badly is not an error: it is a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class EvalError(Exception):
    """Anything that stops a run with a message fit for its user."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a question file.

    Attributes:
        line: Line in the file, from 1.
        field: Dotted name of the field; empty for the line as a whole.
        reason: What is wrong with it.
    """

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field or 'the line'}: {self.reason}"


class QuestionFileError(EvalError):
    """A question file is malformed; nothing was run."""

    def __init__(self, path: Path, faults: Sequence[Fault]) -> None:
        self.path, self.faults = path, tuple(faults)
        listed = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"{path}: {len(faults)} faults, nothing was run\n{listed}")


class GateFileError(EvalError):
    """A gate names no metric, no bound or no reason."""


class SystemUnavailable(EvalError):
    """The system to be measured cannot be reached or opened."""


class RankingFailed(EvalError):
    """The process that scores rankings has ended."""
