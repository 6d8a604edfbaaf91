"""Find a quote of the curated files in the articles of a build.

In a digest the quote stands word for word. In the reader's own copy of the article the same fact stands
in other words: the sentences that share most of its words, meaning and numbers are taken, or none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.knowledge import Quote
from ingest.lexical import terms
from ingest.records import Article, Passage, Sentence, Span
from ingest.support import Stemmed, numbers, stemmed_phrases

Matrix = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]

# Chosen by reading what the quotes of the shipped files found in the four originals.
_WIDEST = 3  # sentences of an original that one sentence of a digest may stand for
_LEAST_SHARE = 0.38  # of the quote's words by weight, when there is no encoder
_LEAST_SCORE = 0.5  # of words and meaning together, in [0, 1]
_NAME_BONUS = 0.1
_WIDTH_COST = 0.03  # of each further sentence
_NUMBER_COST = 0.25
_REACH = 2000  # characters around a passage within which its section names what it is about
_UNKNOWN_WORD = 0.35  # weight of a quote's word that the article never uses: the digest's own
_ONE_WORD = re.compile(r"\b(body)(weight)", re.I)  # to others two
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Window:
    """Consecutive sentences of one passage."""

    passage: Passage
    sentences: tuple[Sentence, ...]
    rows: range  # of its sentences' vectors
    stems: frozenset[str]
    above: frozenset[str]  # stems of the headings
    named: Stemmed  # with the headings above it

    @property
    def text(self) -> str:
        return self.passage.text[
            self.sentences[0].start - self.passage.start : self.sentences[-1].end - self.passage.start
        ]


class Quotes:
    """The articles of one build, ready to find quotes in."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        passages: Iterable[Passage],
        wanted: Iterable[Quote] = (),
        encode: Encode | None = None,
    ) -> None:
        """Hold the build.

        Args:
            articles: By slug.
            passages: Of all articles, in order.
            wanted: The quotes that will be asked for, so that they are embedded together; other articles
                are then let go. Empty keeps them all.
            encode: Texts to unit rows; called once for each original, never for a digest.
        """
        self._wanted = tuple(dict.fromkeys(wanted))
        cited = {quote.article for quote in self._wanted} or set(articles)
        self._articles = {slug: articles[slug] for slug in cited if slug in articles}
        self._passages: dict[str, list[Passage]] = {slug: [] for slug in self._articles}
        for passage in passages:  # streamed: a large corpus is not held for the few articles cited
            if passage.article in self._passages:
                self._passages[passage.article].append(passage)
        self._encode = encode
        self._originals: dict[str, _Original] = {}
        self._sections: dict[str, Stemmed] = {}

    def find(self, quote: Quote, named: tuple[str, ...] = (), stated: tuple[str, ...] = ()) -> Span | None:
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
            wanted = [q.text for q in self._wanted if q.article == quote.article]
            self._originals[quote.article] = _Original(passages, wanted or [quote.text], self._encode)
        return self._originals[quote.article].best(quote.text, named, stated)

    def around(self, span: Span) -> Stemmed:
        """Return the section of a span: the passages near it, with their headings."""
        if span.passage_id not in self._sections:
            self._sections[span.passage_id] = Stemmed(self._section(span.passage_id))
        return self._sections[span.passage_id]

    def beside(self, span: Span) -> Stemmed:
        """Return the passage of a span, with its headings."""
        passage = self._passage(span.passage_id)
        return Stemmed("\n".join((*passage.headings, passage.text)))

    def _passage(self, passage_id: str) -> Passage:
        slug = passage_id.rpartition(":")[0]
        return next(passage for passage in self._passages[slug] if passage.passage_id == passage_id)

    def _section(self, passage_id: str) -> str:
        centre = self._passage(passage_id)
        slug = centre.article
        near = self._articles[slug].text[max(0, centre.start - _REACH) : centre.end + _REACH]
        return "\n".join((*centre.headings, near))


class _Original:
    """One original article: windows of sentences with their words and vectors."""

    def __init__(self, passages: Sequence[Passage], quotes: Sequence[str], encode: Encode | None) -> None:
        sentences = [sentence for passage in passages for sentence in passage.sentences]
        self._windows = list(_windows(passages))
        counts = Counter(stem for sentence in sentences for stem in set(_stems(sentence.text)))
        self._weight = {stem: math.log(1 + len(sentences) / count) for stem, count in counts.items()}
        self._near: dict[str, Matrix] = {}
        if encode and self._windows:
            vectors = encode([*(sentence.text for sentence in sentences), *quotes])
            meanings = _means(vectors, self._windows)
            self._near = {q: meanings @ v for q, v in zip(quotes, vectors[len(sentences) :], strict=True)}
        self._bases: dict[str, list[float]] = {}

    def best(self, quote: str, named: tuple[str, ...], stated: tuple[str, ...]) -> Span | None:
        """Return the window that supports `quote` best, if well enough; of equals the first."""
        # A number word of a quote may count what the original lists; digits are measures.
        needed = frozenset(_DIGITS.findall(quote)).union(*map(numbers, stated))
        phrases = stemmed_phrases(named)
        least = _LEAST_SCORE if quote in self._near else _LEAST_SHARE
        best, found = least, None
        for window, base in zip(self._windows, self._base(quote), strict=True):
            if base + _NAME_BONUS <= best:
                continue
            score = base + _NAME_BONUS * window.named.names(phrases)
            if needed:
                score -= _NUMBER_COST * len(needed - numbers(window.text)) / len(needed)
            if score > best:
                best, found = score, window
        if found is None:
            return None
        first, last = found.sentences[0], found.sentences[-1]
        return Span(found.passage.passage_id, first.start, last.end, found.text)

    def _base(self, quote: str) -> list[float]:
        """Score every window by shared words and, with an encoder, by meaning."""
        if quote not in self._bases:
            wanted = {stem: self._weight.get(stem, _UNKNOWN_WORD) for stem in _stems(quote)}
            scores = [self._shared(window, wanted) for window in self._windows]
            if quote in self._near:
                near = self._near[quote].tolist()
                scores = [(share + m) / 2 if share else 0.0 for share, m in zip(scores, near, strict=True)]
            self._bases[quote] = [
                score - _WIDTH_COST * (len(window.sentences) - 1)
                for score, window in zip(scores, self._windows, strict=True)
            ]
        return self._bases[quote]

    def _shared(self, window: _Window, wanted: Mapping[str, float]) -> float:
        shared = sum(weight for stem, weight in wanted.items() if stem in window.stems)
        if not shared:
            return 0.0
        above = sum(wanted[stem] for stem in window.above if stem in wanted and stem not in window.stems)
        own = sum(self._weight[stem] for stem in window.stems)
        return 0.8 * (shared + above / 2) / sum(wanted.values()) + 0.2 * shared / own


def _stems(text: str) -> list[str]:
    return terms(_ONE_WORD.sub(r"\1 \2", text))


def _windows(passages: Iterable[Passage]) -> Iterable[_Window]:
    row = 0
    for passage in passages:
        stems = [frozenset(_stems(sentence.text)) for sentence in passage.sentences]
        above = frozenset(terms(" ".join(passage.headings)))
        count = len(stems)
        for first in range(count):
            for end in range(first + 1, min(first + _WIDEST, count) + 1):
                together = frozenset().union(*stems[first:end])
                if together:
                    sentences = passage.sentences[first:end]
                    lines = (*passage.headings, *(sentence.text for sentence in sentences))
                    rows = range(row + first, row + end)
                    yield _Window(passage, sentences, rows, together, above, Stemmed("\n".join(lines)))
        row += count


def _means(vectors: Matrix, windows: Sequence[_Window]) -> Matrix:
    """Return one unit row a window: the mean direction of its sentences."""
    rows = np.stack([vectors[window.rows.start : window.rows.stop].mean(axis=0) for window in windows])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


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
