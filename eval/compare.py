"""Say what got better and worse since another run, metric by metric and question by question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvalError
from eval.intervals import Count, Estimate, paired_difference
from eval.metrics import METRICS
from eval.run import Measured, Scores

SCORES = "scores.json"
_STAMPS = (
    "system", "commit", "build", "corpus", "composer", "settings", "questions_hash", "rules_hash",
    "prompts_hash", "data_hash",
)  # fmt: skip
# What a reader of the comparison wants to see named, question by question.
_TOLD = (
    "completed",
    "fact_recall",
    "exercises",
    "refusal_recall",
    "false_refusals",
    "flag_recall",
    "clean_text",
)


@dataclass(frozen=True, slots=True)
class Change:
    """How one metric moved on the questions that both runs hold.

    Attributes:
        metric: Its name.
        difference: After minus before, with a paired bootstrap interval.
        verdict: `better`, `worse` or `same`; the first two only where the interval leaves out 0.
    """

    metric: str
    difference: Estimate
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        changes: By metric.
        better: (question id, metric) that gained.
        worse: (question id, metric) that lost.
        unmatched: Questions that only one of the runs holds.
    """

    changes: tuple[Change, ...]
    better: tuple[tuple[str, str], ...]
    worse: tuple[tuple[str, str], ...]
    unmatched: int


def write_scores(scores: Scores, path: Path) -> None:
    """Write question id -> metric -> [successes, chances]."""
    plain = {qid: {m: [c.hit, c.n] for m, c in counts.items()} for qid, counts in scores.items()}
    lines = ",\n".join(f"{json.dumps(qid)}: {json.dumps(counts)}" for qid, counts in plain.items())
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def read_scores(folder: Path) -> Scores:
    """Read the scores of a run.

    Raises:
        EvalError: `folder` holds none.
    """
    path = folder / SCORES
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {qid: {m: Count(*pair) for m, pair in counts.items()} for qid, counts in rows.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise EvalError(
            f"{path}: no scores to compare with ({error}); name the --out folder of a run"
        ) from error


def read_about(folder: Path) -> dict[str, str]:
    """Return what the summary of a run says it was made with; empty where there is none."""
    try:
        return dict(json.loads((folder / "summary.json").read_text(encoding="utf-8"))["about"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def staleness(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return what a baseline was made with that this run was not, in words; empty where all is alike."""
    if not before:
        return ["the baseline does not say what it was made with"]
    return [
        f"{name} was {before.get(name, 'not stated')}, now {now.get(name, 'not stated')}"
        for name in _STAMPS
        if before.get(name) != now.get(name)
    ]


def compare(before: Scores, measured: Measured, *, seed: int = 0) -> Comparison:
    """Compare `measured` with an earlier run, on the questions and metrics that both hold."""
    after = measured.scores
    shared = [qid for qid in after if qid in before]
    changes = [change for metric in METRICS if (change := _change(metric, before, after, shared, seed))]
    gained, lost = _moved(before, after, shared)
    unmatched = len(before.keys() ^ after.keys())
    return Comparison(tuple(changes), tuple(gained), tuple(lost), unmatched)


def _change(metric: str, before: Scores, after: Scores, shared: Sequence[str], seed: int) -> Change | None:
    nothing = Count(0, 0)
    old = [before[qid].get(metric, nothing) for qid in shared]
    new = [after[qid].get(metric, nothing) for qid in shared]
    difference = paired_difference(old, new, seed=seed)
    if not difference.questions:
        return None
    up = difference.low > 0
    down = difference.high < 0
    lower = METRICS[metric].lower_is_better
    verdict = "same" if not up and not down else ("worse" if up == lower else "better")
    return Change(metric, difference, verdict)


def _moved(
    before: Scores, after: Scores, shared: Sequence[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    gained: list[tuple[str, str]] = []
    lost: list[tuple[str, str]] = []
    for qid in shared:
        for metric in _TOLD:
            if metric in before[qid] and metric in after[qid]:
                step = after[qid][metric].hit - before[qid][metric].hit
                step = -step if METRICS[metric].lower_is_better else step
                (gained if step > 0 else lost if step < 0 else []).append((qid, metric))
    return gained, lost
