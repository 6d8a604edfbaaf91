"""Score rankings with ranx, in a process of its own.

ranx compiles itself for a minute before it scores anything. Uncompiled it takes milliseconds on a few
hundred questions, but that is a switch of the whole process, and the lexical index needs it the other way.
The process takes seconds to import ranx and is kept: `warm` starts it while something else is done.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from eval.errors import RankingFailed
from eval.intervals import Count

MEASURES = ("ndcg@5", "mrr")


def rank_scores(
    retrieved: Mapping[str, Sequence[str]],
    relevant: Mapping[str, Collection[str]],
    measures: Sequence[str] = MEASURES,
) -> dict[str, dict[str, Count]]:
    """Return question id -> measure -> score in [0, 1], for questions that have both.

    Args:
        retrieved: Passage ids by question, best first.
        relevant: Relevant passage ids by question.
        measures: In ranx's notation.
    """
    asked = [qid for qid in retrieved if retrieved[qid] and relevant.get(qid)]
    if not asked:
        return {}
    work = {
        "qrels": {qid: dict.fromkeys(sorted(relevant[qid]), 1) for qid in asked},
        "run": {qid: {pid: float(-place) for place, pid in enumerate(retrieved[qid])} for qid in asked},
        "measures": list(measures),
    }
    scores = _process().ask(work)
    return {qid: {m: Count(scores[m][qid], 1) for m in measures} for qid in asked}


def warm() -> None:
    """Start the process, so that it is ready when it is asked."""
    _process()


class _Process:
    """ranx behind a pipe: one line of JSON in, one out."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "eval.ranking"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        )
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, work: Mapping[str, Any]) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            with self._lock:
                self._child.stdin.write(json.dumps(work) + "\n")
                self._child.stdin.flush()
                return json.loads(self._child.stdout.readline())
        except (OSError, ValueError) as error:
            raise RankingFailed(
                "the process that runs ranx has ended: is kneewise[eval] installed?"
            ) from error

    def close(self) -> None:
        if self._child.stdin is not None:
            self._child.stdin.close()  # its loop ends with its input
        self._child.wait(10)


@cache
def _process() -> _Process:
    return _Process()


def rank_runs(
    runs: Mapping[str, Mapping[str, Sequence[str]]],
    relevant: Mapping[str, Collection[str]],
    measures: Sequence[str],
) -> dict[str, dict[str, dict[str, Count]]]:
    """Return run -> question id -> measure -> score, for several runs at the cost of one process."""
    flat = {f"{run}\t{qid}": ids for run, found in runs.items() for qid, ids in found.items()}
    labels = {key: relevant.get(key.split("\t", 1)[1], ()) for key in flat}
    scores: dict[str, dict[str, dict[str, Count]]] = {run: {} for run in runs}
    for key, counts in rank_scores(flat, labels, measures).items():
        run, qid = key.split("\t", 1)
        scores[run][qid] = counts
    return scores


def _score(work: Mapping[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    from ranx import Qrels, Run, evaluate

    run = Run(work["run"])
    evaluate(Qrels(work["qrels"]), run, list(work["measures"]))
    return {
        measure: {qid: float(s) for qid, s in run.scores[measure].items()} for measure in work["measures"]
    }


if __name__ == "__main__":
    import ranx  # noqa: F401 - before the first line comes

    for line in sys.stdin:
        print(json.dumps(_score(json.loads(line))), flush=True)
