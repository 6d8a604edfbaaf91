"""The pattern language of the rule data, compiled to regular expressions that start at known words.

A pattern is words with spaces between them, matched against whole tokens:

    swollen|puffy     either word; `give_way` stands for two words
    swell*            any word that starts so (three letters or more)
    <knee>            any way to say it from the lexicon's parts
    my? knee          `?` makes an element optional
    <knee> ..3 sore   up to three words between, in one clause, none of them a negation; in what masks a
                      mention (`unless`, idioms) no colon either: "a story: a van hit me"
    #                 a number; `38.*` is 38 with or without decimals

Every pattern must start with a word, so that a message is searched only where one of its words stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.rules.normalize import Tokens

NEGATIONS = "no|not|none|never|nothing|neither|nor|without|isnt|aint|arent|wasnt|werent|dont|doesnt|didnt"
NEGATIONS += "|hasnt|havent|hadnt"
_GAP_WORD = "[^ .?,]+ "
_GAP_TOKEN = rf"(?!(?:{NEGATIONS}|but|though|although|however) ){_GAP_WORD}"
_WORD_OK = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[.?,:-]")
_DECIMAL = re.compile(r"[0-9]{2,3}\.\*")
_NUMBER = r"[0-9]+(?:\.[0-9]+)? "


class PatternError(ValueError):
    """A pattern cannot be compiled; the message says why."""


class Compiled(NamedTuple):
    """A pattern as a regular expression.

    Attributes:
        regex: Matches tokens that are each followed by one space.
        first: Keys (see `keys_of`) of the words that it can start with.
        optional: Whether it also matches nothing.
        needs: For each element that must be there, the keys of the words that it can start with.
    """

    regex: str
    first: frozenset[str]
    optional: bool = False
    needs: tuple[frozenset[str], ...] = ()


class Grammar:
    """Compiles patterns that may refer to the parts of one lexicon."""

    def __init__(self, parts: Mapping[str, list[str]]) -> None:
        self._sources = parts
        self._parts: dict[str, Compiled] = {}
        self._elements: dict[str, Compiled] = {}  # patterns share most of their elements and alternatives
        self._options: dict[str, Compiled] = {}
        self._open: list[str] = []
        self.words: set[str] = set()

    def compile(self, pattern: str, *, before_colon: bool = False) -> Compiled:
        """Compile `pattern`; its gaps reach over no colon where `before_colon` is set.

        Raises:
            PatternError: A part is unknown or refers to itself, or the pattern cannot start at a word.
        """
        compiled = self._sequence(pattern)
        start = pattern.split()[0]
        if compiled.optional or start.startswith("..") or (start.endswith("?") and start != "?"):
            raise PatternError(f"pattern {pattern!r} must start with a word")
        if before_colon:
            return compiled._replace(regex=compiled.regex.replace(_GAP_WORD, "[^ .?,:]+ "))
        return compiled

    def _sequence(self, pattern: str) -> Compiled:
        pieces = pattern.split()
        elements = [self._elements.get(piece) or self._element(piece) for piece in pieces]
        if not elements:
            raise PatternError("pattern is empty")
        if pieces[-1].startswith(".."):
            raise PatternError(f"pattern {pattern!r} ends in a gap")
        first: set[str] = set()
        for element in elements:
            first |= element.first
            if not element.optional:
                break
        optional = all(element.optional for element in elements)
        needs = tuple(e.first for e in elements if not e.optional)
        return Compiled("".join(e.regex for e in elements), frozenset(first), optional, needs)

    def _element(self, piece: str) -> Compiled:
        if piece.startswith(".."):
            if not piece[2:].isdigit():
                raise PatternError(f"gap {piece!r} needs a number of words")
            gap = Compiled(f"(?:{_GAP_TOKEN}){{0,{piece[2:]}}}?", frozenset(), optional=True)
            return self._elements.setdefault(piece, gap)
        optional = len(piece) > 1 and piece.endswith("?") and not piece.endswith("|?")
        sources = (piece[:-1] if optional else piece).split("|")
        options = [self._options.get(source) or self._option(source) for source in sources]
        regex = "|".join(o.regex for o in options)
        first = frozenset().union(*(o.first for o in options))
        optional = optional or any(o.optional for o in options)
        element = Compiled(f"(?:{regex})" + ("?" if optional else ""), first, optional)
        return self._elements.setdefault(piece, element)

    def _option(self, option: str) -> Compiled:
        if not option:
            raise PatternError("an alternative is empty")
        if option.startswith("<"):
            return self._part(option)
        words = option.split("_")
        self.words.update(w for w in words if w.isalpha())
        regex = _NUMBER if option == "#" else "".join(_word(w) for w in words)
        return self._options.setdefault(option, Compiled(regex, frozenset(_keys(words[0]))))

    def _part(self, option: str) -> Compiled:
        name = option[1:-1]
        if not option.endswith(">") or name not in self._sources:
            raise PatternError(f"unknown part {option!r}")
        if name in self._open:
            raise PatternError(f"part {option!r} refers to itself")
        if name not in self._parts:
            self._open.append(name)
            options = [self._sequence(source) for source in self._sources[name]]
            self._open.pop()
            self._parts[name] = Compiled(
                "(?:" + "|".join(o.regex for o in options) + ")",
                frozenset().union(*(o.first for o in options)),
                any(o.optional for o in options),
            )
        return self._parts[name]


def _word(word: str) -> str:
    if _DECIMAL.fullmatch(word):
        return word[:-2] + r"(?:\.[0-9]+)? "
    stem = word.removesuffix("*")
    if not _WORD_OK.fullmatch(stem):
        raise PatternError(f"{word!r} is not a word: letters and digits, or one of . ? , : -")
    if "*" in stem or (stem != word and len(stem) < 3):
        raise PatternError(f"{word!r}: `*` stands at a word's end, after three letters or more")
    return re.escape(stem) + ("[a-z]* " if stem != word else " ")


def _keys(word: str) -> tuple[str, ...]:
    """Keys under which a pattern word is found: itself, or the first three letters of an open one."""
    if word.endswith(".*"):
        return word[:-2], word[:2] + ".*"
    return (word[:3] + "*",) if word.endswith("*") else (word,)


def keys_of(word: str) -> tuple[str, ...]:
    """Keys that a token of a message answers to."""
    if word[0].isdigit():
        return word, "#", word[:3] + "*"
    return word, word[:3] + "*"


@dataclass(slots=True, eq=False)
class Entry:
    """One pattern of the index: its name, its expression, and what must be in a message for it to match."""

    name: str
    source: str
    first: frozenset[str]
    needs: tuple[frozenset[str], ...]
    regex: re.Pattern[str] | None = None

    def match(self, text: str, start: int) -> re.Match[str] | None:
        """Match `text` from `start` on; the expression is compiled when it is first wanted."""
        if self.regex is None:  # compiling all of them would take start-up seconds
            self.regex = re.compile(self.source)
        return self.regex.match(text, start)


@dataclass(slots=True)
class Index:
    """Patterns by the word that they start with."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    rarest: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, compiled: Compiled, name: str) -> None:
        """Enter a pattern under `name`."""
        entry = Entry(name, compiled.regex, compiled.first, compiled.needs)
        for key in compiled.first:
            self.entries.setdefault(key, []).append(entry)

    def seal(self) -> None:
        """Enter every pattern under its rarest words too, once all are in.

        Most patterns start with a common word ("knee", "cant") and hang on a rare one: they are looked at
        only in messages that hold the rare one.
        """
        every = dict.fromkeys(entry for entries in self.entries.values() for entry in entries)
        needed = Counter(need for entry in every for need in entry.needs)
        use: Counter[str] = Counter()
        for need, times in needed.items():
            for key in need:
                use[key] += times
        met = {need: sum(use[key] for key in need) for need in needed}
        for entry in every:
            for key in min(entry.needs, key=met.__getitem__):
                self.rarest.setdefault(key, []).append(entry)

    def find(self, tokens: Tokens) -> Iterator[tuple[str, int, int]]:
        """Yield (name, first token, token after the last) of every match."""
        ends = {start: i for i, start in enumerate(tokens.starts)}
        ends[len(tokens.text)] = len(tokens.words)
        keys = {word: keys_of(word) for word in set(tokens.words)}
        viable = self._viable({key for word in keys for key in keys[word]})
        of_word = {word: [e for key in keys[word] for e in viable.get(key, ())] for word in keys}
        for i, word in enumerate(tokens.words):
            for entry in of_word[word]:
                if match := entry.match(tokens.text, tokens.starts[i]):
                    yield entry.name, i, ends[match.end()]

    def _viable(self, present: set[str]) -> dict[str, list[Entry]]:
        """Patterns whose every element has a word in the message, by the words they start with."""
        viable: dict[str, list[Entry]] = {}
        seen = set()
        for key in sorted(present & self.rarest.keys()):  # the same order in every process
            for entry in self.rarest[key]:
                if entry in seen:
                    continue
                seen.add(entry)
                for need in entry.needs:
                    if need.isdisjoint(present):
                        break
                else:
                    for first in entry.first & present:
                        viable.setdefault(first, []).append(entry)
        return viable
