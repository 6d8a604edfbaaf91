"""Know what is not in the articles: subjects they do not speak of, languages other than English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from app.words import STOPWORDS, words

_DATA = Path(__file__).with_name("data")
_TELLING = 7  # letters


@dataclass(frozen=True, slots=True)
class ForeignTopic:
    """A subject that the articles of this build do not speak of.

    Attributes:
        label: For people.
        out_of_scope: Another subject altogether, and no gap in the articles.
        passing: Its words are also said in passing: an answer that fits counts for more.
        pattern: Its terms.
        words: Of its terms, those long enough to be told from other words by a slip.
    """

    label: str
    out_of_scope: bool
    passing: bool
    pattern: re.Pattern[str]
    words: frozenset[str]


def load_foreign(corpus_text: str, path: Path = _DATA / "foreign.toml") -> tuple[ForeignTopic, ...]:
    """Read the foreign topics, less those that `corpus_text` (lower case) does speak of."""
    topics = []
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["topic"]:
        absent = [term for term in row["terms"] if not _speaks_of(corpus_text, term)]
        if absent:
            pattern = re.compile(r"\b(" + "|".join(map(re.escape, absent)) + r")\b")
            scope, passing = row["scope"] == "out_of_scope", row.get("passing", False)
            telling = frozenset(word for term in absent for word in words(term) if len(word) >= _TELLING)
            topics.append(ForeignTopic(row["label"], scope, passing, pattern, telling))
    return tuple(topics)


def _speaks_of(text: str, term: str) -> bool:
    # Looked for as letters first, a hundred times as fast: most terms are not there at all.
    return term in text and re.search(rf"\b{re.escape(term)}\b", text) is not None


class Language:
    """Tells English from other languages by their function words."""

    def __init__(self, path: Path = _DATA / "languages.toml") -> None:
        """Read the function words of other languages."""
        data = tomllib.loads(path.read_text(encoding="utf-8"))["languages"]
        self._languages = [frozenset(text.split()) for text in data.values()]

    def is_english(self, raw: str, spelled: str, known_words: Collection[str]) -> bool:
        """Say whether a message reads as English.

        Args:
            raw: As the person wrote it.
            spelled: The same, spelled out.
            known_words: Words that count as English.
        """
        letters = [char for char in raw if char.isalpha()]
        if letters and sum(char.isascii() for char in letters) < 0.7 * len(letters):
            return False
        tokens = [token for token in words(spelled) if token.isalpha()]
        foreign = max(sum(token in language for token in tokens) for language in self._languages)
        english = sum(token in STOPWORDS for token in tokens)
        known = sum(token in known_words for token in tokens)
        return not (foreign >= 2 and foreign > english) and (len(tokens) < 4 or known >= 0.5 * len(tokens))
