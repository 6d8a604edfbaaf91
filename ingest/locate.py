"""Where builds lie: `<folder>/builds/<build id>/`, and `<folder>/current` names the one that serves."""

from __future__ import annotations

import shutil
from pathlib import Path

from ingest.errors import IndexUnavailable
from ingest.manifest import NAME
from ingest.settings import home

BUILDS, CURRENT = "builds", "current"
KEPT = 3


def builds_folder(out: Path) -> Path:
    """Return the folder of all builds below `out`."""
    return out / BUILDS


def current_id(out: Path | None = None) -> str:
    """Return the id of the build that serves; empty where there is none. Cheap enough to poll."""
    try:
        return ((out or home()) / CURRENT).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def find_build(path: Path | None = None) -> Path:
    """Return the build that `path` means: itself, or the current one below it; `None` is the home folder.

    Raises:
        IndexUnavailable: There is none.
    """
    place = path or home()
    if (place / NAME).is_file():
        return place
    for out in (place, place.parent):
        name = current_id(out)
        if name and (builds_folder(out) / name).is_dir():
            return builds_folder(out) / name
    raise IndexUnavailable(f"no build in {place}: make one with `make index`")


def switch(out: Path, build_id: str) -> None:
    """Let `build_id` serve from now on; readers see the old build or the new one, never neither."""
    fresh = out / f"{CURRENT}.new"
    fresh.write_text(build_id, encoding="ascii")
    fresh.replace(out / CURRENT)


def finished(out: Path) -> list[Path]:
    """Return the builds below `out`, the newest first."""
    found = [path.parent for path in builds_folder(out).glob(f"*/{NAME}")]
    return sorted(found, key=lambda build: ((build / NAME).stat().st_mtime_ns, build.name), reverse=True)


def prune(out: Path, keep: int = KEPT) -> list[Path]:
    """Remove all but the newest builds and the current one; return what went."""
    current = current_id(out)
    others = [build for build in finished(out) if build.name != current]
    gone = others[keep - 1 :]
    for build in gone:
        shutil.rmtree(build, ignore_errors=True)
    return gone
