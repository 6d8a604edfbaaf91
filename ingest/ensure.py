"""The build that serves, made first where it is missing, stale or damaged.

A start whose inputs are what they were finds its build without LlamaIndex, which takes seconds to import.
"""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from ingest import locate, manifest
from ingest.errors import BuildLocked, IndexUnavailable
from ingest.inputs import default_inputs, digest, same_inputs, see, seen
from ingest.opening import check_model
from ingest.settings import IndexSettings, home


def ensure_build(out: Path | None = None, *, corpus: Path | None = None) -> Path:
    """Return the current build, made first where it is missing, stale or damaged.

    It is made of what the current build was made of. While another process builds, and after a
    rollback, a sound build that stands is returned as it is.

    Raises:
        IngestError: It cannot be made; see `ingest.build.build`.
    """
    out = out or home()
    settings = IndexSettings.from_env()
    sound = _sound_build(out, settings)
    if sound and locate.rejected(out):
        return sound
    inputs = same_inputs(default_inputs(corpus), current_manifest(out))
    found = digest(inputs, settings)
    if sound and seen(out) == (found, sound.name):
        return sound
    from ingest.build import build  # reads the articles through LlamaIndex: not on every start

    try:
        made = build(inputs, out, settings, wait_s=0 if sound else 600).path
    except BuildLocked:
        if sound is None:
            raise
        return sound
    _note(out, found, made.name)
    return made


def current_manifest(out: Path) -> manifest.Manifest | None:
    """Return the stamp of the build that serves below `out`; None where there is none to be read."""
    try:
        return manifest.read(locate.find_build(out))
    except IndexUnavailable:
        return None


def is_sound(build: Path) -> bool:
    """Say whether a build is whole; with a Chroma server, whether that holds its passages too."""
    try:
        stamp = manifest.read(build)
        settings = IndexSettings(**stamp.settings)
        if settings.chroma_url:
            from ingest.store import ChromaVectors  # embedded stores are not opened for this

            with closing(ChromaVectors.open(build, settings, stamp.collection)) as vectors:
                return vectors.count == stamp.counts["passages"] and not manifest.damage(build, stamp)
        return not manifest.damage(build, stamp)
    except IndexUnavailable:
        return False


def _sound_build(out: Path, settings: IndexSettings) -> Path | None:
    try:
        found = locate.find_build(out)
        check_model(found, manifest.read(found), settings)
    except IndexUnavailable:
        return None
    return found if is_sound(found) else None


def _note(out: Path, found: str, build_id: str) -> None:
    with suppress(OSError):  # where nothing may be written, each start reads the articles again
        see(out, found, build_id)
