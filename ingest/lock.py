"""One writer at a time: two processes that write one Chroma folder spoil it without a word."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import BuildLocked

_LOCK, _HOLDER = ".lock", ".lock-holder.json"


@contextmanager
def writer(out: Path, wait_s: float = 0) -> Iterator[None]:
    """Hold the right to write below `out`; the system takes it back when the process ends, however it ends.

    Raises:
        BuildLocked: Another process holds it for longer than `wait_s` seconds; the message says who.
    """
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / _LOCK)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout as error:
        raise BuildLocked(f"{_holder(out)} is writing {out}: wait for it to end, then try again") from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        (out / _HOLDER).write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        )
        yield
    finally:
        (out / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _holder(out: Path) -> str:
    try:
        held = json.loads((out / _HOLDER).read_text())
        return f"process {held['pid']} on {held['host']}, since {held['since']},"
    except (OSError, ValueError, KeyError):
        return "another process"
