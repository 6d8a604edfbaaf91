"""The lexicon finds what vocabulary and exercises name, and the longest name wins."""

from __future__ import annotations

import pytest

from app.lexicon import Lexicon, slots
from app.words import stem
from ingest.index import Index


@pytest.fixture(scope="module")
def lexicon(digest_index: Index) -> Lexicon:
    return Lexicon(digest_index.vocabulary, digest_index.exercises)


@pytest.mark.parametrize(
    ("text", "group", "term"),
    [
        ("the outside of my knee", "places", "outside"),
        ("the inside of my knees", "places", "inside"),
        ("it hurts going downhill", "triggers", "downhill"),
        ("is it IT band syndrome", "conditions", "it-band-syndrome"),
        ("runners knee", "conditions", "runners-knee"),
        ("how are clamshells done", "exercises", "clamshell"),
        ("show me donkey kicks", "exercises", "donkey-kick"),
    ],
)
def test_names_are_found_in_any_form(lexicon: Lexicon, text: str, group: str, term: str) -> None:
    """Plurals, possessives and capitals do not hide a name."""
    assert term in slots(lexicon.find(text)).get(group, ())


def test_every_exercise_is_found_by_its_own_name(lexicon: Lexicon, digest_index: Index) -> None:
    """No card is out of reach of the words on it."""
    lost = [
        exercise.exercise_id
        for exercise in digest_index.exercises
        if exercise.exercise_id not in slots(lexicon.find(exercise.name)).get("exercises", ())
    ]

    assert lost == []


def test_a_longer_name_hides_the_shorter_within_its_group(lexicon: Lexicon) -> None:
    """A single-leg glute bridge is not also a glute bridge."""
    found = slots(lexicon.find("how do I do a single leg glute bridge"))["exercises"]

    assert found == ("single-leg-glute-bridge",)


def test_mentions_stand_where_they_were_said(lexicon: Lexicon) -> None:
    """Start and end count words, in the order of the text."""
    mentions = [m for m in lexicon.find("a clamshell or a donkey kick") if m.group == "exercises"]

    assert [(m.term_id, m.start, m.end) for m in mentions] == [("clamshell", 1, 2), ("donkey-kick", 4, 6)]


def test_slots_keep_the_order_and_drop_repeats(lexicon: Lexicon) -> None:
    """`the second one` can only be told when the first mention comes first."""
    found = slots(lexicon.find("donkey kick, clamshell, donkey kick"))

    assert found["exercises"] == ("donkey-kick", "clamshell")


def test_nothing_is_found_in_nothing(lexicon: Lexicon) -> None:
    """Text of another subject names no exercise and no condition."""
    assert lexicon.find("") == []
    assert not {"exercises", "conditions"} & set(slots(lexicon.find("which stock should I buy")))


def test_an_unknown_term_is_called_by_its_id(lexicon: Lexicon) -> None:
    """A label is looked up, and its absence is no error."""
    assert lexicon.label("exercises", "clamshell") == "Clamshell"
    assert lexicon.label("exercises", "no-such-thing") == "no-such-thing"


def test_synonyms_bring_other_words_only(lexicon: Lexicon, digest_index: Index) -> None:
    """Widening a search adds words of the same group that were not said."""
    group = next(g for g in digest_index.vocabulary.synonyms if all(" " not in word for word in g[:2]))
    wider = lexicon.synonyms_of([stem(group[0])])

    assert group[1] in wider
    assert group[0] not in wider
