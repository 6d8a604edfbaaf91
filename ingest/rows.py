"""The shapes of the curated files' rows, and how a file that breaks them is reported."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ingest.errors import CorpusError

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
# Looked for in lower-cased text whose apostrophes are straight.
Phrase = Annotated[str, StringConstraints(pattern=r"^[^A-Z’\n]+$")]
Texts = tuple[Text, ...]
Phrases = tuple[Phrase, ...]
FieldName = Literal[
    "name", "targets", "conditions", "why", "steps", "dose", "where", "kit", "cues", "caution"
]


class KnowledgeError(CorpusError):
    """A curated file is unusable; `problems` names file, row and field of every mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the single `problems`; the message holds one a line."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Row(BaseModel):
    """What all rows share: no unknown keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Cite(Row):
    """A citation."""

    article: Id
    quote: Text


class FieldCite(Cite):
    """A citation of some fields of its row."""

    fields: Annotated[tuple[FieldName, ...], Field(min_length=1)]


class ExerciseRow(Row):
    """One `[[exercise]]`."""

    id: Id
    name: Text
    aliases: Phrases = ()
    kind: Literal["strength", "stretch", "massage", "isometric", "mobility", "load_management"]
    targets: Texts = ()
    conditions: tuple[Id, ...] = ()
    why: str = ""
    steps: Texts = ()
    dose: str = ""
    where: tuple[Literal["trail", "camp", "home", "gym"], ...] = ()
    kit: Texts = ()
    cues: Texts = ()
    caution: str = ""
    loads_knee: bool
    figure: str = ""
    cites: Annotated[tuple[FieldCite, ...], Field(min_length=1)]


class ExerciseFile(Row):
    """exercises.toml."""

    exercise: tuple[ExerciseRow, ...]


class TermRow(Row):
    """One row of a group of vocabulary.toml."""

    id: Id
    label: Text
    synonyms: Phrases = ()
    misspellings: Phrases = ()
    choice: bool = False


class ConditionRow(TermRow):
    """One `[[condition]]`."""

    description: Text
    cites: Annotated[tuple[Cite, ...], Field(min_length=1)]


class PatternRow(Row):
    """One `[[pattern]]`."""

    condition: Id
    kind: Literal["place", "trigger", "timing"]
    value: Id
    text: Text
    cites: Annotated[tuple[Cite, ...], Field(min_length=1)]

    @property
    def id(self) -> str:
        """What names the row in a message."""
        return f"{self.condition} x {self.value}"


class SynonymsRow(Row):
    """One `[[synonyms]]`."""

    terms: Annotated[Phrases, Field(min_length=2)]


class VocabularyFile(Row):
    """vocabulary.toml."""

    condition: tuple[ConditionRow, ...]
    place: tuple[TermRow, ...]
    trigger: tuple[TermRow, ...]
    timing: tuple[TermRow, ...]
    activity: tuple[TermRow, ...]
    setting: tuple[TermRow, ...]
    position: tuple[TermRow, ...] = ()
    kit: tuple[TermRow, ...]
    muscle: tuple[TermRow, ...]
    topic: tuple[TermRow, ...]
    pattern: tuple[PatternRow, ...]
    synonyms: tuple[SynonymsRow, ...]


class ConflictRow(Row):
    """One `[[conflict]]`."""

    id: Id
    topic: Text
    keywords: Annotated[Phrases, Field(min_length=1)]
    sides: Annotated[tuple[Cite, ...], Field(min_length=2)]


class ConflictFile(Row):
    """conflicts.toml."""

    conflict: tuple[ConflictRow, ...]


_File = TypeVar("_File", bound=Row)


def read(path: Path, shape: type[_File]) -> _File:
    """Read a TOML file of that shape.

    Raises:
        KnowledgeError: It cannot be read, or breaks the shape; every place that does is named.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError([f"{path}: cannot be read: {error}"]) from error
    try:
        # Through JSON, whose arrays a strict model takes for tuples.
        return shape.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise KnowledgeError([_told(path, data, problem) for problem in error.errors()]) from None


def _told(path: Path, data: Mapping[str, Any], problem: Mapping[str, Any]) -> str:
    """Say where a mistake is: file, row by its id where it has one, field."""
    table, *rest = problem["loc"]
    row = ""
    if rest and isinstance(rest[0], int):
        written = data[table][rest[0]]
        name = written.get("id", written.get("value")) if isinstance(written, dict) else None
        row = f" {name!r}" if name else f" number {rest[0] + 1}"
        rest = rest[1:]
    place = ".".join(str(part) for part in rest)
    value = f", not {problem['input']!r:.60}" if problem["type"] not in ("missing", "extra_forbidden") else ""
    message = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
    return f"{path}: {table}{row}" + (f", field {place!r}" if place else "") + f": {message}{value}"
