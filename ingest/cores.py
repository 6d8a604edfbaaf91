"""How many processor cores this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """Return at least 1; a container's or `taskset`'s limit counts where the system tells it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
