"""Judge whether the build holds an answer at all, and find the part of a question that it does."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.rank import Candidate, Ranker, highest
from app.records import Understanding
from app.retrieve import Hit
from app.words import STOPWORDS, content_stems, stem, words

_PARTS = re.compile(r"[.?!;,\n]+|\b(?:and|but|also|then)\b")
_SUBJECT = ("conditions", "exercises", "places", "triggers", "timings", "kit", "muscles", "settings")
# Words that speak of the person or of asking; not finding them in the articles says nothing.
_CHATTER = frozenset(
    map(
        stem,
        [
            "article",
            "articles",
            "advice",
            "advise",
            "answer",
            "author",
            "best",
            "better",
            "bit",
            "blogger",
            "coach",
            "called",
            "call",
            "cure",
            "dad",
            "deal",
            "decent",
            "easy",
            "exact",
            "friend",
            "fun",
            "guy",
            "guide",
            "guys",
            "hello",
            "hey",
            "hi",
            "hints",
            "husband",
            "idea",
            "lad",
            "lady",
            "lol",
            "mate",
            "mates",
            "mention",
            "mum",
            "name",
            "normal",
            "online",
            "options",
            "people",
            "person",
            "physio",
            "physiotherapist",
            "read",
            "reading",
            "recommend",
            "recommended",
            "suit",
            "suits",
            "suggest",
            "sure",
            "tell",
            "thanks",
            "told",
            "trying",
            "useful",
            "wife",
            "woman",
            "man",
            "year",
            "years",
            "old",
            "worth",
        ],
    )
)


_KNEE = frozenset(map(stem, ("knee", "kneecap", "patella", "patellar", "leg")))
_EXERCISE = frozenset(
    map(
        stem,
        [
            "stretch",
            "exercise",
            "strengthen",
            "strength",
            "massage",
            "roll",
            "warm",
            "cool",
            "hike",
            "trail",
            "trek",
            "tight",
            "muscle",
            "routine",
            "run",
        ],
    )
)


@dataclass(frozen=True, slots=True)
class EvidenceWeights:
    """A logistic model of "the build answers this", fitted on development questions.

    Attributes:
        weights: Feature -> weight, with `bias`.
        floor: Probability under which the question is refused.
        passing: Cosine of the best answer from which words of another subject count as said in passing,
            where they are of the kind that often is.
        anyway: The same for all others: "no ibuprofen in the hiking one?" is answered.
    """

    weights: Mapping[str, float]
    floor: float
    passing: float = 0.5
    anyway: float = 0.72


def evidence_features(
    understanding: Understanding, hits: Sequence[Hit], candidates: Sequence[Candidate], ranker: Ranker
) -> dict[str, float]:
    """Return what tells an answerable question from another, each about 0 to 1."""
    query = [s for s in content_stems(words(understanding.search_text)) if s not in _CHATTER]
    total = sum(ranker.idf(s) for s in query) or 1.0
    unknown = sum(ranker.idf(s) for s in query if not ranker.knows(s))
    top = candidates[0] if candidates else None
    similarity = highest(candidates, "similarity")
    return {
        "bias": 1.0,
        "similarity": similarity,
        "answering": highest(candidates, "answering"),
        "dense": max((hit.dense for hit in hits), default=0.0),
        "lexical": min(max((hit.lexical for hit in hits), default=0.0) / 20, 1.0),
        "coverage": top.features["coverage"] if top else 0.0,
        "unknown": unknown / total,
        "close": max(0.0, similarity - 0.55),
        "knee_word": float(bool(_KNEE & set(query))),
        "exercise_word": float(bool(_EXERCISE & set(query))),
        "subject": float(any(getattr(understanding, name) for name in _SUBJECT)),
        "topic": float(bool(understanding.topics)),
        "knee": float(understanding.knee_complaint),
        "no_intent": float(understanding.intent == "other"),
    }


def probability(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the logistic model's probability that the build answers the question."""
    return 1 / (1 + math.exp(-sum(weights.get(name, 0.0) * value for name, value in features.items())))


def load_evidence_weights(path: Path | None = None) -> EvidenceWeights:
    """Return the fitted model and its floor."""
    path = path or Path(__file__).with_name("data") / "evidence.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return EvidenceWeights(
        {k: float(v) for k, v in data["weights"].items()},
        *(float(data[name]) for name in ("floor", "passing", "anyway")),
    )


def parts(question: str) -> list[str]:
    """Cut a question into the parts that can be asked alone, in order."""
    pieces = [piece.strip() for piece in _PARTS.split(question)]
    return [piece for piece in pieces if len([w for w in words(piece) if w not in STOPWORDS]) >= 1]


def has_subject(understanding: Understanding) -> bool:
    """Say whether a question names something that the articles could speak of."""
    return any(getattr(understanding, name) for name in _SUBJECT)
