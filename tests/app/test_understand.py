"""The last turn is understood in the light of those before it."""

from __future__ import annotations

import pytest

from app.answer import Assistant


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [
        ("the outside of my knee hurts", "places", "outside"),
        ("it hurts going downhill", "triggers", "downhill"),
        ("is it runner's knee?", "conditions", "runners-knee"),
        ("how do I do a clam shell", "exercises", "clamshell"),
        ("wat helps agenst patelofemoral pain", "conditions", "runners-knee"),
        ("how do i roll with a tennis ball", "kit", "ball"),
    ],
)
def test_slots_are_filled(assistant: Assistant, question: str, field: str, value: str) -> None:
    """In plain, clinical and misspelled words."""
    found = getattr(assistant.understand([question]), field)

    assert any(value in term for term in found), found


def test_a_question_that_stands_alone_takes_nothing_over(assistant: Assistant) -> None:
    """Earlier turns do not colour a new subject."""
    alone = assistant.understand(["which exercises help IT band syndrome"])
    after = assistant.understand(["how is a clamshell done", "which exercises help IT band syndrome"])

    assert after.exercises == alone.exercises == ()
    assert after.conditions == alone.conditions == ("it-band-syndrome",)


def test_how_many_reps_is_asked_of_what_was_spoken_of(assistant: Assistant) -> None:
    """The condition of the turn before is carried into the search."""
    read = assistant.understand(["which exercises help runner's knee", "how many reps?"])

    assert read.follow_up
    assert read.intent == "dose"
    assert read.conditions == ("runners-knee",)
    assert "runner's knee" in read.search_text


def test_the_second_one_is_the_second_named(assistant: Assistant) -> None:
    """Of a clamshell and a donkey kick it is the donkey kick."""
    read = assistant.understand(["clamshell or donkey kick?", "the second one, how is it done?"])

    assert read.exercises == ("donkey-kick",)
    assert read.intent == "how_to"


def test_a_correction_replaces_the_place(assistant: Assistant) -> None:
    """`sorry I meant the outside` is no longer about the inside."""
    read = assistant.understand(["the inside of my knee hurts when running", "sorry I meant the outside"])

    assert read.places == ("outside",)
    assert "inside" not in read.search_text


@pytest.mark.parametrize(
    "question",
    [
        "my knee hurts",
        "knee pain help",
        "my knees are killing me",
        "sore knee??",
        "im old and knees hurt where do i begin",
        "plz help w my achy knee",
        "hi, knee trouble, hiker, what now",
    ],
)
def test_a_bare_complaint_is_vague(assistant: Assistant, question: str) -> None:
    """It says neither where nor when."""
    assert assistant.understand([question]).intent == "vague"


@pytest.mark.parametrize(
    "question",
    [
        "why does my knee hurt going downhill",
        "the outside of my knee hurts",
        "my knee hurts at the beginning of a run",
        "knee uncomfortable at night",
        "why do runners get knee pain",
        "does a little walking help knee pain",
        "should I begin running with knee pain",
        "can a beginner run with bad knees",
        "how do I keep my knees happy",
        "what is hiker's knee",
    ],
)
def test_a_place_or_a_trigger_is_not_vague(assistant: Assistant, question: str) -> None:
    """Either of them is enough to answer, and so is a question."""
    assert assistant.understand([question]).intent != "vague"


def test_lacking_kit_is_not_having_it(assistant: Assistant) -> None:
    """`without a band` names the band as missing."""
    read = assistant.understand(["which exercises can I do without a resistance band"])

    assert read.without_kit
    assert not set(read.without_kit) & set(read.kit)


def test_no_equipment_lacks_everything(assistant: Assistant) -> None:
    """`no equipment` is every piece of kit."""
    assert assistant.understand(["knee exercises with no equipment"]).without_kit == ("*",)


@pytest.mark.parametrize(
    ("question", "complains"),
    [
        ("my knee hurts", True),
        ("both knees ache", True),
        ("what is a clamshell", False),
        ("buy a tent", False),
    ],
)
def test_trouble_of_ones_own_is_heard(assistant: Assistant, question: str, complains: bool) -> None:
    """It decides whether the safety net stands under a refusal."""
    assert assistant.understand([question]).knee_complaint is complains


@pytest.mark.parametrize(
    ("turns", "intent", "words"),
    [
        (["How do I do a donkey kick?", "And the fire hydrant?"], "how_to", "fire hydrant"),
        (["What stretches help my quads?", "and hamstrings?"], "stretch", "hamstrings"),
    ],
)
def test_a_follow_up_asks_the_earlier_question_anew(
    assistant: Assistant, turns: list[str], intent: str, words: str
) -> None:
    """Of something else: what the earlier one was about is left out of the search."""
    read = assistant.understand(turns)

    assert read.intent == intent
    assert words in read.search_text
    assert "donkey" not in read.search_text
    assert "quads" not in read.search_text


def test_a_place_of_both_knees_is_read(assistant: Assistant) -> None:
    """The inside of both knees is the inside before it is both."""
    assert assistant.understand(["the inside of both my knees hurts"]).places[0] == "inside"


@pytest.mark.parametrize(
    "question",
    [
        "What should I do in the morning before hiking with sore knees?",
        "Pain at the back of my knee, what is it?",
    ],
)
def test_a_plain_question_is_not_vague(assistant: Assistant, question: str) -> None:
    """It says enough to be answered."""
    assert assistant.understand([question]).intent != "vague"


@pytest.mark.parametrize(
    ("turns", "wanted", "cannot"),
    [
        (["which moves can I do lying down on the bed?"], ("lying",), ()),
        (["anything I can do on my hands and knees?"], ("kneeling",), ()),
        (["is there a seated stretch for my hamstrings"], ("sitting",), ()),
        (["I can't kneel. Which exercises help runner's knee?"], (), ("kneeling",)),
        (["I'm not able to get down on my knees", "which exercises help my hips?"], (), ("kneeling",)),
        (["exercises for the glutes without lying on my side"], (), ("lying",)),
        (["my knee hurts when I sit for long, which exercises help?"], (), ()),
        (["which exercises do not involve kneeling?"], (), ()),
        (["I can't do anything on all fours, which exercises help?"], (), ("kneeling",)),
        (["no seated stretches please"], (), ()),
        (["I can't kneel but I can lie down"], (), ("kneeling",)),
        (["I can't stand wall sits, what else helps?"], (), ()),
        (["what can I do for knee pain from sitting at my desk"], (), ()),
        (["outer hip sore lying on it at night, what can I do"], (), ()),
    ],
)
def test_the_position_to_exercise_in(
    assistant: Assistant, turns: list[str], wanted: tuple[str, ...], cannot: tuple[str, ...]
) -> None:
    """What one cannot do holds for the turns after it; where it hurts is no wish."""
    read = assistant.understand(turns)

    assert read.positions == wanted
    assert read.without_positions == cannot


@pytest.mark.parametrize(
    ("turns", "replaced"),
    [
        (["Wall sits calmed my patellar tendon.", "What do I move on to next?"], ("wall-sit",)),
        (["clamshells bore me, is there another exercise for runner's knee?"], ("clamshell",)),
        (["how many clamshells?"], ()),
        (["can I do lunges instead of split squats for runner's knee?"], ("split-squat",)),
        (["is the clamshell a good exercise before I go on a run?"], ()),
        (["how do I do the clamshell, and what comes next in it?"], ()),
    ],
)
def test_an_exercise_to_be_replaced(
    assistant: Assistant, turns: list[str], replaced: tuple[str, ...]
) -> None:
    """It is not what is asked for, whatever its name does in the question."""
    read = assistant.understand(turns)

    assert read.replaced == replaced
    assert not set(read.replaced) & set(read.exercises)


def test_what_is_left_without_kit_is_an_exercise(assistant: Assistant) -> None:
    """Said after a question on treatment, it asks for what needs none."""
    read = assistant.understand(["How do I treat piriformis pain?", "no dumbbells here, what's left?"])

    assert read.intent == "exercise"
    assert read.without_kit == ("dumbbells",)
