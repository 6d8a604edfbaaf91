"""Killed at any moment, the old build serves, and the next run finishes the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.kills import Rehearsal
from ingest import locate


@pytest.mark.slow
def test_kills_lose_nothing(tmp_path: Path) -> None:
    """No wrong answer, no lost build, no text embedded twice; `make kills` does fifty."""
    rehearsal = Rehearsal(tmp_path, seed=8)

    found = rehearsal.run(3)

    assert found.wrong == []
    assert (found.kills, found.finished) == (3, 1)
    assert found.embedded + found.saved >= 80  # forty huts: a passage and a sentence each
    (locate.find_build(tmp_path / "out") / "passages.jsonl").write_text("")
    rehearsal.look()
    assert "damaged" in found.wrong[0], "a loss is not seen"
