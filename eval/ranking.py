"""Score rankings through ranx, the one module that imports it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from eval.intervals import Count

# Compiling ranx takes a minute and gains nothing on a few hundred questions.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

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
    from ranx import Qrels, Run, evaluate  # seconds to import, and not needed by every run

    asked = [qid for qid in retrieved if retrieved[qid] and relevant.get(qid)]
    if not asked:
        return {}
    qrels = Qrels({qid: dict.fromkeys(relevant[qid], 1) for qid in asked})
    run = Run({qid: {pid: float(-place) for place, pid in enumerate(retrieved[qid])} for qid in asked})
    evaluate(qrels, run, list(measures))
    by_measure = {measure: run.scores[measure] for measure in measures}
    return {qid: {m: Count(float(scores[qid]), 1) for m, scores in by_measure.items()} for qid in asked}
