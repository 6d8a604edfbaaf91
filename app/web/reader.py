"""Lay out one article for the reader: headings, paragraphs and items, with the cited sentence marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINE = re.compile(r"[^\n]+")
HEADING = re.compile(r"#{1,6}[ \t]+")
ITEM = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a block's text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One line of an article as shown.

    Attributes:
        kind: heading, list or paragraph.
        pieces: Its text, in order.
        here: Whether it lies in the passage that was opened.
    """

    kind: str
    pieces: tuple[Piece, ...]
    here: bool


def lay_out(text: str, passage: tuple[int, int], marked: tuple[int, int]) -> tuple[Block, ...]:
    """Cut an article's `text` into blocks; `passage` and `marked` are offsets in it, end exclusive."""
    lines = (line.span() for line in LINE.finditer(text) if line[0].strip())
    return tuple(_block(text, line, passage, marked) for line in lines)


def _block(text: str, line: tuple[int, int], passage: tuple[int, int], marked: tuple[int, int]) -> Block:
    start, end = line
    kind = "paragraph"
    for name, opening in (("heading", HEADING), ("list", ITEM)):
        if (found := opening.match(text, start, end)) is not None:
            kind, start = name, found.end()
            break
    here = start < passage[1] and end > passage[0]
    return Block(kind, tuple(_pieces(text, start, end, marked)), here)


def _pieces(text: str, start: int, end: int, marked: tuple[int, int]) -> Iterator[Piece]:
    first, last = (min(max(bound, start), end) for bound in marked)
    for begin, stop, inside in ((start, first, False), (first, last, True), (last, end, False)):
        if begin < stop:
            yield Piece(text[begin:stop], inside)
