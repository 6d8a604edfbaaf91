"""Where builds lie: `<folder>/builds/<build id>/`, and `<folder>/current` names the one that serves."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import IndexUnavailable
from ingest.manifest import NAME
from ingest.settings import home

BUILDS, CURRENT, REJECTED = "builds", "current", "rejected"
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
    out = place.parent if place.name == BUILDS else place
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


def expendable(out: Path, keep: int = KEPT) -> list[Path]:
    """Return the builds that may go: all but the current one and the newest others."""
    current = current_id(out)
    return [build for build in finished(out) if build.name != current][keep - 1 :]


def reject(out: Path, build_id: str) -> None:
    """Note a build that was rolled back, so that it is not switched to again unasked; empty forgets."""
    if build_id:
        (out / REJECTED).write_text(build_id, encoding="ascii")
    else:
        (out / REJECTED).unlink(missing_ok=True)


def rejected(out: Path) -> str:
    """Return the id of the build that was rolled back; empty where none was."""
    try:
        return (out / REJECTED).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
