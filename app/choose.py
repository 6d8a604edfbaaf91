"""Choose sentences and exercises for an answer from what was ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.rank import Candidate
from app.records import Understanding
from app.rules.records import ExercisePolicy
from ingest.knowledge import Vocabulary
from ingest.records import Exercise

_KINDS = {"stretch": ("stretch",), "massage": ("massage",), "exercise": ("strength", "isometric"), "why": ("strength", "isometric")}


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """How sentences are chosen.

    Attributes:
        repeat_penalty: Taken off per unit of cosine similarity to a sentence already chosen.
        new_article_bonus: Added for the first sentence of an article not yet quoted.
        margin: A sentence scoring less than this share of the best one is left out.
    """

    repeat_penalty: float = 1.2
    new_article_bonus: float = 0.15
    margin: float = 0.45


def choose_sentences(candidates: Sequence[Candidate], count: int, settings: SelectionSettings) -> list[Candidate]:
    """Return up to `count` sentences, best first, that say different things (maximal marginal relevance)."""
    pool = list(candidates[:60])
    chosen: list[Candidate] = []
    while pool and len(chosen) < count:
        best = max(pool, key=lambda c: _gain(c, chosen, settings))
        if chosen and best.score < settings.margin * chosen[0].score:
            break
        chosen.append(best)
        pool = [c for c in pool if c is not best and float(c.vector @ best.vector) < 0.93]
    return chosen


def _gain(candidate: Candidate, chosen: Sequence[Candidate], settings: SelectionSettings) -> float:
    if not chosen:
        return candidate.score
    overlap = max(float(candidate.vector @ other.vector) for other in chosen)
    new = all(candidate.passage.article != other.passage.article for other in chosen)
    return candidate.score - settings.repeat_penalty * max(0.0, overlap - 0.5) + settings.new_article_bonus * new


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


def choose_exercises(
    exercises: Sequence[Exercise],
    understanding: Understanding,
    conditions: Mapping[str, int],
    passage_scores: Mapping[str, float],
    count: int,
    policy: ExercisePolicy,
) -> tuple[Exercise, ...]:
    """Return up to `count` exercises, best fitting first.

    Args:
        exercises: All of the build.
        understanding: The question.
        conditions: Condition id -> weight, named or inferred.
        passage_scores: Passage id -> fused score of the passages found for the question.
        count: How many to return at most.
        policy: `stop` and `hold` give none, `no_load` none that loads the knee.
    """
    if policy in (ExercisePolicy.STOP, ExercisePolicy.HOLD) or count == 0:
        return ()
    allowed = [e for e in exercises if policy is ExercisePolicy.ALLOW or not e.loads_knee]
    usable = [e for e in allowed if _has_kit(e, understanding)]
    scored = [(_fit(e, understanding, conditions, passage_scores), e) for e in usable]
    ranked = [e for score, e in sorted(scored, key=lambda item: (-item[0], item[1].exercise_id)) if score > 1.0]
    return tuple(ranked[:count])


def _has_kit(exercise: Exercise, understanding: Understanding) -> bool:
    lacking = understanding.without_kit
    return not exercise.kit or not lacking or ("*" not in lacking and not set(lacking) & set(exercise.kit))


def _fit(
    exercise: Exercise, u: Understanding, conditions: Mapping[str, int], passage_scores: Mapping[str, float]
) -> float:
    """Add up how well an exercise fits; named ones first, then those for the condition."""
    cited = {span.passage_id for spans in exercise.citations.values() for span in spans}
    score = 8.0 * (exercise.exercise_id in u.exercises)
    score += 3.0 * any(c in conditions for c in exercise.conditions)
    score += 1.5 * (bool(u.settings) and bool(set(u.settings) & set(exercise.where)))
    score -= 1.5 * (bool(u.settings) and not set(u.settings) & set(exercise.where))
    score += 2.5 * bool(set(u.kit) & set(exercise.kit))
    score += 2.0 * bool(set(u.muscles) & set(exercise.targets))
    score += 2.0 * (exercise.kind in _KINDS.get(u.intent, ()))
    score += 2.0 * max((passage_scores.get(p, 0.0) for p in cited), default=0.0)
    return score + 0.5 * bool(exercise.dose) + 0.5 * bool(exercise.steps)
