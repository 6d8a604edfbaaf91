"""Find what the vocabulary and the exercises name in a text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.words import STOPWORDS, stem, words
from ingest.knowledge import Vocabulary
from ingest.records import Exercise

WALL_SIT = re.compile(r"\bwall[ -]sits?\b")  # an exercise that nobody sits in
GROUPS = (
    "conditions", "places", "triggers", "timings", "activities", "settings", "positions", "kit", "muscles",
    "topics",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """One phrase of the vocabulary found in a text.

    Attributes:
        group: One of `GROUPS`, or `exercises`.
        term_id: Id within the group.
        start: Index of its first word.
        end: Index after its last word.
    """

    group: str
    term_id: str
    start: int
    end: int


class Lexicon:
    """Every phrase of a build's vocabulary, ready to be found by its stems."""

    def __init__(self, vocabulary: Vocabulary, exercises: Sequence[Exercise]) -> None:
        """Index the phrases of `vocabulary` and the names of `exercises`."""
        self._by_stems: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        self.known_words: set[str] = set()
        self._labels: dict[tuple[str, str], str] = {}
        for group in GROUPS:
            for term in getattr(vocabulary, group):
                self._labels[group, term.term_id] = term.label
                self._add(group, term.term_id, term.phrases)
        for exercise in exercises:
            self._labels["exercises", exercise.exercise_id] = exercise.name
            self._add("exercises", exercise.exercise_id, (exercise.name, *exercise.aliases))
        self._longest = max(map(len, self._by_stems), default=0)
        self._synonyms = _groups_by_stem(vocabulary.synonyms)

    def _add(self, group: str, term_id: str, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            tokens = words(phrase)
            key = tuple(stem(token) for token in tokens)
            if key and (group, term_id) not in self._by_stems[key]:
                self._by_stems[key].append((group, term_id))
            self.known_words.update(tokens)

    def label(self, group: str, term_id: str) -> str:
        """Return how a term is written for a reader; its id where there is no such term."""
        return self._labels.get((group, term_id), term_id)

    def find(self, text: str) -> list[Mention]:
        """Return the mentions in `text`, longest first in each place.

        Within one group a longer phrase hides the shorter ones inside it ("outside of the hip" is not
        "hip"); across groups both stand.
        """
        tokens = [stem(word) for word in words(text)]
        taken: dict[str, set[int]] = defaultdict(set)
        found: list[Mention] = []
        for size in range(min(self._longest, len(tokens)), 0, -1):
            for start in range(len(tokens) - size + 1):
                span = range(start, start + size)
                for group, term_id in self._by_stems.get(tuple(tokens[start : start + size]), ()):
                    if taken[group].isdisjoint(span) or any(
                        m.group == group and (m.start, m.end) == (span.start, span.stop) for m in found
                    ):
                        taken[group].update(span)
                        found.append(Mention(group, term_id, span.start, span.stop))
        return sorted(found, key=lambda mention: mention.start)

    def synonyms_of(self, stems: Iterable[str]) -> list[str]:
        """Return the other words of every synonym group that one of `stems` belongs to, each once."""
        present = set(stems)
        wider = (word for s in present for word in self._synonyms.get(s, ()))
        return [word for word in dict.fromkeys(wider) if stem(word) not in present]


def slots(mentions: Iterable[Mention]) -> dict[str, tuple[str, ...]]:
    """Return the ids found by group, in order of first mention, each once."""
    by_group: dict[str, dict[str, None]] = defaultdict(dict)
    for mention in mentions:
        by_group[mention.group].setdefault(mention.term_id)
    return {group: tuple(ids) for group, ids in by_group.items()}


def _groups_by_stem(groups: Iterable[Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Map each one-word synonym to the words of its group.

    Of longer phrases only pairs count: more words would widen a search beyond its subject.
    """
    by_stem: dict[str, dict[str, None]] = defaultdict(dict)
    for group in groups:
        phrases = [words(phrase) for phrase in group]
        short = [token for tokens in phrases if len(tokens) <= 2 for token in tokens]
        useful = dict.fromkeys(token for token in short if token not in STOPWORDS)
        for tokens in phrases:
            if len(tokens) == 1:
                by_stem[stem(tokens[0])].update(useful)
    return {key: tuple(value) for key, value in by_stem.items()}
