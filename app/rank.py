"""Score the sentences of the passages found: does this sentence answer this question?

A linear model over features that can be read off a sentence: similarity to the question, its words in
the sentence and in the headings, agreement on condition, place, exercise and kit, and the shape that
answers to such a question have. The weights are learned (`eval/fit_selector.py`) and kept as data.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from app.intents import Intent, Intents
from app.lexicon import Lexicon, slots
from app.records import Understanding
from app.retrieve import Hit, Vector
from app.words import content_stems, fold, stem, words
from ingest.records import Passage, Sentence

FEATURES = (
    "similarity",
    "passage_similarity",
    "fused",
    "coverage",
    "sentence_coverage",
    "heading_coverage",
    "wider_coverage",
    "sibling_similarity",
    "passage_coverage",
    "bigrams",
    "own_slots",
    "other_condition",
    "own_place",
    "other_place",
    "own_exercise",
    "other_exercise",
    "own_kit",
    "own_muscle",
    "own_topic",
    "own_trigger",
    "cue",
    "own_intent",
    "short",
    "long",
    "first",
    "answering",
)
_SLOTS = ("conditions", "places", "triggers", "timings", "exercises", "kit", "muscles", "topics", "settings")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence that may answer, with its features.

    Attributes:
        passage: The passage it lies in.
        ordinal: Its index in the passage's sentences.
        sentence: The sentence.
        vector: Its embedding, unit L2 norm.
        features: By name, as in `FEATURES`.
        score: Weighted sum of the features; higher answers better.
    """

    passage: Passage
    ordinal: int
    sentence: Sentence
    vector: Vector
    features: Mapping[str, float]
    score: float


@dataclass(frozen=True, slots=True)
class _Profile:
    """What a sentence says, read once."""

    bigrams: frozenset[tuple[str, str]]
    named: Mapping[str, frozenset[str]]
    folded: str
    length: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What a passage says, read once: its sentences, which of them hold a stem, and what its headings ask."""

    profiles: tuple[_Profile, ...]
    postings: Mapping[str, tuple[int, ...]]
    heading_stems: frozenset[str]
    intent: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """Words of a question with how telling each is."""

    weights: tuple[tuple[str, float], ...]
    total: float

    def coverage(self, present: Container[str]) -> float:
        """Return the share of the telling words that are `present`, in [0, 1]."""
        if not self.total:
            return 0.0
        return sum([weight for s, weight in self.weights if s in present]) / self.total

    def coverages(self, read: _Read) -> tuple[list[float], list[float]]:
        """Return the share of the telling words in each sentence of a passage: with headings, and alone."""
        with_headings, alone = [0.0] * len(read.profiles), [0.0] * len(read.profiles)
        if not self.total:
            return with_headings, alone
        every = range(len(read.profiles))
        for s, weight in self.weights:
            found = read.postings.get(s, ())
            for ordinal in found:
                alone[ordinal] += weight
            for ordinal in every if s in read.heading_stems else found:
                with_headings[ordinal] += weight
        return [told / self.total for told in with_headings], [told / self.total for told in alone]


class Ranker:
    """Scores sentences of one build."""

    def __init__(
        self,
        lexicon: Lexicon,
        intents: Intents,
        passages: Iterable[Passage],
        weights: Mapping[str, float],
    ) -> None:
        """Count the words of `passages` and take the learned `weights`."""
        self._lexicon = lexicon
        self._intents = intents
        self.weights = dict(weights)
        self._passages_read: dict[str, _Read] = {}
        self._cued: dict[tuple[str, str], tuple[float, ...]] = {}
        counts: Counter[str] = Counter()
        total = 0
        for passage in passages:
            total += 1
            counts.update(set(content_stems(words(f"{passage.heading} {passage.text}"))))
        self._total = max(total, 1)
        self._counts = counts

    def idf(self, s: str) -> float:
        """Return how telling the stem `s` is in this build, from 0 to about ln(passages)."""
        return math.log(1 + self._total / (1 + self._counts[s]))

    def knows(self, s: str) -> bool:
        """Say whether the stem `s` occurs in this build."""
        return self._counts[s] > 0

    def score(
        self,
        understanding: Understanding,
        intent: Intent,
        conditions: frozenset[str],
        vector: Vector,
        answered_by: Vector,
        hits: Sequence[Hit],
        sentence_vectors: Mapping[str, Vector],
        answer_vectors: Mapping[str, Vector],
    ) -> list[Candidate]:
        """Return every sentence of `hits` with its score, best first.

        Args:
            understanding: The question.
            intent: What it wants.
            conditions: Conditions named or matched by place and trigger.
            vector: The question's embedding.
            answered_by: The question as the answerer embeds it (`ingest.answering`).
            hits: The passages found.
            sentence_vectors: Passage id -> shape (sentences, dimension), unit rows.
            answer_vectors: The same by the answerer.
        """
        tokens = words(understanding.search_text)
        query = content_stems(tokens)
        wider = [stem(word) for word in self._lexicon.synonyms_of(query)]
        wanted = {name: frozenset(getattr(understanding, name)) for name in _SLOTS} | {
            "conditions": conditions
        }
        asked = _Asked(
            self._terms(query), self._terms(wider), _bigrams(tokens),
            {name: ids for name, ids in wanted.items() if ids},
        )  # fmt: skip
        weights = [(name, self.weights[name]) for name in FEATURES if self.weights.get(name)]
        candidates = []
        for hit in hits:
            passage = hit.passage
            read = self._read(passage)
            vectors = sentence_vectors[passage.passage_id]
            similarities = (vectors @ vector).tolist()
            answering = (answer_vectors[passage.passage_id] @ answered_by).tolist()
            found = self._features(asked, intent, hit, read, similarities, answering)
            for ordinal, (sentence, features) in enumerate(zip(passage.sentences, found, strict=True)):
                score = sum([weight * features[name] for name, weight in weights])
                candidates.append(Candidate(passage, ordinal, sentence, vectors[ordinal], features, score))
        return sorted(candidates, key=lambda c: (-c.score, c.passage.passage_id, c.ordinal))

    def _cues_of(self, intent: Intent, passage: Passage, read: _Read) -> tuple[float, ...]:
        """Say of each sentence whether it has the shape that answers such a question; looked up once."""
        key = (intent.intent_id, passage.passage_id)
        if key not in self._cued:
            self._cued[key] = tuple(
                float(any(cue.search(profile.folded) for cue in intent.cues)) for profile in read.profiles
            )
        return self._cued[key]

    def _read(self, passage: Passage) -> _Read:
        if passage.passage_id not in self._passages_read:
            heading = " ".join(passage.headings[1:] or passage.headings)
            named = slots(self._lexicon.find(heading))
            heading_slots = _sets(named)
            profiles, postings = [], defaultdict[str, list[int]](list)
            for ordinal, sentence in enumerate(passage.sentences):
                tokens = words(sentence.text)
                for s in set(content_stems(tokens)):
                    postings[s].append(ordinal)
                own_slots = _joined(_sets(slots(self._lexicon.find(sentence.text))), heading_slots)
                profiles.append(_Profile(_bigrams(tokens), own_slots, sentence.text.lower(), len(tokens)))
            self._passages_read[passage.passage_id] = _Read(
                tuple(profiles),
                {s: tuple(found) for s, found in postings.items()},
                frozenset(content_stems(words(heading))),
                self._intents.classify(fold(passage.heading), named) if passage.heading else "",
            )
        return self._passages_read[passage.passage_id]

    def _features(
        self,
        asked: _Asked,
        intent: Intent,
        hit: Hit,
        read: _Read,
        similarities: Sequence[float],
        answering: Sequence[float],
    ) -> list[dict[str, float]]:
        """Return the features of each sentence of a passage."""
        cued = self._cues_of(intent, hit.passage, read)
        covered, alone = asked.query.coverages(read)
        wider, _ = asked.wider.coverages(read)
        shared = {
            "passage_similarity": hit.dense,
            "fused": hit.score,
            "heading_coverage": asked.query.coverage(read.heading_stems),
            "sibling_similarity": max(similarities),
            "passage_coverage": asked.query.coverage(read.postings.keys() | read.heading_stems),
            "own_intent": float(read.intent == intent.intent_id),
        }
        return [
            {
                **shared,
                "similarity": similarities[ordinal],
                "coverage": covered[ordinal],
                "sentence_coverage": alone[ordinal],
                "wider_coverage": wider[ordinal],
                "bigrams": min(len(asked.bigrams & profile.bigrams), 3) / 3,
                **_agreement(asked.wanted, profile.named),
                "cue": cued[ordinal],
                "short": float(profile.length < 8),
                "long": max(0.0, (profile.length - 30) / 30),
                "first": float(ordinal == 0),
                "answering": answering[ordinal],
            }
            for ordinal, profile in enumerate(read.profiles)
        ]

    def _terms(self, query: Sequence[str]) -> _Terms:
        weights = tuple((s, self.idf(s)) for s in query)
        return _Terms(weights, sum(weight for _, weight in weights))


@dataclass(frozen=True, slots=True)
class _Asked:
    query: _Terms
    wider: _Terms
    bigrams: frozenset[tuple[str, str]]
    # What it names, by slot; a slot of which it says nothing is left out.
    wanted: Mapping[str, frozenset[str]]


def _agreement(wanted: Mapping[str, frozenset[str]], named: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Compare what the sentence and its headings name with what the question names."""
    hits = {name for name, ids in wanted.items() if not ids.isdisjoint(named[name])}
    missed = {name for name in wanted if name not in hits and named[name]}
    return {
        "own_slots": len(hits) / 3,
        "own_place": float("places" in hits),
        "other_place": float("places" in missed),
        "other_condition": float("conditions" in missed),
        "own_exercise": float("exercises" in hits),
        "other_exercise": float("exercises" in missed),
        "own_kit": float("kit" in hits),
        "own_muscle": float("muscles" in hits),
        "own_topic": float("topics" in hits),
        "own_trigger": float("triggers" in hits or "timings" in hits),
    }


def load_weights(path: Path | None = None) -> dict[str, float]:
    """Return the learned weight of each feature."""
    path = path or Path(__file__).with_name("data") / "selector.toml"
    weights = tomllib.loads(path.read_text(encoding="utf-8"))["weights"]
    return {name: float(weights.get(name, 0.0)) for name in FEATURES}


def stack(candidates: Sequence[Candidate]) -> Vector:
    """Return the candidates' vectors, shape (candidates, dimension)."""
    return np.stack([c.vector for c in candidates]) if candidates else np.empty((0, 0), np.float32)


def _bigrams(tokens: Sequence[str]) -> frozenset[tuple[str, str]]:
    cut = [stem(token) for token in tokens]
    return frozenset(pair for pair in pairwise(cut) if set(pair) & set(content_stems(tokens)))


def _sets(found: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Return the ids as sets; "knee pain" is every sentence's subject, not a condition of its own."""
    return {name: frozenset(ids) - {"knee-pain"} for name, ids in found.items()}


def _joined(
    own: Mapping[str, frozenset[str]], above: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    return {name: own.get(name, frozenset()) | above.get(name, frozenset()) for name in _SLOTS}
