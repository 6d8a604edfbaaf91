"""Repair misspelt words towards the lexicon, and only words that are not English.

A guard against "smelling" becoming "swelling": a token of the English word list is never touched.
Misspellings that are words themselves ("bare weight") are spelt out in the lexicon instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from app.rules.english import english_words, joined_contractions
from app.rules.normalize import Tokens, from_pairs

MIN_SIMILARITY = 0.75  # normalised Damerau-Levenshtein; 28 of 28 misspellings of the catalogue are repaired
MIN_LETTERS = 4


class Speller:
    """Knows the lexicon's words and repairs near misses of them."""

    def __init__(
        self, words: Iterable[str], known: Iterable[str] = (), aliases: Mapping[str, str] | None = None
    ) -> None:
        """Repair towards `words`; leave `known` and English words alone; read `aliases` as others."""
        self._aliases = {word: tuple(other.split()) for word, other in (aliases or {}).items()}
        self._lexicon = frozenset(words)
        self._english = english_words().union(joined_contractions(), known)
        self._near: dict[tuple[str, int], list[str]] = {}
        for word in sorted(self._lexicon):
            if len(word) >= MIN_LETTERS:
                self._near.setdefault((word[0], len(word)), []).append(word)
        self.repair = lru_cache(maxsize=16384)(self._repair)

    def knows(self, word: str) -> bool:
        """Whether `word` is of the lexicon."""
        return word in self._lexicon

    def repair_all(self, tokens: Tokens) -> Tokens:
        """Return `tokens` with misspelt words repaired, spans unchanged."""
        pairs: list[tuple[str, tuple[int, int]]] = []
        for word, span in zip(tokens.words, tokens.spans, strict=True):
            pairs.extend((part, span) for part in self.repair(word))
        return from_pairs(pairs)

    def _repair(self, word: str) -> tuple[str, ...]:
        if word in self._aliases:
            return self._aliases[word]
        if len(word) < MIN_LETTERS or word in self._lexicon or word in self._english or not word.isalpha():
            return (word,)
        if parts := self._split(word):
            return parts
        sizes = range(len(word) - 2, len(word) + 3)
        choices = [w for size in sizes for w in self._near.get((word[0], size), ())]
        choices += [
            w for w in self._near.get((word[1], len(word)), ()) if w[1] == word[0]
        ]  # first two swapped
        best = process.extractOne(
            word, choices, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=MIN_SIMILARITY
        )
        return (best[0],) if best else (word,)

    def _split(self, word: str) -> tuple[str, ...]:
        """Two words run together ("kneeswelling"), one of them of the lexicon."""
        for cut in range(2, len(word) - 2):
            left, right = word[:cut], word[cut:]
            both = left in self._lexicon and right in self._lexicon
            if both and len(left) > 2 < len(right) and (len(word) > 6 or right in _NOES):
                return left, right
            if right in self._lexicon and len(right) > 4 and left in _SMALL_WORDS:
                return left, right
        return ()


_NOES = frozenset(["nae", "not"])  # two words of three letters run together are else chance: "setaed"
_SMALL_WORDS = frozenset(
    {"no", "not", "my", "is", "it", "its", "the", "and", "but", "knee", "a", "very", "was"}
)
