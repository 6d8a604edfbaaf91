"""Answers are plain to read, and say nothing twice."""

from __future__ import annotations

import re
from statistics import mean

import pyphen

from app.answer import Assistant
from eval.questions import load_questions

GRADE = 9.0
SYLLABLES = pyphen.Pyphen(lang="en_US")


def grade_of(text: str) -> float:
    """Return the Flesch-Kincaid grade; textstat's own counter of syllables wants data from the network."""
    words = re.findall(r"[a-z']+", text.lower())
    sentences = max(len(re.findall(r"[.!?](?:\s|$)", text)), 1)
    syllables = sum(len(SYLLABLES.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def test_the_measure_tells_plain_from_heavy() -> None:
    """A measure that cannot tell these two apart would prove nothing."""
    assert grade_of("Lie on your back. Lift one leg.") < 3
    assert (
        grade_of("Patellofemoral rehabilitation necessitates individualised neuromuscular conditioning.") > 20
    )


def test_answers_read_below_grade_nine_and_repeat_nothing(assistant: Assistant) -> None:
    """Every fourth question of the set; on average, as a sentence that names a syndrome is beyond it."""
    grades = []
    for question in load_questions()[::4]:
        texts = [statement.text for statement in assistant.answer(question.turns).statements]

        assert len(texts) == len(set(texts)), question.id
        if texts:
            grades.append(grade_of(" ".join(texts)))

    assert mean(grades) < GRADE
