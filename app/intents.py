"""Tell what a question wants: why, which exercise, how much, when to see a doctor, ..."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.words import stem

_DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Intent:
    """One row of `intents.toml`: what a question wants, and how its answer is shaped.

    `asks` is the question in plain words, `{condition}` filled in; it is searched for beside the person's.
    """

    intent_id: str
    patterns: tuple[re.Pattern[str], ...]
    needs: tuple[str, ...]
    sentences: int
    cards: int
    table: bool
    cues: tuple[re.Pattern[str], ...]
    asks: str


@dataclass(frozen=True, slots=True)
class Intents:
    """All intents, in the order in which they are tried."""

    rows: tuple[Intent, ...]
    generic: frozenset[str]

    def by_id(self, intent_id: str) -> Intent:
        """Return the intent of that id; `other` for an unknown one."""
        return next((row for row in self.rows if row.intent_id == intent_id), self.rows[-1])

    def classify(self, question: str, found: Mapping[str, tuple[str, ...]]) -> str:
        """Return the id of the first intent whose pattern and slots `question` fills."""
        for row in self.rows:
            if row.needs and not any(found.get(need) for need in row.needs):
                continue
            if any(pattern.search(question) for pattern in row.patterns):
                return row.intent_id
        return self.rows[-1].intent_id


def load_intents(path: Path = _DATA / "intents.toml") -> Intents:
    """Read the intents in their order."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = tuple(
        Intent(
            row["id"],
            tuple(map(re.compile, row["patterns"])),
            tuple(row.get("needs", ())),
            row["sentences"],
            row["cards"],
            row["table"],
            tuple(map(re.compile, row["cues"])),
            row.get("asks", ""),
        )
        for row in data["intent"]
    )
    return Intents(rows, frozenset(map(stem, data["generic"].split())))
