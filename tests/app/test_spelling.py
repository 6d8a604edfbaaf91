"""Questions are spelled out towards the words of the field, and English is left alone."""

from __future__ import annotations

import pytest

from app.rules.english import english_words
from app.spelling import Speller, load_casual


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(["knee", "kneecap", "downhill", "exercise", "patellofemoral", "tendinopathy", "hamstring"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("patelofemoral", "patellofemoral"),
        ("tendonopathy", "tendinopathy"),
        ("hamstrng", "hamstring"),
        ("dwonhill", "downhill"),
        ("excersise", "exercise"),
    ],
)
def test_typos_of_the_field_are_repaired(speller: Speller, typed: str, meant: str) -> None:
    """A missing, doubled, wrong or swapped letter still finds its word."""
    assert speller.spell_out(typed) == meant


@pytest.mark.parametrize("word", ["need", "knew", "exorcise", "hammering", "dowager"])
def test_english_words_are_never_repaired(speller: Speller, word: str) -> None:
    """A word that English has is meant, however near it is to one of the field."""
    assert word in english_words()
    assert speller.spell_out(word) == word


def test_casual_words_are_written_out(speller: Speller) -> None:
    """What people type on a phone becomes what it stands for."""
    assert speller.spell_out("Y does my nee hurt b4 a hil") == "why does my knee hurt before a hill"


@pytest.mark.parametrize("text", ["zzzzqqqq", "x2y", "k q e", "90° -- ?!", "", "   "])
def test_what_is_near_nothing_stays(speller: Speller, text: str) -> None:
    """Nonsense, short tokens, numbers and marks are handed back as they came."""
    assert speller.spell_out(text) == text


def test_everything_between_words_is_kept(speller: Speller) -> None:
    """Repair touches words alone: marks and spaces stand where they stood."""
    assert speller.spell_out("knee,  downhil?\nhamstrng!") == "knee,  downhill?\nhamstring!"


def test_casual_words_are_whole_lower_case_words() -> None:
    """A row of the file that could never be met would be a mistake in it."""
    casual = load_casual()

    assert len(casual) > 50
    assert [word for word in casual if word != word.lower() or " " in word] == []
    assert [word for word, meant in casual.items() if word == meant or not meant] == []


@pytest.mark.parametrize(
    ("pasted", "read"),
    [
        ("<b>knee</b>", "knee"),
        ('<img src="x" onerror="alert(1)"> knee &amp;&nbsp;downhil', "knee downhill"),
        ("knee <when downhill>", "knee <when downhill>"),
        ("knee < 90 & > 30", "knee < 90 & > 30"),
    ],
)
def test_pasted_html_is_read_over(speller: Speller, pasted: str, read: str) -> None:
    """Tags and entities are no words of a question; other signs stay."""
    assert " ".join(speller.spell_out(pasted).split()) == read
