"""Bad inputs are named with their reason, and the rest go on."""

from __future__ import annotations

import os
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from llama_index.core.schema import Document

from ingest.load import Skipped, documents, find

GOOD = "Ankles carry a hiker over loose rock all day long, and they tire late in the day."


def read(folder: Path) -> tuple[dict[str, Document], dict[str, str]]:
    """Read a folder: documents by file name, reasons by file name."""
    found = list(documents(find([folder])))
    taken = {Path(d.metadata["path"]).name: d for d in found if not isinstance(d, Skipped)}
    return taken, {Path(s.source).name: s.reason for s in found if isinstance(s, Skipped)}


def pdf(stream: bytes, *, compressed: bool) -> bytes:
    """Write a PDF of one page by hand."""
    data = zlib.compress(stream, 9) if compressed else stream
    packed = b"/Filter /FlateDecode " if compressed else b""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< " + packed + b"/Length %d >>\nstream\n" % len(data) + data + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    return (
        out + b"xref\n0 6\n0000000000 65535 f \n" + table
        + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start
    )  # fmt: skip


def _laughs() -> str:
    """Eleven lines that stand for 31 thousand million values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in pairwise("abcdefghijk")]
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One good article among every kind of bad input."""
    (tmp_path / "good.txt").write_text(GOOD)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "blank.txt").write_text(" \n\n \n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    (tmp_path / "truncated.pdf").write_bytes(pdf(b"BT ET", compressed=False)[:200])
    (tmp_path / "bomb.pdf").write_bytes(pdf(b"(a) Tj " * 15_000_000, compressed=True))
    (tmp_path / "wrong.md").write_text(f"---\ntitle: [1, 2]\n---\n{GOOD}")
    (tmp_path / "broken.md").write_text(f"+++\ntitle = \n+++\n{GOOD}")
    (tmp_path / "dated.txt").write_text(GOOD)
    (tmp_path / "dated.toml").write_text('date = "last spring"')
    (tmp_path / "records.jsonl").write_text(
        '{"id": "one", "text": "' + GOOD + '"}\n{"id": "two"}\n' + "[" * 100_000 + "\n"
        '{"id": "four", "text": "Half a pair: \\ud800"}\n'
    )
    (tmp_path / "calendar.md").write_text(f"---\ndate: 2024-02-31\n---\n{GOOD}")
    (tmp_path / "laughs.md").write_text(f"---\n{_laughs()}title: *k\ndate: *k\n---\n{GOOD}")
    (tmp_path / "ham.txt").write_text(GOOD)
    (tmp_path / "ham.toml").write_text("title = " + "[" * 5_000)
    (tmp_path / os.fsdecode(b"bytes\xff.pdf")).write_bytes(b"no")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "folder").symlink_to(tmp_path.parent)
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(200_000_000)
    outside = tmp_path.parent / "secret.txt"
    outside.write_text("not of this corpus")
    (tmp_path / "link.txt").symlink_to(outside)
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "gone")
    return tmp_path


REASONS = {
    "empty.txt": "empty",
    "blank.txt": "empty",
    "binary.txt": "binary",
    "image.png": "not a kind of file that is read",
    "truncated.pdf": "not a readable PDF",
    "bomb.pdf": "than an article can",
    "wrong.md": "title must be text, not [1, 2]",
    "broken.md": "not valid TOML",
    "dated.txt": "date must be a day such as 2026-01-31, not 'last spring'",
    "records.jsonl": "line 3 is not a JSON object with a 'text'",
    "calendar.md": "not valid YAML",
    "laughs.md": "title must be text, not [[",
    "ham.txt": "not valid TOML",
    "bytes?.pdf": "not a readable PDF",
    "loop.txt": "leaves the corpus by a symbolic link",
    "folder": "leaves the corpus by a symbolic link",
    "huge.txt": "200 MB",
    "link.txt": "leaves the corpus by a symbolic link",
    "dangling.txt": "symbolic link",
}


def test_each_bad_input_is_named_and_the_rest_go_on(folder: Path) -> None:
    """A reader learns of every file why it is not in the index."""
    taken, skipped = read(folder)

    assert set(taken) == {"good.txt", "records.jsonl"}
    assert set(skipped) == set(REASONS)
    assert [name for name, reason in REASONS.items() if reason not in skipped[name]] == []


def test_a_line_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    """Of a data set each bad record is named by its line, and all others are articles."""
    lines = [f'{{"id": {n}, "text": "{GOOD} {n}"}}' for n in range(5)]
    lines[1] = '{"id": 1, "text": 7}'
    lines[3] = '{"id": 3, "text": "' + "x" * 10_000_000 + '"}'
    (tmp_path / "a.jsonl").write_text("\n".join(lines))

    found = list(documents(find([tmp_path])))

    assert [f.reason if isinstance(f, Skipped) else f.id_ for f in found] == [
        "0", "line 2: 'text' must be text, not 7", "2", "line 4: more than 10 MB", "4",
    ]  # fmt: skip


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A typing mistake is no empty corpus."""
    assert list(find([tmp_path / "no"])) == [Skipped(str(tmp_path / "no"), "no such file or folder")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_text_of_other_encodings_is_read(tmp_path: Path, encoding: str) -> None:
    """A page saved on an old machine is text too."""
    text = f"{GOOD} A café at the pass serves crème brûlée; the façade is naïve. " * 5
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))

    taken, _ = read(tmp_path)

    assert taken["a.txt"].get_content().strip() == text.strip()


def test_a_pdf_is_read(tmp_path: Path) -> None:
    """Text and title come out of a plain PDF."""
    (tmp_path / "a.pdf").write_bytes(
        pdf(b"BT /F1 12 Tf 50 700 Td (" + GOOD.encode() + b") Tj ET", compressed=True)
    )

    taken, skipped = read(tmp_path)

    assert GOOD in taken["a.pdf"].get_content(), skipped


def test_metadata_of_the_file_the_neighbour_and_the_folder(tmp_path: Path) -> None:
    """Front matter, a `.toml` beside the article, and `sources.toml`; the nearest to the folder wins."""
    (tmp_path / "a.md").write_text(
        f"---\ntitle: From the file\nauthor: A. Writer\ndate: 2024-02-03\n---\n{GOOD}"
    )
    (tmp_path / "a.toml").write_text('publisher = "The neighbour"')
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nslug = "ankles"\nfile = "a.md"\ntitle = "From the folder"\n'
    )

    taken, _ = read(tmp_path)

    known = taken["a.md"].metadata
    assert {name: known[name] for name in ("slug", "title", "author", "publisher", "date")} == {
        "slug": "ankles", "title": "From the folder", "author": "A. Writer",
        "publisher": "The neighbour", "date": "2024-02-03",
    }  # fmt: skip


def test_a_sources_file_of_another_shape_is_named(tmp_path: Path) -> None:
    """A row that is no table is told, not tripped over."""
    (tmp_path / "a.txt").write_text(GOOD)
    (tmp_path / "sources.toml").write_text("source = [1]\n")

    taken, skipped = read(tmp_path)

    assert set(taken) == {"a.txt"}
    assert "must be a table of fields, not 1" in skipped["sources.toml"]


def test_a_broken_sources_file_is_named_and_articles_are_read(tmp_path: Path) -> None:
    """One wrong row does not cost the articles."""
    (tmp_path / "a.txt").write_text(GOOD)
    (tmp_path / "sources.toml").write_text("[[source]]\nslug = 7\n")

    taken, skipped = read(tmp_path)

    assert set(taken) == {"a.txt"}
    assert "slug must be text, not 7" in skipped["sources.toml"]


def test_a_rule_of_dashes_is_no_front_matter(tmp_path: Path) -> None:
    """Markdown may open with a line."""
    (tmp_path / "a.md").write_text(f"---\n{GOOD}\n---\nMore.\n")

    taken, _ = read(tmp_path)

    assert GOOD in taken["a.md"].get_content()
