"""The line "What I understood", and what of it a person can put right; read from data/understood.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "understood.toml"
# Shown where they were said, but not offered: there are too many of them.
ONLY_SHOWN = ("conditions", "exercises")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may have been meant; `phrase` says it in a question."""

    label: str
    phrase: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Understood:
    """What the reply was made for.

    Attributes:
        line: What was understood, in a few words each, in the order of the choices.
        fields: Heading -> choices, of which several may hold.
        wants: What may have been asked, of which one holds.
    """

    line: tuple[str, ...]
    fields: Mapping[str, tuple[Choice, ...]]
    wants: tuple[Choice, ...]


def understood(said: Json | None) -> Understood | None:
    """What to show of the `understood` of a reply's JSON; None where there is nothing to put right."""
    if said is None:
        return None
    data = _data()
    fields = {field["label"]: _choices(field, said[field["name"]]) for field in data["field"]}
    wants = tuple(Choice(w["label"], w["ask"], said["intent"] in w["intents"]) for w in data["want"])
    chosen = [c.label for choices in (*fields.values(), wants) for c in choices if c.chosen]
    line = dict.fromkeys((*chosen, *(_words(each) for name in ONLY_SHOWN for each in said[name])))
    return Understood(tuple(line), fields, wants) if line else None


def _choices(field: Json, said: tuple[str, ...]) -> tuple[Choice, ...]:
    offered = {option["id"] for option in field["options"]}
    others = (Choice(_words(each), _words(each), True) for each in said if each not in offered)
    return (*(Choice(o["label"], o["phrase"], o["id"] in said) for o in field["options"]), *others)


def _words(term_id: str) -> str:
    """A name of the vocabulary as it is read: `wall-sit` is a wall sit."""
    return term_id.replace("-", " ").capitalize()


@cache
def _data() -> Json:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))
