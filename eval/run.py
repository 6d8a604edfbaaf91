"""Ask every question, keep every reply, and put the figures together."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from eval.intervals import Count, Estimate, pooled
from eval.metrics import METRICS, Row, body, score
from eval.progress import Step, silent
from eval.questions import Question
from eval.ranking import rank_scores
from eval.relevance import Corpus
from eval.systems import System

ROWS, SUMMARY = "rows.jsonl", "summary.json"
Scores = dict[str, dict[str, Count]]


@dataclass(frozen=True, slots=True)
class Measured:
    """A question set, answered and scored.

    Attributes:
        questions: In the order of the set.
        rows: One per question, in the same order.
        scores: Question id -> metric -> count.
    """

    questions: tuple[Question, ...]
    rows: tuple[Row, ...]
    scores: Scores


def ask_all(
    system: System,
    questions: Sequence[Question],
    rows_file: Path,
    *,
    resume: bool = False,
    progress: Step = silent,
) -> list[Row]:
    """Ask every question and write each row as it comes.

    Args:
        system: What answers.
        questions: What to ask.
        rows_file: Written line by line, so that an interrupted run loses one question at most.
        resume: Keep the answers that `rows_file` already holds, and ask the rest.
        progress: Called with the number of questions done, first with those that were kept.
    """
    kept = _kept(system, questions, rows_file) if resume and rows_file.exists() else []
    rows = {row.id: row for row in kept}
    progress(len(rows))
    with rows_file.open("w", encoding="utf-8") as file:
        file.writelines(_line(row) for row in kept)
        for question in questions:
            if question.id not in rows:
                rows[question.id] = _ask(system, question)
                file.write(_line(rows[question.id]))
                file.flush()
                progress(len(rows))
    return [rows[question.id] for question in questions]


def _kept(system: System, questions: Sequence[Question], rows_file: Path) -> list[Row]:
    """Return the rows that still stand: the same words, answered, and from the same build."""
    build = system.about().get("build")
    done = {row.id: row for row in read_rows(rows_file)}
    return [
        row
        for question in questions
        if (row := done.get(question.id))
        and row.turns == question.turns
        and row.reply.get("outcome", "error") != "error"
        and build in (None, row.reply.get("build", build))
    ]


def _ask(system: System, question: Question) -> Row:
    try:
        row = system.ask(question.id, question.turns)
    except Exception as error:  # one broken answer is a finding; the others still have to be measured
        row = Row(question.id, {"outcome": "error", "error": f"{type(error).__name__}: {error}"})
    return replace(row, turns=question.turns)


def read_rows(path: Path) -> list[Row]:
    """Read the rows of a run; a last line cut off by an interruption is dropped."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        turns, found = tuple(row.get("turns", ())), tuple(row["retrieved"])
        rows.append(Row(row["id"], row["reply"], found, row.get("evidence"), turns))
    return rows


def _line(row: Row) -> str:
    return json.dumps(asdict(row), ensure_ascii=False) + "\n"


def measure(
    questions: Sequence[Question],
    rows: Sequence[Row],
    corpus: Corpus | None,
    never: Sequence[str],
    *,
    rank: bool = True,
) -> Measured:
    """Score every row; `rank` leaves out what ranx scores where it is false."""
    scores = {q.id: score(q, row, corpus, never) for q, row in zip(questions, rows, strict=True)}
    if corpus is not None and rank:
        ranked = rank_scores({row.id: row.retrieved for row in rows}, relevant(questions, corpus))
        for question_id, counts in ranked.items():
            scores[question_id] |= counts
    return Measured(tuple(questions), tuple(rows), scores)


def relevant(questions: Sequence[Question], corpus: Corpus) -> dict[str, frozenset[str]]:
    """Return question id -> passages that belong to it, for questions that may have an answer."""
    return {q.id: frozenset().union(*corpus.labels(q)) for q in questions if q.answerable is not False}


def figures(measured: Measured, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Return metric -> value, low, high, n and questions, for metrics that any question has labels for."""
    table = {}
    for name, metric in METRICS.items():
        counts = [scores[name] for scores in measured.scores.values() if name in scores]
        if counts:
            table[name] = _plain(pooled(counts, seed=seed, resample=metric.resample))
    return table


def figures_by_kind(measured: Measured) -> dict[str, dict[str, float]]:
    """Return kind -> metric -> pooled value."""
    groups: dict[str, dict[str, list[Count]]] = defaultdict(lambda: defaultdict(list))
    for question in measured.questions:
        for name, count in measured.scores[question.id].items():
            groups[question.kind][name].append(count)
    return {
        kind: {name: pooled(counts, resample=False).value for name, counts in metrics.items()}
        for kind, metrics in sorted(groups.items())
    }


def left_out(measured: Measured) -> list[str]:
    """Return the metrics that no question had labels for."""
    present = {name for scores in measured.scores.values() for name in scores}
    return [name for name in METRICS if name not in present]


def words_per_answer(measured: Measured) -> dict[str, float]:
    """Return median and 90th percentile of the words that answer, over answered questions."""
    lengths = sorted(len(body(row.reply).split()) for row in measured.rows if row.reply.get("statements"))
    return {"median": median(lengths), "p90": percentile(lengths, 90)} if lengths else {}


def latencies(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """Return stage -> median, p95 and max in milliseconds, over replies that passed the stage."""
    stages: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for stage, ms in row.reply.get("timings_ms", {}).items():
            if ms > 0:
                stages[stage].append(ms)
    return {
        stage: {"median": median(ms), "p95": percentile(sorted(ms), 95), "max": max(ms)}
        for stage, ms in stages.items()
    }


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of sorted values."""
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def worst(measured: Measured, metric: str, count: int = 10) -> list[Question]:
    """Return the questions that cost `metric` most, worst first."""
    lower = metric in METRICS and METRICS[metric].lower_is_better
    lost = []
    for question in measured.questions:
        scored = measured.scores[question.id].get(metric)
        if scored is not None:
            lost.append((scored.hit if lower else scored.n - scored.hit, question))
    lost.sort(key=lambda pair: -pair[0])
    return [question for cost, question in lost[:count] if cost > 0]


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {key: None if isinstance(v, float) and math.isnan(v) else v for key, v in asdict(estimate).items()}
