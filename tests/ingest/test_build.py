"""Builds are made once, beside the old one, and never half."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import locate, manifest
from ingest.build import build, ensure_build, rollback
from ingest.errors import BuildFailed, BuildLocked, IndexUnavailable, NothingToIndex
from ingest.gather import Inputs
from ingest.lock import writer
from ingest.opening import open_index
from ingest.settings import IndexSettings
from ingest.summary import Summary

ROOT = Path(__file__).parents[2]
TEXTS = {
    "ankles": "# Ankles\n\n## Why they tire\n\nAnkles carry a hiker over loose rock all day long. "
    "Small muscles of the foot keep each step steady, and they tire late in the day.\n",
    "poles": "# Poles\n\n## What they spare\n\nPoles take some of the load from each step on a descent. "
    "Set them ahead of the feet and lean into them on steep ground.\n",
    "socks": "# Socks\n\n## Blisters\n\nA thin liner under a wool sock keeps the skin dry on a long march. "
    "Change both at lunch if the feet are wet.\n",
}
Make = Callable[..., Summary]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of three short articles of our own."""
    folder = tmp_path / "corpus"
    (folder / "articles").mkdir(parents=True)
    for slug, text in TEXTS.items():
        (folder / "articles" / f"{slug}.md").write_text(text)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder for builds that knows the vectors of the texts above, as after an earlier run."""
    return tmp_path / "out"


@pytest.fixture
def make(corpus: Path, out: Path) -> Make:
    """Build the corpus, and what else is named."""

    def run(*paths: Path, **keywords: object) -> Summary:
        return build(Inputs(corpus, paths), out, IndexSettings(), **keywords)  # type: ignore[arg-type]

    return run


def test_the_same_inputs_give_the_same_build_and_embed_nothing(make: Make) -> None:
    """A second run finds its build standing."""
    first, second = make(), make()

    assert first.embedded > 0
    assert (second.built, second.embedded, second.build_id) == (False, 0, first.build_id)
    assert second.changes.unchanged == ("ankles", "poles", "socks")


def test_only_what_changed_is_embedded_again(make: Make, corpus: Path, out: Path) -> None:
    """A changed article replaces its passages, a vanished one is gone, the others' vectors are kept."""
    make()
    (corpus / "articles" / "socks.md").unlink()
    poles = corpus / "articles" / "poles.md"
    poles.write_text(poles.read_text() + "\n## Length\n\nShorten them by a hand for the way up.\n")

    summary = make()

    assert summary.changes.changed == ("poles",)
    assert summary.changes.removed == ("socks",)
    assert summary.changes.unchanged == ("ankles",)
    assert summary.embedded == 2  # the new passage and its one sentence
    index = open_index(out)
    assert {p.article for p in index.passages.values()} == {"ankles", "poles"}
    assert index.vectors.ids() == set(index.passages)
    index.close()


def test_an_original_takes_the_place_of_its_digest(make: Make, tmp_path: Path, out: Path) -> None:
    """Told by its title, whatever its file is called; other articles are added."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "saved page.txt").write_text(
        "Poles\n\n" + TEXTS["poles"].split("\n\n", 2)[2] + "Mine are of cork.\n"
    )
    (mine / "new.txt").write_text(
        "Gaiters For Mud\n\n" + "Gaiters keep mud and stones out of the boots. " * 4
    )

    summary = make(mine)

    index = open_index(out)
    assert {slug: article.kind for slug, article in index.articles.items()} == {
        "poles": "original", "new": "original", "ankles": "digest", "socks": "digest",
    }  # fmt: skip
    assert "cork" in index.articles["poles"].text
    assert summary.articles == 4
    index.close()


def test_the_same_text_under_another_name_is_one_article(make: Make, tmp_path: Path) -> None:
    """Duplicates would crowd out other answers; near ones are told of."""
    mine = tmp_path / "mine"
    mine.mkdir()
    long = ", ".join(f"and rule {n} is to rest foot number {n} on the way down" for n in range(40)) + "."
    (mine / "a.txt").write_text(long)
    (mine / "b.txt").write_text(long)
    (mine / "c.txt").write_text(long + " One line more was added to this copy of it.")

    summary = make(mine)

    assert [(Path(s.source).name, s.reason) for s in summary.skipped] == [("b.txt", "the same text as 'a'")]
    assert "'c' is nearly the same text as 'a'" in summary.notes


def test_nothing_usable_leaves_the_old_build(make: Make, tmp_path: Path, out: Path) -> None:
    """A wrong path must not empty the index."""
    before = make()
    (tmp_path / "empty.txt").write_text("")

    with pytest.raises(NothingToIndex, match=r"empty\.txt: empty"):
        make(tmp_path / "empty.txt")
    assert locate.current_id(out) == before.build_id


@pytest.mark.parametrize("harm", ["flip", "truncate", "delete"])
def test_every_damaged_file_is_found_and_the_build_made_again(
    make: Make, out: Path, corpus: Path, harm: str
) -> None:
    """Each file in turn: none may be read damaged, and the corpus gives the build back from the cache."""
    summary = make()
    files = [*sorted(manifest.read(summary.path).files), "chroma/chroma.sqlite3", manifest.NAME]
    for name in files:
        shutil.copytree(summary.path, out / "copy", dirs_exist_ok=True)
        damaged = out / "copy" / name
        spoil(damaged, harm)
        if damaged.exists() and damaged.stat().st_size == (summary.path / name).stat().st_size == 0:
            continue
        with pytest.raises(IndexUnavailable, match=r"make index|no build"):
            open_index(out / "copy")
    spoil(summary.path / "passages.jsonl", harm)

    again = make()

    assert (again.built, again.embedded) == (True, 0)
    open_index(out).close()


def spoil(path: Path, harm: str) -> None:
    """Damage a file."""
    data = bytearray(path.read_bytes())
    if harm == "delete":
        path.unlink()
    elif harm == "truncate":
        path.write_bytes(data[: len(data) // 2])
    elif data:
        # Past the header, so that it is the content that is wrong.
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)


def test_rollback_holds_until_the_next_build(
    make: Make, corpus: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who went back stays there when the chat starts, until they build again."""
    first = make()
    (corpus / "articles" / "socks.md").unlink()
    second = make()

    assert rollback(out) == first.path
    assert locate.find_build(out) == first.path
    assert ensure_build(out, corpus=corpus) == first.path
    assert make().path == second.path
    assert ensure_build(out, corpus=corpus) == second.path


def test_three_builds_are_kept(make: Make, corpus: Path, out: Path) -> None:
    """Enough to go back, not enough to fill a disk."""
    made = []
    for word in ("first", "second", "third", "fourth"):
        (corpus / "articles" / "socks.md").write_text(
            TEXTS["socks"] + f"\nThis is the {word} edition of it.\n"
        )
        made.append(make().path)

    assert [path.exists() for path in made] == [False, True, True, True]


def test_a_second_writer_is_told_who_writes(make: Make, out: Path) -> None:
    """Two writers would spoil the store without a word."""
    with writer(out), pytest.raises(BuildLocked, match=f"process {os.getpid()} on .* is writing"):
        make()


def test_readers_are_served_while_another_builds(make: Make, corpus: Path, out: Path) -> None:
    """The chat starts with the old build rather than wait."""
    summary = make()
    (corpus / "articles" / "socks.md").unlink()

    with writer(out):
        assert ensure_build(out, corpus=corpus) == summary.path


def test_articles_that_a_person_named_stay_in_later_builds(
    make: Make, corpus: Path, tmp_path: Path, out: Path
) -> None:
    """`make index FROM=folder` and then `make chat` answers from that folder."""
    extra = tmp_path / "gaiters.txt"
    extra.write_text("Gaiters For Mud\n\n" + "Gaiters keep mud and stones out of the boots. " * 4)
    named = make(extra)

    assert ensure_build(out, corpus=corpus) == named.path


@pytest.mark.parametrize("room", [100, 60_000, 150_000])
def test_a_full_disk_is_told_and_the_old_build_serves(make: Make, corpus: Path, out: Path, room: int) -> None:
    """Wherever the room ends, in the texts, in Chroma's database or behind it; the next run finishes."""
    resource = pytest.importorskip("resource")
    before = make()
    (corpus / "articles" / "socks.md").write_text(TEXTS["socks"] + "\nThis line was added later on.\n")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (room, usual[1]))
    try:
        with pytest.raises(BuildFailed, match="the old build still serves"):
            make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    assert open_index(out).build_id == before.build_id
    assert not (out / "staging").exists()
    assert make().build_id != before.build_id


def test_boilerplate_in_many_articles_does_not_fail_the_probe(make: Make, tmp_path: Path) -> None:
    """Equal passages crowd each other out of the nearest ten; none of them is lost."""
    same = "Ask the guide at the hut before you cross the glacier, and turn back when it rains."
    rows = [{"id": f"a{n}", "text": f"{same} " * 40 + f"Hut {n} has {n} beds."} for n in range(14)]
    (tmp_path / "huts.jsonl").write_text("\n".join(map(json.dumps, rows)))

    assert make(tmp_path / "huts.jsonl").articles == len(TEXTS) + len(rows)
