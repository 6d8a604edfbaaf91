"""Measure both layers of the guard on the messages that nothing was trained or tuned on."""

from __future__ import annotations

from pathlib import Path

from app.rules.catalogue import Rules
from app.rules.net import Net
from app.rules.records import Status
from eval.redflags import FOLDER, GuardScores, levels_of, load_messages, score_guard, screen_messages

TEST = FOLDER / "test.jsonl"


def guard_layers(rules: Rules, net: Net | None, path: Path = TEST) -> dict[str, GuardScores]:
    """Return the scores of the rules alone and, where there is one, of rules and net together."""
    messages, levels = load_messages(path), levels_of(rules)
    flags = screen_messages(messages, rules, net)
    asserted = {
        mid: {f.rule_id for f in found if f.status is not Status.POSSIBLE} for mid, found in flags.items()
    }
    layers = {"rules": score_guard(messages, asserted, levels)}
    if net is not None:
        everything = {mid: {f.rule_id for f in found} for mid, found in flags.items()}
        layers["rules+net"] = score_guard(messages, everything, levels)
    return layers
