"""A finished build, open for questions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ingest.answering import Read, Tokens, matches, sentence_text, tokens_in, vectors_of
from ingest.cache import Matrix, Vector
from ingest.errors import IndexUnavailable
from ingest.knowledge import Conflict, Knowledge, Vocabulary
from ingest.lexical import Lexical
from ingest.manifest import Manifest
from ingest.records import Article, Exercise, Passage, Sentence
from ingest.settings import IndexSettings

ARTICLES, PASSAGES, KNOWLEDGE = "articles.jsonl", "passages.jsonl", "knowledge.json"
SENTENCES, ANSWERS, TOKENS, LEXICAL = "sentences.npy", "answers.npy", "tokens.npy", "lexical"
STRAYS, VECTORS = "strays.json", "vectors.npz"


class Vectors(Protocol):
    """The store of passage vectors."""

    def search(
        self, vector: Vector, k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, cosine similarity), best first."""

    def ids(self) -> set[str]:
        """Return every id that the store says it holds."""

    def unfound(self, ids: Sequence[str]) -> list[str]:
        """Return those of `ids` that a query for their own vector does not bring."""

    def close(self) -> None:
        """Let go of files and connections."""


class Index:
    """One build, read-only; safe to share between threads.

    Attributes:
        path: Folder of the build.
        manifest: Its stamp.
        build_id: Hash of what it was made from.
        articles: Slug -> article, in the order of the build.
        passages: Id -> passage, in the order of the build.
        exercises: Each citation resolved to spans of this build.
        vocabulary: Words of the field.
        conflicts: Where articles disagree.
        vectors: The store behind `search_dense`.
    """

    def __init__(self, path: Path, manifest: Manifest, vectors: Vectors) -> None:
        self.path = path
        self.manifest = manifest
        self.build_id = manifest.build_id
        self.articles: Mapping[str, Article] = {a.slug: a for a in read_articles(path / ARTICLES)}
        self.passages: Mapping[str, Passage] = {p.passage_id: p for p in read_passages(path / PASSAGES)}
        knowledge = Knowledge.from_json((path / KNOWLEDGE).read_bytes())
        self.exercises: tuple[Exercise, ...] = knowledge.exercises
        self.vocabulary: Vocabulary = knowledge.vocabulary
        self.conflicts: tuple[Conflict, ...] = knowledge.conflicts
        self.vectors = vectors
        self._lexical = Lexical.open(path / LEXICAL, list(self.passages))
        self._rows = _sentence_rows(self.passages.values())
        self._owners = [pid for pid, (start, end) in self._rows.items() for _ in range(start, end)]
        stored = path / SENTENCES
        # Read, not mapped: 31 MB at most, and a file cut short under a mapping would end the process.
        self._sentences: Matrix | None = np.load(stored) if stored.exists() else None
        answers = path / ANSWERS
        self._answers: Matrix | None = np.load(answers).astype(np.float32) if answers.exists() else None
        tokens = path / TOKENS  # 51 MB at most; to widen them for each question would cost a tenth of a ms
        self._tokens: Tokens | None = np.load(tokens).astype(np.float32) if tokens.exists() else None
        self._computed = lru_cache(maxsize=2_000)(self._compute_sentences)
        self._computed_answers = lru_cache(maxsize=250)(self._compute_answers)  # some 120 kB each

    def search_dense(
        self, vector: Vector, k: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, cosine similarity), best first.

        Raises:
            IndexUnavailable: The vector store does not answer.
        """
        return self.vectors.search(vector, min(k, len(self.passages)), articles)

    def search_lexical(self, text: str, k: int) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, BM25 score), best first; only passages that share a word."""
        return self._lexical.search(text, k)

    def sentence_vectors(self, passage_id: str) -> Matrix:
        """Return the vectors of a passage's sentences, shape (n sentences, dimension), unit rows.

        Raises:
            KeyError: This build has no such passage.
        """
        start, end = self._rows[passage_id]
        if self._sentences is None:
            vectors: Matrix = self._computed(passage_id)
            return vectors
        return np.asarray(self._sentences[start:end], np.float32)

    def answer_vectors(self, passage_id: str) -> Matrix:
        """Return the vectors by which a passage's sentences answer (`ingest.answering`), in their order.

        Raises:
            KeyError: This build has no such passage.
        """
        start, end = self._rows[passage_id]
        if self._answers is None:
            return vectors_of(self._computed_answers(passage_id))
        return self._answers[start:end]

    def matches(self, question: Read, places: Sequence[tuple[str, int]]) -> Vector:
        """Return how well the words of sentences meet those of a question, about 0 to 1, in their order.

        Args:
            question: As the answerer reads it.
            places: Passage id and ordinal of each sentence.

        Raises:
            KeyError: This build has no such passage.
        """
        if self._tokens is None:
            each = [tokens_in(self._computed_answers(passage)[[ordinal]]) for passage, ordinal in places]
            return matches(question, np.concatenate(each)) if each else np.empty(0, np.float32)
        return matches(question, self._tokens[[self._rows[passage][0] + i for passage, i in places]])

    def answering(self, vector: Vector, k: int) -> list[str]:
        """Return the passages of the `k` sentences that answer best, best first; none in large builds.

        Args:
            vector: The question, as the answerer embeds it.
            k: How many sentences to go through.
        """
        if self._answers is None:
            return []
        best = np.argsort(-(self._answers @ vector), kind="stable")[:k]
        return list(dict.fromkeys(self._owners[row] for row in best))

    def best_answer(self, vector: Vector) -> float:
        """Return how near the best of all sentences answers, cosine similarity; 0 in large builds."""
        return 0.0 if self._answers is None else float((self._answers @ vector).max())

    def close(self) -> None:
        """Let go of the store; the index must not be asked any more."""
        self.vectors.close()

    def _compute_sentences(self, passage_id: str) -> Matrix:
        settings = IndexSettings(**self.manifest.settings)
        vectors: Matrix = _shared_encoder(settings)([s.text for s in self.passages[passage_id].sentences])
        return vectors

    def _compute_answers(self, passage_id: str) -> Matrix:
        from ingest.answering import load_answerer

        return load_answerer().encode(answer_texts([self.passages[passage_id]]))


@lru_cache(maxsize=1)
def _shared_encoder(settings: IndexSettings) -> Any:
    """Large builds store no sentence vectors; the encoder that makes them is loaded once."""
    from ingest.embed import load_encoder

    return load_encoder(settings).encode


def read_articles(path: Path, start: int = 0, end: int | None = None) -> Iterator[Article]:
    """Read what `article_line` wrote, one a line: all of it, or the lines that begin at bytes `start:end`."""
    for row in _rows(path, start, end):
        yield Article(**{**row, "experts": tuple(row["experts"])})


def read_passages(path: Path) -> Iterator[Passage]:
    """Read what `passage_line` wrote, one a line."""
    for row in _rows(path):
        start = row["start"]
        spans = [Sentence(row["text"][a - start : b - start], a, b) for a, b in row.pop("sentences")]
        yield Passage(**{**row, "headings": tuple(row["headings"]), "sentences": tuple(spans)})


def read_strays(build: Path) -> tuple[str, ...]:
    """Return the ids of the passages that the store's graph does not lead to."""
    path = build / STRAYS
    return tuple(json.loads(path.read_text())) if path.is_file() else ()


def article_line(article: Article) -> str:
    """Write an article as one line of JSON."""
    return json.dumps(asdict(article), ensure_ascii=False) + "\n"


def passage_line(passage: Passage) -> str:
    """Write a passage as one line of JSON; sentences by their offsets alone."""
    row = {name: getattr(passage, name) for name in _PASSAGE_FIELDS}
    spans = [[sentence.start, sentence.end] for sentence in passage.sentences]
    return json.dumps({**row, "sentences": spans}, ensure_ascii=False) + "\n"


_PASSAGE_FIELDS = ("passage_id", "article", "heading", "headings", "text", "start", "end", "content_hash")


def _rows(path: Path, start: int = 0, end: int | None = None) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as lines:
            lines.seek(start)
            for line in lines:
                yield json.loads(line)
                start += len(line)
                if end is not None and start >= end:
                    return
    except (OSError, ValueError) as error:
        raise IndexUnavailable(f"{path} is damaged: make the index again with `make index`") from error


def _sentence_rows(passages: Collection[Passage]) -> dict[str, tuple[int, int]]:
    rows, start = {}, 0
    for passage in passages:
        rows[passage.passage_id] = (start, start + len(passage.sentences))
        start += len(passage.sentences)
    return rows


def sentence_texts(passages: Sequence[Passage]) -> list[str]:
    """Return all sentences of passages, in the order of `sentences.npy`."""
    return [sentence.text for passage in passages for sentence in passage.sentences]


def answer_texts(passages: Sequence[Passage]) -> list[str]:
    """Return all sentences of passages with their headings, in the order of `answers.npy`."""
    return [sentence_text(p.heading, sentence.text) for p in passages for sentence in p.sentences]
