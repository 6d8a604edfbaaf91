"""A follow-up takes over what it leaves unsaid, and no more."""

from __future__ import annotations

import pytest

from app.answer import Assistant
from app.followup import bare_place, carry, leans


@pytest.mark.parametrize(
    ("question", "own", "expected"),
    [
        ("how many reps?", {}, True),
        ("the second one", {}, True),
        ("and the clamshell?", {"exercises": ("clamshell",)}, True),
        ("which exercises help it band syndrome", {"conditions": ("it-band-syndrome",)}, False),
        ("the outside of my knee hurts on the descent", {"places": ("outside",)}, False),
        ("correction: my knee hurts going downhill.", {"triggers": ("downhill",)}, False),
        ("correction: the outside", {}, True),
    ],
)
def test_what_leans_on_earlier_turns(question: str, own: dict[str, tuple[str, ...]], expected: bool) -> None:
    """A question without a subject does; one that names its own subject stands alone."""
    assert leans(question, own) is expected


def test_the_latest_turn_that_says_it_counts() -> None:
    """What was said last is what is meant now."""
    earlier = [{"conditions": ("runners-knee",)}, {"conditions": ("it-band-syndrome",)}, {}]

    assert carry({}, earlier, "how many reps?") == {"conditions": ("it-band-syndrome",)}


def test_what_is_said_now_is_not_taken_over() -> None:
    """Own words win over earlier ones."""
    assert carry({"exercises": ("plank",)}, [{"exercises": ("lunge",)}], "and the plank?") == {}


def test_a_new_place_may_be_another_condition() -> None:
    """`sorry, the outside` takes back the condition that the inside had suggested."""
    earlier = [{"places": ("inside",), "conditions": ("runners-knee",), "triggers": ("running",)}]

    assert carry({"places": ("outside",)}, earlier, "sorry i meant the outside") == {"triggers": ("running",)}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("the first one", ("a",)),
        ("what about the second one?", ("b",)),
        ("the latter", ("b",)),
        ("the third", ("c",)),
        ("all of them", ("a", "b", "c")),
    ],
)
def test_an_ordinal_picks_one_of_several(question: str, expected: tuple[str, ...]) -> None:
    """Counted in the order in which they were named."""
    assert carry({}, [{"exercises": ("a", "b", "c")}], question) == {"exercises": expected}


def test_an_ordinal_beyond_the_list_picks_all() -> None:
    """There is no third of two; nothing is guessed."""
    assert carry({}, [{"exercises": ("a", "b")}], "the third") == {"exercises": ("a", "b")}


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("the outside", "outside"), ("outside", "outside"), ("on the inside", "inside"),
        ("at the front", "front"),
        ("just below the kneecap", "below-kneecap"), ("in the back", "back"),
    ],
)  # fmt: skip
def test_a_bare_place_answers_where_it_hurts(question: str, place: str) -> None:
    """A tap or a word is enough."""
    assert bare_place(question) == {"places": (place,)}


@pytest.mark.parametrize(
    "question", ["i run outside every day", "how many reps?", "should i go back to running"]
)
def test_other_uses_of_these_words_are_no_place(question: str) -> None:
    """`outside` and `back` have other meanings."""
    assert bare_place(question) == {}


def test_another_part_takes_nothing_over_from_the_first(assistant: Assistant) -> None:
    """Neither the exercise nor the place that its words named."""
    read = assistant.understand(["how do I massage my calves", "and my feet?"])

    assert "ball-massage-calf" not in read.exercises
    read = assistant.understand(["How do I stretch my quads on a hike?", "And hamstrings?"])
    assert "front-of-thigh" not in read.places
    assert read.muscles == ("hamstrings",)


def test_what_has_to_do_with_the_pain_is_asked_for_its_cause(assistant: Assistant) -> None:
    """Having to do with it is nothing to do."""
    turns = ["it hurts deep in my butt when I run", "could my office job have something to do with it?"]

    assert assistant.understand(turns).intent == "why"
