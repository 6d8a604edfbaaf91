"""Name what a quoted sentence speaks of, where only the heading above it does.

"Location: sharp pain on the outside" and "I do them before every descent" say little by themselves;
"IT band syndrome" and "Mini band glute exercises" stand above them in the article. The heading is the
article's own, of the cited passage, and is verified with the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from app.lexicon import Lexicon, slots
from app.records import DraftStatement, Understanding
from app.words import fold
from ingest.records import Passage, Span

_MOST_WORDS = 6
_NUMBER = re.compile(r"^\W*\d+[.)]\s*")
_NAMED = ("conditions", "exercises")
# Words that point back: at the start, or as the object of the first verb ("I used to do them").
_LEANS = re.compile(
    r"""^\W*(this|these|those|that|they|it(?!\ band)|it's|its|he|she|such|both|bonus|for\ example|location
            |typically|start|lower|hold|repeat|lift|press|bring|then|next|the\ fix|what's\ happening
            |how\ to\ treat)\b
      | ^\W*(you\ can\ |you\ should\ )?(also\ )?(i|we|you)?\b[^,.;:]{0,30}\b(them|these|those)\b""",
    re.VERBOSE,
)


def heading_of(passage: Passage) -> str:
    """Return the innermost heading above a passage as a name; empty where it is none, such as a question."""
    name = _NUMBER.sub("", passage.headings[-1]).strip() if passage.headings else ""
    is_name = name and len(name.split()) <= _MOST_WORDS and not re.search(r"[?!:]", name)
    return name if is_name else ""


class Header:
    """Puts headings before the sentences of one build that need them."""

    def __init__(self, passages: Mapping[str, Passage], lexicon: Lexicon) -> None:
        """Read names in the vocabulary's terms."""
        self._passages, self._lexicon = passages, lexicon
        self._needed = lru_cache(maxsize=20_000)(self._read)

    def headed(self, statements: Sequence[DraftStatement], u: Understanding) -> tuple[DraftStatement, ...]:
        """Return the statements, each with its heading where it leaves unsaid what it speaks of.

        A heading is said once for the sentences that follow each other under it, and not at all where the
        person named the thing and the sentence does not point back to it.
        """
        asked = {*u.conditions, *u.exercises}
        told, said = "", []
        for statement in statements:
            heading, names, leans = self._needed(statement.span)
            if heading != told:
                told = ""  # what stood under another one came between
            if not statement.text and heading != told and (leans or names - asked):
                told, statement = heading, replace(statement, heading=heading)
            said.append(statement)
        return tuple(said)

    def _read(self, span: Span) -> tuple[str, frozenset[str], bool]:
        """Return the heading, what it alone names, and whether the sentence leans on it."""
        passage = self._passages[span.passage_id]
        heading = heading_of(passage)
        if not heading:
            return "", frozenset(), False
        above, own = self._named(heading), self._named(span.text)
        return heading, frozenset() if own else above, bool(_LEANS.search(fold(span.text)))

    def _named(self, text: str) -> frozenset[str]:
        found = slots(self._lexicon.find(text))
        return frozenset(i for name in _NAMED for i in found.get(name, ())) - {"knee-pain"}
