"""An answer to "which exercises?" opens with their names, each with the sentence that names it."""

from __future__ import annotations

import pytest

from app.answer import Assistant
from app.words import fold


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("what exercises for patellar tendonitis", ("wall sit", "heavy slow resistance training")),
        ("which stretches help tight hamstrings?", ("seated hamstring stretch", "lying hamstring stretch")),
    ],
)
def test_the_first_sentence_names_them(assistant: Assistant, question: str, named: tuple[str, ...]) -> None:
    """In plain words, and every citation of the sentence speaks of one of them."""
    reply = assistant.answer([question])
    first, quotes = reply.statements[0], {c.n: fold(c.quote) for c in reply.citations}

    assert all(name in fold(first.text) for name in named)
    assert first.citations
    said = " ".join(quotes[n] for n in first.citations)
    assert all(any(word in said for word in name.split()) for name in named)


@pytest.mark.parametrize(
    "question",
    [
        "is foam rolling good for it band",  # yes or no
        "when should I stretch on a hike?",
        "how long should I hold a wall sit",  # of one exercise
        "why does my knee hurt going downhill",
    ],
)
def test_other_questions_are_answered_by_quotations(assistant: Assistant, question: str) -> None:
    """No list of names stands in for what was asked."""
    reply = assistant.answer([question])
    quotes = {c.n: c.quote for c in reply.citations}

    assert reply.statements[0].text == quotes[reply.statements[0].citations[0]]


def test_nothing_is_named_while_exercises_are_held(assistant: Assistant) -> None:
    """A swollen knee gets no names either."""
    reply = assistant.answer(["my knee is swollen, which exercises help runner's knee?"])

    assert reply.exercises == ()
    assert not any("articles name" in statement.text for statement in reply.statements)


@pytest.mark.parametrize(
    ("turns", "named", "never"),
    [
        (["I can't kneel. Which of the runner's knee moves can I do lying on the bed?"],
         ("clamshell", "straight leg raise"), ("donkey kick", "fire hydrant")),
        (["I can't kneel.", "which exercises help runner's knee?"],
         ("clamshell",), ("donkey kick", "fire hydrant")),
        (["Anything for runner's knee I can do on a yoga mat on my hands and knees?"],
         ("donkey kick", "fire hydrant"), ("clamshell",)),
        (["Wall sits have calmed my patellar tendon.", "What do I move on to next?"],
         ("heavy slow resistance training",), ("wall sit",)),
        (["Which one-legged exercises do the articles suggest?"],
         ("single leg deadlift",), ("straight leg raise",)),
        (["How do I treat piriformis pain?", "no dumbbells here, what's left?"],
         ("plank",), ("renegade row",)),
    ],
)  # fmt: skip
def test_only_what_the_person_can_do_is_named(
    assistant: Assistant, turns: list[str], named: tuple[str, ...], never: tuple[str, ...]
) -> None:
    """Neither the sentence nor the cards offer what was ruled out or is to be replaced."""
    reply = assistant.answer(turns)
    first = fold(reply.statements[0].text)
    cards = [fold(card.name) for card in reply.exercises]

    assert all(name in first for name in named)
    assert not any(name in first for name in never)
    if "one-legged" not in turns[0] and "hands and knees" not in turns[0]:  # others may follow these
        assert not any(name in card for name in never for card in cards)
    if "kneel" in turns[0]:
        assert not any(name in fold(s.text) for name in never for s in reply.statements)


def test_a_belief_is_no_question_for_names(assistant: Assistant) -> None:
    """Whether there is no need to stretch them is asked, not which stretches there are."""
    reply = assistant.answer(["My glutes are weak, so surely there's no need to stretch them?"])

    assert "name" not in reply.statements[0].text
    assert "stretch your glutes" in fold(reply.statements[0].text)
