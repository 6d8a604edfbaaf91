"""A curated file with mistakes is refused, and all of them are named: file, row, field."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.curate import KnowledgeError, load_conflicts, load_curated, load_exercises, load_vocabulary
from ingest.knowledge import Vocabulary

CORPUS = Path(__file__).parents[2] / "corpus"
GOOD = """
[[exercise]]
id = "clamshell"
name = "Clamshell"
kind = "strength"
targets = ["gluteus medius"]
conditions = ["runners-knee"]
dose = "3 x 15"
loads_knee = false
cites = [{ fields = ["name", "targets", "conditions", "dose"], article = "an-article", quote = "Do 3 x 15." }]
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(CORPUS / "vocabulary.toml")


def written(folder: Path, text: str) -> Path:
    """A file with that text."""
    path = folder / "written.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_files_load() -> None:
    """The project's own files have no mistakes."""
    exercises, vocabulary, conflicts = load_curated(CORPUS)

    assert len(exercises) >= 45
    assert vocabulary.patterns
    assert conflicts


def test_an_exercise_is_read_with_its_quotes(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """A row gives a record, its own id as the figure's key, and a quote for each field it supports."""
    (entry,) = load_exercises(written(tmp_path, GOOD), vocabulary)

    assert (entry.exercise.exercise_id, entry.exercise.dose, entry.exercise.steps) == (
        "clamshell",
        "3 x 15",
        (),
    )
    assert entry.exercise.figure == "clamshell"
    assert {name: quote.text for name, (quote,) in entry.quotes.items()} == dict.fromkeys(
        ["name", "targets", "conditions", "dose"], "Do 3 x 15."
    )


@pytest.mark.parametrize(
    ("before", "after", "row", "field"),
    [
        ('kind = "strength"', 'kind = "magic"', "clamshell", "kind"),
        ('dose = "3 x 15"', "dose = 45", "clamshell", "dose"),
        ('dose = "3 x 15"', 'dosage = "3 x 15"', "clamshell", "dosage"),
        ('dose = "3 x 15"\n', "", "clamshell", "dose"),
        ('"dose"]', "]", "clamshell", "dose"),
        ("loads_knee = false", "", "clamshell", "loads_knee"),
        ('["gluteus medius"]', '["gluteus secundus"]', "clamshell", "targets"),
        ('["runners-knee"]', '["walkers-knee"]', "clamshell", "conditions"),
        (', quote = "Do 3 x 15."', "", "clamshell", "cites.0.quote"),
        ('id = "clamshell"', 'id = "Clam Shell"', "Clam Shell", "id"),
    ],
)
def test_each_mistake_names_file_row_and_field(
    tmp_path: Path, vocabulary: Vocabulary, before: str, after: str, row: str, field: str
) -> None:
    """Unknown keys and names, wrong types and missing citations are told apart by their place."""
    assert before in GOOD
    with pytest.raises(KnowledgeError) as caught:
        load_exercises(written(tmp_path, GOOD.replace(before, after)), vocabulary)

    place = f"{tmp_path / 'written.toml'}: exercise {row!r}, field {field!r}: "
    assert any(problem.startswith(place) for problem in caught.value.problems)


def test_all_mistakes_are_told_at_once(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """An editor sees every mistake of a file, not the first."""
    twice = GOOD + GOOD.replace('["runners-knee"]', '["walkers-knee"]')

    with pytest.raises(KnowledgeError, match="walkers-knee") as caught:
        load_exercises(written(tmp_path, twice), vocabulary)

    assert len(caught.value.problems) == 2
    assert "'clamshell', field 'id': given 2 times" in caught.value.problems[0]


@pytest.mark.parametrize("text", ["[[exercise]\n", "", "exercise = 3\n"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, vocabulary: Vocabulary, text: str) -> None:
    """Broken TOML, an empty file and a wrong table are errors that name the file."""
    with pytest.raises(KnowledgeError, match=r"written\.toml"):
        load_exercises(written(tmp_path, text), vocabulary)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A corpus folder without its vocabulary says which file is missing."""
    with pytest.raises(KnowledgeError, match=r"vocabulary\.toml: cannot be read"):
        load_curated(tmp_path)


def test_a_pattern_of_unknown_rows_is_refused(tmp_path: Path) -> None:
    """A cell of the table belongs to a condition and a place that exist."""
    text = (CORPUS / "vocabulary.toml").read_text(encoding="utf-8")
    text += """
[[pattern]]
condition = "no-such-condition"
kind = "place"
value = "no-such-place"
text = "nowhere"
cites = [{ article = "an-article", quote = "Nothing." }]
"""
    with pytest.raises(KnowledgeError) as caught:
        load_vocabulary(written(tmp_path, text))

    assert ["'condition'" in caught.value.problems[0], "'value'" in caught.value.problems[1]] == [True, True]


def test_a_phrase_in_capitals_is_refused(tmp_path: Path) -> None:
    """Phrases are looked for in lower-cased text: a capital would never be found."""
    text = (CORPUS / "vocabulary.toml").read_text(encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"'runners-knee', field 'synonyms"):
        load_vocabulary(written(tmp_path, text.replace('"pfps"', '"PFPS"')))


def test_a_conflict_has_two_sides(tmp_path: Path) -> None:
    """One article alone does not disagree."""
    text = """
[[conflict]]
id = "rest"
topic = "whether to rest"
keywords = ["rest"]
sides = [{ article = "an-article", quote = "Rest." }]
"""
    with pytest.raises(KnowledgeError, match="'rest', field 'sides'"):
        load_conflicts(written(tmp_path, text))
