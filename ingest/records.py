"""What flows through the ingestion and what a build hands to its readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Article:
    """One source document, cleaned.

    Attributes:
        slug: Unique short name, `[a-z0-9-]+`.
        title: As shown in a citation.
        text: The cleaned article; every offset in a build counts characters of this text.
        kind: `digest` (written for this project) or `original` (the reader's own copy).
        content_hash: SHA-256 of `text`, hex; the article's identity.
        author: Empty where not known; the same holds for the fields below.
        publisher: Who published the article.
        date: ISO date of publication.
        url: Address of the published article.
        licence: Under which this text may be used.
        experts: People whom the article quotes.
        audience: Whom the article is for.
        expertise: What stands behind its claims.
    """

    slug: str
    title: str
    text: str
    kind: str
    content_hash: str
    author: str = ""
    publisher: str = ""
    date: str = ""
    url: str = ""
    licence: str = ""
    experts: tuple[str, ...] = ()
    audience: str = ""
    expertise: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The smallest citable unit of a passage.

    Attributes:
        text: Exactly `article.text[start:end]`.
        start: Offset in the article's text, in characters.
        end: End offset, exclusive.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article: short enough to embed, long enough to cite.

    Attributes:
        passage_id: `<slug>:<ordinal>`, safe in a URL path.
        article: Slug of its article.
        heading: Nearest heading above it; empty at the top.
        headings: All headings above it, outermost first.
        text: Exactly `article.text[start:end]`.
        start: Offset in the article's text, in characters.
        end: End offset, exclusive.
        sentences: Its sentences in order; offsets count in the article's text.
        content_hash: SHA-256 of headings and text, hex; unchanged passages are not embedded again.
    """

    passage_id: str
    article: str
    heading: str
    headings: tuple[str, ...]
    text: str
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    content_hash: str


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence range of a build that supports a field of the knowledge files.

    Attributes:
        passage_id: The passage it lies in.
        start: Offset in the article's text, in characters.
        end: End offset, exclusive.
        text: The words there.
    """

    passage_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise, stretch, massage or load advice that the articles name.

    A field that no article gives is empty, never invented.

    Attributes:
        exercise_id: Unique, `[a-z0-9-]+`.
        name: As shown on its card.
        aliases: Other names and lay words, lower case.
        kind: strength, stretch, massage, isometric, mobility or load_management.
        targets: Muscles or body parts it works on.
        conditions: Ids of the vocabulary's conditions that an article gives it for.
        why: Why it helps, one sentence.
        steps: How to do it, in order.
        dose: Sets, reps, hold, frequency in one phrase; empty where no article gives one.
        where: Any of trail, camp, home, gym.
        kit: What it needs; empty for nothing. `(optional)` after a label: without it, or in its place, too.
        cues: What to feel or watch.
        caution: What to avoid.
        citations: Field name -> spans that support it, resolved in this build.
        loads_knee: Whether it loads the knee; such exercises are dropped under `no_load`.
        figure: Key of its drawn figure; empty where there is none.
    """

    exercise_id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    targets: tuple[str, ...]
    conditions: tuple[str, ...]
    why: str
    steps: tuple[str, ...]
    dose: str
    where: tuple[str, ...]
    kit: tuple[str, ...]
    cues: tuple[str, ...]
    caution: str
    citations: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    loads_knee: bool = True
    figure: str = ""
