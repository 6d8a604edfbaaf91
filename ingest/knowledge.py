"""What is known of exercises, conditions and words, beside the articles: the curated knowledge.

corpus/*.toml → curate (read, validate) → resolve (quotes to spans of a build) → knowledge.json

A `Quote` is a citation as the files write it; a `Span` (ingest/records.py) is the same citation found
in the passages of one build.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from pydantic import TypeAdapter

from ingest.records import Exercise, Span

# In a phrase these words stand for any of their variants: one row serves many wordings.
_VARIANTS = {
    "the": ("the", "my", "your", "his", "her", "their", ""),
    "knee": ("knee", "knees"),
    "kneecap": ("kneecap", "kneecaps", "knee cap", "knee caps"),
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation as the files write it.

    Attributes:
        article: Slug of the article.
        text: An exact sentence of the article's digest, or a distinctive exact part of one.
    """

    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A thing that people name in many ways.

    Attributes:
        term_id: Unique within its group, `[a-z0-9-]+`.
        label: As shown to a reader.
        synonyms: Lower-case plain phrases, lay words included. `the` stands for any possessive or for
            nothing, `knee` for its plural too.
        misspellings: Lower-case phrases as people mistype them.
        choice: Offered when the app asks where it hurts; only places have it. Its label answers that
            question as a whole message, but is too short a word ("back") to look for in a sentence.
    """

    term_id: str
    label: str
    synonyms: tuple[str, ...] = ()
    misspellings: tuple[str, ...] = ()
    choice: bool = False

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every wording to look for, lower case, straight apostrophes, longest first."""
        label = () if self.choice else (self.label.lower(),)
        written = (*label, *self.synonyms, *self.misspellings)
        spread = {variant for phrase in written for variant in _variants(phrase)}
        return tuple(sorted(spread, key=lambda phrase: (-len(phrase), phrase)))


@dataclass(frozen=True, slots=True)
class Condition(Term):
    """A condition that the articles describe.

    Attributes:
        description: What it is, one lay sentence in the project's own words.
        quotes: What the description rests on.
        citations: The same, found in this build.
    """

    description: str = ""
    quotes: tuple[Quote, ...] = ()
    citations: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One cell of the table that matches a complaint to a condition.

    Attributes:
        condition: Id of the condition.
        kind: `place`, `trigger` or `timing`.
        value: Id of that place, trigger or timing.
        text: What the cell shows, a few words in the project's own wording.
        quotes: What it rests on.
        citations: The same, found in this build.
    """

    condition: str
    kind: str
    value: str
    text: str
    quotes: tuple[Quote, ...] = ()
    citations: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of this field and what they mean; mirrors corpus/vocabulary.toml.

    Attributes:
        conditions: What the articles describe; `knee-pain` is the unspecific one.
        places: Where it hurts; those with `choice` are the answers to "where does it hurt?".
        triggers: What brings the pain on.
        timings: When in a run, a hike or a day it comes.
        activities: hiking, running, trail running, ...
        settings: trail, camp, home, gym: where an exercise can be done.
        positions: lying, sitting, kneeling, ...: what an exercise is done in, by its name and steps.
        kit: Tools that exercises need.
        muscles: Muscles and other parts of the body.
        topics: Gear and other subjects that are no exercise: shoes, tape, medication, ...
        patterns: The cells of place, trigger and timing against condition.
        synonyms: Groups of words that mean the same, for widening a search.
    """

    conditions: tuple[Condition, ...]
    places: tuple[Term, ...]
    triggers: tuple[Term, ...]
    timings: tuple[Term, ...]
    activities: tuple[Term, ...]
    settings: tuple[Term, ...]
    positions: tuple[Term, ...]
    kit: tuple[Term, ...]
    muscles: tuple[Term, ...]
    topics: tuple[Term, ...]
    patterns: tuple[Pattern, ...]
    synonyms: tuple[tuple[str, ...], ...]

    def condition(self, condition_id: str) -> Condition:
        """Return the condition of that id.

        Raises:
            KeyError: There is none.
        """
        for condition in self.conditions:
            if condition.term_id == condition_id:
                return condition
        raise KeyError(condition_id)


@dataclass(frozen=True, slots=True)
class Side:
    """What one article says where another disagrees.

    Attributes:
        quote: The citation as written.
        citations: The same, found in this build.
    """

    quote: Quote
    citations: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A subject on which articles disagree; an answer shows every side.

    Attributes:
        conflict_id: Unique, `[a-z0-9-]+`.
        topic: The subject, as a reader would put it.
        keywords: Lower-case phrases that bring the subject up.
        sides: At least two.
    """

    conflict_id: str
    topic: str
    keywords: tuple[str, ...]
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An exercise as the file holds it, before its citations are found in a build.

    Attributes:
        exercise: All but its `citations`.
        quotes: Field name -> the quotes that the field rests on.
    """

    exercise: Exercise
    quotes: Mapping[str, tuple[Quote, ...]]


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something of the files that the articles of this build do not support.

    Attributes:
        kind: `exercise`, `condition`, `pattern` or `conflict`.
        row: Its id.
        field: Name of the field; empty when the whole row goes.
        reason: Why, for the build's summary.
    """

    kind: str
    row: str
    field: str
    reason: str

    def __str__(self) -> str:
        """Read as one line of a summary."""
        where = f"{self.kind} {self.row!r}" + (f", field {self.field!r}" if self.field else "")
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The curated knowledge of one build, every citation a span of its passages.

    Attributes:
        exercises: Those that this build supports.
        vocabulary: The words; its patterns are those that this build supports.
        conflicts: Those of which this build holds at least two sides.
        dropped: What was left out, and why.
        offered: How many fields and cells the files offered to this build.
    """

    exercises: tuple[Exercise, ...]
    vocabulary: Vocabulary
    conflicts: tuple[Conflict, ...]
    dropped: tuple[Dropped, ...] = field(default=())
    offered: int = 0

    def to_json(self) -> str:
        """Write it out; `from_json` reads it back equal."""
        return _codec().dump_json(self, indent=1).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Knowledge:
        """Read what `to_json` wrote.

        Raises:
            ValueError: The text is not such a document; the message names the place.
        """
        return _codec().validate_json(text)


@functools.cache
def _codec() -> TypeAdapter[Knowledge]:
    return TypeAdapter(Knowledge)


def _variants(phrase: str) -> set[str]:
    """Spell a phrase out: `front of the knee` gives `front of my knees` and others."""
    choices = [_VARIANTS.get(word, (word,)) for word in phrase.split()]
    return {" ".join(word for word in words if word) for words in product(*choices)}
