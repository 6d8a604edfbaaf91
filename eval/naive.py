"""The pipeline that most tutorials end with, over the same articles and the same model, to compare with.

Default LlamaIndex splitter (1024 tokens, 200 overlapping), the nearest chunks are the answer. No rules,
no threshold, no exercises.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
from llama_index.core.node_parser import SentenceSplitter

from app.answer import Assistant
from eval.metrics import Row
from eval.relevance import Corpus
from eval.server import corpus_of
from ingest.embed import load_encoder
from ingest.records import Passage
from ingest.settings import IndexSettings

_TOP = 3
_RANKED = 10


class Naive:
    """Answers with the three nearest chunks."""

    name = "naive"

    def __init__(self, assistant: Assistant) -> None:
        """Cut and embed the articles that `assistant` answers from."""
        self._build = assistant.index.build_id
        self._encoder = load_encoder(IndexSettings.from_env())
        articles = assistant.index.articles
        splitter = SentenceSplitter(chunk_size=1024, chunk_overlap=200)
        self._passages = [
            _passage(slug, number, article.text, chunk)
            for slug, article in articles.items()
            for number, chunk in enumerate(splitter.split_text(article.text))
        ]
        self._titles = {slug: article.title for slug, article in articles.items()}
        self._vectors = self._encoder.encode([p.text for p in self._passages])
        whole = corpus_of(assistant.index)
        self.corpus: Corpus | None = whole.recut(self._passages)

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        """Return the nearest chunks as the answer, each citing itself."""
        began = time.perf_counter()
        scores = self._vectors @ self._encoder.encode_query(turns[-1])
        nearest = [self._passages[i] for i in np.argsort(-scores)[:_RANKED]]
        cited = nearest[:_TOP]
        reply = {
            "outcome": "answer",
            "level": "none",
            "red_flags": [],
            "text": "\n\n".join(passage.text for passage in cited),
            "statements": [{"text": p.text, "citations": [n]} for n, p in enumerate(cited, 1)],
            "exercises": [],
            "citations": [self._citation(n, passage) for n, passage in enumerate(cited, 1)],
            "timings_ms": {"total": (time.perf_counter() - began) * 1000},
        }
        return Row(question_id, reply, tuple(passage.passage_id for passage in nearest))

    def about(self) -> Mapping[str, str]:
        """Name the pipeline's settings."""
        return {"build": self._build, "splitter": "SentenceSplitter(1024, 200)", "top": str(_TOP)}

    def _citation(self, n: int, passage: Passage) -> dict[str, object]:
        return {
            "n": n,
            "article": passage.article,
            "title": self._titles[passage.article],
            "heading": "",
            "passage_id": passage.passage_id,
            "quote": passage.text,
            "start": passage.start,
            "end": passage.end,
        }


def _passage(slug: str, number: int, text: str, chunk: str) -> Passage:
    start = text.find(chunk)
    return Passage(
        passage_id=f"{slug}:{number}",
        article=slug,
        heading="",
        headings=(),
        text=chunk,
        start=start,
        end=start + len(chunk),
        sentences=(),
        content_hash="",
    )
