"""What a model may not say, whatever it cites; read from one file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.words import fold


@dataclass(frozen=True, slots=True)
class Ban:
    """Patterns of what a model may not say, and why."""

    reason: str
    patterns: tuple[re.Pattern[str], ...]

    def hits(self, sentence: str) -> bool:
        """Say whether `sentence` has one of them."""
        return any(pattern.search(fold(sentence)) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Bans:
    """What may not be said at all, and what only in an article's own words."""

    unsafe: tuple[Ban, ...]
    quoted_only: Ban


def load_bans(path: Path | None = None) -> Bans:
    """Read what a model may not say."""
    path = path or Path(__file__).with_name("data") / "unsafe.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Bans(tuple(map(_ban, data["unsafe"])), _ban(data["quoted_only"]))


def _ban(row: dict[str, Any]) -> Ban:
    return Ban(row["reason"], tuple(map(re.compile, row["patterns"])))
