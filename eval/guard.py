"""Measure both layers of the guard: on messages that nothing was trained or tuned on, or on your own.

python -m eval.guard mine.jsonl     one JSON object a line, as eval/messages/README.md says
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.rules.catalogue import Rules, load_rules
from app.rules.net import Net, load_net
from eval.errors import Fault, QuestionFileError
from eval.markdown import guard_tables, table
from eval.progress import Step, silent
from eval.redflags import (
    FOLDER,
    GuardScores,
    Message,
    as_json,
    levels_of,
    load_messages,
    score_guard,
    screen_messages,
)

TESTS = "test*.jsonl"  # every other file of the folder was learned or tuned from


def held_back(folder: Path = FOLDER) -> list[Message]:
    """Return the messages of every test file, whoever wrote them; nothing was learned from these.

    Raises:
        QuestionFileError: A line is malformed, or an id occurs in two files.
    """
    return _read(sorted(folder.glob(TESTS)))


def _read(paths: Sequence[Path]) -> list[Message]:
    messages: dict[str, Message] = {}
    for path in paths:
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what the rules, and rules and net, find in labelled messages, and with --misses every error."""
    parser = argparse.ArgumentParser(prog="eval.guard", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="messages; default: eval/messages/test*.jsonl")
    parser.add_argument("--misses", action="store_true", help="print what was missed and what cried wolf")
    options = parser.parse_args(arguments)
    try:
        messages = _read(options.files) if options.files else held_back()
    except (OSError, QuestionFileError) as error:
        parser.error(str(error))
    if not messages:
        parser.error("the files hold no message")
    layers = guard_layers(load_rules(), load_net(), messages)
    print(guard_tables({name: as_json(scores) for name, scores in layers.items()}))
    if options.misses:
        last = list(layers.values())[-1]
        print("\n" + table(["message", "what", "rule", "level", "its last words"], last.misses))


if __name__ == "__main__":
    main()
