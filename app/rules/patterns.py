"""The pattern language of the rule data, compiled to regular expressions that start at known words.

A pattern is words with spaces between them, matched against whole tokens:

    swollen|puffy     either word; `give_way` stands for two words
    swell*            any word that starts so (three letters or more)
    <knee>            any way to say it from the lexicon's parts
    my? knee          `?` makes an element optional
    <knee> ..3 sore   up to three words between, in one sentence, none of them a negation
    #                 a number; `38.*` is 38 with or without decimals

Every pattern must start with a word, so that a message is searched only where one of its words stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.rules.normalize import Tokens

NEGATIONS = (
    "no|not|never|isnt|aint|dont|doesnt|didnt|hasnt|havent|hadnt|wasnt|werent|arent|without|nor|neither|nothing"
)
_GAP_TOKEN = rf"(?!(?:{NEGATIONS}) )[^ .?]+ "
_WORD_OK = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[.?,:-]")
_DECIMAL = re.compile(r"[0-9]{2,3}\.\*")
_NUMBER = r"[0-9]+(?:\.[0-9]+)? "


class PatternError(ValueError):
    """A pattern cannot be compiled; the message says why."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern as a regular expression and the words that it can start with."""

    regex: str
    first: frozenset[str]
    optional: bool = False


class Grammar:
    """Compiles patterns that may refer to the parts of one lexicon."""

    def __init__(self, parts: Mapping[str, list[str]]) -> None:
        self._sources = parts
        self._parts: dict[str, Compiled] = {}
        self._open: list[str] = []
        self.words: set[str] = set()

    def compile(self, pattern: str) -> Compiled:
        """Compile `pattern`.

        Raises:
            PatternError: A part is unknown or refers to itself, or the pattern cannot start at a word.
        """
        compiled = self._sequence(pattern)
        if compiled.optional or not compiled.first:
            raise PatternError(f"pattern {pattern!r} must start with a word")
        return compiled

    def _sequence(self, pattern: str) -> Compiled:
        elements = [self._element(piece) for piece in pattern.split()]
        if not elements:
            raise PatternError("pattern is empty")
        if pattern.split()[-1].startswith(".."):
            raise PatternError(f"pattern {pattern!r} ends in a gap")
        first: set[str] = set()
        for element in elements:
            first |= element.first
            if not element.optional:
                break
        optional = all(element.optional for element in elements)
        return Compiled("".join(e.regex for e in elements), frozenset(first), optional)

    def _element(self, piece: str) -> Compiled:
        if piece.startswith(".."):
            if not piece[2:].isdigit():
                raise PatternError(f"gap {piece!r} needs a number of words")
            return Compiled(f"(?:{_GAP_TOKEN}){{0,{piece[2:]}}}?", frozenset(), optional=True)
        optional = len(piece) > 1 and piece.endswith("?")
        options = [self._option(o) for o in (piece[:-1] if optional else piece).split("|")]
        regex = "|".join(o.regex for o in options)
        first = frozenset().union(*(o.first for o in options))
        optional = optional or any(o.optional for o in options)
        return Compiled(f"(?:{regex})" + ("?" if optional else ""), first, optional)

    def _option(self, option: str) -> Compiled:
        if not option:
            raise PatternError("an alternative is empty")
        if option.startswith("<"):
            return self._part(option)
        if option == "#":
            return Compiled(_NUMBER, frozenset("#"))
        words = option.split("_")
        self.words.update(w for w in words if w.isalpha())
        first = [words[0]] if not words[0].endswith(".*") else [words[0][:-2], words[0]]
        return Compiled("".join(_word(w) for w in words), frozenset(first))

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


@dataclass(slots=True)
class Index:
    """Patterns by the word that they start with."""

    exact: dict[str, list[tuple[re.Pattern[str], str]]] = field(default_factory=dict)
    prefix: dict[str, list[tuple[re.Pattern[str], str]]] = field(default_factory=dict)

    def add(self, compiled: Compiled, name: str) -> None:
        """Enter a pattern under `name`."""
        entry = (re.compile(compiled.regex), name)
        for first in compiled.first:
            if first.endswith("*"):
                self.prefix.setdefault(first[:3], []).append(entry)
            else:
                self.exact.setdefault(first, []).append(entry)

    def find(self, tokens: Tokens) -> Iterator[tuple[str, int, int]]:
        """Yield (name, first token, token after the last) of every match."""
        ends = {start: i for i, start in enumerate(tokens.starts)}
        ends[len(tokens.text)] = len(tokens.words)
        for i, word in enumerate(tokens.words):
            start = tokens.starts[i]
            for regex, name in self._candidates(word):
                if match := regex.match(tokens.text, start):
                    yield name, i, ends[match.end()]

    def _candidates(self, word: str) -> Iterator[tuple[re.Pattern[str], str]]:
        yield from self.exact.get(word, ())
        yield from self.prefix.get(word[:3], ())
        if word[0].isdigit():
            yield from self.exact.get("#", ())
