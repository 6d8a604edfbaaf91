"""Measure both layers of the guard on the messages that nothing was trained or tuned on."""

from __future__ import annotations

from pathlib import Path

from app.rules.catalogue import Rules
from app.rules.net import Net
from eval.redflags import FOLDER, GuardScores, levels_of, load_messages, score_guard, screen_messages

TEST = FOLDER / "test.jsonl"


def guard_layers(rules: Rules, net: Net | None, path: Path = TEST) -> dict[str, GuardScores]:
    """Return the scores of the rules alone and, where there is one, of rules and net together."""
    messages, levels = load_messages(path), levels_of(rules)
    layers = {"rules": score_guard(messages, screen_messages(messages, rules, None), levels)}
    if net is not None:
        layers["rules+net"] = score_guard(messages, screen_messages(messages, rules, net), levels)
    return layers
