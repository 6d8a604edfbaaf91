"""Read the curated files: exercises.toml, vocabulary.toml, conflicts.toml.

Each file is checked whole before it is refused: an editor sees every mistake at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.knowledge import Condition, Conflict, Entry, Pattern, Quote, Side, Term, Vocabulary
from ingest.records import Exercise
from ingest.rows import (
    Cite,
    ConditionRow,
    ConflictFile,
    ExerciseFile,
    ExerciseRow,
    KnowledgeError,
    TermRow,
    VocabularyFile,
    read,
)

__all__ = [
    "CITED_FIELDS",
    "KnowledgeError",
    "load_conflicts",
    "load_curated",
    "load_exercises",
    "load_vocabulary",
]

# What a card says of an exercise; each that is filled needs a citation.
CITED_FIELDS = ("targets", "conditions", "why", "steps", "dose", "where", "kit", "cues", "caution")


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
    file = read(path, VocabularyFile)
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
        positions=_terms(file.position),
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
    rows = read(path, ExerciseFile).exercise
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
    rows = read(path, ConflictFile).conflict
    _raise(path, list(_repeated(rows)))
    return tuple(
        Conflict(row.id, row.topic, row.keywords, tuple(Side(quote) for quote in _quotes(row.sides)))
        for row in rows
    )


def _raise(path: Path, problems: Sequence[str]) -> None:
    if problems:
        raise KnowledgeError([f"{path}: {problem}" for problem in problems])


def _repeated(rows: Iterable[Any]) -> Iterator[str]:
    for row_id, times in Counter(row.id for row in rows).items():
        if times > 1:
            yield f"{row_id!r}, field 'id': given {times} times, must be unique"


def _unknown_in_patterns(file: VocabularyFile) -> Iterator[str]:
    known = {
        kind: {row.id for row in getattr(file, kind)} for kind in ("condition", "place", "trigger", "timing")
    }
    for row in file.pattern:
        if row.condition not in known["condition"]:
            yield f"pattern {row.id!r}, field 'condition': no condition {row.condition!r}"
        if row.value not in known[row.kind]:
            yield f"pattern {row.id!r}, field 'value': no {row.kind} {row.value!r}"


def _wrong_in_exercise(row: ExerciseRow, known: Mapping[str, set[str]]) -> Iterator[str]:
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


def _entry(row: ExerciseRow) -> Entry:
    values = row.model_dump(exclude={"id", "cites", "figure"})
    quotes: dict[str, tuple[Quote, ...]] = {}
    for cite in row.cites:
        for name in cite.fields:
            quotes[name] = (*quotes.get(name, ()), Quote(cite.article, cite.quote))
    return Entry(Exercise(exercise_id=row.id, figure=row.figure or row.id, **values), quotes)


def _condition(row: ConditionRow) -> Condition:
    return Condition(
        row.id, row.label, row.synonyms, row.misspellings, row.choice, row.description, _quotes(row.cites)
    )


def _terms(rows: Iterable[TermRow]) -> tuple[Term, ...]:
    return tuple(Term(row.id, row.label, row.synonyms, row.misspellings, row.choice) for row in rows)


def _quotes(cites: Iterable[Cite]) -> tuple[Quote, ...]:
    return tuple(Quote(cite.article, cite.quote) for cite in cites)
