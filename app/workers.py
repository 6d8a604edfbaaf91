"""Several processes on one socket: each serves the same finished build, and one that dies is replaced.

Forked before anything heavy is imported. A build is never written to, so they need nothing of each other.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


def supervise(count: int, serve: Callable[[], None]) -> int:
    """Run `serve` in `count` processes until told to stop; return the exit status.

    Args:
        count: How many processes.
        serve: Serves until SIGTERM; raises SystemExit with a status above 0 where it cannot, which ends
            all: its successor would meet the same.
    """
    workers: set[int] = set()
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        _tell(workers, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, lambda number, _frame: _tell(workers, number))
    for _ in range(count):
        workers.add(_fork(serve))
    status = 0
    while workers:
        pid, ended = os.wait()
        workers.discard(pid)
        code = os.waitstatus_to_exitcode(ended)
        if stopping.is_set():
            continue
        if code > 0:
            status = code
            stop(signal.SIGTERM, None)
        else:
            log.warning("worker %d ended with status %d: another takes its place", pid, code)
            workers.add(_fork(serve))
    return status


def _tell(workers: set[int], number: int) -> None:
    for pid in list(workers):
        with suppress(ProcessLookupError):  # it ended a moment ago and is waited for next
            os.kill(pid, number)


def _fork(serve: Callable[[], None]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        serve()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _end_with(parent: int) -> None:
    """A worker whose supervisor was killed must not hold the port."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
