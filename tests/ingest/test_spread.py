"""On a Ray cluster the stages give the build that this process alone would make."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ingest.build import build
from ingest.gather import Inputs
from ingest.index import Index
from ingest.opening import open_index
from ingest.settings import IndexSettings

ROOT = Path(__file__).parents[2]
# Tells, while the cluster stands, on which addresses its processes listen and to whom they speak.
RUN = """
import sys
from ingest import main, spread
import psutil  # comes with Ray
stages = spread.Spread.embed
def embed(self, *arguments):
    for nodes in stages(self, *arguments):
        ours = psutil.Process()
        for process in [ours, *ours.children(recursive=True)]:
            for one in process.net_connections("tcp"):
                print("TCP", process.name(), one.status, one.laddr.ip, *one.raddr[:1], file=sys.stderr)
        yield nodes
spread.Spread.embed = embed
main.main()
"""
LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def vectors(index: Index) -> np.ndarray:
    """Every vector of a build, in the order of its passages."""
    held = index.vectors._collection.get(ids=list(index.passages), include=["embeddings"])  # type: ignore[attr-defined]
    rows = dict(zip(held["ids"], held["embeddings"], strict=True))
    return np.array([rows[i] for i in index.passages])


@pytest.mark.slow
def test_a_cluster_makes_the_same_build(
    tmp_path: Path, chroma_server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    """Id for id and byte for byte, in one Chroma server; bad inputs are named, and only loopback is open."""
    settings = IndexSettings(chroma_url=chroma_server[0])
    mine = tmp_path / "mine"
    mine.mkdir()
    for n in range(30):
        (mine / f"hut{n:02}.txt").write_text(f"Hut {n}\n\n" + f"Hut {n} has {n + 2} beds and one stove. " * 8)
    (mine / "empty.txt").write_text("")
    plain = build(Inputs(ROOT / "corpus", (mine,), with_digests=False), tmp_path / "plain", settings)
    (tmp_path / "run.py").write_text(RUN)

    command = [sys.executable, tmp_path / "run.py", mine, "--only", "--engine", "ray", "--json"]
    done = subprocess.run(
        [*command, "--out", tmp_path / "ray"],
        env={**os.environ, "KNEEWISE_CHROMA_URL": settings.chroma_url, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["skipped"] == [{"source": str(mine / "empty.txt"), "reason": "empty"}]
    here, there = open_index(tmp_path / "plain"), open_index(tmp_path / "ray")
    assert list(here.passages.values()) == list(there.passages.values())
    assert (told["build_id"], told["passages"]) == (plain.build_id, plain.passages)
    for name in ("articles.jsonl", "passages.jsonl"):
        assert (here.path / name).read_bytes() == (there.path / name).read_bytes()
    assert np.min(np.sum(vectors(here) * vectors(there), axis=1)) > 0.9999
    spoken = re.findall(r"^TCP (\S+) (?:LISTEN|ESTABLISHED) (.+)$", done.stderr, re.MULTILINE)
    assert {"raylet", "gcs_server"} <= {process for process, _ in spoken}
    assert {address for _, pair in spoken for address in pair.split()} <= LOOPBACK
