"""What a build is made from, and whether that is still as it was; light enough for every start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.manifest import Manifest
from ingest.settings import FORMAT, IndexSettings, corpus_folder

_SEEN = "seen"
_CODE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build is made from.

    Attributes:
        corpus: Folder of the digests and of the knowledge files.
        paths: The reader's own files and folders.
        with_digests: Whether digests that no original replaces belong to the build.
    """

    corpus: Path
    paths: tuple[Path, ...]
    with_digests: bool = True


def own_paths(inputs: Inputs) -> tuple[Path, ...]:
    """Return the paths that a person named, without the folder that is always looked into."""
    return tuple(path for path in inputs.paths if path != inputs.corpus / "originals")


def default_inputs(corpus: Path | None = None) -> Inputs:
    """Return what is indexed when nothing is named: the digests and the reader's own copies."""
    corpus = corpus or corpus_folder()
    originals = corpus / "originals"
    return Inputs(corpus, (originals,) if originals.is_dir() else ())


def same_inputs(default: Inputs, current: Manifest | None) -> Inputs:
    """Return what the current build was made of, where its files still are."""
    paths = tuple(map(Path, current.paths)) if current else ()
    if not paths or not all(path.exists() for path in paths):
        return default
    return Inputs(default.corpus, paths, current.with_digests if current else True)


def digest(inputs: Inputs, settings: IndexSettings) -> str:
    """Hash every byte that a build of `inputs` depends on, this code included; reads, parses nothing."""
    whole = hashlib.sha256(json.dumps([FORMAT, inputs.with_digests, settings.as_dict()]).encode())
    for folder in (_CODE, inputs.corpus, *own_paths(inputs)):
        for path in _files(folder):
            whole.update(f"{path}\n".encode(errors="surrogateescape"))
            with suppress(OSError), path.open("rb") as file:  # what cannot be read goes into no build
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def seen(out: Path) -> tuple[str, str]:
    """Return (digest of inputs, build id) that `see` noted last; empty strings where nothing was."""
    try:
        found, _, build_id = (out / _SEEN).read_text(encoding="ascii").partition(" ")
    except (OSError, UnicodeDecodeError):
        return "", ""
    return found, build_id


def see(out: Path, found: str, build_id: str) -> None:
    """Note that inputs of the digest `found` make the build `build_id`."""
    fresh = out / f"{_SEEN}.new"
    fresh.write_text(f"{found} {build_id}", encoding="ascii")
    fresh.replace(out / _SEEN)


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path
