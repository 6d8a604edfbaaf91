"""`make bench-growth`: retrieval, recall, memory, disk and ingest rate against the number of passages.

Embedded and on a Chroma server. Every size is built once; a fresh process then opens it and asks, so that
memory is that of serving alone.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.schema import TextNode

from eval.curves import curves
from eval.errors import SystemUnavailable
from eval.grow import MEDQUAD, embed_cached, exact, grow, read_answers
from eval.markdown import table
from eval.run import percentile
from eval.serving import resident_mb
from ingest.cache import Matrix
from ingest.embed import load_encoder
from ingest.held import HeldVectors
from ingest.settings import IndexSettings
from ingest.store import ChromaVectors

_TOP, _PER_ARTICLE, _BATCH, _WARM, _EMBEDDED = 10, 8, 5_000, 50, 50
_NAME = "growth"
_START_WITHIN_S = 120
_COLUMNS = (
    "passages", "store", "query p50 ms", "p95 ms", "few articles p50 ms", "half of them p50 ms",
    "Chroma's own filter p50 ms", "recall@10", "memory MB", "disk MB", "added a second",
)  # fmt: skip
Row = dict[str, float | str]


def article_of(row: int) -> str:
    """Name the article of a passage: eight passages each."""
    return f"article-{row // _PER_ARTICLE}"


def fill(vectors: ChromaVectors, rows: Matrix, texts: Sequence[str]) -> float:
    """Add all `rows` the way a build does; return how many a second."""
    began = time.perf_counter()
    for start in range(0, len(rows), _BATCH):
        vectors.add([
            TextNode(
                id_=f"{article_of(i)}:{i % _PER_ARTICLE}", text=texts[i % len(texts)],
                embedding=rows[i].tolist(), metadata={"article": article_of(i), "heading": ""},
            )
            for i in range(start, min(start + _BATCH, len(rows)))
        ])  # fmt: skip
    return len(rows) / (time.perf_counter() - began)


def ask(folder: Path, url: str, rows_file: Path, questions: Matrix) -> Row:
    """Open the collection, ask every question in every way, and say what it took; run in its own process."""
    before_mb = resident_mb_here()
    store = ChromaVectors.open(folder, IndexSettings(chroma_url=url), _NAME)
    held = store.held()
    vectors = HeldVectors(*held, lambda: store) if held else store
    rows: Matrix = np.load(rows_file, mmap_mode="r")
    articles = len(rows) // _PER_ARTICLE
    few = [f"article-{i}" for i in range(0, articles, max(1, articles // 10))]
    half = [f"article-{i}" for i in range(0, articles, 2)]
    for question in questions[:_WARM]:
        vectors.search(question, _TOP)
    found: list[set[int]] = []

    def plain(question: Matrix) -> None:
        found.append({_row(name) for name, _ in vectors.search(question, _TOP)})

    plain_ms = _times_ms(plain, questions)
    memory_mb = resident_mb_here() - before_mb
    vectors.search(questions[0], _TOP, few)
    within_few = _times_ms(lambda q: vectors.search(q, _TOP, few), questions)
    vectors.search(questions[0], _TOP, half)
    within_half = _times_ms(lambda q: vectors.search(q, _TOP, half), questions)
    own = _times_ms(lambda q: store.search_in_store(q, _TOP, few), questions[:_WARM])
    truth = exact(np.asarray(rows), questions, _TOP)
    recall = sum(len(a & b) for a, b in zip(found, truth, strict=True)) / (_TOP * len(questions))
    store.close()
    return {
        "query p50 ms": percentile(plain_ms, 50), "p95 ms": percentile(plain_ms, 95),
        "few articles p50 ms": percentile(within_few, 50), "half of them p50 ms": percentile(within_half, 50),
        "Chroma's own filter p50 ms": percentile(own, 50), "recall@10": recall, "memory MB": memory_mb,
    }  # fmt: skip


def measure(count: int, base: Matrix, texts: Sequence[str], questions: Matrix, served: bool) -> Row:
    """Build `count` passages in a folder of its own and ask them."""
    with tempfile.TemporaryDirectory(prefix="kneewise-growth-") as scratch:
        folder, rows_file = Path(scratch) / "chroma", Path(scratch) / "rows.npy"
        rows = grow(base, count)
        np.save(rows_file, rows)
        with server(folder) if served else _nobody() as (url, pid):
            vectors = ChromaVectors.create(folder, IndexSettings(chroma_url=url), _NAME)
            rate = fill(vectors, rows, texts)
            vectors.close()
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
                row = fresh.submit(ask, folder, url, rows_file, questions).result()
            if pid:
                row["memory MB"] = resident_mb(pid)
        disk_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    store = "server" if served else "embedded"
    return {"passages": count, "store": store, **row, "disk MB": disk_mb, "added a second": rate}


@contextmanager
def server(folder: Path, port: int = 0) -> Iterator[tuple[str, int]]:
    """Run a Chroma server over `folder` on `port`, or a free one; its address and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = port or free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    command = [str(chroma), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemUnavailable(f"chroma run did not listen on port {port} within {_START_WITHIN_S} s")


@contextmanager
def _nobody() -> Iterator[tuple[str, int]]:
    yield "", 0


def _times_ms(run: Callable[[Any], object], questions: Iterable[Any]) -> list[float]:
    taken = []
    for question in questions:
        began = time.perf_counter()
        run(question)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def _row(name: str) -> int:
    article, _, ordinal = name.removeprefix("article-").partition(":")
    return int(article) * _PER_ARTICLE + int(ordinal)


def resident_mb_here() -> float:
    """Resident memory of this process, in MB."""
    return resident_mb(os.getpid())


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size and print a table; `--plot` draws it."""
    parser = argparse.ArgumentParser(prog="eval.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--medquad", type=Path, default=MEDQUAD, help="MedQuAD's answers.jsonl")
    parser.add_argument("--real", type=int, default=2_000, help="how many passages are real ones")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--stores", nargs="+", default=["embedded", "server"])
    parser.add_argument("--plot", type=Path, help="SVG to write")
    options = parser.parse_args(arguments)
    texts, asked = read_answers(options.medquad, options.real)
    base, questions = embed_cached(texts), embed_cached(asked[: options.questions])
    embedding_ms = embedding_time_ms(asked[:_EMBEDDED])
    rows = []
    for store in options.stores:
        for count in options.sizes:
            rows.append(measure(count, base, texts, questions, store == "server"))
            print(table(_COLUMNS, [[_shown(rows[-1][c]) for c in _COLUMNS]]), flush=True)
    print(table(_COLUMNS, [[_shown(row[c]) for c in _COLUMNS] for row in rows]))
    print(
        f"embedding a question takes {embedding_ms:.1f} ms more, whatever the size",
        *ratios(rows, embedding_ms),
        sep="\n",
    )
    if options.plot:
        options.plot.write_text(_plot(rows), encoding="utf-8")


def embedding_time_ms(questions: Sequence[str]) -> float:
    """Return the median milliseconds of embedding one question, warm."""
    encoder = load_encoder(IndexSettings())
    for question in questions:
        encoder.encode_query(question)
    return percentile(_times_ms(encoder.encode_query, questions), 50)


def ratios(rows: Sequence[Row], embedding_ms: float) -> list[str]:
    """Say of each store how much longer a retrieval takes in the largest build than in the smallest."""
    said = []
    for store in dict.fromkeys(row["store"] for row in rows):
        own = sorted((r for r in rows if r["store"] == store), key=lambda r: float(r["passages"]))
        for name in ("query p50 ms", "few articles p50 ms", "half of them p50 ms"):
            least, most = (embedding_ms + float(own[place][name]) for place in (0, -1))
            sizes = f"{_shown(own[-1]['passages'])} passages / {_shown(own[0]['passages'])}"
            said.append(f"{store}, {name.removesuffix(' p50 ms')}, {sizes}: {most / least:.2f}")
    return said


def _plot(rows: Sequence[Row]) -> str:
    names = ("query p50 ms", "few articles p50 ms", "Chroma's own filter p50 ms")
    series = {
        f"{name.removesuffix(' p50 ms')}, {store}": [
            (float(r["passages"]), float(r[name])) for r in rows if r["store"] == store
        ]
        for store in dict.fromkeys(str(r["store"]) for r in rows)
        for name in names
    }
    return curves(series, "Median time of one search", "passages", "ms")


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}" if value <= 1 else f"{value:.1f}"


if __name__ == "__main__":
    main()
