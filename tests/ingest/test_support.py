"""What counts as support: the same numbers, the same units, the same names."""

from __future__ import annotations

import pytest

from ingest.support import Stemmed, numbers, stemmed_phrases, units, unsupported_numbers, unsupported_units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("three sets of 15 reps (3 x 15)", {"3", "15"}),
        ("hold for thirty to forty-five seconds", {"30", "45"}),
        ("one leg at a time, on all fours", set()),
        ("the figure four stretch", set()),
        ("30–45 second holds, 90-degree bend", {"30", "45", "90"}),
        ("a few days", set()),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, expected: set[str]) -> None:
    """A number counts however it is written; "one leg" and "figure four" count nothing."""
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hold 30 s", {"second"}),
        ("30s", {"second"}),
        ("2 to 3 times a week", {"week"}),
        ("each morning", {"day"}),
        ("90-degree bend", {"degree"}),
        ("sets of reps", set()),
    ],
)
def test_units_of_time_and_angle_are_read(text: str, expected: set[str]) -> None:
    """Seconds, minutes, days, weeks, months and degrees are told apart."""
    assert units(text) == expected


def test_a_number_that_no_source_gives_is_found() -> None:
    """Four sets are not supported by a sentence on three."""
    assert unsupported_numbers(["4 sets of 15"], ["three sets of 15 reps"]) == {"4"}
    assert not unsupported_numbers(["3 x 15"], ["three sets", "of 15 reps"])


def test_minutes_do_not_stand_for_seconds() -> None:
    """The same number in another unit is another dose."""
    assert unsupported_units(["hold for 30 minutes"], ["hold for 30 seconds"]) == {"minute"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("clamshell", "do clamshells and bridges", True),
        ("quad stretch", "how to stretch the quads", True),
        ("calf stretch", "how to stretch the quads", False),
        ("Cossack squat", "do clamshells and single-leg squats", False),
    ],
)
def test_names_are_found_in_any_form(name: str, text: str, expected: bool) -> None:
    """Plurals and word order do not hide a name; one of its words alone does not make it."""
    assert Stemmed(text).names(stemmed_phrases((name,))) is expected
