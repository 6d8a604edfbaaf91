"""Read the message bank and turn its labels into targets and weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MESSAGES = Path(__file__).parent.parent / "messages"

# Ordinary aches that the product reassures about: labelled in the bank, never learned as flags.
WATCH = frozenset({"front-ache-pattern", "painless-click", "outer-or-both-pattern", "ordinary-soreness"})

ANY = "any"  # the net's last output: does the message speak of any rule at all?

POSITIVE, DENIED, BENIGN, UNLISTED = 2.0, 3.0, 1.0, 0.5  # loss weights; ablation in the model's card.md

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled conversation of the bank.

    Attributes:
        message_id: Writer and number, such as `W4-017`.
        turns: The person's messages, oldest first.
        must: Rules that hold after the last turn, watch patterns left out.
        must_not: Rules that may not hold; a rule in neither set was not judged.
        benign: Whether no rule at all may hold.
        kind: What makes it hard, such as `negation` or `typo`.
    """

    message_id: str
    turns: tuple[str, ...]
    must: frozenset[str]
    must_not: frozenset[str]
    benign: bool
    kind: str

    @property
    def text(self) -> str:
        """The whole conversation as the net reads it."""
        return join_turns(self.turns)


def join_turns(turns: Sequence[str]) -> str:
    """Join the turns of a conversation so that each stays a sentence of its own."""
    return " . ".join(turns)


def read_messages(*names: str, folder: Path = MESSAGES) -> list[Message]:
    """Read the parts of the bank called `names` (`train`, `dev`, ...), in order.

    Raises:
        ValueError: A line is not a labelled message; names file, line and fault.
    """
    return [message for name in names for message in _read(folder / f"{name}.jsonl")]


def _read(path: Path) -> Iterable[Message]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            yield Message(
                message_id=row["id"],
                turns=tuple(row["turns"]),
                must=frozenset(row["must"]) - WATCH,
                must_not=frozenset(row["must_not"]) - WATCH,
                benign=row["max_level"] == "none",
                kind=row["kind"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}:{number}: not a labelled message: {error!r}") from error


def label(messages: Sequence[Message], rule_ids: Sequence[str]) -> tuple[Matrix, Matrix]:
    """Turn labels into targets and loss weights.

    Returns:
        Two arrays of shape (len(messages), len(rule_ids) + 1): 1.0 where a rule holds, and how much
        each cell counts. A cell nobody judged counts little, as a negative. The last column is `ANY`.
    """
    column = {rule_id: index for index, rule_id in enumerate(rule_ids)}
    targets = np.zeros((len(messages), len(rule_ids) + 1), dtype=np.float32)
    weights = np.full_like(targets, UNLISTED)
    for row, message in enumerate(messages):
        holds = [column[rule_id] for rule_id in message.must]
        if message.benign:
            weights[row] = BENIGN
        weights[row, [column[rule_id] for rule_id in message.must_not]] = DENIED
        weights[row, holds] = POSITIVE
        targets[row, holds] = 1.0
        targets[row, -1] = bool(holds)
        weights[row, -1] = DENIED if message.benign else BENIGN
    return targets, weights
