"""What a build says of itself, and whether its files are still what they were."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import IndexMismatch, IndexUnavailable
from ingest.settings import FORMAT

NAME = "manifest.json"
CHROMA = "chroma"
_DATABASE = f"{CHROMA}/chroma.sqlite3"
# Chroma writes a row here each time a database is opened, so the file's own hash does not hold.
_CHANGES_ON_OPEN = frozenset(["acquire_write", "maintenance_log"])


@dataclass(frozen=True, slots=True)
class Manifest:
    """The stamp of a build.

    Attributes:
        build_id: Hash of all inputs: the same inputs give the same id.
        made: When, ISO, UTC.
        settings: `IndexSettings` as plain values.
        model_sha256: Of the weights that made the vectors.
        dimension: Length of a vector.
        articles: Slug -> content hash.
        counts: articles, passages, sentences.
        collection: Name of the Chroma collection.
        skipped: [source, reason] of inputs that gave no article.
        notes: What else the summary should say (near-duplicates, dropped knowledge).
        files: Path below the build -> SHA-256, for files that never change.
        paths: The reader's files and folders that went in, beside the shipped corpus.
        with_digests: Whether the shipped digests went in.
        database: Hash of the rows of Chroma's database; empty with a Chroma server.
        format: Layout of the build.
    """

    build_id: str
    made: str
    settings: Mapping[str, Any]
    model_sha256: str
    dimension: int
    articles: Mapping[str, str]
    counts: Mapping[str, int]
    collection: str
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    with_digests: bool = True
    files: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    format: int = FORMAT

    def write(self, build: Path) -> None:
        """Write it into `build`, complete or not at all."""
        temporary = build / f"{NAME}.new"
        temporary.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        temporary.replace(build / NAME)


def read(build: Path) -> Manifest:
    """Read the manifest of a build.

    Raises:
        IndexUnavailable: There is none, or it is damaged.
        IndexMismatch: The build has another format.
    """
    try:
        raw = json.loads((build / NAME).read_text(encoding="utf-8"))
        raw["skipped"] = tuple((source, reason) for source, reason in raw["skipped"])
        manifest = Manifest(**{**raw, "notes": tuple(raw["notes"]), "paths": tuple(raw["paths"])})
    except FileNotFoundError as error:
        raise IndexUnavailable(f"{build} holds no build: make one with `make index`") from error
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise IndexUnavailable(
            f"{build / NAME} is damaged: make the index again with `make index`"
        ) from error
    if manifest.format != FORMAT:
        raise IndexMismatch(
            f"{build} has format {manifest.format}, this version reads {FORMAT}: run `make index`"
        )
    return manifest


def fingerprints(build: Path) -> tuple[dict[str, str], str]:
    """Hash the files of a build: (path -> SHA-256, hash of the rows of Chroma's database)."""
    files = {
        str(path.relative_to(build)): _sha256(path)
        for path in sorted(build.rglob("*"))
        if path.is_file() and path.name != NAME and not _is_volatile(path, build)
    }
    database = build / _DATABASE
    return files, _rows_hash(database) if database.exists() else ""


def damage(build: Path, manifest: Manifest) -> str:
    """Say what of a build is not as it was made; empty when all is.

    Reads files only and never opens Chroma, whose native code a damaged file can take down.
    """
    for name, expected in manifest.files.items():
        path = build / name
        if not path.is_file():
            return f"{name} is missing"
        if _sha256(path) != expected:
            return f"{name} is not what was written"
    if manifest.database:
        try:
            if _rows_hash(build / _DATABASE) != manifest.database:
                return f"{_DATABASE} is not what was written"
        except sqlite3.Error as error:
            return f"{_DATABASE} cannot be read ({error})"
    return ""


def _is_volatile(path: Path, build: Path) -> bool:
    """Chroma's database, and the files of a segment that has not been persisted: made anew at each open."""
    relative = path.relative_to(build)
    if relative.parts[0] != CHROMA:
        return False
    return len(relative.parts) == 2 or not (path.parent / "index_metadata.pickle").exists()


def _rows_hash(database: Path) -> str:
    digest = hashlib.sha256()
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    try:
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            return "damaged"
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for name, sql in tables.fetchall():
            if name in _CHANGES_ON_OPEN or "VIRTUAL" in (sql or ""):
                continue
            digest.update(f"{name}\n{sql}\n".encode())
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                digest.update(repr(row).encode())
    finally:
        connection.close()
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
