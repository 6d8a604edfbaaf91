"""Subjects and languages that the articles do not have are known as such."""

from __future__ import annotations

import pytest

from app.foreign import Language, load_foreign
from app.rules.english import english_words


def labels(question: str, corpus: str = "") -> list[str]:
    """The foreign topics of a question, for articles that say `corpus`."""
    return [topic.label for topic in load_foreign(corpus) if topic.pattern.search(question)]


@pytest.mark.parametrize("question", ["how long should i ice it", "is an injection worth it", "glucosamine?"])
def test_a_subject_that_no_article_has_is_foreign(question: str) -> None:
    """Icing, injections and supplements are asked about often and are not in the shipped articles."""
    assert labels(question)


def test_a_subject_is_foreign_only_until_an_article_has_it() -> None:
    """Once an article on icing is taken in, icing is asked of it."""
    assert labels("how long should i ice it")
    assert labels("how long should i ice it", "put ice on the knee") == []


def test_only_whole_words_count() -> None:
    """`ice` is not in `advice`, nor does an article on advice speak of ice."""
    assert labels("any advice on price lists") != labels("any ice")
    assert labels("any advice") == []
    assert labels("any ice", "advice and rice") == labels("any ice")


def test_another_subject_is_told_from_a_gap() -> None:
    """A tent is out of scope; ice is a gap in the articles."""
    scope = {topic.label: topic.out_of_scope for topic in load_foreign("")}

    assert scope[labels("what size of tent do i need")[0]]
    assert not scope[labels("should i use ice")[0]]


@pytest.mark.parametrize(
    "message",
    [
        "mi rodilla duele cuando bajo las escaleras",
        "warum tut mein knie weh wenn ich bergab gehe",
        "mon genou me fait mal quand je descends",
        "il mio ginocchio fa male quando scendo",
        "почему болит колено",
        "膝が痛い",
    ],
)
def test_other_languages_are_told(message: str) -> None:
    """By their function words, or by their letters."""
    assert not Language().is_english(message, message.lower(), english_words())


@pytest.mark.parametrize(
    "message",
    [
        "knee hurts", "die hard fan of hills, knee sore", "my knee hurts in Las Palmas", "", "?!", "90",
        "ITBS", "is it ok to do it on the way", "my VMO is weak",
    ],
)  # fmt: skip
def test_english_stays_english(message: str) -> None:
    """Short notes, names, abbreviations and single foreign words are no other language."""
    assert Language().is_english(message, message.lower(), english_words() | {"itbs", "vmo"})
