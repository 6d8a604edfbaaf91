"""What a run of the ingestion did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest.load import Skipped

# Called with a stage's name, how much of it is done, and of how much (None: not known yet).
Progress = Callable[[str, int, int | None], None]


def silent(stage: str, done: int, total: int | None) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Slugs by what became of them since the build before."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of one run.

    Attributes:
        build_id: The build that serves now.
        path: Its folder.
        built: False when the inputs were those of a build that stood already.
        articles: In the build; the same holds for the two below.
        passages: See above.
        sentences: See above.
        embedded: Texts put through the model by this run.
        changes: Against the build that served before.
        skipped: Inputs that gave no article, with the reason.
        notes: What else a person should know.
        seconds: Wall-clock time.
    """

    build_id: str
    path: Path
    built: bool
    articles: int
    passages: int
    sentences: int
    embedded: int
    changes: Changes
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values, as printed by `--json`."""
        row: dict[str, Any] = asdict(self)
        changed: dict[str, Any] = row.pop("changes")
        return row | changed | {"path": str(self.path), "seconds": round(self.seconds, 2)}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """Compare two builds by slug -> content hash."""
    return Changes(
        added=tuple(slug for slug in after if slug not in before),
        changed=tuple(slug for slug in after if slug in before and before[slug] != after[slug]),
        removed=tuple(slug for slug in before if slug not in after),
        unchanged=tuple(slug for slug in after if before.get(slug) == after[slug]),
    )
