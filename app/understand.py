"""Understand the last turn of a conversation in the light of the turns before it.

turns -> spelled out -> mentions of the vocabulary -> intent -> what a follow-up leaves unsaid
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.lexicon import Lexicon, slots
from app.records import Understanding
from app.spelling import Speller, english_words
from app.words import STOPWORDS, content_stems, stem, stems, words

_DATA = Path(__file__).with_name("data")
_CARRIED = ("conditions", "places", "triggers", "timings", "exercises", "settings", "activities", "kit", "muscles", "topics")
_LEANS = re.compile(
    r"^(and|so|but|ok|okay|cool|thanks|great|what about|how about|why|how many|how long|how often|sorry|which|can i|is it|"
    r"no |do i|does it|should i)\b|\b(it|them|that|those|these|one|ones|each|same|there|instead|too|as well|next|left)\b"
)
_CORRECTS = re.compile(r"^(sorry|no,|i meant|i mean|actually|correction)\b")
# What a follow-up is about; where and when it hurts shows in the condition that it fits.
_NAMED = ("conditions", "exercises", "kit", "muscles", "places", "triggers")
_BARE_PLACES = (
    (re.compile(r"\b(below|under) (the )?kneecap\b"), "below-kneecap"),
    (re.compile(r"\b(the |on the |at the )(outside|outer side)\b|^(outside|outer side)\b"), "outside"),
    (re.compile(r"\b(the |on the |at the )(inside|inner side)\b|^(inside|inner side)\b"), "inside"),
    (re.compile(r"\b(the |on the |at the )front\b|^front\b"), "front"),
    (re.compile(r"\b(at |in )the back\b|^back\b"), "back"),
)
_ORDINALS = ((re.compile(r"\b(first|former)\b"), 0), (re.compile(r"\b(second|latter|other)( one)?\b"), 1), (re.compile(r"\bthird\b"), 2))
_NO_KIT = re.compile(r"\b(no|without( any)?|have not got( any)?|do not have( any)?|any) (equipment|kit|gear|gym)\b|\bbody ?weight\b")
_LACKS = re.compile(r"\b(?:no|without(?: a| any| the| my)?|left (?:the|my)|forgot (?:the|my)|do not have (?:a |any |the |my )?|have not got (?:a |any )?)\s*([a-z ]{3,30})")
_OWN_TROUBLE = re.compile(
    r"\b(my|the|me|both|this|her|his) (\w+ ){0,3}(knees?|kneecaps?|leg|hip|it band|thigh|calf|calves|hamstrings?)\b|"
    r"\bknees?\b.{0,40}\b(hurts?|aches?|sore|pain|killing|playing up|not right|bad)\b|\b(pain|hurts?|ache|sore)\b"
)
_KNEE = frozenset(map(stem, "knee knees kneecap kneecaps patella patellar patellofemoral leg legs".split()))


@dataclass(frozen=True, slots=True)
class Intent:
    """One row of `intents.toml`: what a question wants, and how its answer is shaped.

    `asks` is the question in plain words, `{condition}` filled in; it is searched for beside the person's.
    """

    intent_id: str
    patterns: tuple[re.Pattern[str], ...]
    needs: tuple[str, ...]
    sentences: int
    cards: int
    table: bool
    cues: tuple[re.Pattern[str], ...]
    asks: str


@dataclass(frozen=True, slots=True)
class ForeignTopic:
    """A subject that the articles of this build do not speak of."""

    label: str
    out_of_scope: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Intents:
    """All intents, in the order in which they are tried."""

    rows: tuple[Intent, ...]
    generic: frozenset[str]

    def by_id(self, intent_id: str) -> Intent:
        """Return the intent of that id; `other` for an unknown one."""
        return next((row for row in self.rows if row.intent_id == intent_id), self.rows[-1])

    def classify(self, question: str, found: Mapping[str, tuple[str, ...]]) -> str:
        """Return the id of the first intent whose pattern and slots `question` fills."""
        for row in self.rows:
            if row.needs and not any(found.get(need) for need in row.needs):
                continue
            if any(pattern.search(question) for pattern in row.patterns):
                return row.intent_id
        return self.rows[-1].intent_id


def load_intents(path: Path = _DATA / "intents.toml") -> Intents:
    """Read the intents in their order."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = tuple(
        Intent(
            row["id"],
            tuple(map(re.compile, row["patterns"])),
            tuple(row.get("needs", ())),
            row["sentences"],
            row["cards"],
            row["table"],
            tuple(map(re.compile, row["cues"])),
            row.get("asks", ""),
        )
        for row in data["intent"]
    )
    return Intents(rows, frozenset(map(stem, data["generic"].split())))


def load_foreign(corpus_text: str, path: Path = _DATA / "foreign.toml") -> tuple[ForeignTopic, ...]:
    """Read the foreign topics, less those that `corpus_text` (lower case) does speak of."""
    topics = []
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["topic"]:
        absent = [term for term in row["terms"] if not re.search(rf"\b{re.escape(term)}\b", corpus_text)]
        if absent:
            pattern = re.compile(r"\b(" + "|".join(map(re.escape, absent)) + r")\b")
            topics.append(ForeignTopic(row["label"], row["scope"] == "out_of_scope", pattern))
    return tuple(topics)


class Understander:
    """Reads the last turn; built once for a build."""

    def __init__(self, lexicon: Lexicon, speller: Speller, intents: Intents, foreign: Sequence[ForeignTopic]) -> None:
        """Take the words of one build."""
        self._lexicon = lexicon
        self._speller = speller
        self.intents = intents
        self._foreign = tuple(foreign)
        data = tomllib.loads((_DATA / "languages.toml").read_text(encoding="utf-8"))["languages"]
        self._languages = {name: frozenset(text.split()) for name, text in data.items()}

    def understand(self, turns: Sequence[str]) -> Understanding:
        """Return what the last of `turns` asks; `turns` holds at least one."""
        spelled = [self._speller.spell_out(turn) for turn in turns]
        question = " ".join(spelled[-1].split())
        own = slots(self._lexicon.find(question))
        earlier = [slots(self._lexicon.find(text)) for text in spelled[:-1]]
        follow_up = bool(earlier) and self._leans(question, own)
        if follow_up and not own.get("places"):
            own = own | _bare_place(question)
        carried = _carry(own, earlier, question) if follow_up else {}
        found = {**carried, **own}
        without = self._without(question)
        found["kit"] = tuple(kit for kit in found.get("kit", ()) if kit not in without)
        return Understanding(
            question=question,
            search_text=self._search_text(question, spelled, carried) if follow_up else question,
            intent=self._intent(question, found, follow_up),
            foreign=tuple(t.label for t in self._foreign if t.pattern.search(question)),
            follow_up=follow_up,
            knee_complaint=bool(_OWN_TROUBLE.search(question)),
            english=self._is_english(turns[-1], question),
            without_kit=without,
            carried=tuple(carried),
            **{name: found.get(name, ()) for name in _CARRIED},
        )

    def out_of_scope(self, labels: Sequence[str]) -> bool:
        """Say whether one of the foreign topics `labels` is another subject altogether."""
        return any(t.out_of_scope for t in self._foreign if t.label in labels)

    def _leans(self, question: str, own: Mapping[str, tuple[str, ...]]) -> bool:
        subject = any(own.get(name) for name in ("conditions", "exercises"))
        return not subject or (bool(_LEANS.search(question)) and len(content_stems(words(question))) < 8)

    def _search_text(self, question: str, spelled: Sequence[str], carried: Mapping[str, tuple[str, ...]]) -> str:
        """Return the question with what it leaves unsaid; a correction takes nothing over but the knee."""
        labels = [self._lexicon.label(group, t) for group in _NAMED for t in carried.get(group, ())]
        if not labels and not _CORRECTS.search(question):
            labels = [" ".join(spelled[-2].split())]
        return " ".join([*labels, question]).lower()

    def _intent(self, question: str, found: Mapping[str, tuple[str, ...]], follow_up: bool) -> str:
        content = content_stems(words(question))
        if not follow_up and set(content) & _KNEE and set(content) <= self.intents.generic | _KNEE:
            return "vague"
        return self.intents.classify(question, found)

    def _without(self, question: str) -> tuple[str, ...]:
        if _NO_KIT.search(question):
            return ("*",)
        lacking = (self._lexicon.find(match.group(1)) for match in _LACKS.finditer(question))
        return tuple(m.term_id for found in lacking for m in found if m.group == "kit")

    def _is_english(self, raw: str, question: str) -> bool:
        letters = [char for char in raw if char.isalpha()]
        if letters and sum(char.isascii() for char in letters) < 0.7 * len(letters):
            return False
        tokens = [token for token in words(question) if token.isalpha()]
        foreign = max(sum(token in known for token in tokens) for known in self._languages.values())
        english = sum(token in STOPWORDS for token in tokens)
        known = sum(token in english_words() or token in self._lexicon.known_words for token in tokens)
        return not (foreign >= 2 and foreign > english) and (len(tokens) < 4 or known >= 0.5 * len(tokens))


def _carry(
    own: Mapping[str, tuple[str, ...]], earlier: Sequence[Mapping[str, tuple[str, ...]]], question: str
) -> dict[str, tuple[str, ...]]:
    """Return the slots that the question leaves unsaid, from the latest turn that says them."""
    carried: dict[str, tuple[str, ...]] = {}
    for name in _CARRIED:
        latest = next((slot[name] for slot in reversed(earlier) if slot.get(name)), ())
        if latest and not own.get(name):
            carried[name] = _pick(latest, question)
    if own.get("places"):
        carried.pop("conditions", None)  # a new place may be another condition
    return carried


def _bare_place(question: str) -> dict[str, tuple[str, ...]]:
    """Return the place of an answer such as "the outside"; only in a follow-up is that a place on the knee."""
    found = next((place for pattern, place in _BARE_PLACES if pattern.search(question)), None)
    return {"places": (found,)} if found else {}


def _pick(values: tuple[str, ...], question: str) -> tuple[str, ...]:
    """Return the one that "the second one" means, or all."""
    for pattern, ordinal in _ORDINALS:
        if len(values) > 1 and pattern.search(question) and ordinal < len(values):
            return (values[ordinal],)
    return values


def corpus_words(texts: Sequence[str]) -> set[str]:
    """Return every word of `texts`, lower case."""
    return {word for text in texts for word in words(text)}


def corpus_stems(texts: Sequence[str]) -> set[str]:
    """Return every stem of `texts`."""
    return {s for text in texts for s in stems(text)}
