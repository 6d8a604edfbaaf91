"""A baseline that was made with other things says so."""

from __future__ import annotations

import json
from pathlib import Path

from eval.compare import read_about, staleness
from eval.markdown import as_markdown

NOW = {"system": "kneewise", "commit": "b", "build": "2", "rules_hash": "r"}
SUMMARY = {
    "questions": 0, "metrics": {}, "words": {}, "left_out": [], "guard": {}, "ragas": {}, "latency_ms": {},
}  # fmt: skip


def test_baseline_of_the_same_things_is_not_stale() -> None:
    """When it was made does not matter."""
    assert staleness({**NOW, "made": "long ago"}, NOW) == []


def test_stale_baseline_names_what_changed() -> None:
    """Another commit or build is named with both values, in the report too."""
    stale = staleness({**NOW, "commit": "a", "build": "1"}, NOW)
    changes = {"changes": [], "better": [], "worse": [], "unmatched": 0}

    text = as_markdown({**SUMMARY, "about": NOW, "baseline": {**changes, "about": {}, "stale": stale}})

    assert stale == ["commit was a, now b", "build was 1, now 2"]
    assert "is stale: commit was a, now b; build was 1, now 2" in text


def test_baseline_without_a_summary_counts_as_stale(tmp_path: Path) -> None:
    """Scores alone do not say what they were made with."""
    assert staleness(read_about(tmp_path), NOW) == ["the baseline does not say what it was made with"]
    (tmp_path / "summary.json").write_text(json.dumps({"about": NOW}))
    assert read_about(tmp_path) == NOW
