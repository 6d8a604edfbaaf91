"""When this process began to work; imported before anything heavy, so that a run can tell its whole time."""

import time

_BEGAN = time.perf_counter()


def elapsed_s() -> float:
    """Return the seconds since then."""
    return time.perf_counter() - _BEGAN
