"""Misspelt words are repaired; words are left alone."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("swolln", "swollen"),
        ("menisucs", "meniscus"),
        ("warfarrin", "warfarin"),
        ("kneecapp", "kneecap"),
        ("feverr", "fever"),
    ],
)
def test_misspelling_is_repaired(typed, read, rules):
    """A near miss of a lexicon word that is no English word is read as that word."""
    assert rules.speller.repair(typed) == (read,)


@pytest.mark.parametrize(
    "word", ["smelling", "looking", "dinner", "medical", "sealing", "packet", "tender", "walling"]
)
def test_english_words_are_left_alone(word, rules):
    """'Smelling' never becomes 'swelling'."""
    assert rules.speller.repair(word) == (word,)


def test_words_run_together_are_parted(rules):
    """A missing space is put back where both halves are of the lexicon."""
    assert rules.speller.repair("kneeswelling") == ("knee", "swelling")


def test_two_short_words_are_not_found_in_one(rules):
    """'Setaed' is a misspelt 'seated', not 'set' and 'aed'."""
    assert "aed" not in rules.speller.repair("setaed")
