"""Tell whether words of an article support what the curated files say: same numbers, same names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from ingest.lexical import terms

_SMALL = {
    word: value
    for value, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
} | {"fifteen": 15}
_TENS = {
    word: 10 * count
    for count, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
_NUMBER_WORDS = _SMALL | _TENS
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[- ](one|two|three|four|five|six|seven|eight|nine)\b")
# "one leg" and "one at a time" count nothing; a figure four and all fours are shapes.
_NO_COUNT = re.compile(r"\b(?:one|figure[- ](?:four|4))\b")
_NUMBER = re.compile(rf"\d+(?:[.,]\d+)*|\b(?:{'|'.join(_NUMBER_WORDS)})\b")
_UNITS = {
    "second": r"\b(?:s|secs?|seconds?)\b",
    "minute": r"\b(?:mins?|minutes?)\b",
    "day": r"\b(?:days?|daily|morning|evening|night)\b",
    "week": r"\b(?:weeks?|weekly)\b",
    "month": r"\bmonths?\b",
    "degree": r"(?:\bdegrees?\b|°|-degree\b)",
}


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of `text` in digits, whether written in digits or words (up to ninety-nine)."""
    counted = _NO_COUNT.sub(" ", text.lower())
    joined = _COMPOUND.sub(_joined, counted)
    return frozenset(str(_NUMBER_WORDS.get(found, found)) for found in _NUMBER.findall(joined))


def units(text: str) -> frozenset[str]:
    """Return the units of time and angle that `text` speaks of."""
    lower = re.sub(r"(\d)(s|°)", r"\1 \2", text.lower())
    return frozenset(unit for unit, pattern in _UNITS.items() if re.search(pattern, lower))


class Stemmed:
    """A text cut into stems once, to be asked for many names."""

    __slots__ = ("_line", "_present")

    def __init__(self, text: str) -> None:
        stems = terms(text)
        self._line = f" {' '.join(stems)} "
        self._present = frozenset(stems)

    def names(self, phrases: Iterable[tuple[str, ...]]) -> bool:
        """Tell whether the text names one of `phrases`, each a tuple of stems.

        A phrase is named when its words stand in a row, or when it has several and all of them occur:
        "quad stretch" is named by "to stretch the quads". Plurals and other forms count as the same word.
        """
        return any(
            f" {' '.join(phrase)} " in self._line or (len(phrase) > 1 and self._present.issuperset(phrase))
            for phrase in phrases
        )


@lru_cache(maxsize=4096)
def stemmed_phrases(phrases: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Cut names into stems, as `Stemmed.names` wants them; those without a subject word are left out."""
    return tuple(dict.fromkeys(cut for cut in (tuple(terms(phrase)) for phrase in phrases) if cut))


def unsupported_numbers(stated: Iterable[str], sources: Iterable[str]) -> frozenset[str]:
    """Return the numbers that the texts `stated` hold and none of `sources` does."""
    return _lacking(numbers, stated, sources)


def unsupported_units(stated: Iterable[str], sources: Iterable[str]) -> frozenset[str]:
    """Return the units of time and angle that the texts `stated` speak of and none of `sources` does."""
    return _lacking(units, stated, sources)


def _lacking(
    find: Callable[[str], frozenset[str]], stated: Iterable[str], sources: Iterable[str]
) -> frozenset[str]:
    given = frozenset[str]().union(*map(find, sources))
    return frozenset[str]().union(*map(find, stated)) - given


def _joined(match: re.Match[str]) -> str:
    return str(_TENS[match[1]] + _NUMBER_WORDS[match[2]])
