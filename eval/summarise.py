"""Put everything measured into one plain record: what summary.json holds and every report is made from."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.compare import Comparison
from eval.gates import Verdict
from eval.metrics import METRICS
from eval.redflags import GuardScores
from eval.redflags import as_json as guard_json
from eval.run import Measured, figures, figures_by_kind, latencies, left_out, words_per_answer, worst

ROOT = Path(__file__).parent.parent
_HASHED = {
    "rules": ("app/rules/data", "app/rules/model"),
    "prompts": ("app/data/prompts", "app/data/templates.toml"),
    "data": ("app/data",),
}


def provenance(about: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return what explains a figure: system, build, commit, hashes of rule and template files, seed."""
    hashes = {f"{name}_hash": file_hash(*(ROOT / f for f in folders)) for name, folders in _HASHED.items()}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {**about, **hashes, "commit": _commit(), "seed": str(seed), "made": made}


def summarise(
    measured: Measured,
    about: Mapping[str, str],
    *,
    guard: Mapping[str, GuardScores],
    ragas: Mapping[str, Any],
    notes: Sequence[str] = (),
    seed: int,
) -> dict[str, Any]:
    """Return the summary, gates and comparison aside.

    Args:
        measured: The answered set.
        about: What explains the figures, as `provenance` gives it.
        guard: Layer name (`rules`, `rules+net`) -> what the guard scored on labelled messages.
        ragas: Figures by metric; empty where ragas was not run.
        notes: What was left out of this run, and why.
        seed: Of every bootstrap.
    """
    return {
        "about": dict(about),
        "questions": len(measured.questions),
        "metrics": figures(measured, seed=seed),
        "by_kind": figures_by_kind(measured),
        "left_out": left_out(measured),
        "words": words_per_answer(measured),
        "latency_ms": latencies(measured.rows),
        "guard": {layer: guard_json(scores) for layer, scores in guard.items()},
        "ragas": dict(ragas),
        "notes": list(notes),
    }


def gate_figures(summary: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return every figure that a gate may name."""
    layers = summary["guard"]
    best = layers.get("rules+net") or layers.get("rules") or {"shares": {}}
    return {**summary["metrics"], **{f"guard.{name}": share for name, share in best["shares"].items()}}


def gates_json(
    verdicts: Sequence[Verdict], measured: Measured, summary: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the verdicts; a failed gate names its ten worst questions or messages."""
    return [
        {
            "metric": v.gate.metric,
            "bound": v.gate.bound,
            "value": v.value,
            "passed": v.passed,
            "reason": v.gate.reason,
            "worst": [] if v.passed else _worst(v.gate.metric, measured, summary),
        }
        for v in verdicts
    ]


def _worst(metric: str, measured: Measured, summary: Mapping[str, Any]) -> list[dict[str, str]]:
    if metric in METRICS:
        return [{"id": q.id, "text": " / ".join(q.turns)} for q in worst(measured, metric)]
    name = metric.removeprefix("guard.")
    wanted = {"benign": "benign", "must_not": "false"}.get(name, "missed")
    layers = summary["guard"]
    misses = (layers.get("rules+net") or layers["rules"])["misses"]
    costly = [m for m in misses if m["what"] == wanted and (wanted != "missed" or m["level"] == name)]
    return [{"id": m["id"], "text": f"{m['rule']}: {m['text']}"} for m in costly[:10]]


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison in plain values."""
    return {
        "changes": [
            {"metric": c.metric, "verdict": c.verdict, **asdict(c.difference)} for c in comparison.changes
        ],
        "better": [list(pair) for pair in comparison.better],
        "worse": [list(pair) for pair in comparison.worse],
        "unmatched": comparison.unmatched,
    }


def file_hash(*places: Path) -> str:
    """Return twelve hex digits that stand for the files named, and for all files of the folders named."""
    digest = hashlib.sha256()
    for place in places:
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
        for path in files:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
