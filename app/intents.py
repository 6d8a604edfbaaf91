"""Tell what a question wants: why, which exercise, how much, when to see a doctor, ..."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.words import stem

_DATA = Path(__file__).with_name("data")
_ASKED = re.compile(r"(?:^|(?<=[.?!;]))[^.?!;]*\?")


@dataclass(frozen=True, slots=True, eq=False)  # one object a row: known by itself, so that it can be a key
class Intent:
    """One row of `intents.toml`: what a question wants, and how its answer is shaped.

    Attributes:
        intent_id: Its name.
        first: The plainest ways to ask it, tried before the patterns of every other row.
        patterns: Further ways to ask it.
        needs: Slots, any of which must be filled.
        sentences: How many statements an answer holds at most.
        cards: How many exercises.
        table: Whether the pattern table belongs under it.
        cues: Shapes of sentences that answer it.
        leads: Shapes of sentences that open the answer well; none lets any (`app.opener` weighs it).
        asides: Shapes of sentences that seldom open an answer well; the same for every row.
        opened_by_leads: Whether a sentence of another shape opens only where there is none of these.
        unfit: Shapes of sentences that open an answer only where nothing else does; most are every row's.
        asks: The question in plain words, `{condition}` filled in; searched for beside the person's own.
    """

    intent_id: str
    first: tuple[re.Pattern[str], ...]
    patterns: tuple[re.Pattern[str], ...]
    needs: tuple[str, ...]
    sentences: int
    cards: int
    table: bool
    cues: tuple[re.Pattern[str], ...]
    leads: tuple[re.Pattern[str], ...]
    asides: tuple[re.Pattern[str], ...]
    unfit: tuple[re.Pattern[str], ...]
    opened_by_leads: bool
    asks: str

    def is_opened_by(self, sentence: str) -> bool:
        """Say whether `sentence` (lower case) is of the kind that answers such a question."""
        return not self.leads or any(lead.search(sentence) for lead in self.leads)

    def is_unfit(self, sentence: str) -> bool:
        """Say whether `sentence` (lower case) should never stand first."""
        return any(shape.search(sentence) for shape in self.unfit)

    def is_aside(self, sentence: str) -> bool:
        """Say whether `sentence` (lower case) seldom opens an answer well."""
        return any(aside.search(sentence) for aside in self.asides)


@dataclass(frozen=True, slots=True)
class Intents:
    """All intents, in the order in which they are tried.

    Attributes:
        rows: The intents.
        generic: Stems of words that say neither where nor when a knee hurts.
        chatter: Stems of such words that say something once a question is asked with them.
    """

    rows: tuple[Intent, ...]
    generic: frozenset[str]
    chatter: frozenset[str]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rows, in their order."""
        return tuple(row.intent_id for row in self.rows)

    def by_id(self, intent_id: str) -> Intent:
        """Return the intent of that id; `other` for an unknown one."""
        return next((row for row in self.rows if row.intent_id == intent_id), self.rows[-1])

    def classify(self, question: str, found: Mapping[str, tuple[str, ...]]) -> str:
        """Return the id of the intent of `question`: the plainest wordings first, then by order of rows.

        Of several sentences those that end in a question mark are asked first.
        """
        asked = " ".join(_ASKED.findall(question)).strip()
        for text in dict.fromkeys(filter(None, (asked, question))):
            for plainest in (True, False):
                intent = self._matching(text, found, plainest)
                if intent != self.rows[-1].intent_id:
                    return intent
        return self.rows[-1].intent_id

    def _matching(self, text: str, found: Mapping[str, tuple[str, ...]], plainest: bool) -> str:
        for row in self.rows:
            if row.needs and not any(found.get(need) for need in row.needs):
                continue
            if any(pattern.search(text) for pattern in (row.first if plainest else row.patterns)):
                return row.intent_id
        return self.rows[-1].intent_id


def load_intents(path: Path = _DATA / "intents.toml") -> Intents:
    """Read the intents in their order."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    asides = _compiled(data.get("asides", ()))
    unfit = _compiled(data.get("unfit", ()))
    rows = tuple(
        Intent(
            row["id"],
            _compiled(row.get("first", ())),
            _compiled(row["patterns"]),
            tuple(row.get("needs", ())),
            row["sentences"],
            row["cards"],
            row["table"],
            _compiled(row["cues"]),
            _compiled(row.get("leads", ())),
            asides,
            (*unfit, *_compiled(row.get("unfit", ()))),
            row.get("opened_by_leads", False),
            row.get("asks", ""),
        )
        for row in data["intent"]
    )
    generic, chatter = (frozenset(map(stem, data[name].split())) for name in ("generic", "chatter"))
    return Intents(rows, generic, chatter)


def _compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, patterns))
