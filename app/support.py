"""Check that one quotation carries a sentence that a model wrote.

A sentence passes when every word of substance, number, name and denial in it is the quotation's, in much
the same order and sense. The check is strict on purpose: what it wrongly drops is shown as a quotation
instead, what it wrongly let pass would be shown as true.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from app.lexicon import Lexicon
from app.quantities import Quantities, same_quantities
from app.retrieve import QueryEncoder
from app.rules.english import english_words
from app.words import STOPWORDS, fold, stem, words
from ingest.records import Exercise, Span

_DATA = Path(__file__).with_name("data")
_CLAUSE = re.compile(r"[,;:.!?()]|\b(?:but|though|although|while|because|so|which)\b")
_NAMED = frozenset({"exercises", "conditions", "places", "muscles", "kit"})
_MIN_STEMS = 2  # of substance; fewer say nothing that could be checked
_REACH = 4  # how far apart two neighbours of the sentence may stand in the quotation, in words of substance
_DENIED = 5  # words of substance that a denial reaches
_MIN_PAIRS = (
    0.75  # share of neighbours found in order; a clause moved costs one, two words swapped up to four
)
_MIN_SIMILARITY = 0.6  # cosine; the paraphrases of tests/app/test_support.py have .74 and more
_MIN_ENGLISH = 0.85


@dataclass(frozen=True, slots=True)
class Wording:
    """What `support.toml` holds, by stems."""

    free: frozenset[str]
    same: Mapping[str, str]
    telling: frozenset[str]
    kept: tuple[frozenset[str], ...]
    opposites: tuple[frozenset[str], ...]
    negators: frozenset[str]
    quantities: Quantities


def load_wording(path: Path = _DATA / "support.toml") -> Wording:
    """Read how words are compared."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    numbers = {key: dict(pair.split("=") for pair in text.split()) for key, text in data["numbers"].items()}
    rates = {word: tuple(rate.split("/", 1)) for word, rate in numbers["rates"].items()}
    return Wording(
        frozenset(stem(word) for word in data["free"].split()),
        {stem(word): stem(row.split()[0]) for row in data["same"] for word in row.split()},
        frozenset(data["telling"].split()),
        tuple(frozenset(row.split()) for row in data["kept"]),
        tuple(frozenset(row.split()) for row in data["opposites"]),
        frozenset(data["negators"].split()),
        Quantities(numbers["words"], numbers["units"], rates),
    )


class Support:
    """Holds sentences against spans of one build."""

    def __init__(
        self,
        lexicon: Lexicon,
        encoder: QueryEncoder,
        exercises: Iterable[Exercise] = (),
        wording: Wording | None = None,
    ) -> None:
        """Take the names of one build: its vocabulary and what its exercises cite."""
        self._lexicon = lexicon
        self._wording = wording or load_wording()
        self._vector = lru_cache(maxsize=512)(encoder.encode_query)
        self._cited = [(e.exercise_id, span) for e in exercises for s in e.citations.values() for span in s]

    def objection(self, sentence: str, span: Span) -> str:
        """Return why `span` does not carry `sentence`; empty where it does."""
        if words(sentence) == words(span.text):
            return ""
        checks: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("says too little", lambda: len(self._content(sentence)) >= _MIN_STEMS),
            ("is not English", lambda: self._is_english(sentence, span.text)),
            ("has another number", lambda: self._same_numbers(sentence, span.text)),
            ("names something else", lambda: self._same_names(sentence, span)),
            ("has words of its own", lambda: self._covered(sentence, span.text)),
            ("leaves out a limit", lambda: self._keeps_limits(sentence, span.text)),
            ("denies or affirms otherwise", lambda: self._same_denials(sentence, span.text)),
            ("exchanges opposites", lambda: self._keeps_opposites(sentence, span.text)),
            ("turns the words round", lambda: self._in_order(sentence, span.text)),
            ("means something else", lambda: self._similar(sentence, span.text)),
        )
        return next((reason for reason, holds in checks if not holds()), "")

    def names_exercise(self, sentence: str) -> bool:
        """Say whether an exercise of the build is named."""
        return any(mention.group == "exercises" for mention in self._lexicon.find(sentence))

    def _canonical(self, token: str) -> str:
        root = stem(token)
        return self._wording.same.get(root, root)

    def _content(self, text: str) -> list[str]:
        """Return the words of substance in order, synonyms made one."""
        numbers = self._wording.quantities
        return [
            self._canonical(token)
            for token in words(text)
            if token not in STOPWORDS
            and token not in numbers.numbers
            and not token[0].isdigit()
            and stem(token) not in self._wording.free
            and not self._denies(token)
        ]

    def _denies(self, token: str) -> bool:
        return token in self._wording.negators or token.endswith("n't")

    def _is_english(self, sentence: str, quotation: str) -> bool:
        known, tokens = set(words(quotation)), words(sentence)
        ours = [t for t in tokens if t in known or t.split("'")[0] in english_words() or t[0].isdigit()]
        plain = sum(char.isascii() for char in sentence) / len(sentence)
        glue = sum(token in STOPWORDS for token in tokens)
        return plain > 0.9 and glue > 0 and len(ours) >= _MIN_ENGLISH * len(tokens)

    def _same_numbers(self, sentence: str, quotation: str) -> bool:
        read = self._wording.quantities.of
        return same_quantities(read(sentence), read(quotation))

    def _same_names(self, sentence: str, span: Span) -> bool:
        """Say whether the sentence names nothing that the quotation does not, or is known to be about."""
        known = {(m.group, m.term_id) for m in self._lexicon.find(span.text)}
        known |= {("exercises", e) for e, cited in self._cited if cited == span}
        stems = [stem(word) for word in words(span.text)]
        tokens = [stem(word) for word in words(sentence)]
        return all(
            (m.group, m.term_id) in known
            or (m.group != "exercises" and _within(tokens[m.start : m.end], stems))
            for m in self._lexicon.find(sentence)
            if m.group in _NAMED
        )

    def _covered(self, sentence: str, quotation: str) -> bool:
        """Say whether each word that claims something is in the quotation as often, or one that is the same.

        Counted, because of two words that stand for the same one could stand in another's place.
        """
        wording, known = self._wording, Counter(words(quotation))
        canonical = Counter(self._canonical(word) for word in words(quotation))
        telling = Counter(word for word in words(sentence) if word in wording.telling)
        return Counter(self._content(sentence)) <= canonical and all(
            wording.same.get(stem(word), "") in canonical for word in telling - known
        )

    def _keeps_limits(self, sentence: str, quotation: str) -> bool:
        said, known = set(words(sentence)), set(words(quotation))
        return all(said & row for row in self._wording.kept if known & row)

    def _keeps_opposites(self, sentence: str, quotation: str) -> bool:
        """Say whether opposites and numbers come in the quotation's order.

        Exchanging two words of a long sentence leaves most neighbours in place, so that they alone let it by.
        A sentence that moves a clause is dropped with them: the quotation is shown in its place.
        """
        said, known = words(sentence), words(quotation)
        numbers = frozenset(word for word in (*said, *known) if self._is_number(word))
        return all(
            _is_subsequence([w for w in said if w in row], [w for w in known if w in row])
            for row in (*self._wording.opposites, numbers)
        )

    def _is_number(self, word: str) -> bool:
        return word[0].isdigit() or word in self._wording.quantities.numbers

    def _same_denials(self, sentence: str, quotation: str) -> bool:
        said, known = self._polarity(sentence), self._polarity(quotation)
        agree = all(said[word] & known[word] for word in said if word in known)
        return agree and self._denials(sentence, sentence) == self._denials(quotation, sentence)

    def _denials(self, text: str, echo: str) -> int:
        """Count the denials in those clauses of `text` that `echo` repeats by half or more."""
        repeated, count = set(self._content(echo)), 0
        for clause in _CLAUSE.split(fold(text)):
            content = self._content(clause)
            if sum(word in repeated for word in content) >= len(content) / 2:
                count += sum(map(self._denies, words(clause)))
        return count

    def _polarity(self, text: str) -> dict[str, set[bool]]:
        """Map each word of substance to whether it is denied, affirmed or, in two places, both."""
        found: dict[str, set[bool]] = {}
        for clause in _CLAUSE.split(fold(text)):
            reach = 0
            for token in words(clause):
                if self._denies(token):
                    # A denial of a denial affirms.
                    reach = 0 if reach else _DENIED
                elif content := self._content(token):
                    found.setdefault(content[0], set()).add(reach > 0)
                    reach = max(0, reach - 1)
        return found

    def _in_order(self, sentence: str, quotation: str) -> bool:
        said, known = self._content(sentence), self._content(quotation)
        near = {(a, b) for i, a in enumerate(known) for b in known[i + 1 : i + 1 + _REACH]}
        pairs = list(pairwise(said))
        return sum(pair in near for pair in pairs) >= _MIN_PAIRS * len(pairs)

    def _similar(self, sentence: str, quotation: str) -> bool:
        return float(self._vector(sentence) @ self._vector(quotation)) >= _MIN_SIMILARITY


def _within(piece: list[str], whole: list[str]) -> bool:
    return any(whole[i : i + len(piece)] == piece for i in range(len(whole) - len(piece) + 1))


def _is_subsequence(part: Iterable[str], whole: Iterable[str]) -> bool:
    """Say whether the words of `part` that `whole` has come in its order."""
    left = list(whole)
    present = set(left)
    rest = iter(left)
    return all(word in rest for word in part if word in present)
