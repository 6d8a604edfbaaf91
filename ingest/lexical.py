"""Search passages by their words: BM25 beside the vectors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import Stemmer

from ingest.imports import without
from ingest.records import Passage

# It uses them if it finds them, for what is not asked of it, and they take longer to import than it does.
with without("numba", "scipy.sparse", "tqdm.auto"):
    import bm25s
    from bm25s.stopwords import STOPWORDS_EN

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STRAIGHT = str.maketrans({"’": "'", "‘": "'"})
_STOPWORDS = frozenset(STOPWORDS_EN)
_stemmer = Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """Cut text into stems, stop words left out; the same for passages and questions."""
    words = _WORD.findall(text.translate(_STRAIGHT).lower())
    bare = [word.removesuffix("'s").replace("'", "") for word in words if word not in _STOPWORDS]
    return [str(stem) for stem in _stemmer.stemWords(bare)]


class Lexical:
    """A BM25 index over a build's passages, in the build's order."""

    def __init__(self, ranker: bm25s.BM25, passage_ids: Sequence[str]) -> None:
        self._ranker = ranker
        self._ids = passage_ids

    @classmethod
    def build(cls, texts: Iterable[str], passage_ids: Sequence[str]) -> Lexical:
        """Index texts; `passage_ids` names them in order."""
        ranker = bm25s.BM25()
        vocabulary: dict[str, int] = {}
        # A text without words has no statistics; a blank stands for them.
        rows = [[vocabulary.setdefault(t, len(vocabulary)) for t in terms(text) or [""]] for text in texts]
        ranker.index((rows, vocabulary), create_empty_token=False, show_progress=False)
        return cls(ranker, passage_ids)

    @classmethod
    def open(cls, folder: Path, passage_ids: Sequence[str]) -> Lexical:
        """Read what `save` wrote."""
        return cls(bm25s.BM25.load(folder, load_corpus=False, show_progress=False), passage_ids)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        self._ranker.save(folder, show_progress=False)

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        """Return up to `k` (passage id, BM25 score), best first; only passages that share a word."""
        known = [term for term in terms(text) if term in self._ranker.vocab_dict]
        if not known or k < 1:
            return []
        scores = self._ranker.get_scores(known)
        best = np.argpartition(-scores, min(k, len(scores)) - 1)[:k]
        ordered = best[np.lexsort((best, -scores[best]))]
        told = zip(ordered.tolist(), scores[ordered].tolist(), strict=True)
        return [(self._ids[place], score) for place, score in told if score > 0]


def indexed_text(title: str, passage: Passage) -> str:
    """Return the words of a passage that BM25 sees: its article's title, headings, text."""
    return "\n".join([title, *passage.headings, passage.text])
