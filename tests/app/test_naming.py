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
