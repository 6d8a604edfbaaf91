"""Split a line of prose into sentences by their offsets."""

from __future__ import annotations

import re

_ENDING = re.compile(r"""(?:\.{3}|[.!?…]+)["'”’»)\]*_]*(?=\s)""")
_OPENING = re.compile(r"""\s+["'“‘«(\[*_–—-]*\s*[A-Z0-9À-Þ]""")
# Words whose full stop does not end a sentence, lower case and without that stop.
_ABBREVIATIONS = frozenset(
    """dr mr mrs ms prof st jr sr vs e.g i.e etc approx ca cf al fig figs no nos vol pp ed eds dept est
    min sec max hr hrs wk wks yr yrs lb lbs oz ft in mi km cm mm kg a.k.a m.d d.o ph.d d.p.t p.t u.s u.k
    a.m p.m inc ltd co resp incl excl""".split()  # noqa: SIM905 - a list of words reads best as text
)
# Ambiguous at the end of a sentence: a stop after them is an abbreviation's only before a digit.
_BEFORE_NUMBER = frozenset(
    ["no", "nos", "fig", "figs", "vol", "pp", "min", "sec", "max", "ed", "in", "mi", "co"]
)
# These stand before a name or a number, or end a list: a capital after them need not open a sentence.
_MAY_END = frozenset(
    "etc a.m p.m m.d d.o ph.d d.p.t p.t u.s u.k inc ltd jr sr lb lbs oz ft km cm mm kg hr hrs".split()  # noqa: SIM905
)
_WORD_BEFORE = re.compile(r"([A-Za-z][A-Za-z.]*)\.$")
_ATTRIBUTION = re.compile(
    r"\s+(?:[A-Z][\w’'.-]+\s){1,3}(?:says|said|explains|notes|adds|asks|suggests|writes|warns)\b"
)
_SHORT_QUESTION_WORDS = 8
_LONGEST_WORD = 40


def split(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each sentence of one block of text, in order, blanks trimmed.

    A short question is kept with its answer ("The remedy? Rest."): neither stands alone. Text in
    balanced brackets is never divided.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _boundaries(text):
        spans.append((start, end))
        start = end
    spans.append((start, len(text)))
    trimmed = [span for span in (_trim(text, *span) for span in spans) if span[0] < span[1]]
    return _join_questions(text, trimmed)


def _boundaries(text: str) -> list[int]:
    depth = _bracket_depths(text)
    return [
        match.end()
        for match in _ENDING.finditer(text)
        if depth[match.end() - 1] == 0 and _ends_sentence(text, match)
    ]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    end = match.end()
    if not _OPENING.match(text, end):
        return False
    if match.group()[-1] in "”\"'’" and _ATTRIBUTION.match(text, end):
        return False
    if match.group() != ".":
        return True
    # A look at the whole text before each stop would cost its square.
    word = _WORD_BEFORE.search(text[max(0, end - _LONGEST_WORD) : end])
    return word is None or not _is_abbreviation(word.group(1), text[end : end + _LONGEST_WORD].lstrip())


def _is_abbreviation(word: str, rest: str) -> bool:
    lower = word.lower()
    if len(word) == 1:
        return word.isupper() and word != "I"  # an initial
    if lower in _BEFORE_NUMBER:
        return rest[:1].isdigit()
    return lower in _ABBREVIATIONS and lower not in _MAY_END


def _bracket_depths(text: str) -> list[int]:
    """Depth of round brackets at each character; all 0 where they do not balance."""
    if "(" not in text:
        return [0] * len(text)
    depths, depth = [], 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return [0] * len(text)
        depths.append(depth)
    return depths if depth == 0 else [0] * len(text)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _join_questions(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined:
            before = text[joined[-1][0] : joined[-1][1]]
            if before.endswith("?") and len(before.split()) <= _SHORT_QUESTION_WORDS:
                joined[-1] = (joined[-1][0], end)
                continue
        joined.append((start, end))
    return joined
