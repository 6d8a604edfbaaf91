"""Cut a model's stream into sentences and the numbers that each of them cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.sentences import split

_CITED = re.compile(r"(.*?[^\s\]])\s*((?:\[\d{1,3}(?:\s*,\s*\d{1,3})*\]\s*)+)([.!?]?)", re.DOTALL)
_NUMBER = re.compile(r"\d+")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


class TooLittle(RuntimeError):
    """The model said too little that the quotations carry, or far too much."""


def cited_sentences(pieces: Iterable[str], max_chars: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each sentence with the numbers it cites, as soon as it is whole.

    Raises:
        TooLittle: There are more than `max_chars` characters.
    """
    buffer, read = "", 0
    for piece in pieces:
        buffer, read = buffer + piece, read + len(piece)
        if read > max_chars:
            raise TooLittle("more characters than any answer has")
        # Until something follows the marks, more of them may come.
        while (match := _CITED.match(buffer)) and buffer[match.end() :].strip():
            yield from _parted(match)
            buffer = buffer[match.end() :]
    while match := _CITED.match(buffer):
        yield from _parted(match)
        buffer = buffer[match.end() :]
    if buffer.strip():
        yield _clean(buffer), ()


def _parted(match: re.Match[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the sentences before a group of marks; only the last of them is cited."""
    text = match[1] + match[3]
    found = [_clean(text[start:end]) for start, end in split(text)]
    yield from ((sentence, ()) for sentence in found[:-1])
    yield found[-1], tuple(int(number) for number in _NUMBER.findall(match[2]))


def _clean(text: str) -> str:
    return " ".join(_BULLET.sub("", text).replace("**", "").split())
