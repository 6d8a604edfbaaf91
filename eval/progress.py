"""Show how far a run is, phase by phase, and keep how long each phase took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Step = Callable[[int], None]


def silent(done: int) -> None:
    """Take the number of steps done, and show nothing."""


class Watch:
    """A progress bar for each phase; on a screen that is none, a line as each phase ends.

    Attributes:
        seconds: Phase -> how long it took, in the order of the run.
    """

    def __init__(self, console: Console | None = None) -> None:
        """Show progress on `console`; None for nothing."""
        self._console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str, total: int) -> Iterator[Step]:
        """Time a phase of `total` steps; what is yielded takes the number of steps done so far."""
        began = time.perf_counter()
        with self._bar() as bar:
            task = bar.add_task(name, total=total, start=False)
            started = False

            def step(done: int) -> None:
                nonlocal started
                if not started:
                    # What an earlier run had done says nothing about the pace of this one.
                    bar.reset(task, completed=done)
                    started = True
                bar.update(task, completed=done)

            yield step
        took = self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
        if self._console is not None:
            self._console.print(f"{name}: {total} in {took:.1f} s", highlight=False)

    def _bar(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        shown = self._console is not None and self._console.is_terminal
        return Progress(*columns, console=self._console, transient=True, disable=not shown)
