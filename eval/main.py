"""`kneewise-eval`: measure the assistant, write a report, fail when a gate does."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.answer import Assistant
from eval.compare import compare, read_scores
from eval.errors import EvalError, SystemUnavailable
from eval.gates import judge, load_gates
from eval.guard import guard_layers
from eval.markdown import as_markdown
from eval.questions import QUESTIONS, load_never, load_questions
from eval.report import write_report
from eval.run import ROWS, Measured, ask_all, measure
from eval.sample import samples
from eval.summarise import comparison_json, gate_figures, gates_json, summarise
from eval.systems import Http, Kneewise, System, open_assistant, open_originals
from ingest.embed import load_encoder
from ingest.settings import IndexSettings

OUT = Path("eval/out")
ORIGINALS = Path("../shared/articles")


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure, and how.

    Attributes:
        questions: The question set.
        index: Build to answer from; None for the current one.
        out: Folder of the report.
        baseline: Folder of an earlier run to compare with.
        resume: Go on from the rows that `out` holds.
        corpus: `digests` or `originals`; chooses gates, and the build where `index` is None.
        originals: Folder of originals for `corpus` originals.
        system: `kneewise`, `naive` or a server's address.
        composer: `extractive` or `prose`.
        seed: Of every bootstrap.
        guard: Measure the red flags on labelled messages too.
        ragas: Run the metrics of ragas too.
    """

    questions: Path = QUESTIONS
    index: Path | None = None
    out: Path = OUT
    baseline: Path | None = None
    resume: bool = False
    corpus: str = "digests"
    originals: Path = ORIGINALS
    system: str = "kneewise"
    composer: str = "extractive"
    seed: int = 0
    guard: bool = True
    ragas: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    summary: dict[str, Any]
    measured: Measured = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every gate that was judged holds."""
        return all(gate["passed"] for gate in self.summary["gates"])


def evaluate(options: Options, system: System | None = None, console: Console | None = None) -> Outcome:
    """Measure a system and write its report.

    Args:
        options: What to measure.
        system: Measured instead of the one that `options` names.
        console: Shows progress; None for none.

    Raises:
        EvalError: A file is malformed, or the system cannot be opened; nothing is written then.
    """
    questions, gates = load_questions(options.questions), load_gates()
    before = read_scores(options.baseline) if options.baseline else None
    with TemporaryDirectory() as scratch:
        system = system or _system(options, Path(scratch))
        options.out.mkdir(parents=True, exist_ok=True)
        with _bar(console) as bar:
            task = bar.add_task("questions", total=len(questions))
            rows = ask_all(
                system,
                questions,
                options.out / ROWS,
                resume=options.resume,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        measured = measure(questions, rows, system.corpus, load_never())
        assistant = getattr(system, "assistant", None)
        guard = guard_layers(assistant.rules, assistant.net) if options.guard and assistant else {}
        about = {"system": system.name, **system.about(), "questions_file": options.questions.name}
        ragas = _ragas(measured, system) if options.ragas else {}
        summary = summarise(measured, about, guard=guard, ragas=ragas, seed=options.seed)
    if before is not None:
        summary["baseline"] = comparison_json(compare(before, measured, seed=options.seed))
    verdicts = judge(gates, gate_figures(summary), options.corpus) if options.system == "kneewise" else []
    summary["gates"] = gates_json(verdicts, measured, summary)
    write_report(options.out, summary, measured, system.corpus)
    return Outcome(summary, measured)


def _system(options: Options, scratch: Path) -> System:
    if "://" in options.system:
        return Http(options.system)
    if options.system not in ("kneewise", "naive"):
        raise SystemUnavailable(
            f"--system {options.system!r}: kneewise, naive or an http address is expected"
        )
    assistant = _assistant(options, scratch)
    if options.system == "naive":
        from eval.naive import Naive  # llama-index takes seconds to import

        return Naive(assistant)
    return Kneewise(assistant)


def _assistant(options: Options, scratch: Path) -> Assistant:
    if options.corpus == "originals" and options.index is None:
        return open_originals(options.originals, scratch, options.composer)
    return open_assistant(options.index, options.composer)


def _ragas(measured: Measured, system: System) -> dict[str, Any]:
    if system.corpus is None:
        return {}
    try:
        from eval import ragas_metrics as ragas
    except ImportError:  # an extra: without it the counted metrics stand alone
        return {}
    encoder = load_encoder(IndexSettings.from_env())
    cut = samples(measured, system.corpus)
    found = ragas.unjudged(cut, encoder.encode)
    if judge_settings := ragas.Judge.from_env():
        found |= ragas.judged(cut, encoder.encode, judge_settings)
    return {name: {"value": f.value, "n": f.n, "failed": f.failed} for name, f in found.items() if f.n}


def _bar(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = console is not None and console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=not shown)


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
    ablate: Annotated[
        bool, typer.Option(help="Compare dense, lexical, fused and expanded retrieval.")
    ] = False,
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
    except EvalError as error:
        print(f"kneewise-eval: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    if as_json:
        print(json.dumps(outcome.summary, ensure_ascii=False))
    else:
        Console().print(Markdown(as_markdown(outcome.summary)))
        print(f"Report: {out / 'report.html'}")
    raise typer.Exit(0 if outcome.passed else 1)


def _print_tables(options: Options, bench: Path | None, *, ablate: bool) -> None:
    if ablate:
        from eval.ablate import ablation

        with TemporaryDirectory() as scratch:
            print(
                ablation(_assistant(options, Path(scratch)), load_questions(options.questions), options.seed)
            )
    if bench:
        from eval.retrieval_bench import bench_tables

        print(bench_tables(bench))


def main() -> None:
    """Run the command."""
    typer.run(run)
