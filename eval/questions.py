"""Read question sets.

A question needs `turns` (or `question`) and nothing else; every further field lets more metrics speak.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from app.rules.catalogue import load_rules
from eval.errors import Fault, QuestionFileError

FOLDER = Path(__file__).with_name("questions")
FACTS = FOLDER / "facts.toml"
QUESTIONS = FOLDER / "questions.jsonl"

# Typographic signs hide words from patterns that are written with plain ones.
_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u00a0": " "}
)
# What parts the entries of a list in a cell of a CSV; a `;` is too common in what people type.
_LISTS = {"facts": ";", "exercises": ";", "must_not": ";", "turns": "|"}


def fold(text: str) -> str:
    """Lower-case `text` and make its apostrophes, quotes, dashes and spaces plain."""
    return text.lower().translate(_PLAIN)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(_Record):
    """Something that an answer must bring.

    Attributes:
        id: Unique in the set.
        statement: The fact in plain words, for people.
        patterns: Any of them, found in folded text, shows the fact.
        articles: Slugs of the articles that state it; empty for any.
        topics: What it is about; facts of one topic belong together.
    """

    id: Annotated[str, Field(min_length=1)]
    statement: str = ""
    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    articles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    def shows_in(self, folded: str) -> bool:
        """Say whether any pattern is found in `folded` text."""
        return any(re.search(pattern, folded) for pattern in self.patterns)


class PassageLabel(_Record):
    """A passage that belongs to the answer, named so that the label outlives a rebuild.

    Attributes:
        article: Slug.
        heading: Pattern looked for in the folded headings; empty for any.
    """

    article: str
    heading: Pattern | None = None


class RedFlags(_Record):
    """What the rules have to find.

    Attributes:
        must: Rules active after the last turn.
        must_not: Rules that may not be active.
        benign: No rule at all may be active.
    """

    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    benign: bool = False


class Question(_Record):
    """One labelled conversation; only its last turn is answered.

    Attributes:
        id: Unique in the set.
        turns: The person's messages, oldest first.
        kind: Groups questions in the report.
        answerable: Whether the articles hold an answer; None leaves refusal unjudged.
        facts: What the answer must bring.
        passages: Further passages that belong to it, beside those that state the facts.
        exercises: Patterns of exercise names that fit.
        exercises_min: How many of them have to be shown.
        red_flags: What the rules have to find.
        must_not: Patterns that may not occur anywhere in the reply.
        clarify: Whether a question back is expected; None leaves it unjudged.
        reference: An answer in our words.
    """

    id: Annotated[str, Field(min_length=1)]
    turns: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    kind: str = "unlabelled"
    answerable: bool | None = None
    facts: tuple[Fact, ...] = ()
    passages: tuple[PassageLabel, ...] = ()
    exercises: tuple[Pattern, ...] = ()
    exercises_min: Annotated[int, Field(ge=0)] = 0
    red_flags: RedFlags | None = None
    must_not: tuple[Pattern, ...] = ()
    clarify: bool | None = None
    reference: str = ""

    @property
    def reference_answer(self) -> str:
        """The reference, or else the statements of its facts, which are one too."""
        return self.reference or " ".join(fact.statement for fact in self.facts)


def load_facts(path: Path = FACTS) -> dict[str, Fact]:
    """Return the facts of the shipped set by id.

    Raises:
        QuestionFileError: A fact is malformed or its id is taken; lines count facts, not lines.
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["fact"]
    facts, faults = {}, []
    for number, row in enumerate(rows, 1):
        try:
            fact = Fact.model_validate(row)
        except ValidationError as error:
            faults += _faults(number, error)
            continue
        if fact.id in facts:
            faults.append(Fault(number, "id", f"{fact.id!r} is taken"))
        facts[fact.id] = fact
    if faults:
        raise QuestionFileError(path, faults)
    return facts


def load_never(path: Path = FACTS) -> tuple[str, ...]:
    """Return patterns that no reply may contain: debris of the saved pages."""
    return tuple(_compiles(p) for p in tomllib.loads(path.read_text(encoding="utf-8"))["never"])


def load_topics(path: Path = FACTS) -> dict[str, str]:
    """Return topic -> pattern by which a sentence is about it."""
    return {
        name: _compiles(p) for name, p in tomllib.loads(path.read_text(encoding="utf-8"))["topics"].items()
    }


def load_questions(path: Path = QUESTIONS, facts: Mapping[str, Fact] | None = None) -> list[Question]:
    """Read a question set, JSON Lines or CSV.

    Args:
        path: In a CSV, the header names fields; `;` parts lists, `|` turns, and a cell may hold JSON.
        facts: What a fact given by its id alone means; None for the shipped ones.

    Raises:
        QuestionFileError: Lists line, field and reason of every fault.
    """
    known = load_facts() if facts is None else facts
    questions: list[Question] = []
    faults: list[Fault] = []
    taken: set[str] = set()
    for line, row in _rows(path, faults):
        question = _question(line, row, known, faults)
        if question and question.id in taken:
            faults.append(Fault(line, "id", f"{question.id!r} is taken"))
        elif question:
            taken.add(question.id)
            questions.append(question)
    if not questions and not faults:
        faults.append(Fault(1, "", "the file holds no question"))
    if faults:
        raise QuestionFileError(path, sorted(faults, key=lambda fault: fault.line))
    return questions


def _rows(path: Path, faults: list[Fault]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(1, "", f"cannot be read: {error}"))
        return
    yield from _csv_rows(text, faults) if path.suffix.lower() == ".csv" else _json_rows(text, faults)


def _json_rows(text: str, faults: list[Fault]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            faults.append(Fault(number, "", f"no JSON: {error}"))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            faults.append(Fault(number, "", f"a JSON object is expected, not {type(row).__name__}"))


def _csv_rows(text: str, faults: list[Fault]) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        if None in row:
            faults.append(Fault(reader.line_num, "", "more values than the header names"))
            continue
        filled = {key: value for key, value in row.items() if value and value.strip()}
        if filled:
            yield reader.line_num, {key: _cell(key, value) for key, value in filled.items()}


def _cell(field: str, value: str) -> Any:
    """Read one cell: JSON where it looks like it, a list where the field holds one, text otherwise."""
    if value[0] in "[{":
        try:
            return json.loads(value)
        except ValueError:  # brackets that people type
            return value
    sign = _LISTS.get(field)
    return [part.strip() for part in value.split(sign) if part.strip()] if sign else value


def _question(
    line: int, row: dict[str, Any], facts: Mapping[str, Fact], faults: list[Fault]
) -> Question | None:
    row = dict(row)
    if "question" in row and "turns" not in row:
        row["turns"] = [row.pop("question")]
    row.setdefault("id", f"q{line}")
    unknown: list[Fault] = []
    if isinstance(row.get("facts"), list):
        row["facts"] = _resolve(line, row["facts"], facts, unknown)
    if isinstance(row.get("red_flags"), dict):
        unknown += _unknown_rules(line, row["red_flags"])
    try:
        question = Question.model_validate(row)
    except ValidationError as error:
        faults.extend([*unknown, *_faults(line, error)])
        return None
    faults.extend(unknown)
    return None if unknown else question


def _resolve(line: int, named: Sequence[Any], facts: Mapping[str, Fact], faults: list[Fault]) -> list[Any]:
    resolved = []
    for position, fact in enumerate(named):
        if isinstance(fact, str) and fact not in facts:
            faults.append(Fault(line, f"facts.{position}", f"{fact!r} is no fact of {FACTS.name}"))
        else:
            resolved.append(facts[fact].model_dump() if isinstance(fact, str) else fact)
    return resolved


def _unknown_rules(line: int, labels: Mapping[str, Any]) -> list[Fault]:
    known = _rule_ids()
    return [
        Fault(line, f"red_flags.{field}.{position}", f"{rule!r} is no red-flag rule")
        for field in ("must", "must_not")
        for position, rule in enumerate(labels.get(field) or ())
        if rule not in known
    ]


@cache
def _rule_ids() -> frozenset[str]:
    return frozenset(load_rules().rules)


def _faults(line: int, error: ValidationError) -> list[Fault]:
    return [Fault(line, ".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
