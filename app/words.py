"""Cut text into words and stems, the same way for questions and for sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "´": "'", "–": "-", "—": "-", " ": " "})

# Words that carry the shape of a question or sentence and not its subject.
STOPWORDS = frozenset(
    """a about above after again all also am an and any anything are aren't as ask at away back be because been
    before being between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down
    each else even ever every few for from get gets getting give go goes going gone got had has hasn't have haven't
    having he her here hers him his how however i i'd i'll i'm i've if in into is isn't it it's its itself just keep
    kind know let like lot lots made make makes many may maybe me might mine more most much must my myself need
    never no not now of off ok okay on once one only or other our out over own please quite rather really said same
    say see seem shall she should shouldn't since so some something sort still stuff such take tell than that that's
    the their them then there these they thing things this those through to too try under until up upon us use used
    using very want was wasn't way we well were what what's when where whether which while who why will with won't
    would wouldn't yes yet you you're your yours""".split()
)

_stemmer = Stemmer.Stemmer("english")


def fold(text: str) -> str:
    """Lower-case `text` and straighten its quotes and dashes, length unchanged."""
    return text.translate(_QUOTES).lower()


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
