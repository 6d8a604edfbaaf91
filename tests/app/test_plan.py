"""A plan spreads what the articles give over a week, and adds nothing to it."""

from __future__ import annotations

import pytest

from app.answer import Assistant
from app.plan import MOST, days_of, make_plan
from app.records import ExerciseCard

STOP = "Stop when it swells."


def card(name: str, dose: str = "", kind: str = "strength") -> ExerciseCard:
    """Return a card of that name and dose."""
    return ExerciseCard(name, name.title(), kind, "", ("Lie down.",), dose, ("home",), (), (), "", (1,))


@pytest.mark.parametrize(
    ("dose", "days"),
    [
        ("Every day", (0, 1, 2, 3, 4, 5, 6)),
        ("Morning and evening, and perhaps at lunch", (0, 1, 2, 3, 4, 5, 6)),
        ("2 to 3 times a week", (0, 2, 4)),
        ("twice a week", (0, 3)),
        ("3 sets of 15 (3 x 15)", ()),
        ("", ()),
    ],
)
def test_days_are_those_that_a_dose_names(dose: str, days: tuple[int, ...]) -> None:
    """A dose that counts sets says nothing of days, and none are read into it."""
    assert days_of(dose) == days


def test_days_that_no_article_gives_are_marked_as_ours() -> None:
    """Who reads the plan can tell an article's advice from a suggestion."""
    plan = make_plan([card("clamshell", "3 x 15"), card("march", "2 to 3 times a week")], STOP)

    assert plan is not None
    assert [entry.days_said for entry in plan.entries] == [False, True]


def test_a_plan_holds_six_exercises_at_most_and_nothing_that_is_none() -> None:
    """Running less is advice, not something to tick off on Tuesdays."""
    cards = [card("rest", kind="load_management"), *(card(f"move-{n}") for n in range(8))]
    plan = make_plan(cards, STOP)

    assert plan is not None
    assert len(plan.entries) == MOST
    assert "rest" not in [entry.card.exercise_id for entry in plan.entries]


def test_no_exercise_makes_no_plan() -> None:
    """An empty week is not a plan."""
    assert make_plan([], STOP) is None


def test_a_plan_comes_when_it_is_asked_for(assistant: Assistant) -> None:
    """Its doses are the cards' own, and it says when to stop in the words of the rules."""
    reply = assistant.answer(["make me a plan for IT band syndrome"])

    assert reply.plan is not None
    assert reply.plan.stop == assistant.rules.safety_net
    assert {entry.card for entry in reply.plan.entries} <= set(reply.exercises)
    assert "| Mon |" in reply.text


def test_no_plan_while_exercises_are_held(assistant: Assistant) -> None:
    """A swollen knee is seen before it is trained."""
    reply = assistant.answer(["my knee is swollen, make me a plan for runner's knee"])

    assert reply.plan is None
    assert not reply.exercises
