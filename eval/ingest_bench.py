"""`make bench-ingest`: what the ingestion costs beside the bare model, on MedQuAD, in one run.

A part of the answers is ingested by `build` in a process of its own; then its passages go through the bare
model, through the encoder as the ingestion uses it, and through LlamaIndex's own pipeline with its default
batch.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import TextNode
from pydantic import PrivateAttr

from eval.grow import MEDQUAD
from eval.markdown import table
from ingest.build import build
from ingest.cache import Matrix
from ingest.chunk import embedding_text
from ingest.embed import Encoder, load_encoder
from ingest.index import PASSAGES, read_passages
from ingest.inputs import Inputs
from ingest.settings import IndexSettings

_PASSAGES = 4_000  # of fewer, the seconds until the model is read would count
_COMPARED = 1_500
_BARE, _USED, _NAIVE = "bare model.encode", "the encoder as used", "LlamaIndex's pipeline"
_LEAST_OF_BARE, _LEAST_OF_NAIVE, _LEAST_COSINE, _MOST_GROWTH = 0.85, 2.5, 0.999, 1.25


@dataclass(frozen=True, slots=True)
class Run:
    """One ingestion.

    Attributes:
        passages: That it made.
        skipped: Answers that it did not take, most of them for being the same text as another.
        streamed_s: Seconds until the last passage was read, cut, embedded and stored.
        streamed_cpu_s: The same in seconds of the processor, which other programs do not lengthen.
        seconds: With the index of words, the hashes and the probe.
        peak_mb: Most memory that the process held.
        path: Of the build.
    """

    passages: int
    skipped: int
    streamed_s: float
    streamed_cpu_s: float
    seconds: float
    peak_mb: float
    path: str


def ingest(answers: Path, out: Path) -> Run:
    """Ingest a file of answers into an empty folder, in a process of its own."""
    command = [sys.executable, "-m", "eval.ingest_bench", "--ingest", str(answers), str(out)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def sample(answers: Path, passages: int, target: Path) -> Path:
    """Write the first answers, enough for about `passages` passages, into a folder of their own; 0 is all."""
    target.mkdir()
    characters = passages * 1_000 if passages else sys.maxsize
    with (
        answers.open(encoding="utf-8") as lines,
        (target / "answers.jsonl").open("w", encoding="utf-8") as file,
    ):
        for line in lines:
            file.write(line)
            characters -= len(json.loads(line)["text"])
            if characters <= 0:
                break
    return target


class _Default(BaseEmbedding):
    """The model behind LlamaIndex's interface, as its own wrapper of sentence-transformers calls it."""

    _encode: Callable[..., Any] = PrivateAttr()

    def __init__(self, encoder: Encoder, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._encode = encoder.raw().encode

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors = self._encode(
            texts, batch_size=self.embed_batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        rows: list[list[float]] = vectors.tolist()
        return rows

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


@dataclass(frozen=True, slots=True)
class Rate:
    """Passages a second.

    Attributes:
        wall: By the clock.
        cpu: By the time of the processor; steadier where other programs run too.
    """

    wall: float
    cpu: float


def timed(count: int, run: Callable[[], Any]) -> tuple[Rate, Any]:
    """Return how many of `count` a second `run` does, and what it returns."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return Rate(count / (time.perf_counter() - wall), count / (time.process_time() - cpu)), result


def compare(run: Run, most: int) -> tuple[dict[str, Rate], float]:
    """Put about `most` passages, spread over a whole run, through the bare model and the default pipeline.

    Returns:
        Rates by name, and the least cosine of a passage's vector, as ingestion makes it, to the bare model's.
    """
    step = max(1, run.passages // most)
    texts = [embedding_text(p) for p in islice(read_passages(Path(run.path) / PASSAGES), 0, None, step)]
    encoder = load_encoder(IndexSettings())
    bare = encoder.raw()
    pipeline = IngestionPipeline(transformations=[_Default(encoder)], disable_cache=True)
    bare.encode(texts[:64])  # warm
    encoder.encode(texts[:64])
    rates: dict[str, Rate] = {}
    vectors: dict[str, Matrix] = {}
    embed = {
        _BARE: partial(bare.encode, texts, normalize_embeddings=True),
        _USED: partial(encoder.encode, texts),
    }
    for name, run_once in embed.items():
        rates[name], made = timed(len(texts), run_once)
        vectors[name] = np.asarray(made, np.float32)
    nodes = [TextNode(text=text) for text in texts]
    rates[_NAIVE], _ = timed(len(texts), partial(pipeline.run, nodes=nodes))
    return rates, float(np.min(np.sum(vectors[_BARE] * vectors[_USED], axis=1)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates; 1 when the ingestion is below what it should reach."""
    options = _options(arguments)
    if options.ingest:
        print(json.dumps(asdict(_measured(*map(Path, options.ingest)))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        sizes = options.passages
        parts = [sample(options.medquad, n, Path(folder) / f"part-{n}") for n in sizes]
        runs = [ingest(part, Path(folder) / f"out-{n}") for n, part in zip(sizes, parts, strict=True)]
        rates, cosine = compare(runs[-1], options.compared)
    checks = _checks(runs, rates, cosine)
    _report(runs, rates, cosine, checks)
    return 0 if all(checks.values()) else 1


def _measured(answers: Path, out: Path) -> Run:
    began, busy = time.monotonic(), time.process_time()
    last = began, busy

    def note(stage: str, _done: int, _total: int | None) -> None:
        nonlocal last
        if stage == "embed":
            last = time.monotonic(), time.process_time()

    made = build(Inputs(out / "none", (answers,)), out, IndexSettings(), note)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    streamed = last[0] - began, last[1] - busy
    return Run(made.passages, len(made.skipped), *streamed, made.seconds, peak, str(made.path))


def _checks(runs: Sequence[Run], rates: Mapping[str, Rate], cosine: float) -> dict[str, bool]:
    """Say of each thing that the ingestion promises whether this run kept it."""
    rate = runs[-1].passages / runs[-1].streamed_s
    checks = {
        f"at least {_LEAST_OF_BARE} of the bare model": rate >= _LEAST_OF_BARE * rates[_BARE].wall,
        f"at least {_LEAST_OF_NAIVE} times LlamaIndex's pipeline": rate
        >= _LEAST_OF_NAIVE * rates[_NAIVE].wall,
        f"cosine at least {_LEAST_COSINE}": cosine >= _LEAST_COSINE,
    }
    if len(runs) > 1:
        checks["memory flat"] = runs[-1].peak_mb <= _MOST_GROWTH * runs[0].peak_mb
    return checks


def _report(
    runs: Sequence[Run], rates: Mapping[str, Rate], cosine: float, checks: Mapping[str, bool]
) -> None:
    head = ("passages", "skipped", "passages/s", "per CPU second", "whole build, s", "peak MB")
    print(table(head, map(_row, runs)), end="\n\n")
    last = runs[-1]
    ours = Rate(last.passages / last.streamed_s, last.passages / last.streamed_cpu_s)
    others = [
        (name, f"{r.wall:.1f}", f"{r.cpu:.1f}", f"{ours.wall / r.wall:.2f}", f"{ours.cpu / r.cpu:.2f}")
        for name, r in rates.items()
    ]
    beside = ("on the same texts", "passages/s", "per CPU second", "ingestion is times", "by CPU")
    print(table(beside, others), end="\n\n")
    print(f"least cosine of a passage's vector to float32: {cosine:.5f}")
    print("\n".join(f"{'kept  ' if kept else 'MISSED'} {check}" for check, kept in checks.items()))


def _row(run: Run) -> tuple[str, ...]:
    wall, cpu = run.passages / run.streamed_s, run.passages / run.streamed_cpu_s
    rates = f"{wall:.1f}", f"{cpu:.1f}"
    return (str(run.passages), str(run.skipped), *rates, f"{run.seconds:.0f}", f"{run.peak_mb:.0f}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.ingest_bench", description=__doc__)
    parser.add_argument("--medquad", type=Path, default=MEDQUAD, help="MedQuAD's answers.jsonl")
    parser.add_argument(
        "--passages", type=int, nargs="+", default=[_PASSAGES],
        help="how many to ingest, about, each in a run of its own; 0 is all",
    )  # fmt: skip
    parser.add_argument("--compared", type=int, default=_COMPARED, help="how many the others embed")
    parser.add_argument("--ingest", nargs=2, metavar=("ANSWERS", "OUT"), help="one such run; prints JSON")
    options = parser.parse_args(arguments)
    if not options.ingest and not options.medquad.is_file():
        parser.error(f"{options.medquad}: no such file; name MedQuAD's answers.jsonl with --medquad")
    return options


if __name__ == "__main__":
    sys.exit(main())
