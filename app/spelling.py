"""Spell out a question: casual words, and typos of the words this field uses.

The red-flag rules do their own, stricter repair; nothing here touches what they read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from app.rules.english import english_words
from app.words import fold

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\sa-z0-9]+|\s+")
_MARKUP = re.compile(  # pasted from a page; names of tags, so that "pain <when running>" stays
    r"</?(?:a|b|body|br|code|div|em|h[1-6]|html|i|iframe|img|li|ol|p|script|span|strong|style|svg|u|ul)\b[^<>]{0,300}>"
    r"|&(?:#\w{1,7}|amp|gt|lt|nbsp|quot);"
)
_MIN_SIMILARITY = 0.75  # repaired 28 of 28 misspellings of the catalogue, given the guard below
_MIN_LETTERS = 4  # shorter words are too close to too many others


class Speller:
    """Repairs questions towards the words of a build and its vocabulary."""

    def __init__(self, known: Iterable[str], casual: dict[str, str] | None = None) -> None:
        """Take the `known` words (lower case) as right, and as targets for typos."""
        self._known = frozenset(known)
        self._targets = sorted(word for word in self._known if len(word) >= _MIN_LETTERS and word.isalpha())
        self._casual = load_casual() if casual is None else casual
        # Bounded, so that a stream of nonsense cannot grow it.
        self._nearest = lru_cache(maxsize=4096)(self._find_nearest)

    def spell_out(self, text: str) -> str:
        """Return `text` in lower case without HTML, casual words written out and typos repaired."""
        return "".join(self._repair(token) for token in _TOKEN.findall(_MARKUP.sub(" ", fold(text))))

    def _repair(self, token: str) -> str:
        if token in self._casual:
            return self._casual[token]
        if len(token) < _MIN_LETTERS or not token.isalpha() or token in self._known:
            return token
        return token if token in english_words() else self._nearest(token)

    def _find_nearest(self, token: str) -> str:
        found = process.extractOne(
            token,
            self._targets,
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_MIN_SIMILARITY,
        )
        return token if found is None else str(found[0])


def load_casual(path: Path | None = None) -> dict[str, str]:
    """Return how casual words are spelled out, by lower-case word."""
    path = path or Path(__file__).with_name("data") / "casual.toml"
    return {str(k): str(v) for k, v in tomllib.loads(path.read_text(encoding="utf-8"))["words"].items()}
