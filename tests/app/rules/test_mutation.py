"""Deleting a rule, a combination, a concept, an exception, a denial, an idiom or a cue breaks some evidence.

Each is taken out as a whole, and something that the label of a message says must then be lost. This covers
rows, not single patterns of a row: with some 5,000 patterns many say the same thing on purpose. The rows
that nothing here needs stand in `unproven.txt`; this file, run as a program, writes that list anew.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

import pytest

from app.rules.catalogue import Combination, Rules, load_rules
from app.rules.normalize import Tokens, tokenize
from app.rules.patterns import Index
from app.rules.records import Level, Screening, Status
from app.rules.screen import screen
from app.rules.spelling import Speller

HERE = Path(__file__).parent
BANK = Path(__file__).parents[3] / "eval" / "messages"
LEARNED = ("train", "own", "fresh", "tune")
LONG = 600  # characters; what a longer message shows, a shorter one shows sooner
UNPROVEN = HERE / "unproven.txt"
# Rows whose loss nothing here notices; a row that gains evidence must leave the list.
LISTED = frozenset(UNPROVEN.read_text("utf-8").splitlines())


class Recall:
    """The index and the speller of the rules, their results kept; `without` takes one row out."""

    def __init__(self, rules: Rules) -> None:
        self.index, self.speller = rules.index, rules.speller
        self.repaired: dict[str, Tokens] = {}
        self.found: dict[str, list[tuple[str, int, int]]] = {}
        self.without = ""

    def repair_all(self, tokens: Tokens) -> Tokens:
        if tokens.text not in self.repaired:
            self.repaired[tokens.text] = self.speller.repair_all(tokens)
        return self.repaired[tokens.text]

    def find(self, tokens: Tokens) -> Iterator[tuple[str, int, int]]:
        if tokens.text not in self.found:
            self.found[tokens.text] = list(self.index.find(tokens))
        return (found for found in self.found[tokens.text] if found[0] != self.without)


SHIPPED = load_rules()
RECALL = Recall(SHIPPED)
RULES = replace(SHIPPED, index=cast(Index, RECALL), speller=cast(Speller, RECALL))


@dataclass(eq=False)
class Evidence:
    """A conversation and what its label says of it; `must` gives a status, or "" for any."""

    turns: Sequence[str]
    must: Mapping[str, str]
    must_not: Sequence[str] = ()
    benign: bool = False
    names: set[str] = field(default_factory=set)

    @cached_property
    def faults(self) -> set[str]:
        """What of the label does not hold of the rules as they are."""
        return self.faults_of(screen(self.turns, RULES))

    def faults_of(self, screening: Screening) -> set[str]:
        """What of the label does not hold of `screening`."""
        told = {flag.rule_id: flag.status for flag in screening.flags}
        lost = {
            rule for rule, status in self.must.items() if rule not in told or status not in ("", told[rule])
        }
        raised = {f"not {rule}" for rule in self.must_not if told.get(rule, Status.PAST) is not Status.PAST}
        alarm = {"no alarm"} if self.benign and screening.level is not Level.NONE else set()
        return lost | raised | alarm

    def notices(self, mutant: Rules) -> bool:
        """Whether something that holds of the rules is lost in `mutant`."""
        without, RECALL.without = RECALL.without, ""
        before = self.faults
        RECALL.without = without
        return bool(self.faults_of(screen(self.turns, mutant)) - before)


def written() -> Iterator[Evidence]:
    """Every message of the rules, of the conversations beside this file, and of the bank that is learned."""
    for rule in RULES.rules.values():
        yield from (Evidence([text], {rule.rule_id: ""}) for text in rule.fires if rule.level)
        yield from (Evidence([text], {}, [rule.rule_id]) for text in rule.stays_silent)
    for row in read(HERE / "conversations.jsonl"):
        yield Evidence(row["turns"], row["must"], row["must_not"])
    for name in LEARNED:
        for row in read(BANK / f"{name}.jsonl"):
            must = {rule: "" for rule in row["must"] if RULES.rules[rule].level}
            yield Evidence(row["turns"], must, row["must_not"], row["max_level"] == "none")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of messages."""
    return (json.loads(line) for line in path.read_text("utf-8").splitlines())


@cache
def evidence() -> Mapping[str, Sequence[Evidence]]:
    """For each row of the data the evidence in which it is found, the plainest messages first."""
    by_row: dict[str, list[Evidence]] = defaultdict(list)
    for one in written():
        if sum(map(len, one.turns)) < LONG:
            spoken = (RECALL.repair_all(tokenize(turn)) for turn in one.turns)
            one.names = {name for tokens in spoken for name, _, _ in RECALL.find(tokens)}
            for name in one.names:
                by_row[name].append(one)
            for rule_id in one.must:
                by_row[f"rule:{rule_id}"].append(one)
    return {name: sorted(told, key=lambda one: len(one.names)) for name, told in by_row.items()}


def rows() -> list[str]:
    """The name of every row: patterns as the index has them, rules, and each rule's combinations."""
    names = {entry.name for entries in SHIPPED.index.entries.values() for entry in entries}
    for rule in RULES.rules.values():
        if rule.level:
            names.add(f"rule:{rule.rule_id}")
            names.update(f"when:{rule.rule_id}: {said(combination)}" for combination in rule.when)
    return sorted(names)


def said(combination: Combination) -> str:
    """A combination as its row has it."""
    terms = (*combination.needs, *(f"!{concept}" for concept in combination.without))
    return " & ".join(terms) + (" @near" if combination.near else "")


def is_proven(name: str) -> bool:
    """Whether some evidence notices the loss of a row."""
    kind, _, row = name.partition(":")
    if kind in ("rule", "when"):
        rule_id, _, lost = row.partition(": ")
        rule = RULES.rules[rule_id]
        left = tuple(c for c in rule.when if lost and said(c) != lost)
        mutant = replace(RULES, rules={**RULES.rules, rule_id: replace(rule, when=left)})
        return any(one.notices(mutant) for one in evidence().get(f"rule:{rule_id}", ()))
    told = evidence().get(name, ())  # collected while every row is in
    RECALL.without = name
    try:
        return any(one.notices(RULES) for one in told)
    finally:
        RECALL.without = ""


@pytest.mark.parametrize("name", rows())
def test_deleting_a_row_is_noticed(name):
    """Some label holds with the row and not without it, bar the rows of the list."""
    assert is_proven(name) != (name in LISTED)


def test_the_list_names_rows_that_there_are():
    """A row that was renamed or dropped leaves the list."""
    assert set(rows()) >= LISTED


@pytest.mark.parametrize("row", list(read(HERE / "conversations.jsonl")), ids=lambda row: row["turns"][-1])
def test_conversation(row, fired):
    """The conversations written for rows that nothing else needs are screened as labelled."""
    told = fired(*row["turns"])

    assert {rule_id: told.get(rule_id) for rule_id in row["must"]} == row["must"]
    assert not {rule_id for rule_id in row["must_not"] if told.get(rule_id, Status.PAST) != Status.PAST}


if __name__ == "__main__":
    UNPROVEN.write_text("".join(f"{name}\n" for name in rows() if not is_proven(name)), "utf-8")
