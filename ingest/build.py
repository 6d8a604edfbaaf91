"""Make a build beside the old one, prove it, and only then let it serve.

gather -> chunk -> embed -> Chroma -> lexical index -> knowledge -> manifest -> probe -> switch
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest import index as layout
from ingest import locate, manifest
from ingest.engine import Engine, Here
from ingest.ensure import current_manifest, ensure_build, is_sound
from ingest.errors import BuildFailed, IndexUnavailable, NothingToIndex
from ingest.fill import collection_prefix, fill
from ingest.gather import Gathered, gather
from ingest.inputs import Inputs, default_inputs, own_paths
from ingest.lock import writer
from ingest.probe import probe
from ingest.settings import IndexSettings
from ingest.store import sweep
from ingest.summary import Progress, Summary, changes, silent

__all__ = ["build", "default_inputs", "ensure_build", "rollback"]

_STAGING = "staging"


def build(
    inputs: Inputs,
    out: Path,
    settings: IndexSettings,
    progress: Progress = silent,
    *,
    wait_s: float = 0,
    engine: Engine | None = None,
) -> Summary:
    """Make the build of `inputs` below `out` and let it serve; one that stands already is not made again.

    `engine` runs the stages that take the time; by default this process does.

    Raises:
        NothingToIndex: No input holds an article.
        BuildLocked: Another process is writing below `out`.
        BuildFailed: The new build did not pass its probe; the old one still serves.
    """
    began = time.monotonic()
    with _room(out), writer(out, wait_s):
        before = current_manifest(out)
        staged = _fresh_folder(out)
        try:
            engine = engine or Here()
            gathered = gather(inputs, settings, staged / layout.ARTICLES, progress, engine)
            _require_articles(inputs, gathered)
            final = locate.builds_folder(out) / gathered.build_id
            built, embedded = not is_sound(final), 0
            if built:
                embedded = fill(staged, inputs, gathered, settings, out, progress, engine)
                _publish(staged, final, progress)
        finally:
            shutil.rmtree(out / _STAGING, ignore_errors=True)
        locate.reject(out, "")
        locate.switch(out, gathered.build_id)
        _prune(out, settings)
    stamp = manifest.read(final)
    return Summary(
        build_id=stamp.build_id,
        path=final,
        built=built,
        **stamp.counts,
        embedded=embedded,
        changes=changes(before.articles if before else {}, stamp.articles),
        skipped=gathered.skipped,
        notes=stamp.notes,
        seconds=time.monotonic() - began,
    )


def rollback(out: Path) -> Path:
    """Let the build before the current one serve again, until the next `build`; return its folder.

    Raises:
        IndexUnavailable: No sound older build is kept.
    """
    with writer(out):
        current = locate.current_id(out)
        kept = locate.finished(out)
        names = [build.name for build in kept]
        older = kept[names.index(current) + 1 :] if current in names else kept
        for candidate in older:
            if is_sound(candidate):
                locate.switch(out, candidate.name)
                locate.reject(out, current)
                return candidate
    raise IndexUnavailable(f"no build older than {current or 'none'} is kept in {out}")


@contextmanager
def _room(out: Path) -> Iterator[None]:
    """Tell of a disk that is full or a folder that may not be written to."""
    try:
        yield
    except OSError as error:
        raise BuildFailed(f"{error.strerror or error} ({out}); the old build still serves") from error


def _prune(out: Path, settings: IndexSettings) -> None:
    gone = locate.expendable(out)
    servers = {settings.chroma_url, *(str(stamp.settings.get("chroma_url", "")) for stamp in _stamps(gone))}
    for build_folder in gone:
        shutil.rmtree(build_folder, ignore_errors=True)
    kept = {stamp.collection for stamp in _stamps(locate.finished(out))}
    for url in servers - {""}:
        sweep(url, collection_prefix(out), kept)


def _stamps(builds: Sequence[Path]) -> Iterator[manifest.Manifest]:
    for build_folder in builds:
        with suppress(IndexUnavailable):  # of an older format, say
            yield manifest.read(build_folder)


def _require_articles(inputs: Inputs, gathered: Gathered) -> None:
    if not gathered.hashes or (own_paths(inputs) and not gathered.own):
        reasons = "; ".join(f"{s.source}: {s.reason}" for s in gathered.skipped[:5]) or "no file found"
        raise NothingToIndex(
            f"no article in {', '.join(map(str, inputs.paths)) or inputs.corpus} ({reasons})"
        )


def _publish(staged: Path, final: Path, progress: Progress) -> None:
    progress("probe", 0, None)
    if wrong := probe(staged):
        raise BuildFailed(f"the new build did not pass its probe and was dropped: {wrong}")
    shutil.rmtree(final, ignore_errors=True)
    final.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(final)


def _fresh_folder(out: Path) -> Path:
    staged = out / _STAGING / "build"
    shutil.rmtree(out / _STAGING, ignore_errors=True)  # what a killed run left; its vectors are in the cache
    staged.mkdir(parents=True)
    return staged
