"""`kneewise-eval`: measure the assistant, write a report, fail when a gate does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from eval.clock import elapsed_s  # isort: split

from app.rules.errors import RuleDataError
from app.settings import SettingsError
from eval.errors import EvalError
from eval.evaluate import ORIGINALS, OUT, Options, evaluate
from eval.markdown import as_markdown
from eval.progress import Watch
from eval.questions import QUESTIONS, load_questions
from eval.systems import open_assistant, open_originals


def run(
    questions: Annotated[Path, typer.Option(help="Question set, .jsonl or .csv.")] = QUESTIONS,
    index: Annotated[Path | None, typer.Option(help="Build directory; default: the current build.")] = None,
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = OUT,
    baseline: Annotated[Path | None, typer.Option(help="--out folder of a run to compare with.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json instead of the report.")
    ] = False,
    resume: Annotated[bool, typer.Option(help="Go on from the rows that --out holds.")] = False,
    corpus: Annotated[str, typer.Option(help="digests or originals.")] = "digests",
    originals: Annotated[Path, typer.Option(help="Folder of originals.")] = ORIGINALS,
    system: Annotated[str, typer.Option(help="kneewise, naive, or http://...")] = "kneewise",
    composer: Annotated[str, typer.Option(help="extractive or prose.")] = "extractive",
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    guard: Annotated[bool, typer.Option(help="Measure red flags on labelled messages.")] = True,
    ragas: Annotated[bool, typer.Option(help="Run the metrics of ragas.")] = True,
    ablate: Annotated[bool, typer.Option(help="Compare the product with parts of it taken away.")] = False,
    bench: Annotated[Path | None, typer.Option(help="Folder of public retrieval data to measure on.")] = None,
) -> None:
    """Measure the answers, write a report, and exit 1 when a gate fails."""
    options = Options(
        questions, index, out, baseline, resume, corpus, originals, system, composer, seed, guard, ragas
    )
    try:
        if bench or ablate:
            _print_tables(options, bench, ablate=ablate)
            return
        outcome = evaluate(options, console=Console(stderr=True))
    except (EvalError, RuleDataError, SettingsError) as error:
        print(f"kneewise-eval: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    if as_json:
        print(json.dumps(outcome.summary, ensure_ascii=False))
    else:
        Console().print(Markdown(as_markdown(outcome.summary)))
        print(f"Report: {out / 'report.html'} · {elapsed_s():.0f} s in all")
    raise typer.Exit(0 if outcome.passed else 1)


def _print_tables(options: Options, bench: Path | None, *, ablate: bool) -> None:
    if ablate:
        from eval.ablate import ablation

        with TemporaryDirectory() as scratch:
            originals = options.corpus == "originals" and options.index is None
            assistant = (
                open_originals(options.originals, Path(scratch))
                if originals
                else open_assistant(options.index)
            )
            print(
                ablation(
                    assistant, load_questions(options.questions), options.seed, Watch(Console(stderr=True))
                )
            )
    if bench:
        from eval.retrieval_bench import bench_tables

        for text in bench_tables(bench):
            print(text, end="\n\n", flush=True)


def main() -> None:
    """Run the command."""
    typer.run(run)
