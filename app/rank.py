"""Score the sentences of the passages found: does this sentence answer this question?

A linear model over features that can be read off a sentence: similarity to the question, its words in
the sentence and in the headings, agreement on condition, place, exercise and kit, and the shape that
answers to such a question have. The weights are learned (`eval/fit_selector.py`) and kept as data.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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

    stems: frozenset[str]
    bigrams: frozenset[tuple[str, str]]
    heading_stems: frozenset[str]
    named: Mapping[str, frozenset[str]]
    intent: str
    folded: str
    length: int


@dataclass(frozen=True, slots=True)
class _Terms:
    """Words of a question with how telling each is."""

    weights: tuple[tuple[str, float], ...]
    total: float

    def coverage(self, present: frozenset[str]) -> float:
        """Return the share of the telling words that are `present`, in [0, 1]."""
        if not self.total:
            return 0.0
        return sum([weight for s, weight in self.weights if s in present]) / self.total


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
        self._profiles: dict[str, tuple[_Profile, ...]] = {}
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
        wanted = {name: frozenset(getattr(understanding, name)) for name in _SLOTS}
        asked = _Asked(
            self._terms(query), self._terms(wider), _bigrams(tokens), wanted | {"conditions": conditions}
        )
        weights = [(name, self.weights[name]) for name in FEATURES if self.weights.get(name)]
        candidates = []
        for hit in hits:
            vectors = sentence_vectors[hit.passage.passage_id]
            profiles = self._profile(hit.passage)
            cued = self._cues_of(intent, hit.passage, profiles)
            similarities, answering = vectors @ vector, answer_vectors[hit.passage.passage_id] @ answered_by
            whole = frozenset().union(*(p.stems for p in profiles), *(p.heading_stems for p in profiles[:1]))
            shared = {
                "sibling_similarity": float(similarities.max()),
                "passage_coverage": asked.query.coverage(whole),
            }
            for ordinal, (sentence, profile) in enumerate(zip(hit.passage.sentences, profiles, strict=True)):
                features = shared | self._features(
                    asked, intent, hit, profile, ordinal, float(similarities[ordinal])
                )
                features["cue"] = cued[ordinal]
                features["answering"] = float(answering[ordinal])
                score = sum([weight * features[name] for name, weight in weights])
                candidates.append(
                    Candidate(hit.passage, ordinal, sentence, vectors[ordinal], features, score)
                )
        return sorted(candidates, key=lambda c: (-c.score, c.passage.passage_id, c.ordinal))

    def _cues_of(self, intent: Intent, passage: Passage, profiles: Sequence[_Profile]) -> tuple[float, ...]:
        """Say of each sentence whether it has the shape that answers such a question; looked up once."""
        key = (intent.intent_id, passage.passage_id)
        if key not in self._cued:
            self._cued[key] = tuple(
                float(any(cue.search(profile.folded) for cue in intent.cues)) for profile in profiles
            )
        return self._cued[key]

    def _profile(self, passage: Passage) -> tuple[_Profile, ...]:
        if passage.passage_id not in self._profiles:
            heading = " ".join(passage.headings[1:] or passage.headings)
            named = slots(self._lexicon.find(heading))
            heading_slots = _sets(named)
            heading_stems = frozenset(content_stems(words(heading)))
            self._profiles[passage.passage_id] = tuple(
                _Profile(
                    frozenset(content_stems(tokens := words(s.text))),
                    _bigrams(tokens),
                    heading_stems,
                    _joined(_sets(slots(self._lexicon.find(s.text))), heading_slots),
                    self._intents.classify(fold(passage.heading), named) if passage.heading else "",
                    s.text.lower(),
                    len(tokens),
                )
                for s in passage.sentences
            )
        return self._profiles[passage.passage_id]

    def _features(
        self, asked: _Asked, intent: Intent, hit: Hit, profile: _Profile, ordinal: int, similarity: float
    ) -> dict[str, float]:
        with_headings = profile.stems | profile.heading_stems
        return {
            "similarity": similarity,
            "passage_similarity": hit.dense,
            "fused": hit.score,
            "coverage": asked.query.coverage(with_headings),
            "sentence_coverage": asked.query.coverage(profile.stems),
            "heading_coverage": asked.query.coverage(profile.heading_stems),
            "wider_coverage": asked.wider.coverage(with_headings),
            "bigrams": min(len(asked.bigrams & profile.bigrams), 3) / 3,
            "own_intent": float(profile.intent == intent.intent_id),
            "short": float(profile.length < 8),
            "long": max(0.0, (profile.length - 30) / 30),
            "first": float(ordinal == 0),
            **_agreement(asked, profile),
        }

    def _terms(self, query: Sequence[str]) -> _Terms:
        weights = tuple((s, self.idf(s)) for s in query)
        return _Terms(weights, sum(weight for _, weight in weights))


@dataclass(frozen=True, slots=True)
class _Asked:
    query: _Terms
    wider: _Terms
    bigrams: frozenset[tuple[str, str]]
    wanted: Mapping[str, frozenset[str]]


def _agreement(asked: _Asked, profile: _Profile) -> dict[str, float]:
    """Compare what the sentence and its headings name with what the question names."""
    wanted, named = asked.wanted, profile.named
    hits = {name: not wanted[name].isdisjoint(named[name]) for name in _SLOTS}
    return {
        "own_slots": float(sum(hits.values())) / 3,
        "own_place": float(hits["places"]),
        "other_place": float(_misses("places", wanted, named)),
        "other_condition": float(_misses("conditions", wanted, named)),
        "own_exercise": float(hits["exercises"]),
        "other_exercise": float(_misses("exercises", wanted, named)),
        "own_kit": float(hits["kit"]),
        "own_muscle": float(hits["muscles"]),
        "own_topic": float(hits["topics"]),
        "own_trigger": float(hits["triggers"] or hits["timings"]),
    }


def _misses(name: str, wanted: Mapping[str, frozenset[str]], named: Mapping[str, frozenset[str]]) -> bool:
    """Say whether both sides name something, and nothing in common."""
    return bool(wanted[name] and named[name]) and wanted[name].isdisjoint(named[name])


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
