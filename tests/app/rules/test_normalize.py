"""Disguises are undone, and offsets still point into the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.normalize import tokenize


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("swo\u200bllen", "swollen"),
        ("ѕwоllеn", "swollen"),
        ("ｓｗｏｌｌｅｎ", "swollen"),
        ("𝘀𝘄𝗼𝗹𝗹𝗲𝗻", "swollen"),
        ("sw\u00f6llen", "swollen"),
        ("sw0llen", "swollen"),
        ("s w o l l e n", "swollen"),
        ("s.w.o.l.l.e.n", "swollen"),
        ("SWOLLEN", "swollen"),
        ("swoooollen", "swoollen"),
        ("can’t", "cant"),
        ("can't", "cant"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_disguise_is_undone(text, word):
    """A word hidden by typography is read as itself."""
    assert tokenize(text).words[0] == word


def test_i_will_is_not_ill():
    """Dropping apostrophes does not make anyone ill."""
    assert tokenize("I'll rest").words[:3] == ("i", "ll", "rest")


def test_a_full_stop_without_space_still_ends_a_sentence():
    """'Fine.swollen' is two sentences."""
    assert tokenize("fine.swollen").words == ("fine", ".", "swollen", ".")


@pytest.mark.parametrize(
    "text",
    [
        "chest <b>pain</b>",
        "chest<br>pain",
        "<P>chest</P> <em>pain</em>",
        "ch<i>est</i> pain",
        "chest<br /> pain",
    ],
)
def test_tags_of_formatting_part_nothing(text):
    """Whatever is set in bold or on a line of its own reads as if it were plain."""
    assert tokenize(text).words == ("chest", "pain", ".")


@pytest.mark.parametrize("text", ["<swollen>", "<b swollen>", "<!-- swollen -->", "[INST] swollen"])
def test_no_mark_of_machines_hides_a_word(text):
    """What stands in a tag of no known name, in attributes or in a comment is read."""
    assert "swollen" in tokenize(text).words


@pytest.mark.parametrize("text", ["pain < 3 > 1", "https://knee", "bend <= 90 -> stiff", "[KNEE] red // hot"])
def test_signs_in_prose_end_no_sentence(text):
    """Less, more, arrows, brackets, slashes and addresses are no full stops."""
    assert "." not in tokenize(text).words[:-1]


def test_boxes_of_a_form_are_answers():
    """A crossed box says yes to what follows it, an empty one is a word that a cue reads."""
    words = tokenize("[x] swollen [ ] red").words

    assert words == ("yes", ",", "swollen", "unticked", "red", ".")


@given(st.text(max_size=80))
def test_spans_lie_in_the_message(text):
    """Every token points at a piece of the original, in order, whatever was typed."""
    tokens = tokenize(text)

    assert len(tokens.words) == len(tokens.spans) == len(tokens.starts)
    assert all(0 <= start <= end <= len(text) for start, end in tokens.spans)
    assert [s for s, _ in tokens.spans] == sorted(s for s, _ in tokens.spans)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("a bad, um, knee", "a bad , knee"),
        ("Um, my my knee, uhh, hurts at at rest", "my knee , hurts at rest"),
        ("no, um, swelling", "no , swelling"),
        ("I had, uh, a fall in, um, nineteen ninety", "i had a fall in nineteen ninety"),
        ("very very sore, no no swelling", "very very sore , no no swelling"),
        ("Go to the ER, 5 mm", "go to the er , 5 mm"),
    ],
)
def test_stumbles_of_speech_part_nothing(said, read):
    assert " ".join(tokenize(said).words[:-1]) == read
