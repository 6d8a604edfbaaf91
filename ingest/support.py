"""Tell whether words of an article support what the curated files say: same numbers, same names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingest.lexical import terms

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
]
_TENS = {
    word: 10 * count
    for count, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
_NUMBER_WORDS = {**{word: value for value, word in enumerate(_SMALL)}, **_TENS}
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
    joined = re.sub(rf"\b({'|'.join(_TENS)})[- ]({'|'.join(_SMALL[1:10])})\b", _joined, counted)
    return frozenset(str(_NUMBER_WORDS.get(found, found)) for found in _NUMBER.findall(joined))


def units(text: str) -> frozenset[str]:
    """Return the units of time and angle that `text` speaks of."""
    lower = re.sub(r"(\d)(s|°)", r"\1 \2", text.lower())
    return frozenset(unit for unit, pattern in _UNITS.items() if re.search(pattern, lower))


def names(phrases: Iterable[str], text: str) -> bool:
    """Tell whether `text` names one of `phrases`.

    A phrase is named when its words stand in a row, or when it has several and all of them occur:
    "calf stretch" is named by "to stretch the calves". Plurals and other forms count as the same word.
    """
    stems = terms(text)
    present, line = set(stems), f" {' '.join(stems)} "
    for phrase in phrases:
        wanted = terms(phrase)
        if wanted and (f" {' '.join(wanted)} " in line or (len(wanted) > 1 and present.issuperset(wanted))):
            return True
    return False


def unsupported_numbers(stated: Sequence[str], sources: Iterable[str]) -> frozenset[str]:
    """Return the numbers and units that the texts `stated` hold and none of `sources` does."""
    given = [(numbers(source), units(source)) for source in sources]
    lacking_numbers = {n for text in stated for n in numbers(text)}.difference(*(found for found, _ in given))
    lacking_units = {u for text in stated for u in units(text)}.difference(*(found for _, found in given))
    return frozenset(lacking_numbers | lacking_units)


def _joined(match: re.Match[str]) -> str:
    return str(_TENS[match[1]] + _NUMBER_WORDS[match[2]])
