"""Measure both layers of the guard on the messages that nothing was trained or tuned on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.rules.catalogue import Rules
from app.rules.net import Net
from eval.errors import Fault, QuestionFileError
from eval.progress import Step, silent
from eval.redflags import FOLDER, GuardScores, Message, levels_of, load_messages, score_guard, screen_messages

TESTS = "test*.jsonl"  # every other file of the folder was learned or tuned from


def held_back(folder: Path = FOLDER) -> list[Message]:
    """Return the messages of every test file, whoever wrote them; nothing was learned from these.

    Raises:
        QuestionFileError: A line is malformed, or an id occurs in two files.
    """
    messages: dict[str, Message] = {}
    for path in sorted(folder.glob(TESTS)):
        for number, message in enumerate(load_messages(path), 1):
            if message.id in messages:
                raise QuestionFileError(path, [Fault(number, "id", f"{message.id!r} is taken")])
            messages[message.id] = message
    return list(messages.values())


def guard_layers(
    rules: Rules, net: Net | None, messages: Sequence[Message], progress: Step = silent
) -> dict[str, GuardScores]:
    """Return the scores of the rules alone and, where there is one, of rules and net together.

    Each layer screens for itself, since the net may also overrule a flag of the rules.
    """
    levels = levels_of(rules)
    nets: dict[str, Net | None] = {"rules": None} | ({} if net is None else {"rules+net": net})
    layers = {}
    for place, (name, second) in enumerate(nets.items()):
        step = _from(place * len(messages), progress)
        flags = screen_messages(messages, rules, second, step)
        fired = {mid: {flag.rule_id for flag in found} for mid, found in flags.items()}
        layers[name] = score_guard(messages, fired, levels)
    return layers


def _from(start: int, progress: Step) -> Step:
    return lambda done: progress(start + done)
