"""Measure this project's own retrieval on public data, beside the published figures.

A folder with `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv` is read as a BEIR set; one with
`questions_df.csv` and `corpora/` as the chunking benchmark, whose questions come with exact answer spans.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.retrieve import RetrievalSettings, fuse
from eval.errors import EvalError
from eval.intervals import Count, pooled
from eval.markdown import interval, table
from eval.ranking import rank_runs
from ingest.chunk import embedding_text, passages
from ingest.embed import Encoder, load_encoder
from ingest.lexical import Lexical
from ingest.records import Passage
from ingest.settings import IndexSettings

_DEPTH = 100
_CHUNKS = 5
_PUBLISHED = {
    "lexical": "BM25 .687",
    "dense": "MiniLM .645",
    "fused": "ColBERTv2 .693, bge-small .713",
}
Hits = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Beir:
    """A BEIR set: texts, queries, and which texts answer which query."""

    documents: Mapping[str, str]
    queries: Mapping[str, str]
    relevant: Mapping[str, frozenset[str]]


def bench_tables(folder: Path) -> Iterator[str]:
    """Yield a Markdown table for every set found in `folder` or right below it, each as it is measured.

    Raises:
        EvalError: There is none.
    """
    places = (folder, *sorted(path for path in folder.glob("*") if path.is_dir()))
    beir = [place for place in places if (place / "corpus.jsonl").exists()]
    chunking = [place for place in places if (place / "questions_df.csv").exists()]
    if not beir and not chunking:
        raise EvalError(f"--bench {folder}: no corpus.jsonl and no questions_df.csv there or right below")
    encoder = load_encoder(IndexSettings.from_env())
    yield from (_chunking_table(place, encoder) for place in chunking)
    yield from (_beir_table(place, encoder) for place in beir)


def read_beir(folder: Path) -> Beir:
    """Read a BEIR folder; queries without a relevant text in the test split are left out."""
    documents = {r["_id"]: f"{r['title']} {r['text']}".strip() for r in _lines(folder / "corpus.jsonl")}
    relevant: dict[str, set[str]] = defaultdict(set)
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant[row["query-id"]].add(row["corpus-id"])
    queries = {r["_id"]: r["text"] for r in _lines(folder / "queries.jsonl") if r["_id"] in relevant}
    return Beir(documents, queries, {qid: frozenset(ids) for qid, ids in relevant.items()})


def search_beir(data: Beir, encoder: Encoder, depth: int = _DEPTH) -> dict[str, dict[str, Hits]]:
    """Return variant -> query id -> hits, best first: dense, lexical and the product's fusion of both."""
    ids = list(data.documents)
    matrix = encoder.encode(list(data.documents.values()))
    lexical = Lexical.build(data.documents.values(), ids)
    settings = RetrievalSettings()
    found: dict[str, dict[str, Hits]] = {"dense": {}, "lexical": {}, "fused": {}}
    for query_id, text in data.queries.items():
        dense = nearest(matrix, ids, encoder, text, settings.depth)
        words = lexical.search(text, settings.depth)
        found["dense"][query_id], found["lexical"][query_id] = dense[:depth], words[:depth]
        found["fused"][query_id] = fuse(dense, words, settings)[:depth]
    return found


def nearest(matrix: np.ndarray, ids: Sequence[str], encoder: Encoder, text: str, depth: int) -> Hits:
    """Return the `depth` rows of `matrix` nearest to `text`, by exact search."""
    scores = matrix @ encoder.encode_query(text)
    order = np.argsort(-scores)[:depth]
    return [(ids[i], float(scores[i])) for i in order]


def _beir_table(folder: Path, encoder: Encoder) -> str:
    data = read_beir(folder)
    runs = {
        name: {qid: tuple(pid for pid, _ in hits) for qid, hits in found.items()}
        for name, found in search_beir(data, encoder).items()
    }
    rows = []
    for name, scores in rank_runs(runs, data.relevant, ["ndcg@10", "recall@100"]).items():
        ndcg, recall = (pooled([s[m] for s in scores.values()]) for m in ("ndcg@10", "recall@100"))
        bounds = interval({"low": ndcg.low, "high": ndcg.high})
        rows.append([name, f"{ndcg.value:.3f}", bounds, f"{recall.value:.3f}", _PUBLISHED[name]])
    head = ["search", "nDCG@10", "95 %", "recall@100", "published nDCG@10"]
    title = f"## {folder.name}: {len(data.queries)} queries, {len(data.documents)} texts"
    return f"{title}\n\n{table(head, rows)}"


def _chunking_table(folder: Path, encoder: Encoder) -> str:
    rows = []
    for name, counts in measure_chunking(folder, encoder).items():
        recall, precision = pooled(counts["recall"]), pooled(counts["precision"])
        tokens = sum(c.hit for c in counts["tokens"]) / len(counts["tokens"])
        bounds = interval({"low": recall.low, "high": recall.high})
        rows.append([name, f"{recall.value:.3f}", bounds, f"{precision.value:.3f}", f"{tokens:.0f}"])
    rows.append(["LlamaIndex default, top 2 (measured elsewhere)", "0.535", "", "0.018", "1855"])
    head = ["search, top 5 passages", "character recall", "95 %", "precision", "tokens"]
    return f"## {folder.name}\n\n{table(head, rows)}"


def measure_chunking(folder: Path, encoder: Encoder) -> dict[str, dict[str, list[Count]]]:
    """Return variant -> `recall`, `precision`, `tokens`, one count per question."""
    found: dict[str, dict[str, list[Count]]] = {}
    with (folder / "questions_df.csv").open(encoding="utf-8") as file:
        questions = list(csv.DictReader(file))
    for corpus in sorted({row["corpus_id"] for row in questions}):
        text = (folder / "corpora" / f"{corpus}.md").read_text(encoding="utf-8")
        asked = [row for row in questions if row["corpus_id"] == corpus]
        for variant, counts in _measure_corpus(corpus, text, asked, encoder).items():
            for name, values in counts.items():
                found.setdefault(variant, {}).setdefault(name, []).extend(values)
    return found


def _measure_corpus(
    corpus: str, text: str, asked: Iterable[Mapping[str, str]], encoder: Encoder
) -> dict[str, dict[str, list[Count]]]:
    slug = corpus.replace("_", "-")
    settings = IndexSettings()
    cut = {
        p.passage_id: p
        for p in passages(slug, text, encoder.count_tokens, passage_tokens=settings.passage_tokens)
    }
    ids = list(cut)
    matrix = encoder.encode([embedding_text(p) for p in cut.values()])
    lexical = Lexical.build([" ".join([*p.headings, p.text]) for p in cut.values()], ids)
    retrieval = RetrievalSettings()
    counts: dict[str, dict[str, list[Count]]] = {
        name: {"recall": [], "precision": [], "tokens": []} for name in ("dense", "lexical", "fused")
    }
    for row in asked:
        dense = nearest(matrix, ids, encoder, row["question"], retrieval.depth)
        words = lexical.search(row["question"], retrieval.depth)
        spans = [(r["start_index"], r["end_index"]) for r in json.loads(row["references"])]
        for name, hits in (
            ("dense", dense),
            ("lexical", words),
            ("fused", fuse(dense, words, retrieval)),
        ):
            chosen = [cut[pid] for pid, _ in hits[:_CHUNKS]]
            recall, precision = overlap(spans, chosen)
            counts[name]["recall"].append(recall)
            counts[name]["precision"].append(precision)
            counts[name]["tokens"].append(Count(sum(encoder.count_tokens(p.text) for p in chosen), 1))
    return counts


def overlap(spans: Sequence[tuple[int, int]], chosen: Sequence[Passage]) -> tuple[Count, Count]:
    """Return recall and precision in characters: of the answer spans, and of the passages chosen.

    Both are a share of one question, so that each question counts alike.
    """
    wanted = {i for start, end in spans for i in range(start, end)}
    shown = {i for passage in chosen for i in range(passage.start, passage.end)}
    both = len(wanted & shown)
    return Count(both / len(wanted), 1), Count(both / len(shown) if shown else 0.0, 1)


def _lines(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
