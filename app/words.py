"""Cut text into words and stems, the same way for questions and for sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import Stemmer

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SURROGATES = re.compile("[\ud800-\udfff]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "´": "'", "–": "-", "—": "-", " ": " "})

# Words that carry the shape of a question or sentence and not its subject.
STOPWORDS = frozenset((Path(__file__).with_name("data") / "stopwords.txt").read_text("utf-8").split())

_stemmer = Stemmer.Stemmer("english")


def fold(text: str) -> str:
    """Lower-case `text` and straighten its quotes and dashes."""
    return text.translate(_QUOTES).lower()


def legible(text: str) -> str:
    """Return `text` with its lone surrogates replaced, length unchanged.

    Broken input brings them (JSON's backslash-u escapes, bytes of a command line); no model reads them and no
    stream writes them.
    """
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def words(text: str) -> list[str]:
    """Return the words of `text`, lower case, in order."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the Snowball (Porter 2) stem of one lower-case word."""
    # A possessive is the same word: "runner's knee" and "runners knee".
    bare = word[:-2] if word.endswith("'s") else word.replace("'", "")
    return str(_stemmer.stemWord(bare))


def stems(text: str) -> list[str]:
    """Return the stems of all words of `text`, in order."""
    return [stem(word) for word in words(text)]


def content_stems(tokens: Iterable[str]) -> list[str]:
    """Return the stems of those `tokens` that carry a subject, in order, each once."""
    return list(dict.fromkeys(stem(token) for token in tokens if token not in STOPWORDS))
