"""Find a quote of the curated files in the articles of a build.

In a digest the quote stands word for word. In the reader's own copy of the article the same fact stands
in other words: the sentences that share most of its words, meaning and numbers are taken, or none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.knowledge import Quote
from ingest.lexical import terms
from ingest.records import Article, Passage, Sentence, Span
from ingest.support import names, numbers

Matrix = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]

# Chosen by reading what the quotes of the shipped files found in the four originals.
_WIDEST = 3  # sentences of an original that one sentence of a digest may stand for
_LEAST_SHARE = 0.34  # of the quote's words by weight, when there is no encoder
_LEAST_SCORE = 0.42  # of words and meaning together, in [0, 1]
_NAME_BONUS = 0.12
_NUMBER_COST = 0.25
_UNKNOWN_WORD = 0.35  # weight of a quote's word that the article never uses: the digest's own


@dataclass(frozen=True, slots=True)
class _Window:
    """Consecutive sentences of one passage."""

    passage: Passage
    sentences: tuple[Sentence, ...]
    rows: range  # of its sentences' vectors
    stems: frozenset[str]

    @property
    def text(self) -> str:
        return self.passage.text[
            self.sentences[0].start - self.passage.start : self.sentences[-1].end - self.passage.start
        ]


class Quotes:
    """The articles of one build, ready to find quotes in."""

    def __init__(
        self, articles: Mapping[str, Article], passages: Iterable[Passage], encode: Encode | None = None
    ) -> None:
        """Hold the build; `encode` gives unit rows and is asked only where an original must be matched."""
        self._articles = articles
        self._passages: dict[str, list[Passage]] = {slug: [] for slug in articles}
        for passage in passages:
            self._passages.setdefault(passage.article, []).append(passage)
        self._encode = encode
        self._originals: dict[str, _Original] = {}

    def find(self, quote: Quote, named: Sequence[str] = (), stated: Sequence[str] = ()) -> Span | None:
        """Return where the article says what `quote` says; None where it does not in this build.

        Args:
            quote: The citation as written.
            named: Names of what it is about; sentences beside such a name are preferred.
            stated: Texts that the quote must support; sentences with their numbers are preferred.
        """
        article = self._articles.get(quote.article)
        if article is None:
            return None
        passages = self._passages[quote.article]
        start = article.text.find(quote.text)
        if start >= 0:
            return _whole_sentences(passages, start, start + len(quote.text))
        if article.kind != "original":
            return None
        if quote.article not in self._originals:
            self._originals[quote.article] = _Original(passages, self._encode)
        return self._originals[quote.article].best(quote.text, named, stated)

    def around(self, span: Span, reach: int = 2000) -> str:
        """Return the section of a span: its headings, and the passages within `reach` characters."""
        slug = span.passage_id.rpartition(":")[0]
        near = [
            passage
            for passage in self._passages[slug]
            if passage.start < span.end + reach and passage.end > span.start - reach
        ]
        return "\n".join(line for passage in near for line in (*passage.headings, passage.text))


class _Original:
    """One original article: windows of sentences with their words and vectors."""

    def __init__(self, passages: Sequence[Passage], encode: Encode | None) -> None:
        sentences = [sentence for passage in passages for sentence in passage.sentences]
        self._windows = list(_windows(passages))
        counts = Counter(stem for sentence in sentences for stem in set(terms(sentence.text)))
        self._weight = {stem: math.log(1 + len(sentences) / count) for stem, count in counts.items()}
        self._encode = encode
        self._vectors = encode([sentence.text for sentence in sentences]) if encode and sentences else None

    def best(self, quote: str, named: Sequence[str], stated: Sequence[str]) -> Span | None:
        """Return the window that supports `quote` best, if well enough."""
        wanted = {stem: self._weight.get(stem, _UNKNOWN_WORD) for stem in terms(quote)}
        vector = self._encode([quote])[0] if self._encode and self._vectors is not None else None
        needed = frozenset().union(*(numbers(text) for text in (*stated, quote)))
        scored = [
            (self._score(window, wanted, vector, needed, named), -number)
            for number, window in enumerate(self._windows)
        ]
        if not scored:
            return None
        score, number = max(scored)
        window = self._windows[-number]
        if score < (_LEAST_SHARE if vector is None else _LEAST_SCORE):
            return None
        first, last = window.sentences[0], window.sentences[-1]
        return Span(window.passage.passage_id, first.start, last.end, window.text)

    def _score(
        self,
        window: _Window,
        wanted: Mapping[str, float],
        vector: npt.NDArray[np.float32] | None,
        needed: frozenset[str],
        named: Sequence[str],
    ) -> float:
        shared = sum(weight for stem, weight in wanted.items() if stem in window.stems)
        if not shared:
            return 0.0
        own = sum(self._weight[stem] for stem in window.stems)
        score = 0.8 * shared / sum(wanted.values()) + 0.2 * shared / own
        if vector is not None and self._vectors is not None:
            mean = self._vectors[window.rows].mean(axis=0)
            score = (score + float(mean @ vector / np.linalg.norm(mean))) / 2
        if needed:
            score -= _NUMBER_COST * len(needed - numbers(window.text)) / len(needed)
        if names(named, "\n".join((*window.passage.headings, window.text))):
            score += _NAME_BONUS
        return score


def _windows(passages: Iterable[Passage]) -> Iterable[_Window]:
    row = 0
    for passage in passages:
        stems = [frozenset(terms(sentence.text)) for sentence in passage.sentences]
        count = len(stems)
        for first in range(count):
            for end in range(first + 1, min(first + _WIDEST, count) + 1):
                together = frozenset().union(*stems[first:end])
                if together:
                    yield _Window(
                        passage, passage.sentences[first:end], range(row + first, row + end), together
                    )
        row += count


def _whole_sentences(passages: Iterable[Passage], start: int, end: int) -> Span | None:
    """Widen an exact find to the sentences it lies in; None where it crosses passages."""
    for passage in passages:
        if not passage.start <= start < end <= passage.end:
            continue
        touched = [s for s in passage.sentences if s.start < end and s.end > start]
        if touched:
            start, end = min(start, touched[0].start), max(end, touched[-1].end)
        return Span(passage.passage_id, start, end, passage.text[start - passage.start : end - passage.start])
    return None
