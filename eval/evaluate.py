"""One run: ask, measure, compare, judge, write the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from app.answer import Assistant
from eval import ranking
from eval.compare import compare, read_about, read_scores, staleness
from eval.gates import judge, load_gates
from eval.guard import guard_layers, held_back
from eval.progress import Watch
from eval.questions import FACTS, QUESTIONS, Question, load_never, load_questions
from eval.report import write_report
from eval.run import ROWS, Measured, ask_all, measure
from eval.sample import samples
from eval.summarise import comparison_json, file_hash, gate_figures, gates_json, provenance, summarise
from eval.systems import System, open_system
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
    watch = Watch(console)
    ranking.warm()
    with TemporaryDirectory() as scratch:
        with watch.phase("opening", 1) as step:
            system = system or _system(options, Path(scratch))
            step(1)
        measured = _measured(options, system, questions, watch)
        summary = _summary(options, system, measured, watch)
    if before is not None and options.baseline is not None:
        summary["baseline"] = comparison_json(compare(before, measured, seed=options.seed))
        about = read_about(options.baseline)
        summary["baseline"] |= {"about": about, "stale": staleness(about, summary["about"])}
    verdicts = judge(gates, gate_figures(summary), options.corpus) if options.system == "kneewise" else []
    summary["floor"] = getattr(system, "floor", None)
    summary["gates"] = gates_json(verdicts, measured, summary)
    summary["seconds"] = {name: round(s, 1) for name, s in watch.seconds.items()}
    write_report(options.out, summary, measured, system.corpus)
    return Outcome(summary, measured)


def _system(options: Options, scratch: Path) -> System:
    originals = options.originals if options.corpus == "originals" and options.index is None else None
    return open_system(options.system, options.index, options.composer, originals, scratch)


def _measured(options: Options, system: System, questions: Sequence[Question], watch: Watch) -> Measured:
    options.out.mkdir(parents=True, exist_ok=True)
    with watch.phase("questions", len(questions)) as step:
        rows = ask_all(system, questions, options.out / ROWS, resume=options.resume, progress=step)
    with watch.phase("scoring", 1) as step:
        measured = measure(questions, rows, system.corpus, load_never())
        step(1)
    return measured


def _summary(options: Options, system: System, measured: Measured, watch: Watch) -> dict[str, Any]:
    guard = {}
    assistant: Assistant | None = getattr(system, "assistant", None)
    if options.guard and assistant is not None:
        messages = held_back()
        screenings = len(messages) * (1 if assistant.net is None else 2)
        with watch.phase("red-flag messages", screenings) as step:
            guard = guard_layers(assistant.rules, assistant.net, messages, step)
    ragas, notes = _ragas(measured, system, watch) if options.ragas else ({}, ["ragas was switched off"])
    about = {
        "system": system.name,
        **system.about(),
        "questions_file": options.questions.name,
        "questions_hash": file_hash(options.questions, FACTS),
    }
    return summarise(
        measured, provenance(about, options.seed), guard=guard, ragas=ragas, notes=notes, seed=options.seed
    )


def _ragas(measured: Measured, system: System, watch: Watch) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of ragas, and why there are none or fewer."""
    if system.corpus is None:
        return {}, ["ragas was left out: this system does not show the passages it answers from"]
    if find_spec("ragas") is None:  # an extra: without it the counted metrics stand alone
        return {}, ["ragas was left out: it is not installed (pip install 'kneewise[eval]')"]
    from eval import ragas_metrics as ragas

    encoder = load_encoder(IndexSettings.from_env())
    cut = samples(measured, system.corpus)
    found = ragas.unjudged(cut, encoder.encode, watch)
    judge_settings = ragas.Judge.from_env()
    if judge_settings:
        found |= ragas.judged(cut, encoder.encode, judge_settings, watch)
    notes = (
        [] if judge_settings else ["no judge is configured (KNEEWISE_JUDGE_BASE_URL, KNEEWISE_JUDGE_MODEL)"]
    )
    plain = {
        name: {"value": f.value, "n": f.n, "failed": f.failed, "error": f.error}
        for name, f in found.items()
        if f.n
    }
    return plain, notes
