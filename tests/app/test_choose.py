"""Chosen sentences say different things, and exercises fit the person, their kit and their red flags."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.answer import Assistant
from app.choose import ExerciseChooser, SelectionSettings, choose_sentences, infer_conditions
from app.lexicon import Lexicon
from app.rank import Candidate
from ingest.index import Index
from ingest.records import Passage, Sentence


def candidate(name: str, article: str, score: float, *vector: float) -> Candidate:
    """A sentence with a vector of unit length."""
    passage = Passage(f"{article}:0", article, "", (), name, 0, len(name), (), "")
    unit = np.array(vector, np.float32) / np.linalg.norm(vector)
    return Candidate(passage, 0, Sentence(name, 0, len(name)), unit, {}, score)


def test_the_best_comes_first_and_its_twin_not_at_all() -> None:
    """A second sentence that says the same is left out, however well it scores."""
    best, twin = candidate("best", "a", 3.0, 1, 0), candidate("twin", "b", 2.9, 1, 0.01)
    other = candidate("other", "a", 2.0, 0, 1)

    assert choose_sentences([best, twin, other], 3, SelectionSettings()) == [best, other]


def test_another_article_breaks_a_tie() -> None:
    """Of two equal sentences, the one of an article not quoted yet comes first."""
    best = candidate("best", "a", 3.0, 1, 0, 0)
    same, new = candidate("same", "a", 2.0, 0, 1, 0), candidate("new", "b", 2.0, 0, 0, 1)

    assert choose_sentences([best, same, new], 2, SelectionSettings()) == [best, new]


def test_what_scores_far_less_than_the_best_is_left_out() -> None:
    """A short answer is better than a padded one."""
    best, weak = candidate("best", "a", 3.0, 1, 0), candidate("weak", "b", 0.5, 0, 1)

    assert choose_sentences([best, weak], 2, SelectionSettings()) == [best]


def test_nothing_gives_nothing() -> None:
    """No candidates, no sentences, no error."""
    assert choose_sentences([], 3, SelectionSettings()) == []


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("sharp pain on the outside of my knee at mile three of every run", "it-band-syndrome"),
        ("pain around the front of my knee walking downstairs", "runners-knee"),
        ("it hurts just below my kneecap when I jump", "patellar-tendinopathy"),
    ],
)
def test_place_and_trigger_bring_the_condition(
    assistant: Assistant, digest_index: Index, question: str, condition: str
) -> None:
    """The condition that fits best comes first."""
    found = infer_conditions(assistant.understand([question]), digest_index.vocabulary)

    assert next(iter(found)) == condition


def test_another_place_rules_a_condition_out(assistant: Assistant, digest_index: Index) -> None:
    """Pain below the kneecap is not taken for the IT band, even at the same mile."""
    read = assistant.understand(["pain just below my kneecap at the same mile of every run"])

    assert "it-band-syndrome" not in infer_conditions(read, digest_index.vocabulary)


@pytest.fixture(scope="module")
def chooser(digest_index: Index) -> ExerciseChooser:
    return ExerciseChooser(digest_index.exercises, Lexicon(digest_index.vocabulary, digest_index.exercises))


def test_a_named_exercise_comes_first(assistant: Assistant, chooser: ExerciseChooser) -> None:
    """Whatever else would fit."""
    read = assistant.understand(["are donkey kicks good for runner's knee"])
    chosen = chooser.fitting(read, chooser.fits(read, {"runners-knee": 3}), {})

    assert chosen[0].exercise_id == "donkey-kick"


def test_exercises_are_for_the_condition(assistant: Assistant, chooser: ExerciseChooser) -> None:
    """The first card is one that an article gives for it."""
    read = assistant.understand(["which exercises help"])
    band, *_ = chooser.fitting(read, chooser.fits(read, {"it-band-syndrome": 3}), {})
    tendon, *_ = chooser.fitting(read, chooser.fits(read, {"patellar-tendinopathy": 3}), {})

    assert "it-band-syndrome" in band.conditions
    assert "patellar-tendinopathy" in tendon.conditions


def test_lacking_kit_leaves_out_what_needs_it(assistant: Assistant, chooser: ExerciseChooser) -> None:
    """Without equipment nothing is offered that cannot be done without."""
    read = assistant.understand(["which exercises help runner's knee with no equipment"])
    chosen = chooser.fitting(read, chooser.fits(read, {"runners-knee": 3}), {})

    assert chosen
    assert [e.exercise_id for e in chosen if any("optional" not in kit for kit in e.kit)] == []


def test_the_order_does_not_depend_on_the_files(assistant: Assistant, digest_index: Index) -> None:
    """Equal fits are ordered by id."""
    lexicon = Lexicon(digest_index.vocabulary, digest_index.exercises)
    read = replace(assistant.understand(["which exercises help"]), settings=())
    orders = (digest_index.exercises, digest_index.exercises[::-1])
    one, other = (ExerciseChooser(rows, lexicon) for rows in orders)
    conditions = {"runners-knee": 3}

    assert one.fitting(read, one.fits(read, conditions), {}) == other.fitting(
        read, other.fits(read, conditions), {}
    )


def test_out_on_the_trail_the_kinds_are_mixed(assistant: Assistant) -> None:
    """Strength, a stretch or a massage: whatever can be done there, not four of a kind."""
    read = assistant.understand(["what exercises can I do on the trail for my knee"])
    chosen = assistant.gather(read).exercises[:4]

    assert len({exercise.kind for exercise in chosen}) >= 3
    assert all({"trail", "camp"} & set(exercise.where) for exercise in chosen[:2])
