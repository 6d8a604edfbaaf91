"""`kneewise-ingest`: make a build and say what happened."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from ingest.build import build, default_inputs, rollback
from ingest.engine import Engine, Here
from ingest.errors import EngineUnavailable, IngestError
from ingest.gather import Inputs
from ingest.settings import IndexSettings, corpus_folder, home
from ingest.summary import Progress as Report
from ingest.summary import Summary, silent

_MOST_LINES = 30


class EngineName(StrEnum):
    """What `--engine` may be."""

    plain = "plain"
    ray = "ray"


_STAGES = {"read": "articles read", "embed": "passages embedded", "sentences": "sentences embedded"}


def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders: .txt .md .html .pdf")] = None,
    out: Annotated[Path | None, typer.Option(help="Where builds go; default: KNEEWISE_HOME.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    only: Annotated[bool, typer.Option(help="Leave the shipped digests out.")] = False,
    roll_back: Annotated[
        bool, typer.Option("--rollback", help="Let the build before the current one serve again.")
    ] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another writer.")] = 0,
    engine: Annotated[
        EngineName, typer.Option(help="What cleans and embeds: this process, or a Ray cluster (RAY_ADDRESS).")
    ] = EngineName.plain,
) -> None:
    """Make a build of the shipped digests and of PATHS, or of corpus/originals when no path is given.

    An article with the slug or title of a digest takes its place.
    """
    console = Console(stderr=True)
    inputs = Inputs(corpus_folder(), tuple(paths), not only) if paths else default_inputs()
    try:
        if roll_back:
            print(f"now serving {rollback(out or home())}")
            return
        with _bar(console) as bar, _running(engine) as runs:
            settings = IndexSettings.from_env()
            summary = build(inputs, out or home(), settings, _report(bar), wait_s=wait, engine=runs)
    except IngestError as error:
        _fail(str(error), as_json=as_json)
    if as_json:
        print(json.dumps(summary.as_json(), ensure_ascii=False))
    else:
        Console().print(table(summary))


def _running(name: EngineName) -> AbstractContextManager[Engine]:
    if name is EngineName.plain:
        return nullcontext(Here())
    try:
        from ingest.spread import cluster
    except ModuleNotFoundError as error:
        raise EngineUnavailable(
            f"--engine ray needs the package {error.name}: pip install 'kneewise[ray]'"
        ) from error
    return cluster()


def table(summary: Summary) -> Table:
    """Lay a summary out for the terminal."""
    grid = Table(
        title=f"Build {summary.build_id}" + ("" if summary.built else " (unchanged)"), show_header=False
    )
    for name in ("articles", "passages", "sentences", "embedded"):
        grid.add_row(name, str(getattr(summary, name)))
    for name in ("added", "changed", "removed", "unchanged"):
        slugs = getattr(summary.changes, name)
        grid.add_row(name, f"{len(slugs)}  {', '.join(slugs[:8])}{' ...' if len(slugs) > 8 else ''}")
    _add(grid, "skipped", [f"{skip.source}: {skip.reason}" for skip in summary.skipped])
    _add(grid, "note", summary.notes)
    grid.add_row("seconds", f"{summary.seconds:.1f}")
    grid.add_row("folder", str(summary.path))
    return grid


def _add(grid: Table, name: str, lines: Sequence[str]) -> None:
    for line in lines[:_MOST_LINES]:
        grid.add_row(name, line)
    if len(lines) > _MOST_LINES:
        grid.add_row(name, f"and {len(lines) - _MOST_LINES} more; --json lists all")


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _report(bar: Progress) -> Report:
    if bar.disable:
        return silent
    tasks = {
        stage: bar.add_task(label, total=None, rate="", visible=False) for stage, label in _STAGES.items()
    }

    def report(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            return
        speed = bar.tasks[tasks[stage]].speed
        bar.update(
            tasks[stage], completed=done, total=total, visible=True, rate=f"{speed:.0f}/s" if speed else ""
        )

    return report


def _fail(message: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": message}))
    print(message, file=sys.stderr)
    raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app = typer.Typer(add_completion=False)
    app.command()(ingest)
    app()


if __name__ == "__main__":
    main()
