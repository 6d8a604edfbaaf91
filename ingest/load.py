"""Find the articles below the given paths and read each into a LlamaIndex `Document`.

paths -> files (sources.toml, what may be read) -> documents, and what was skipped with its reason
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llama_index.core.schema import Document

from ingest import metadata
from ingest.errors import CorpusError
from ingest.extract import READERS, UnreadableError, read

_NOT_ARTICLES = frozenset(["readme", "notes", "license", "licence", "changelog", "contributing"])


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that gave no article.

    Attributes:
        source: File or record, as the user named it.
        reason: Why, as one phrase.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file that should hold an article.

    Attributes:
        path: The file.
        root: Folder that it must not leave.
        known: What `sources.toml` says of it.
        kind: Of its article unless `known` says otherwise.
    """

    path: Path
    root: Path
    kind: str
    known: Mapping[str, Any] = field(default_factory=dict)


def find(paths: Iterable[Path], kind: str = "original") -> Iterator[Source | Skipped]:
    """Yield what to read of files and folders, by name within each folder.

    A `sources.toml` in a folder, or in the folder above it, describes its files.
    """
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path, kind)
        elif path.exists():
            yield Source(path, path.parent, kind, _row_of(path, _rows(path.parent)[0]))
        else:
            yield Skipped(_shown(path), "no such file or folder")


def documents(found: Iterable[Source | Skipped]) -> Iterator[Document | Skipped]:
    """Read each source; one that cannot be read becomes a `Skipped` and the rest go on."""
    for source in found:
        if isinstance(source, Skipped):
            yield source
            continue
        try:
            yield from _read(source)
        except (UnreadableError, CorpusError) as error:
            yield Skipped(_shown(source.path), _short(error, source.path))
        except OSError as error:
            yield Skipped(_shown(source.path), error.strerror or str(error))


def _in_folder(folder: Path, kind: str) -> Iterator[Source | Skipped]:
    rows, trouble = _rows(folder)
    if trouble:
        yield trouble
    named = {row.get("file") for row in rows}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_dir() and not path.is_symlink():
            continue
        if path.suffix == ".toml" or (path.stem.lower() in _NOT_ARTICLES and path.name not in named):
            continue
        if not _stays(path, folder):
            yield Skipped(_shown(path), "leaves the corpus by a symbolic link")
        elif path.is_dir():
            yield Skipped(_shown(path), "a symbolic link to a folder is not followed")
        elif not path.exists():
            yield Skipped(_shown(path), "a symbolic link to nothing")
        else:
            yield Source(path, folder, kind, _row_of(path, rows))


def _stays(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a link to itself
        return False


def _shown(path: Path) -> str:
    """Return a file's name as it can be printed: its bytes need be no text."""
    return metadata.printable(str(path))


def _rows(folder: Path) -> tuple[Sequence[dict[str, Any]], Skipped | None]:
    for place in (folder, folder.parent):
        try:
            if rows := metadata.sources(place):
                return rows, None
        except CorpusError as error:
            return [], Skipped(str(place / "sources.toml"), _short(error, place / "sources.toml"))
    return [], None


def _row_of(path: Path, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for row in rows:
        if Path(row.get("file", "")).name == path.name or row.get("slug") == path.stem:
            return row
    return {}


def _read(source: Source) -> Iterator[Document | Skipped]:
    if source.path.suffix.lower() not in READERS:
        kinds = " ".join(sorted(READERS))
        raise UnreadableError(f"not a kind of file that is read ({kinds})")
    for text in read(source.path):
        if isinstance(text, UnreadableError):
            yield Skipped(_shown(source.path), str(text))
            continue
        own, body = metadata.front_matter(text.text, str(source.path))
        fields = {**text.fields, **own, **metadata.beside(source.path), **source.known}
        title = fields.get("title") or _first_line(body) or source.path.stem
        slug = fields.get("slug") or metadata.slug_of(str(fields.get("title") or source.path.stem))
        guessed = not fields.get("title")
        fields = {"kind": source.kind, **fields, "title": title, "slug": slug, "title_guessed": guessed}
        fields.pop("file", None)
        yield Document(
            text=body, id_=slug, metadata={**fields, "format": text.format, "path": _shown(source.path)}
        )


def _first_line(text: str) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "").lstrip("# ").strip()
    return first if 0 < len(first) <= 150 else ""


def _short(error: Exception, path: Path) -> str:
    return str(error).removeprefix(f"{path}: ").removeprefix(f"{path}, ")
