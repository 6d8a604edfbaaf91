"""Make a build beside the old one, prove it, and only then let it serve.

gather -> chunk -> embed -> Chroma -> lexical index -> knowledge -> manifest -> probe -> switch
"""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path

from ingest import index as layout
from ingest import locate, manifest
from ingest.errors import BuildFailed, BuildLocked, IndexUnavailable, NothingToIndex
from ingest.fill import fill
from ingest.gather import Gathered, Inputs, gather, own_paths
from ingest.lock import writer
from ingest.probe import probe
from ingest.settings import IndexSettings, corpus_folder, home
from ingest.store import ChromaVectors, check_model
from ingest.summary import Progress, Summary, changes, silent

_STAGING = "staging"


def build(
    inputs: Inputs,
    out: Path,
    settings: IndexSettings,
    progress: Progress = silent,
    *,
    wait_s: float = 0,
) -> Summary:
    """Make the build of `inputs` below `out` and let it serve; one that stands already is not made again.

    Raises:
        NothingToIndex: No input holds an article.
        BuildLocked: Another process is writing below `out`.
        BuildFailed: The new build did not pass its probe; the old one still serves.
    """
    began = time.monotonic()
    with writer(out, wait_s):
        before = _current_manifest(out)
        staged = _fresh_folder(out)
        try:
            gathered = gather(inputs, settings, staged / layout.ARTICLES, progress)
            _require_articles(inputs, gathered)
            final = locate.builds_folder(out) / gathered.build_id
            built, embedded = not _is_sound(final), 0
            if built:
                embedded = fill(staged, inputs, gathered, settings, out, progress)
                _publish(staged, final, progress)
        except OSError as error:
            raise BuildFailed(f"{error.strerror or error} ({out}); the old build still serves") from error
        finally:
            shutil.rmtree(out / _STAGING, ignore_errors=True)
        locate.reject(out, "")
        locate.switch(out, gathered.build_id)
        _prune(out)
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


def ensure_build(out: Path | None = None, *, corpus: Path | None = None, progress: Progress = silent) -> Path:
    """Return the current build, made first where it is missing, stale or damaged.

    It is made of what the current build was made of. While another process builds, and after a
    rollback, a sound build that stands is returned as it is.

    Raises:
        IngestError: It cannot be made; see `build`.
    """
    out = out or home()
    settings = IndexSettings.from_env()
    sound = _sound_build(out, settings)
    if sound and locate.rejected(out):
        return sound
    inputs = _same_inputs(default_inputs(corpus), _current_manifest(out))
    try:
        return build(inputs, out, settings, progress, wait_s=0 if sound else 600).path
    except BuildLocked:
        if sound is None:
            raise
        return sound


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
            if _is_sound(candidate):
                locate.switch(out, candidate.name)
                locate.reject(out, current)
                return candidate
    raise IndexUnavailable(f"no build older than {current or 'none'} is kept in {out}")


def _same_inputs(default: Inputs, current: manifest.Manifest | None) -> Inputs:
    """Return what the current build was made of, where its files still are."""
    paths = tuple(map(Path, current.paths)) if current else ()
    if not paths or not all(path.exists() for path in paths):
        return default
    return Inputs(default.corpus, paths, current.with_digests if current else True)


def _prune(out: Path) -> None:
    for build_folder in locate.expendable(out):
        try:
            stamp = manifest.read(build_folder)
            settings = IndexSettings(**stamp.settings)
            if settings.chroma_url:
                with closing(ChromaVectors.open(build_folder, settings, stamp.collection)) as vectors:
                    vectors.delete()
        except IndexUnavailable:
            pass  # its collection is gone already, or its server is
        shutil.rmtree(build_folder, ignore_errors=True)


def default_inputs(corpus: Path | None = None) -> Inputs:
    """Return what is indexed when nothing is named: the digests and the reader's own copies."""
    corpus = corpus or corpus_folder()
    originals = corpus / "originals"
    return Inputs(corpus, (originals,) if originals.is_dir() else ())


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


def _current_manifest(out: Path) -> manifest.Manifest | None:
    try:
        return manifest.read(locate.find_build(out))
    except IndexUnavailable:
        return None


def _is_sound(build: Path) -> bool:
    try:
        stamp = manifest.read(build)
        settings = IndexSettings(**stamp.settings)
        if settings.chroma_url:
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
    return found if _is_sound(found) else None
