"""Spare a start what it has no use for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# jsonschema, which Chroma and Gradio import, checks addresses in schemas by a grammar that takes one to two
# seconds to compile.
UNASKED = ("rfc3987_syntax",)


def skip_unasked() -> None:
    """Keep the packages of `UNASKED` from being imported; those who try do without where they are missing."""
    for name in UNASKED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage inside: what a start makes stays, and the looking took an eighth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
