"""Score the sentences of the passages found: does this sentence answer this question?

A linear model over features that can be read off a sentence: similarity to the question, its words in
the sentence and in the headings, agreement on condition, place, exercise and kit, and the shape that
answers to such a question have. The weights are learned (`eval/fit_selector.py`) and kept as data.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from app.intents import Intent, Intents
from app.lexicon import Lexicon, slots
from app.records import Understanding
from app.retrieve import Hit, Vector
from app.words import content_stems, fold, stem, words
from ingest.records import Passage, Sentence

K = TypeVar("K", bound=Hashable)
Matrix = npt.NDArray[np.float64]

_SHORT, _LONG = 8, 30  # words: a sentence with fewer is short, with more it is too long
_PAIRS = 3  # pairs of words shared with the question; more say no more
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
_COLUMN = {name: place for place, name in enumerate(FEATURES)}
_OF_PASSAGE = [
    _COLUMN[name]
    for name in ("passage_similarity", "fused", "heading_coverage", "passage_coverage", "own_intent")
]
_SHAPE = [_COLUMN[name] for name in ("short", "long", "first")]
# Slots whose agreement has a feature of its own; a timing that agrees is as good as a trigger.
_AGREEING = {
    "places": "own_place",
    "exercises": "own_exercise",
    "kit": "own_kit",
    "muscles": "own_muscle",
    "topics": "own_topic",
    "triggers": "own_trigger",
    "timings": "own_trigger",
}
_DIFFERING = {"places": "other_place", "conditions": "other_condition", "exercises": "other_exercise"}


class Features(Mapping[str, float]):
    """The features of one sentence by name.

    Attributes:
        row: Their values in the order of `FEATURES`, for what reads many.
    """

    __slots__ = ("row",)

    def __init__(self, row: Sequence[float]) -> None:
        """Name the values of `row`."""
        self.row = row

    def __getitem__(self, name: str) -> float:
        """Return the value of one of `FEATURES`."""
        return self.row[_COLUMN[name]]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(FEATURES)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(FEATURES)


class Candidate(NamedTuple):
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
    features: Features
    score: float


@dataclass(frozen=True, slots=True)
class _Read:
    """What a passage says, read once.

    Attributes:
        texts: Its sentences, lower case.
        shape: For each sentence whether it is short, how far too long, and whether it is the first.
        postings: Stem -> the sentences that hold it.
        bigrams: Pair of stems, at least one of them telling -> the sentences that hold it.
        naming: Slot -> id -> the sentences that name it, by themselves or by their headings.
        heading_stems: Stems of the headings.
        intent: What its own heading asks.
    """

    texts: tuple[str, ...]
    shape: Matrix
    postings: Mapping[str, tuple[int, ...]]
    bigrams: Mapping[tuple[str, str], tuple[int, ...]]
    naming: Mapping[str, Mapping[str, tuple[int, ...]]]
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
        with_headings, alone = [0.0] * len(read.texts), [0.0] * len(read.texts)
        if not self.total:
            return with_headings, alone
        every = range(len(read.texts))
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
        # In the order that decides between equals.
        hits = sorted(hits, key=lambda hit: hit.passage.passage_id)
        names = [hit.passage.passage_id for hit in hits]
        if not names:
            return []
        vectors = np.concatenate([sentence_vectors[name] for name in names])
        answers = np.concatenate([answer_vectors[name] for name in names])
        features = self._features(asked, intent, hits, vectors @ vector, answers @ answered_by)
        scores = features @ np.array([self.weights.get(name, 0.0) for name in FEATURES])
        places = [(hit.passage, ordinal) for hit in hits for ordinal in range(len(hit.passage.sentences))]
        values, told = features.tolist(), scores.tolist()
        candidates = []
        for row in np.argsort(-scores, kind="stable").tolist():
            passage, ordinal = places[row]
            found, sentence = Features(values[row]), passage.sentences[ordinal]
            candidates.append(Candidate(passage, ordinal, sentence, vectors[row], found, told[row]))
        return candidates

    def _cues_of(self, intent: Intent, passage: Passage, read: _Read) -> tuple[float, ...]:
        """Say of each sentence whether it has the shape that answers such a question; looked up once."""
        key = (intent.intent_id, passage.passage_id)
        if key not in self._cued:
            self._cued[key] = tuple(
                float(any(cue.search(text) for cue in intent.cues)) for text in read.texts
            )
        return self._cued[key]

    def _read(self, passage: Passage) -> _Read:
        if passage.passage_id not in self._passages_read:
            heading = " ".join(passage.headings[1:] or passage.headings)
            named = slots(self._lexicon.find(heading))
            heading_slots = _sets(named)
            postings = defaultdict[str, list[int]](list)
            bigrams = defaultdict[tuple[str, str], list[int]](list)
            naming = {slot: defaultdict[str, list[int]](list) for slot in _SLOTS}
            shape = []
            for ordinal, sentence in enumerate(passage.sentences):
                tokens = words(sentence.text)
                shape.append((len(tokens) < _SHORT, max(0.0, (len(tokens) - _LONG) / _LONG), ordinal == 0))
                for s in set(content_stems(tokens)):
                    postings[s].append(ordinal)
                for pair in _bigrams(tokens):
                    bigrams[pair].append(ordinal)
                own = _sets(slots(self._lexicon.find(sentence.text)))
                for slot, ids in naming.items():
                    for name in own.get(slot, frozenset()) | heading_slots.get(slot, frozenset()):
                        ids[name].append(ordinal)
            self._passages_read[passage.passage_id] = _Read(
                tuple(sentence.text.lower() for sentence in passage.sentences),
                np.array(shape, float).reshape(-1, len(_SHAPE)),
                _fixed(postings),
                _fixed(bigrams),
                {slot: _fixed(ids) for slot, ids in naming.items()},
                frozenset(content_stems(words(heading))),
                self._intents.classify(fold(passage.heading), named) if passage.heading else "",
            )
        return self._passages_read[passage.passage_id]

    def _features(
        self, asked: _Asked, intent: Intent, hits: Sequence[Hit], similarities: Vector, answering: Vector
    ) -> Matrix:
        """Return the features of each sentence of `hits`, shape (sentences, features).

        Passages are short, so what is looked up passage by passage is written for all of them at once.
        """
        reads = [self._read(hit.passage) for hit in hits]
        sizes = [len(read.texts) for read in reads]
        starts = list(accumulate(sizes[:-1], initial=0))
        shared = [
            (
                hit.dense,
                hit.score,
                asked.query.coverage(read.heading_stems),
                asked.query.coverage(read.postings.keys() | read.heading_stems),
                read.intent == intent.intent_id,
            )
            for hit, read in zip(hits, reads, strict=True)
        ]
        covered = [asked.query.coverages(read) for read in reads]
        columns: dict[str, npt.ArrayLike] = {
            "sibling_similarity": np.repeat(np.maximum.reduceat(similarities, starts), sizes),
            "similarity": similarities,
            "coverage": list(chain.from_iterable(with_headings for with_headings, _ in covered)),
            "sentence_coverage": list(chain.from_iterable(alone for _, alone in covered)),
            "wider_coverage": list(chain.from_iterable(asked.wider.coverages(read)[0] for read in reads)),
            "cue": list(
                chain.from_iterable(
                    self._cues_of(intent, hit.passage, read) for hit, read in zip(hits, reads, strict=True)
                )
            ),
            "answering": answering,
        }
        features = np.zeros((len(similarities), len(FEATURES)))
        features[:, _OF_PASSAGE] = np.repeat(np.array(shared, float), sizes, axis=0)
        features[:, _SHAPE] = np.concatenate([read.shape for read in reads])
        for name, values in columns.items():
            features[:, _COLUMN[name]] = values
        pairs = Counter(
            start + ordinal
            for start, read in zip(starts, reads, strict=True)
            for pair in asked.bigrams
            for ordinal in read.bigrams.get(pair, ())
        )
        for row, count in pairs.items():
            features[row, _COLUMN["bigrams"]] = min(count, _PAIRS) / _PAIRS
        for slot, ids in asked.wanted.items():
            agree, differ = set[int](), set[int]()
            for start, read in zip(starts, reads, strict=True):
                for name, ordinals in read.naming[slot].items():
                    (agree if name in ids else differ).update([start + ordinal for ordinal in ordinals])
            features[list(agree), _COLUMN["own_slots"]] += 1 / 3
            if slot in _AGREEING:
                features[list(agree), _COLUMN[_AGREEING[slot]]] = 1.0
            if slot in _DIFFERING:
                features[list(differ - agree), _COLUMN[_DIFFERING[slot]]] = 1.0
        return features

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


def highest(candidates: Iterable[Candidate], name: str) -> float:
    """Return the highest value of one of `FEATURES` among the candidates; 0 where there is none."""
    column = _COLUMN[name]
    return max([candidate.features.row[column] for candidate in candidates], default=0.0)


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


def _fixed(postings: Mapping[K, Sequence[int]]) -> dict[K, tuple[int, ...]]:
    return {key: tuple(found) for key, found in postings.items()}
