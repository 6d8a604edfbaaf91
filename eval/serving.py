"""The chat in a process of its own, as the benches of the whole server start it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.errors import SystemUnavailable

_PRINTED = re.compile(r"Kneewise is at (http://\S+)")
_WITHIN_S = 120.0
_TICK_S = 0.005


@dataclass(frozen=True, slots=True)
class Chat:
    """A running `kneewise-chat`.

    Attributes:
        process: Its process.
        url: Where it listens.
        began: `time.perf_counter()` just before it was started.
    """

    process: subprocess.Popen[bytes]
    url: str
    began: float

    def memory_mb(self) -> float:
        """Resident memory of the process and of its workers, in MB."""
        return sum(resident_mb(pid) for pid in (self.process.pid, *children(self.process.pid)))


@contextmanager
def chat(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Chat]:
    """Start `kneewise-chat` on a free port without a limit on the rate, and end it afterwards.

    Yields as soon as the address is printed; the articles may still be being opened.

    Raises:
        SystemUnavailable: It ended before it listened; carries what it said.
    """
    env = {**os.environ, "KNEEWISE_PER_MINUTE": "0", **(environment or {})}
    command = [sys.executable, "-m", "app.main", "--port", "0", *arguments]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield Chat(process, _address(process, log.fileno()), began)
        finally:
            process.terminate()
            process.wait(30)


def _address(process: subprocess.Popen[bytes], log: int) -> str:
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        said = os.pread(log, 100_000, 0).decode(errors="replace")
        if found := _PRINTED.search(said):
            return found[1]
        if process.poll() is not None:
            raise SystemUnavailable(f"kneewise-chat ended with status {process.returncode}: {said.strip()}")
        time.sleep(_TICK_S)
    raise SystemUnavailable(f"kneewise-chat did not listen within {_WITHIN_S:.0f} s")


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB; 0 where there is no such process, or no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """Processor time that a process has used so far, in seconds; 0 where it is gone."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
