"""What is said about how far a run is."""

from __future__ import annotations

import io

from rich.console import Console

from eval.progress import Watch


def test_each_phase_says_how_long_it_took() -> None:
    """Where no bar can be drawn, a line stands for it; a phase that comes twice adds up."""
    log = io.StringIO()
    watch = Watch(Console(file=log))

    for _ in range(2):
        with watch.phase("questions", 3) as step:
            step(3)

    assert log.getvalue().count("questions: 3 in") == 2
    assert list(watch.seconds) == ["questions"]


def test_bar_begins_where_an_earlier_run_stopped() -> None:
    """What was done before says nothing about the pace, so the time left is not made of it."""
    screen = io.StringIO()
    watch = Watch(Console(file=screen, force_terminal=True, width=80))

    with watch.phase("questions", 100) as step:
        step(90)
        step(91)

    assert "91/100" in screen.getvalue()
