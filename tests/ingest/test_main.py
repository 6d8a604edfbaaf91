"""`kneewise-ingest` says what it did, in words and in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def ingest(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "ingest.main", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_summary_names_what_went_in_and_what_did_not(tmp_path: Path) -> None:
    """Counts, changes, and every skipped file with its reason; a second run changes nothing."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "gaiters.txt").write_text(
        "Gaiters For Mud\n\n" + "Gaiters keep mud and stones out of the boots. " * 4
    )
    (mine / "empty.txt").write_text("")

    first = ingest(mine, "--only", "--out", tmp_path / "out", "--json")
    again = ingest(mine, "--only", "--out", tmp_path / "out")

    told = json.loads(first.stdout)
    assert first.returncode == again.returncode == 0
    assert (told["articles"], told["passages"], told["added"]) == (1, 1, ["gaiters"])
    assert told["skipped"] == [{"source": str(mine / "empty.txt"), "reason": "empty"}]
    assert "unchanged" in again.stdout
    assert "skipped" in again.stdout


def test_nothing_usable_is_a_failure(tmp_path: Path) -> None:
    """Exit status 1, the reason on the error stream and in the JSON; no traceback."""
    done = ingest(tmp_path / "nowhere", "--out", tmp_path / "out", "--json")

    assert done.returncode == 1
    assert "no such file or folder" in json.loads(done.stdout)["error"]
    assert "Traceback" not in done.stderr
