"""Bad rule data stops start-up and says where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.rules.catalogue import DATA, load_rules
from app.rules.errors import RuleDataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


BROKEN = [
    ("soon.toml", 'level = "soon"', 'level = "soonish"', "swelling", "level"),
    ("soon.toml", 'policy = "hold"', 'policy = "wait"', "swelling", "policy"),
    ("soon.toml", 'when = ["swelling"]', 'when = ["swoling"]', "swelling", "when"),
    ("soon.toml", 'when = ["swelling"]', 'when = ["swelling @nearby"]', "swelling", "when"),
    ("soon.toml", 'when = ["swelling"]', 'when = ["!swelling"]', "swelling", "when"),
    ("soon.toml", "reviewed = 2026-11-22", 'reviewed = "lately"', "swelling", "reviewed"),
    ("soon.toml", '"NHS-KNEE"', '"NHS-ELBOW"', "swelling", "sources"),
    ("soon.toml", 'id = "medial-pain"', 'id = "swelling"', "swelling", "id"),
    ("soon.toml", "title = ", "titel = ", "swelling", "titel"),
    ("soon.toml", "possible = ", "perhaps = ", "swelling", "advice.possible"),
    ("soon.toml", "hypothetical = ", "if = ", "swelling", "advice.hypothetical"),
    ("soon.toml", 'present = "', 'present = "' + "word " * 45, "swelling", "advice.present"),
    ("soon.toml", 'present = "', 'present = "{doctor} ', "swelling", "advice.present"),
    (
        "emergency.toml",
        'sources = ["',
        'sources = ["ARTICLE:hiking-quick-fixes", "',
        "chest-pain-breathless",
        "sources",
    ),
    ("concepts.toml", "id = 'swelling'\nsite", "id = 'swelling'\nplace = 'x'\nsite", "swelling", "place"),
    ("concepts.toml", "'<swollen>',", "'<swolen>',", "swelling", "patterns"),
    ("concepts.toml", "'<swollen>',", "'sw*',", "swelling", "patterns"),
    ("concepts.toml", "'<swollen>',", "'swollen ..3',", "swelling", "patterns"),
    ("concepts.toml", "'<swollen>',", "'my? swollen',", "swelling", "patterns"),
    ("concepts.toml", "'<swollen>',", "'swollen|',", "swelling", "patterns"),
    ("concepts.toml", "is_a = ['swelling']", "is_a = ['puffing']", "big-swelling", "is_a"),
    ("context.toml", "direction = 'both'", "direction = 'up'", "not-only", "direction"),
    ("context.toml", "kind = 'pseudo'", "kind = 'false'", "not-only", "kind"),
    ("context.toml", 'only = ["calf-clot"]', 'only = ["calf-cloth"]', "cramp-passes", "only"),
    ("context.toml", "id = 'not'", "id = 'no'", "no", "id"),
    ("texts.toml", 'rule = "swelling"', 'rule = "swollen"', "swollen", "rule"),
    ("texts.toml", "safety_net", "net", "texts", "safety_net"),
    ("sources.toml", "title = ", "name = ", "NHS-KNEE", "title"),
]


@pytest.mark.parametrize(("file", "old", "new", "row", "field"), BROKEN)
def test_bad_row_stops_start_up(folder, file, old, new, row, field):
    """The error names file, row and field."""
    edit(folder, file, old, new)

    with pytest.raises(RuleDataError) as caught:
        load_rules(folder)

    assert (caught.value.file, caught.value.row, caught.value.field) == (file, row, field)
    assert f"{file}: {row}: {field}: " in str(caught.value)


def test_missing_file_is_named(folder):
    """A missing file is named, with the folder it should be in."""
    (folder / "context.toml").unlink()

    with pytest.raises(RuleDataError, match=r"context\.toml: missing from"):
        load_rules(folder)


def test_broken_toml_is_named(folder):
    """A file that is no TOML is named."""
    (folder / "soon.toml").write_text("[[rule]\n", "utf-8")

    with pytest.raises(RuleDataError, match=r"soon\.toml: not valid TOML"):
        load_rules(folder)


def test_unknown_region_names_the_known_ones():
    """A region without numbers is refused with the list of those there are."""
    with pytest.raises(RuleDataError, match="one of all, uk, us, eu"):
        load_rules(region="atlantis")


@pytest.mark.parametrize(
    ("region", "number", "absent"),
    [("us", "911", "999"), ("uk", "999", "911"), ("eu", "112", "999"), ("all", "911", "?")],
)
def test_region_chooses_the_numbers(region, number, absent):
    """The numbers follow the region; by default all are shown."""
    advice = load_rules(region=region).rules["chest-pain-breathless"].advice["present"]

    assert number in advice
    assert absent not in advice


def test_a_part_may_not_contain_itself(folder):
    """A part that refers to itself is refused, not followed for ever."""
    edit(folder, "concepts.toml", "hurt = ['", "hurt = ['<hurt>', '")

    with pytest.raises(RuleDataError, match="refers to itself"):
        load_rules(folder)
