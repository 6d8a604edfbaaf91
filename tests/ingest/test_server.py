"""A Chroma server in place of the embedded store gives the same results."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import chromadb
import pytest

from ingest import locate, manifest
from ingest.build import build
from ingest.embed import Encoder
from ingest.errors import BuildFailed, IndexUnavailable
from ingest.gather import Inputs
from ingest.opening import open_index
from ingest.settings import IndexSettings

ChromaServer = tuple[str, subprocess.Popen[bytes]]
TEXT = """# Poles

## What they spare

Poles take some of the load from each step on a descent.

## Length

Shorten them on the way up.
"""


@pytest.mark.slow
def test_a_server_gives_what_the_embedded_store_gives(
    tmp_path: Path, chroma_server: ChromaServer, encoder: Encoder
) -> None:
    """The same passages, in the same order; and an error that says so when it goes away."""
    url, process = chroma_server
    (tmp_path / "corpus" / "articles").mkdir(parents=True)
    (tmp_path / "corpus" / "articles" / "poles.md").write_text(TEXT)
    inputs = Inputs(tmp_path / "corpus", ())
    build(inputs, tmp_path / "embedded", IndexSettings())
    build(inputs, tmp_path / "served", IndexSettings(chroma_url=url))
    embedded, served = open_index(tmp_path / "embedded"), open_index(tmp_path / "served")
    vector = encoder.encode_query("how long should the poles be?")

    expected = embedded.search_dense(vector, 2)
    found = served.search_dense(vector, 2)

    assert [i for i, _ in found] == [i for i, _ in expected]
    assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-4)
    process.kill()
    process.wait()
    with pytest.raises(IndexUnavailable, match="does not answer"):
        served.search_dense(vector, 2)
    with pytest.raises(IndexUnavailable, match=f"{url} does not answer"):
        open_index(tmp_path / "served")


@pytest.mark.slow
def test_a_server_killed_on_the_way_costs_nothing(
    tmp_path: Path, chroma_server: ChromaServer, start_chroma: Callable[[str], ChromaServer]
) -> None:
    """The error names the server; when it is back the old build serves, and nothing is embedded twice."""
    url, process = chroma_server
    settings = IndexSettings(chroma_url=url)
    (tmp_path / "corpus" / "articles").mkdir(parents=True)
    (tmp_path / "corpus" / "articles" / "poles.md").write_text(TEXT)
    inputs, out = Inputs(tmp_path / "corpus", ()), tmp_path / "out"
    before = build(inputs, out, settings)
    (tmp_path / "corpus" / "articles" / "boots.md").write_text(TEXT.replace("Poles", "Boots"))

    def kill(stage: str, _done: int, _total: int | None) -> None:
        if stage == "embed":
            process.kill()
            process.wait()

    with pytest.raises(BuildFailed, match=r"old build still serves|does not answer"):
        build(inputs, out, settings, kill)
    with pytest.raises(IndexUnavailable, match=f"{url} does not answer"):
        open_index(out)
    start_chroma(url)

    index = open_index(out)
    assert index.build_id == before.build_id
    assert index.vectors.ids() == set(index.passages)
    index.close()
    assert build(inputs, out, settings).embedded < before.embedded


@pytest.mark.slow
def test_a_server_keeps_the_collections_of_the_builds_kept(
    tmp_path: Path, chroma_server: ChromaServer
) -> None:
    """Of older builds and of interrupted ones nothing stays; another folder's are left alone."""
    settings = IndexSettings(chroma_url=chroma_server[0])
    articles = tmp_path / "corpus" / "articles"
    articles.mkdir(parents=True)
    (articles / "poles.md").write_text(TEXT)
    inputs = Inputs(tmp_path / "corpus", ())
    other = build(inputs, tmp_path / "other", settings)
    for n in range(4):
        (articles / "poles.md").write_text(f"{TEXT}\nThis is edition {n}.\n")
        build(inputs, tmp_path / "out", settings)

    names = {
        c.name for c in chromadb.HttpClient(port=int(settings.chroma_url.split(":")[2])).list_collections()
    }

    assert names == {manifest.read(b).collection for b in [*locate.finished(tmp_path / "out"), other.path]}
    assert len(names) == 4
