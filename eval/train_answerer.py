"""Train the encoder that finds answering sentences and put it in its place: `make train-answerer`.

Learns from questions about the four articles (their digests, and the originals where they lie beside the
project) and about two dozen articles written for it; holds some questions and some whole articles back,
and prints what it does on those beside the untuned model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from eval.answerer import matching
from eval.answerer.fit import AnswerNet, fit, judge
from eval.answerer.rows import (
    Pool,
    Row,
    pairs,
    pool_of,
    read_articles,
    read_judged,
    rows_of_article,
    rows_of_judged,
    rows_of_pairs,
    unanswerable,
)
from eval.evaluate import ORIGINALS
from eval.lean import lean
from eval.net.model import load_tokenizer
from eval.systems import open_assistant, open_originals
from ingest.answering import GRAPH
from ingest.records import Passage

log = logging.getLogger(__name__)

SEED = 11
QUESTIONS_HELD_BACK = 0.1
UNANSWERABLE_HELD_BACK = 0.5  # what is held back teaches when to refuse (eval/fit_selector.py)
JUDGED_TIMES, SECOND = 2, 2  # how often a judged question is shown in an epoch, and which are
WORDS = 0.5  # what the similarity of words counts beside that of whole texts, where both are judged
ARTICLES_HELD_BACK = 6  # every sixth of the articles written for training is never shown


def main() -> None:
    """Train, judge on what was held back, write the 8-bit graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=GRAPH, help="graph to write (default: %(default)s)")
    parser.add_argument(
        "--matching-only", action="store_true", help="keep the shipped encoder, learn to compare words anew"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    pools, shown, held_back = read_all()
    log.info("%d rows shown over %d pools", len(shown), len(pools))
    tokenizer = load_tokenizer()
    if options.matching_only:
        graph = matching.plain(GRAPH.read_bytes())
    else:
        for name, net in (("untuned", AnswerNet()), ("tuned", fit(tokenizer, pools, shown, SEED))):
            for part, rows in held_back.items():
                print(
                    json.dumps({"net": name, "held back": part, **judge(net, tokenizer, pools, rows)}),
                    flush=True,
                )
        graph = export(net)
    wrong = judged_parts(pools)
    rows = [*shown, *(row for row in wrong for _ in range(JUDGED_TIMES))]
    graph = matching.attach(graph, matching.fit(graph, pools, rows, SEED, wrong))
    for part, rows in held_back.items():
        if any(row.answers for row in rows):
            print(json.dumps({"held back": part, **matching.judge(graph, pools, rows, WORDS)}), flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(graph)
    print(f"ANSWERER_SHA256 = {hashlib.sha256(graph).hexdigest()!r}  # goes into ingest/settings.py")


def read_all() -> tuple[list[Pool], list[Row], dict[str, list[Row]]]:
    """Return the pools, the rows to learn from, and those held back by kind."""
    pools: list[Pool] = []
    shown: list[Row] = []
    held_back: dict[str, list[Row]] = {"articles": []}
    asked, kept = pairs(), _shown()
    for name, passages in _builds():
        pool, places = pool_of(name, passages)
        for part, learn in ((True, True), (False, False)):
            some = [pair for pair, keep in zip(asked, kept, strict=True) if keep == part]
            rows = rows_of_pairs(some, len(pools), places, name == "originals")
            if learn:
                shown += rows
            else:
                held_back[f"questions, {name}"] = rows
        shown += [Row(question, len(pools), {}) for question in unanswerable_parts()[0]]
        held_back[f"unanswerable, {name}"] = [Row(q, len(pools), {}) for q in unanswerable_parts()[1]]
        pools.append(pool)
    for number, (_, pool, questions) in enumerate(read_articles()):
        rows = rows_of_article(len(pools), questions)
        if number % ARTICLES_HELD_BACK:
            shown += rows
        else:
            held_back["articles"] += rows
        pools.append(pool)
    return pools, shown, held_back


def judged_parts(pools: Sequence[Pool]) -> dict[Row, list[int]]:
    """Return the second reading of what readers judged, with the sentences that do not answer, over `pools`.

    The others stay unseen: `eval.fit_opener` prints its figures on them.
    """
    found: dict[Row, list[int]] = {}
    second = [row for row in read_judged() if row["reading"] == SECOND]
    for name, passages in _builds():
        number = next(i for i, pool in enumerate(pools) if pool.name == name)
        found |= rows_of_judged(second, number, pool_of(name, passages)[1], name)
    return found


def pairs_held_back() -> list[dict[str, Any]]:
    """Return the questions about the four articles that the answerer is never shown."""
    return [pair for pair, shown in zip(pairs(), _shown(), strict=True) if not shown]


def unanswerable_parts() -> tuple[list[str], list[str]]:
    """Return the questions without an answer that the answerer is shown, and those it never is."""
    asked = unanswerable()
    drawn = np.random.default_rng(SEED).random(len(asked)) >= UNANSWERABLE_HELD_BACK
    parts = [[q for q, keep in zip(asked, drawn, strict=True) if keep == part] for part in (True, False)]
    return parts[0], parts[1]


def _shown() -> list[bool]:
    drawn = np.random.default_rng(SEED).random(len(pairs())) >= QUESTIONS_HELD_BACK
    return [bool(keep) for keep in drawn]


@lru_cache(maxsize=1)
def _builds() -> list[tuple[str, list[Passage]]]:
    builds = [("digests", list(open_assistant(None).index.passages.values()))]
    if ORIGINALS.is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            originals = open_originals(ORIGINALS, Path(scratch)).index.passages.values()
            builds.append(("originals", list(originals)))
    return builds


def export(net: AnswerNet) -> bytes:
    """Return the graph in 8 bits, one scale a channel."""
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {name: {0: "texts", 1: "tokens"} for name in ("ids", "mask")}
    with tempfile.TemporaryDirectory() as scratch:
        full, small = Path(scratch) / "answerer.onnx", Path(scratch) / "answerer.int8.onnx"
        torch.onnx.export(
            net.eval(), (ids, ids), str(full), input_names=["ids", "mask"], output_names=["vector"],
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(full, small, weight_type=QuantType.QInt8, per_channel=True)
        return lean(small.read_bytes())


if __name__ == "__main__":
    main()
