"""A small build is searched in memory, by the vectors that Chroma keeps, and without Chroma."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import Encoder
from ingest.errors import IndexUnavailable
from ingest.held import HeldVectors, write_held
from ingest.index import VECTORS, Index
from ingest.opening import open_index

_SEARCH = """
import sys
import numpy as np
from pathlib import Path
from ingest.opening import open_index
index = open_index(Path(sys.argv[1]))
assert index.search_dense(np.ones(384, np.float32), 3)
assert "chromadb" not in sys.modules
"""


@pytest.fixture
def held(digest_index: Index) -> HeldVectors:
    """The vectors of the shipped digests."""
    assert isinstance(digest_index.vectors, HeldVectors)
    return digest_index.vectors


@pytest.mark.parametrize(
    "question", ["why does my knee hurt going downhill", "wall sit", "gluteal tendinopathy"]
)
def test_it_finds_what_chroma_finds(held: HeldVectors, encoder: Encoder, question: str) -> None:
    """The same passages in the same order, with the same cosines."""
    vector = encoder.encode_query(question)

    found, queried = held.search(vector, 5), held.chroma.search_in_store(vector, 5)

    assert [i for i, _ in found] == [i for i, _ in queried]
    assert [s for _, s in found] == pytest.approx([s for _, s in queried], abs=1e-5)


def test_chroma_is_not_imported(digest_index: Index) -> None:
    """It takes a second, which who waits for a first answer would feel."""
    command = [sys.executable, "-c", _SEARCH, str(digest_index.path)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_copy_unlike_its_store_is_noticed(digest_index: Index, held: HeldVectors, tmp_path: Path) -> None:
    """One vector that Chroma keeps otherwise, one passage that is missing: the probe names both."""
    kept = held.chroma.rows_of(list(digest_index.passages))
    assert held.unfound(list(kept)) == []
    ids, rows = list(kept)[1:], np.array(list(kept.values()))[1:]
    rows[0] *= 0.5
    write_held(tmp_path / VECTORS, ids, rows)

    odd = HeldVectors.read(tmp_path / VECTORS, lambda: held.chroma)

    assert odd.unfound(list(kept)) == list(kept)[:2]


def test_a_cut_file_says_what_to_do(held: HeldVectors, digest_index: Index, tmp_path: Path) -> None:
    """Read alone, it is refused; in a build, the manifest notices first."""
    shutil.copytree(digest_index.path, tmp_path / "build")
    cut = tmp_path / "build" / VECTORS
    cut.write_bytes(cut.read_bytes()[:-200])

    with pytest.raises(IndexUnavailable, match="make index"):
        HeldVectors.read(cut, lambda: held.chroma)
    with pytest.raises(IndexUnavailable, match=VECTORS):
        open_index(tmp_path / "build")


def test_the_store_is_closed_where_it_was_opened(digest_index: Index) -> None:
    """Closing a build that never asked Chroma opens nothing."""
    with closing(open_index(digest_index.path)) as index:
        index.search_dense(np.ones(384, np.float32), 1)
    assert "chroma" not in vars(index.vectors)
