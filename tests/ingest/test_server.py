"""A Chroma server in place of the embedded store gives the same results."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ingest.build import build
from ingest.embed import Encoder
from ingest.errors import IndexUnavailable
from ingest.gather import Inputs
from ingest.settings import IndexSettings
from ingest.store import open_index

TEXT = """# Poles

## What they spare

Poles take some of the load from each step on a descent.

## Length

Shorten them on the way up.
"""


@pytest.mark.slow
def test_a_server_gives_what_the_embedded_store_gives(
    tmp_path: Path, chroma_server: tuple[str, subprocess.Popen[bytes]], encoder: Encoder
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
