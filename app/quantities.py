"""Read the numbers of a text with their units, digits and number words alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.words import fold

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[%°]")
_BETWEEN = frozenset({"to", "or", "and", "x"})
_PER = frozenset({"a", "an", "per", "each", "every", "one"})

Quantity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Quantities:
    """Knows number words and units.

    Attributes:
        numbers: Word -> number.
        units: Word -> unit in the singular.
        rates: Word -> number and unit at once (daily).
    """

    numbers: Mapping[str, str]
    units: Mapping[str, str]
    rates: Mapping[str, Quantity]

    def of(self, text: str) -> frozenset[Quantity]:
        """Return (number, unit) of every number in `text`; the unit is empty where none follows.

        "3 sets of 15" and "3 x 15" are (3, set) and (15, rep); both ends of a range have its unit;
        "twice a week" is (2, time) and (1, week).
        """
        tokens = _TOKEN.findall(fold(text))
        found: list[Quantity] = []
        waiting: list[str] = []
        i = 0
        while i < len(tokens):
            if (rate := self.rates.get(tokens[i])) is not None:
                found.append(rate)
            elif (read := self._number(tokens, i)) is not None:
                number, i = read
                waiting.append(number)
                if not self._goes_on(tokens, i + 1):
                    found += self._with_unit(waiting, tokens, i + 1)
                    waiting = []
            elif tokens[i] in _PER and i + 1 < len(tokens) and tokens[i + 1] in self.units:
                found.append(("1", self.units[tokens[i + 1]]))
            i += 1
        return frozenset([*found, *self._sets(tokens)])

    def _number(self, tokens: list[str], i: int) -> tuple[str, int] | None:
        """Return the number at `i` and the index of its last word ("forty five" has two)."""
        token = tokens[i]
        if token[0].isdigit():
            return f"{float(token):g}", i
        number = self.numbers.get(token)
        if number is None:
            return None
        following = self.numbers.get(tokens[i + 1]) if i + 1 < len(tokens) else None
        if number.isdigit() and following and following.isdigit():
            tens, ones = int(number), int(following)
            if tens % 10 == 0 and 10 < tens < 100 and 0 < ones < 10:
                return str(tens + ones), i + 1
        return number, i

    def _goes_on(self, tokens: list[str], i: int) -> bool:
        """Say whether the next words are the other end of a range ("30 to 45")."""
        at = i + (i < len(tokens) and tokens[i] in _BETWEEN and tokens[i] != "x")
        return at < len(tokens) and self._number(tokens, at) is not None

    def _with_unit(self, numbers: list[str], tokens: list[str], i: int) -> list[Quantity]:
        token = tokens[i] if i < len(tokens) else ""
        unit = {"%": "percent", "°": "degree"}.get(token) or self.units.get(token, "")
        return [(number, unit) for number in numbers]

    def _sets(self, tokens: list[str]) -> list[Quantity]:
        """Return sets and repetitions of "3 x 15" and "3 sets of 15", which say so by their order."""
        found: list[Quantity] = []
        for i in range(len(tokens)):
            first = self._number(tokens, i)
            rest = tokens[i + 1 : i + 3]
            by_x, by_word = rest[:1] == ["x"], rest[1:] == ["of"] and self.units.get(rest[0]) == "set"
            at = i + (2 if by_x else 3)
            second = self._number(tokens, at) if (by_x or by_word) and at < len(tokens) else None
            if first and second:
                found += [(first[0], "set"), (second[0], "rep")]
        return found


def same_quantities(said: frozenset[Quantity], known: frozenset[Quantity]) -> bool:
    """Say whether everything in `said` is in `known`; a number without a unit matches with any."""
    numbers = {number for number, _ in known}
    return all(quantity in known or (not quantity[1] and quantity[0] in numbers) for quantity in said)
