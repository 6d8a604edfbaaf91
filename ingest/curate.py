"""Read the curated files: exercises.toml, vocabulary.toml, conflicts.toml.

Each file is checked whole before it is refused: an editor sees every mistake at once.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ingest.errors import CorpusError
from ingest.knowledge import Condition, Conflict, Entry, Pattern, Quote, Side, Term, Vocabulary
from ingest.records import Exercise

# What a card says of an exercise; each that is filled needs a citation.
CITED_FIELDS = ("targets", "conditions", "why", "steps", "dose", "where", "kit", "cues", "caution")

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


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Cite(_Row):
    article: Id
    quote: Text


class _FieldCite(_Cite):
    fields: Annotated[tuple[FieldName, ...], Field(min_length=1)]


class _ExerciseRow(_Row):
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
    cites: Annotated[tuple[_FieldCite, ...], Field(min_length=1)]


class _ExerciseFile(_Row):
    exercise: tuple[_ExerciseRow, ...]


class _TermRow(_Row):
    id: Id
    label: Text
    synonyms: Phrases = ()
    misspellings: Phrases = ()
    choice: bool = False


class _ConditionRow(_TermRow):
    description: Text
    cites: Annotated[tuple[_Cite, ...], Field(min_length=1)]


class _PatternRow(_Row):
    condition: Id
    kind: Literal["place", "trigger", "timing"]
    value: Id
    text: Text
    cites: Annotated[tuple[_Cite, ...], Field(min_length=1)]

    @property
    def id(self) -> str:
        return f"{self.condition} x {self.value}"


class _SynonymsRow(_Row):
    terms: Annotated[Phrases, Field(min_length=2)]


class _VocabularyFile(_Row):
    condition: tuple[_ConditionRow, ...]
    place: tuple[_TermRow, ...]
    trigger: tuple[_TermRow, ...]
    timing: tuple[_TermRow, ...]
    activity: tuple[_TermRow, ...]
    setting: tuple[_TermRow, ...]
    kit: tuple[_TermRow, ...]
    muscle: tuple[_TermRow, ...]
    topic: tuple[_TermRow, ...]
    pattern: tuple[_PatternRow, ...]
    synonyms: tuple[_SynonymsRow, ...]


class _ConflictRow(_Row):
    id: Id
    topic: Text
    keywords: Annotated[Phrases, Field(min_length=1)]
    sides: Annotated[tuple[_Cite, ...], Field(min_length=2)]


class _ConflictFile(_Row):
    conflict: tuple[_ConflictRow, ...]


_File = TypeVar("_File", bound=_Row)


def load_curated(folder: Path) -> tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]]:
    """Read the three files of a corpus folder.

    Returns:
        Exercises, vocabulary and conflicts, in the order that `resolve` takes them.

    Raises:
        KnowledgeError: Of the first file that is unusable.
    """
    vocabulary = load_vocabulary(folder / "vocabulary.toml")
    exercises = load_exercises(folder / "exercises.toml", vocabulary)
    return exercises, vocabulary, load_conflicts(folder / "conflicts.toml")


def load_vocabulary(path: Path) -> Vocabulary:
    """Read vocabulary.toml.

    Raises:
        KnowledgeError: It cannot be read, or holds unknown keys, wrong types, repeated ids or pattern
            cells of unknown rows.
    """
    file = _read(path, _VocabularyFile)
    groups = [name for name in type(file).model_fields if name != "synonyms"]
    problems = [p for group in groups for p in _repeated(getattr(file, group))]
    problems += _unknown_in_patterns(file)
    _raise(path, problems)
    return Vocabulary(
        conditions=tuple(_condition(row) for row in file.condition),
        places=_terms(file.place),
        triggers=_terms(file.trigger),
        timings=_terms(file.timing),
        activities=_terms(file.activity),
        settings=_terms(file.setting),
        kit=_terms(file.kit),
        muscles=_terms(file.muscle),
        topics=_terms(file.topic),
        patterns=tuple(
            Pattern(row.condition, row.kind, row.value, row.text, _quotes(row.cites)) for row in file.pattern
        ),
        synonyms=tuple(row.terms for row in file.synonyms),
    )


def load_exercises(path: Path, vocabulary: Vocabulary) -> tuple[Entry, ...]:
    """Read exercises.toml, in its order.

    Raises:
        KnowledgeError: It cannot be read, or holds unknown keys, wrong types, repeated ids, conditions,
            muscles or kit that `vocabulary` does not name, fields without a citation or citations of
            fields that are empty.
    """
    rows = _read(path, _ExerciseFile).exercise
    known = {
        "conditions": {condition.term_id for condition in vocabulary.conditions},
        "targets": {muscle.label for muscle in vocabulary.muscles},
        "kit": {item.label for item in vocabulary.kit},
    }
    problems = [*_repeated(rows), *(p for row in rows for p in _wrong_in_exercise(row, known))]
    _raise(path, problems)
    return tuple(_entry(row) for row in rows)


def load_conflicts(path: Path) -> tuple[Conflict, ...]:
    """Read conflicts.toml, in its order.

    Raises:
        KnowledgeError: It cannot be read, or holds unknown keys, wrong types or repeated ids.
    """
    rows = _read(path, _ConflictFile).conflict
    _raise(path, list(_repeated(rows)))
    return tuple(
        Conflict(row.id, row.topic, row.keywords, tuple(Side(quote) for quote in _quotes(row.sides)))
        for row in rows
    )


def _read(path: Path, shape: type[_File]) -> _File:
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


def _raise(path: Path, problems: Sequence[str]) -> None:
    if problems:
        raise KnowledgeError([f"{path}: {problem}" for problem in problems])


def _repeated(rows: Iterable[Any]) -> Iterator[str]:
    for row_id, times in Counter(row.id for row in rows).items():
        if times > 1:
            yield f"{row_id!r}, field 'id': given {times} times, must be unique"


def _unknown_in_patterns(file: _VocabularyFile) -> Iterator[str]:
    known = {
        kind: {row.id for row in getattr(file, kind)} for kind in ("condition", "place", "trigger", "timing")
    }
    for row in file.pattern:
        if row.condition not in known["condition"]:
            yield f"pattern {row.id!r}, field 'condition': no condition {row.condition!r}"
        if row.value not in known[row.kind]:
            yield f"pattern {row.id!r}, field 'value': no {row.kind} {row.value!r}"


def _wrong_in_exercise(row: _ExerciseRow, known: Mapping[str, set[str]]) -> Iterator[str]:
    where = f"exercise {row.id!r}, field "
    for name, names in known.items():
        for value in getattr(row, name):
            if value.removesuffix(" (optional)") not in names:
                yield f"{where}{name!r}: {value!r} is not in vocabulary.toml"
    cited = {name for cite in row.cites for name in cite.fields}
    for name in CITED_FIELDS:
        if getattr(row, name) and name not in cited:
            yield f"{where}{name!r}: has no citation"
        if not getattr(row, name) and name in cited:
            yield f"{where}{name!r}: is cited but empty"


def _entry(row: _ExerciseRow) -> Entry:
    values = row.model_dump(exclude={"id", "cites", "figure"})
    quotes: dict[str, tuple[Quote, ...]] = {}
    for cite in row.cites:
        for name in cite.fields:
            quotes[name] = (*quotes.get(name, ()), Quote(cite.article, cite.quote))
    return Entry(Exercise(exercise_id=row.id, figure=row.figure or row.id, **values), quotes)


def _condition(row: _ConditionRow) -> Condition:
    return Condition(
        row.id, row.label, row.synonyms, row.misspellings, row.choice, row.description, _quotes(row.cites)
    )


def _terms(rows: Iterable[_TermRow]) -> tuple[Term, ...]:
    return tuple(Term(row.id, row.label, row.synonyms, row.misspellings, row.choice) for row in rows)


def _quotes(cites: Iterable[_Cite]) -> tuple[Quote, ...]:
    return tuple(Quote(cite.article, cite.quote) for cite in cites)
