"""`make bench-peers`: this beside what else installs from the package index and runs offline, in one go.

The same articles, the same weights, the same machine, one process each. The others have no language model
here, so that what they found is their answer; none of them screens for red flags.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.markdown import table
from eval.metrics import Row, body
from eval.questions import Question, load_questions
from eval.relevance import Corpus
from eval.run import figures, measure, percentile
from eval.serving import resident_mb
from ingest.index import Index
from ingest.records import Passage

Answer = Callable[[str], dict[str, Any]]
_FIRST = "why does my knee hurt going downhill"
_LLAMA_TOP, _CHAIN_TOP, _CHAIN_CHARS, _CHAIN_OVERLAP, _WORDS_TOP = 2, 4, 1_000, 200, 3
_METRICS = ("fact_recall", "citation_precision", "citation_recall", "refusal_recall", "flag_recall")


def kneewise() -> tuple[Answer, Corpus | None]:
    """This project, as `kneewise-ask` opens it."""
    from eval.server import corpus_of
    from eval.systems import open_assistant

    assistant = open_assistant(None)
    return lambda question: assistant.answer([question]).as_json(), corpus_of(assistant.index)


def llama_index() -> tuple[Answer, Corpus | None]:
    """LlamaIndex's defaults over Chroma: chunks of 1,024 tokens, 200 overlapping, the two nearest."""
    from llama_index.core import MockEmbedding, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import QueryBundle, TextNode

    from ingest.store import ChromaVectors

    index, encoder, settings = _opened()
    splitter = SentenceSplitter(chunk_size=1024, chunk_overlap=200)
    chunks = _chunks(index, lambda text: splitter.split_text(text))
    vectors = ChromaVectors.create(Path(tempfile.mkdtemp()), settings, "peer")
    for chunk, row in zip(chunks, encoder.encode([c.text for c in chunks]), strict=True):
        about = {"article": chunk.article, "heading": ""}
        node = TextNode(id_=chunk.passage_id, text=chunk.text, embedding=row.tolist(), metadata=about)
        vectors.add([node])
    searched = VectorStoreIndex.from_vector_store(vectors.store, embed_model=MockEmbedding(384))
    retriever, by_id = searched.as_retriever(similarity_top_k=_LLAMA_TOP), {c.passage_id: c for c in chunks}

    def answer(question: str) -> dict[str, Any]:
        bundle = QueryBundle(question, embedding=encoder.encode_query(question).tolist())
        return _quoting([by_id[found.node.node_id] for found in retriever.retrieve(bundle)])

    return answer, _corpus(index, chunks)


def langchain() -> tuple[Answer, Corpus | None]:
    """LangChain's in-memory store: chunks of 1,000 characters, 200 overlapping, the four nearest."""
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import InMemoryVectorStore

    index, encoder, _ = _opened()

    class Ours(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [row.tolist() for row in encoder.encode(texts)]

        def embed_query(self, text: str) -> list[float]:
            return list(map(float, encoder.encode_query(text)))

    step = _CHAIN_CHARS - _CHAIN_OVERLAP
    chunks = _chunks(index, lambda text: [text[i : i + _CHAIN_CHARS] for i in range(0, len(text), step)])
    store = InMemoryVectorStore(Ours())
    store.add_texts([c.text for c in chunks], ids=[c.passage_id for c in chunks])
    by_id = {c.passage_id: c for c in chunks}

    def answer(question: str) -> dict[str, Any]:
        return _quoting([by_id[str(found.id)] for found in store.similarity_search(question, _CHAIN_TOP)])

    return answer, _corpus(index, chunks)


def words_alone() -> tuple[Answer, Corpus | None]:
    """BM25 (bm25s) over this project's passages, the three best: what costs least."""
    index, _, _ = _opened()

    def answer(question: str) -> dict[str, Any]:
        return _quoting([index.passages[name] for name, _ in index.search_lexical(question, _WORDS_TOP)])

    return answer, _corpus(index, list(index.passages.values()))


PEERS: Mapping[str, Callable[[], tuple[Answer, Corpus | None]]] = {
    "kneewise": kneewise,
    "LlamaIndex + Chroma": llama_index,
    "LangChain, in memory": langchain,
    "BM25 alone": words_alone,
}


def run_peer(name: str, began: float, most: int, out: Path) -> None:
    """Open one peer, time its first answer and all others, score them, and write the figures to `out`."""
    answer, corpus = PEERS[name]()
    answer(_FIRST)
    cold_s = time.time() - began
    questions = [q for q in load_questions() if len(q.turns) == 1][:most]
    for question in questions[:20]:
        answer(question.turns[0])
    taken, rows, words = [], [], []
    for question in questions:
        start = time.perf_counter()
        reply = answer(question.turns[0])
        taken.append((time.perf_counter() - start) * 1000)
        rows.append(Row(question.id, reply))
        if question.answerable:
            words.append(len(body(reply).split()))
    found = {
        "answers a second": 1000 * len(taken) / sum(taken), "p50 ms": statistics.median(taken),
        "p95 ms": percentile(sorted(taken), 95), "memory MB": resident_mb(os.getpid()),
        "cold start s": cold_s, "words": statistics.median(words),
    }  # fmt: skip
    out.write_text(json.dumps(found | _scores(questions, rows, corpus)))


def _scores(questions: Sequence[Question], rows: Sequence[Row], corpus: Corpus | None) -> dict[str, float]:
    scored = figures(measure(questions, rows, corpus, (), rank=False))
    return {name: scored[name]["value"] for name in _METRICS if name in scored}


def _opened() -> Any:
    from ingest.embed import load_encoder
    from ingest.ensure import ensure_build
    from ingest.opening import open_index
    from ingest.settings import IndexSettings

    settings = IndexSettings.from_env()
    return open_index(ensure_build(), settings), load_encoder(settings), settings


def _chunks(index: Index, cut: Callable[[str], Sequence[str]]) -> list[Passage]:
    found = []
    for slug, article in index.articles.items():
        for number, text in enumerate(cut(article.text)):
            start = article.text.find(text)
            found.append(Passage(f"{slug}:{number}", slug, "", (), text, start, start + len(text), (), ""))
    return found


def _corpus(index: Index, passages: Sequence[Passage]) -> Corpus:
    from eval.server import corpus_of

    return corpus_of(index).recut(passages)


def _quoting(passages: Sequence[Passage]) -> dict[str, Any]:
    """The passages as a reply that cites each of them."""
    return {
        "outcome": "answer", "level": "none", "red_flags": [], "exercises": [],
        "text": "\n\n".join(p.text for p in passages),
        "statements": [{"text": p.text, "citations": [n]} for n, p in enumerate(passages, 1)],
        "citations": [
            {"n": n, "article": p.article, "passage_id": p.passage_id, "quote": p.text,
             "start": p.start, "end": p.end}
            for n, p in enumerate(passages, 1)
        ],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every peer in a process of its own and print one table."""
    parser = argparse.ArgumentParser(prog="eval.peers", description=__doc__)
    parser.add_argument("--questions", type=int, default=400, help="at most so many of the set")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.peer:
        run_peer(options.peer, options.began, options.questions, options.out)
        return
    rows = []
    for name in PEERS:
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "found.json"
            own = ["--peer", name, "--out", str(out), "--questions", str(options.questions)]
            command = [sys.executable, "-m", "eval.peers", *own, "--began", str(time.time())]
            subprocess.run(command, check=True)
            rows.append((name, json.loads(out.read_text())))
    columns = list(rows[0][1])
    shown = [[name, *(f"{found[c]:.3f}" if c in found else "" for c in columns)] for name, found in rows]
    print(table(["", *(column.replace("_", " ") for column in columns)], shown))


if __name__ == "__main__":
    main()
