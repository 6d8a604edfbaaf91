"""Deleting a concept, an exception, a denial or a cue is noticed by the evidence.

Each is taken out of the index as a whole, and some evidence sentence must then be screened otherwise.
This covers rows, not single patterns of a row: with some 5,000 patterns many say the same thing on purpose.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.rules.catalogue import Rules, load_rules
from app.rules.normalize import Tokens, tokenize
from app.rules.screen import screen

RULES = load_rules()
HERE = Path(__file__).parent
BANK = Path(__file__).parents[3] / "eval" / "messages"
# Rows whose loss nothing here notices yet; a row that gains evidence must leave the list.
UNPROVEN = frozenset((HERE / "unproven.txt").read_text("utf-8").split())


class Without:
    """The index with one row's patterns taken out."""

    def __init__(self, rules: Rules, name: str) -> None:
        self.index, self.name = rules.index, name

    def find(self, tokens: Tokens) -> Iterator[tuple[str, int, int]]:
        return (found for found in self.index.find(tokens) if found[0] != self.name)


def outcome(turns: tuple[str, ...], rules: Rules) -> list[tuple[str, str]]:
    return [(f.rule_id, f.status.value) for f in screen(turns, rules).flags]


def evidence() -> list[tuple[str, ...]]:
    rows = [(t,) for rule in RULES.rules.values() for t in (*rule.fires, *rule.stays_silent)]
    probes = [
        (json.loads(line)["text"],)
        for line in (HERE / "context_probes.jsonl").read_text("utf-8").splitlines()
    ]
    talks = [
        tuple(json.loads(line)) for line in (HERE / "conversations.jsonl").read_text("utf-8").splitlines()
    ]
    bank = [
        tuple(json.loads(line)["turns"])
        for name in ("train.jsonl", "own.jsonl")
        for line in (BANK / name).read_text("utf-8").splitlines()[::2]
    ]
    return rows + probes + talks + [turns for turns in bank if sum(map(len, turns)) < 300]


def by_row() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for turns in evidence():
        names = {n for t in turns for n, _, _ in RULES.index.find(RULES.speller.repair_all(tokenize(t)))}
        for name in names:
            found[name].append(turns)
    return found


EVIDENCE = by_row()
NAMES = sorted({entry.name for entries in RULES.index.entries.values() for entry in entries})


def is_proven(name: str) -> bool:
    mutant = dataclasses.replace(RULES, index=Without(RULES, name))
    told = EVIDENCE[name]
    return any(outcome(turns, mutant) != outcome(turns, RULES) for turns in told[:: 1 + len(told) // 100])


@pytest.mark.parametrize("name", NAMES)
def test_deleting_a_row_is_noticed(name):
    """Some evidence sentence is screened otherwise without the row."""
    assert is_proven(name) != (name in UNPROVEN)
