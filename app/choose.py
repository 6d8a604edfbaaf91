"""Choose sentences and exercises for an answer from what was ranked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.lexicon import WALL_SIT, Lexicon, slots
from app.opener import Before, key_of
from app.precedents import ANSWERED
from app.rank import Candidate, stack
from app.records import Understanding
from app.words import content_stems, stem, words
from ingest.knowledge import Vocabulary
from ingest.records import Exercise

# What kind of exercise an intent asks for; one that is missing here takes any.
_KINDS = {
    "stretch": ("stretch",),
    "massage": ("massage",),
    "exercise": ("strength", "isometric"),
    "plan": ("strength", "isometric", "stretch", "massage"),
    "why": ("strength", "isometric"),
    "complaint": ("strength", "isometric"),
}
_POOL = 60  # candidates that sentences are chosen from
_LEAST_WORDS, _LEAST_CONTENT = 4, 2  # of a sentence that is quoted
# What it counts that an exercise can be done where the person is; out on the trail more than what it is for.
_THERE, _NOW = 1.5, 4.5
_IN_POSITION = 2.0  # that it can be done in the position that was asked for
OUT = frozenset({"trail", "camp"})  # where an exercise can be done out of doors
_AGAIN = 1.0  # of fit: taken off an exercise for each better one of its kind
_ALIKE = 0.5  # cosine similarity to a chosen sentence from which one repeats it
# Of score, for each judged question like this one that a sentence answered (`app.precedents`). From 0 to 3
# facts rise on the development questions over the originals (.90 to .93); then precision falls below .95.
_PRECEDENT = 2.5
_MIN_FIT = 3.0  # below it an exercise shares next to nothing with the question


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """How sentences are chosen.

    Attributes:
        repeat_penalty: Taken off per unit of cosine similarity to a sentence already chosen.
        new_article_bonus: Added for the first sentence of an article not yet quoted.
        margin: A sentence scoring less than this share of the best one is left out.
        same: Cosine similarity from which two sentences count as saying the same.
        words: Of the sentences together; the one that reaches it is the last.
    """

    repeat_penalty: float = 0.5
    new_article_bonus: float = 0.15
    margin: float = 0.6
    same: float = 0.88
    words: int = 175


def stands_alone(candidate: Candidate) -> bool:
    """Say whether a sentence tells something by itself: "Repeat." and "What is it, then?" do not."""
    return _says_something(candidate.sentence.text)


@lru_cache(maxsize=50_000)
def _says_something(sentence: str) -> bool:
    told = words(sentence)
    return (
        not sentence.endswith("?")
        and len(told) >= _LEAST_WORDS
        and len(content_stems(told)) >= _LEAST_CONTENT
    )


def choose_sentences(
    candidates: Sequence[Candidate],
    count: int,
    settings: SelectionSettings,
    lead: Candidate | None = None,
) -> list[Candidate]:
    """Return up to `count` sentences, best first, that say different things (maximal marginal relevance).

    Args:
        candidates: Sentences, best first.
        count: How many to choose at most.
        settings: How they are chosen.
        lead: One of the best candidates, to be the first; None for the best.
    """
    pool = list(candidates[:_POOL])
    if not pool:
        return []
    floor = settings.margin * pool[0].score
    vectors, scores = stack(pool), np.array([candidate.score for candidate in pool])
    left = np.ones(len(pool), bool)
    overlap, new = np.zeros(len(pool), np.float32), np.zeros(len(pool), bool)
    seen: dict[str, int] = {}
    articles = np.array([seen.setdefault(candidate.passage.article, len(seen)) for candidate in pool])
    chosen: list[Candidate] = []
    while left.any() and len(chosen) < count:
        repeated = settings.repeat_penalty * np.maximum(0.0, overlap.astype(float) - _ALIKE)
        gains = scores - repeated + settings.new_article_bonus * new
        best = int(np.where(left, gains, -np.inf).argmax())
        if lead is not None and not chosen:
            best = next((i for i in np.flatnonzero(left).tolist() if _same_place(pool[i], lead)), best)
        if chosen and pool[best].score < floor:
            break
        alike = vectors @ pool[best].vector
        elsewhere = articles != articles[best]
        overlap, new = (np.maximum(overlap, alike), new & elsewhere) if chosen else (alike, elsewhere)
        chosen.append(pool[best])
        left &= alike < settings.same
        left[best] = False
    return chosen


def cut_to_words(chosen: Sequence[Candidate], least: int, words_most: int) -> list[Candidate]:
    """Return the first of `chosen` up to the one with which their words reach `words_most`.

    Args:
        chosen: Sentences, best first.
        least: How many are kept whatever their length.
        words_most: Words that the sentences may have together, the last one aside.
    """
    kept: list[Candidate] = []
    said = 0
    for candidate in chosen:
        if len(kept) >= least and said >= words_most:
            break
        kept.append(candidate)
        said += len(candidate.sentence.text.split())
    return kept


def preferred(candidates: Sequence[Candidate], before: Before) -> list[Candidate]:
    """Return `candidates` in the order of their scores and of how they answered questions like this one."""
    scored = [
        c._replace(score=c.score + _PRECEDENT * told[ANSWERED]) if (told := before.get(key_of(c))) else c
        for c in candidates
    ]
    return sorted(scored, key=lambda c: -c.score)


def filled_up(
    chosen: Sequence[Candidate], more: Sequence[Candidate], count: int, settings: SelectionSettings
) -> list[Candidate]:
    """Return `chosen` filled up to `count` with the best of `more` that say something else."""
    filled = list(chosen)
    floor = settings.margin * more[0].score if more else 0.0
    for candidate in more:
        if len(filled) >= count or candidate.score < floor:
            break
        if all(float(candidate.vector @ other.vector) < settings.same for other in filled):
            filled.append(candidate)
    return filled


def _same_place(one: Candidate, other: Candidate) -> bool:
    return one.ordinal == other.ordinal and one.passage.passage_id == other.passage.passage_id


def infer_conditions(understanding: Understanding, vocabulary: Vocabulary) -> dict[str, int]:
    """Return condition id -> how many of the named places, triggers and timings fit it, best first.

    A place weighs two; a condition of which the articles name other places than the person's is left out.
    """
    said = {"place": understanding.places, "trigger": understanding.triggers, "timing": understanding.timings}
    fits: dict[str, int] = {}
    wrong_place: dict[str, bool] = {}
    for cell in vocabulary.patterns:
        hit = cell.value in said[cell.kind]
        fits[cell.condition] = fits.get(cell.condition, 0) + hit * (2 if cell.kind == "place" else 1)
        if cell.kind == "place" and understanding.places:
            wrong_place[cell.condition] = wrong_place.get(cell.condition, True) and not hit
    ranked = sorted(fits.items(), key=lambda item: -item[1])
    return {condition: n for condition, n in ranked if n and not wrong_place.get(condition, False)}


class ExerciseChooser:
    """Ranks the exercises of one build; read once, so that a question costs little."""

    def __init__(self, exercises: Sequence[Exercise], lexicon: Lexicon) -> None:
        """Read what each exercise needs and works on, in the vocabulary's terms."""
        self._rows = [_Row.of(exercise, lexicon) for exercise in exercises]
        self._citing: dict[str, list[int]] = {}
        for place, row in enumerate(self._rows):
            for passage_id in row.cited:
                self._citing.setdefault(passage_id, []).append(place)
        self._lexicon = lexicon

    def fits(self, understanding: Understanding, conditions: Mapping[str, int]) -> list[float]:
        """Return how well each exercise fits the question, in their order; -inf where it is no choice.

        Args:
            understanding: The question.
            conditions: Condition id -> weight, named or inferred.
        """
        query = content_stems(words(understanding.question))
        query += [stem(word) for word in self._lexicon.synonyms_of(query)]
        wanted = _Wanted.of(understanding, conditions, frozenset(query))
        lacking, cannot = frozenset(understanding.without_kit), understanding.without_positions
        replaced = understanding.replaced
        return [
            _fit(row, wanted)
            if _has_kit(row.needed, lacking)
            and not _needs(row.positions, cannot)
            and row.exercise.exercise_id not in replaced
            else -math.inf
            for row in self._rows
        ]

    def fitting(
        self, understanding: Understanding, fits: Sequence[float], passage_scores: Mapping[str, float]
    ) -> tuple[Exercise, ...]:
        """Return the exercises that fit, best first; whether any may be shown is for the rules to say.

        Where no kind of exercise is asked for, one of a kind already named comes after its like.

        Args:
            understanding: The question.
            fits: What `fits` returned for it.
            passage_scores: Passage id -> fused score of the passages found for it.
        """
        cited = [0.0] * len(self._rows)
        for passage_id, score in passage_scores.items():
            for place in self._citing.get(passage_id, ()):
                cited[place] = max(cited[place], score)
        scored = [
            (fit + 2.0 * found, row.exercise) for fit, row, found in zip(fits, self._rows, cited, strict=True)
        ]
        ranked = sorted(scored, key=lambda item: (-item[0], item[1].exercise_id))
        if not _kinds_of(understanding):
            ranked = _varied(ranked)
        return tuple(exercise for score, exercise in ranked if score >= _MIN_FIT)


def _kinds_of(u: Understanding) -> tuple[str, ...]:
    """Return the kinds asked for; out on the trail, exercises are whatever can be done there."""
    return () if u.intent == "exercise" and OUT & set(u.settings) else _KINDS.get(u.intent, ())


def _varied(ranked: Sequence[tuple[float, Exercise]]) -> list[tuple[float, Exercise]]:
    """Order exercises by their fit less `_AGAIN` for each of the same kind before them."""
    before: Counter[str] = Counter()
    placed = []
    for score, exercise in ranked:
        placed.append((score - _AGAIN * before[exercise.kind], score, exercise))
        before[exercise.kind] += 1
    return [(score, exercise) for _, score, exercise in sorted(placed, key=lambda item: -item[0])]


@dataclass(frozen=True, slots=True)
class _Row:
    """An exercise: kit, muscles and positions that it names, kit it needs, and what cites it."""

    exercise: Exercise
    positions: frozenset[str]
    kit: frozenset[str]
    muscles: frozenset[str]
    needed: frozenset[str]
    cited: frozenset[str]
    name: frozenset[str]

    @classmethod
    def of(cls, exercise: Exercise, lexicon: Lexicon) -> _Row:
        """Read an exercise in the vocabulary's terms."""
        named = slots(lexicon.find(" , ".join((exercise.name, *exercise.kit, *exercise.targets))))
        required = [label for label in exercise.kit if "optional" not in label]
        return cls(
            exercise,
            positions_of(exercise, lexicon),
            frozenset(named.get("kit", ())),
            frozenset(named.get("muscles", ())),
            frozenset(slots(lexicon.find(" , ".join(required))).get("kit", ())),
            frozenset(span.passage_id for spans in exercise.citations.values() for span in spans),
            frozenset(content_stems(words(exercise.name))),
        )


def needs(exercise: Exercise, positions: Collection[str], lexicon: Lexicon) -> bool:
    """Say whether an exercise is done in one of `positions` and in nothing else."""
    return bool(positions) and _needs(positions_of(exercise, lexicon), positions)


def _needs(own: frozenset[str], positions: Collection[str]) -> bool:
    return not own.isdisjoint(positions) and own.issubset(positions)


def positions_of(exercise: Exercise, lexicon: Lexicon) -> frozenset[str]:
    """Return what an exercise can be done in, by its name and its first step; empty where neither says."""
    told = WALL_SIT.sub("", " , ".join((exercise.name, *exercise.steps[:1])).lower())
    return frozenset(slots(lexicon.find(told)).get("positions", ()))


def _has_kit(needed: frozenset[str], lacking: frozenset[str]) -> bool:
    return not needed or not lacking or ("*" not in lacking and not lacking & needed)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a question wants of an exercise, read once for all of them."""

    exercises: frozenset[str]
    conditions: Mapping[str, int]
    strongest: int
    settings: frozenset[str]
    positions: frozenset[str]
    kit: frozenset[str]
    muscles: frozenset[str]
    kinds: tuple[str, ...]
    query: frozenset[str]
    there: float

    @classmethod
    def of(cls, u: Understanding, conditions: Mapping[str, int], query: frozenset[str]) -> _Wanted:
        """Read a question; `query` holds the stems of its telling words and of their synonyms."""
        return cls(
            frozenset(u.exercises), conditions, max(conditions.values(), default=1), frozenset(u.settings),
            frozenset(u.positions),
            frozenset(u.kit), frozenset(u.muscles), _kinds_of(u), query,
            _NOW if u.intent == "trail_now" else _THERE,
        )  # fmt: skip


def _fit(row: _Row, wanted: _Wanted) -> float:
    """Add up how well an exercise fits: named ones first, then those for the condition."""
    exercise = row.exercise
    fitting = max([wanted.conditions.get(c, 0) for c in exercise.conditions], default=0)
    score = 8.0 * (exercise.exercise_id in wanted.exercises) + 4.0 * fitting / wanted.strongest
    if wanted.settings and exercise.where:
        score += -2.0 if wanted.settings.isdisjoint(exercise.where) else wanted.there
    score += 2.5 * (not wanted.kit.isdisjoint(row.kit)) + 2.0 * (not wanted.muscles.isdisjoint(row.muscles))
    if wanted.positions:
        score += _IN_POSITION if wanted.positions & row.positions else -_IN_POSITION * bool(row.positions)
    if wanted.kinds:
        score += 2.0 if exercise.kind in wanted.kinds else -2.0
    return score + len(wanted.query & row.name) + 0.5 * bool(exercise.dose) + 0.5 * bool(exercise.steps)
