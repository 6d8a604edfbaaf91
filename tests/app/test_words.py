"""Words and stems are cut alike wherever a question meets a sentence."""

from __future__ import annotations

import pytest

from app.words import STOPWORDS, content_stems, fold, legible, stems, words


def test_quotes_and_dashes_are_straightened() -> None:
    """Typographic quotes and dashes of a phone read as those of a keyboard."""
    assert fold("Runner’s – KNEE") == "runner's - knee"


def test_words_keep_their_apostrophe_and_lose_their_marks() -> None:
    """Only letters, digits and inner apostrophes are left, in order."""
    assert words("Why, oh WHY doesn’t my knee (left) bend to 90°?") == [
        "why", "oh", "why", "doesn't", "my", "knee", "left", "bend", "to", "90",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [("runner's knee", "runners knee"), ("stretching", "stretches"), ("strengthen", "strengthening")],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    """A possessive, a plural and an -ing form meet in one stem."""
    assert stems(one) == stems(other)


def test_content_stems_leave_out_the_shape_of_a_question() -> None:
    """Stop words go, the rest stands once and in order."""
    assert content_stems(words("What can I do for my knee, and when the knee clicks?")) == ["knee", "click"]


def test_stop_words_are_words_as_they_are_cut() -> None:
    """Every stop word can be met: it is written as `words` would cut it."""
    assert [word for word in STOPWORDS if words(word) != [word]] == []


def test_lone_surrogates_are_replaced_one_for_one() -> None:
    """What no stream can write is gone, and every offset still holds."""
    broken = "my knee \ud800is swollen\udfff"
    read = legible(broken)

    assert read.encode()
    assert len(read) == len(broken)
    assert read.index("swollen") == broken.index("swollen")


def test_text_that_is_whole_stays_as_it_is() -> None:
    """Signs beyond the first plane are not broken apart."""
    assert legible("knee 😀 боль 膝") == "knee 😀 боль 膝"
