"""A start finds its build without reading the articles again, and never answers from an old one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest import inputs
from ingest.build import build
from ingest.ensure import ensure_build
from ingest.inputs import Inputs
from ingest.settings import IndexSettings

ROOT = Path(__file__).parents[2]
POLES = "# Poles\n\n## What they spare\n\nPoles take some of the load from each step on a descent. " + (
    "Set them ahead of the feet and lean into them on steep ground.\n"
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One short article of our own."""
    (tmp_path / "corpus" / "articles").mkdir(parents=True)
    (tmp_path / "corpus" / "articles" / "poles.md").write_text(POLES)
    return tmp_path / "corpus"


def test_a_start_with_the_same_articles_does_not_build(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start finds the build by the bytes of its inputs."""
    first = ensure_build(tmp_path / "home", corpus=corpus)
    monkeypatch.setattr("ingest.build.build", lambda *_, **__: pytest.fail("it was built again"))

    assert ensure_build(tmp_path / "home", corpus=corpus) == first


def test_a_changed_article_makes_a_new_build(corpus: Path, tmp_path: Path) -> None:
    """One more line in an article, and the build that has it serves."""
    first = ensure_build(tmp_path / "home", corpus=corpus)
    (corpus / "articles" / "poles.md").write_text(POLES + "\nShorten them on the way up the hill.\n")

    second = ensure_build(tmp_path / "home", corpus=corpus)

    assert second != first
    assert "Shorten them" in (second / "passages.jsonl").read_text()


def test_a_damaged_build_is_made_again(corpus: Path, tmp_path: Path) -> None:
    """The note that the inputs are the same does not vouch for the build's own files."""
    first = ensure_build(tmp_path / "home", corpus=corpus)
    (first / "passages.jsonl").write_text("damaged")

    assert "Poles" in (ensure_build(tmp_path / "home", corpus=corpus) / "passages.jsonl").read_text()


def test_the_note_belongs_to_one_build(corpus: Path, tmp_path: Path) -> None:
    """A build of other articles that was made in between is not taken for theirs."""
    home, other = tmp_path / "home", tmp_path / "other"
    first = ensure_build(home, corpus=corpus)
    (other / "articles").mkdir(parents=True)
    (other / "articles" / "socks.md").write_text(POLES.replace("Poles", "Socks"))
    build(Inputs(other, ()), home, IndexSettings())

    assert inputs.seen(home)[1] == first.name
    assert ensure_build(home, corpus=corpus) == first


def test_answering_imports_no_torch_llama_index_or_chroma() -> None:
    """Each takes a second or more; answering from a small finished build needs none of them."""
    code = (
        "import sys, app.answer, app.wire, app.api, ingest.ensure;"
        "print([name for name in sys.argv[1:] if name in sys.modules])"
    )
    unwanted = ["torch", "sentence_transformers", "transformers", "llama_index", "chromadb"]
    unwanted += ["pandas", "ragas", "gradio", "scipy.sparse", "numba"]
    found = subprocess.run(
        [sys.executable, "-c", code, *unwanted], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"
