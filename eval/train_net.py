"""Train the second net and put it in its place: `make train-net`.

Stages: learn wordings, then the hard ones, then dev and the fresh messages; choose limits on messages of
a writer whom it never saw; write the 8-bit model.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.rules.catalogue import Rules, load_rules
from app.rules.net import MODEL_FOLDER, Window, load_net
from app.rules.records import Reading, Status
from app.rules.screen import screen
from eval.net.bank import Matrix, Message, read_messages
from eval.net.calibrate import Budget, Scene, choose_limits, false_alarms, judge, recall_by_level
from eval.net.export import export, steady
from eval.net.fit import Stage, fit, hardest
from eval.net.model import RuleNet, load_tokenizer, predict

log = logging.getLogger(__name__)

SEED = 7
LEARN = ("train", "phrases", "own")
STAGES = (
    Stage(("train", "phrases"), epochs=6, rate=1.2e-4),
    Stage(LEARN, epochs=2, rate=1e-4),
    Stage(LEARN, epochs=2, rate=8e-5, cut=0.55),
    Stage(("dev", *LEARN), epochs=3, rate=8e-5, cut=0.3),
    Stage(("fresh", "dev", *LEARN), epochs=4, rate=1e-4, cut=0.3),
)
CHOSEN_ON = "tune"  # by a writer whom no stage has seen
WINDOW = Window(tokens=192, overlap=64)
BUDGET = Budget(benign=0.03, must_not=0.02)
GAINS = {"emergency": 2.0, "same_day": 1.5, "soon": 1.0}  # a missed emergency costs most


def main() -> None:
    """Train, calibrate, export, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=MODEL_FOLDER, help="folder of the model (default: %(default)s)"
    )
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    print(json.dumps(train(arguments.out), indent=1))


def train(out: Path) -> dict[str, object]:
    """Train a net, write it to `out`, and return its figures on dev before dev was learned."""
    torch.manual_seed(SEED)
    rules = load_rules()
    rule_ids = sorted(rule_id for rule_id, rule in rules.rules.items() if rule.level)
    net, tokenizer = RuleNet(len(rule_ids) + 1), load_tokenizer()
    for number, stage in enumerate(STAGES):
        messages = hardest(net, tokenizer, read_messages(*stage.parts), rule_ids, stage)
        log.info("stage %d: %d messages", number + 1, len(messages))
        net = fit(net, tokenizer, messages, rule_ids, stage, SEED + number)
    return ship(net, rules, rule_ids, out)


def ship(net: RuleNet, rules: Rules, rule_ids: list[str], out: Path) -> dict[str, object]:
    """Choose the limits of `net`, write it to `out`, and return its figures where they were chosen."""
    messages = read_messages(CHOSEN_ON)
    eight_bit, full = _of_eight_bits(net, rule_ids, messages), _probabilities(net, messages)
    levels = {rule_id: rules.rules[rule_id].level.word for rule_id in rule_ids}
    silent = silenced(messages, rules, rule_ids)
    scene = Scene(
        eight_bit, heard(messages, rules, rule_ids), silent, judge(messages, rule_ids), (*levels.values(),)
    )
    limits = choose_limits(scene, GAINS, BUDGET)
    thresholds, floors = (
        {rule_id: limit[level] for rule_id, level in levels.items()}
        for limit in (limits.threshold, limits.floor)
    )
    export(net, thresholds, WINDOW, out, floors)
    shown = scene.shown(limits)
    alarmed, wrong = false_alarms(shown, scene.judged)
    same = shown == replace(scene, probabilities=full).shown(limits)
    return {
        "threshold": dict(limits.threshold),
        "floor": dict(limits.floor),
        "recall": recall_by_level(shown, scene.judged, scene.levels),
        "benign_alarmed": alarmed,
        "must_not_fired": wrong,
        "eight_bit_equal": float(same.mean()),
    }


def heard(messages: list[Message], rules: Rules, rule_ids: list[str]) -> NDArray[np.bool_]:
    """Where the rules fire by themselves; shape (messages, rules)."""
    rows = []
    for message in messages:
        live = {f.rule_id for f in screen(message.turns, rules).flags if f.status is not Status.PAST}
        rows.append([rule_id in live for rule_id in rule_ids])
    return np.array(rows)


def silenced(messages: list[Message], rules: Rules, rule_ids: list[str]) -> NDArray[np.bool_]:
    """Where the rules heard a denial and would not let the net speak; shape (messages, rules)."""
    everything = dict.fromkeys(rule_ids, 1.0)
    rows = []
    for message in messages:
        shown = {
            flag.rule_id for flag in screen(message.turns, rules, net=lambda _: Reading(everything)).flags
        }
        rows.append([rule_id not in shown for rule_id in rule_ids])
    return np.array(rows)


def _probabilities(net: RuleNet, messages: list[Message]) -> Matrix:
    logits = predict(net, load_tokenizer(), [message.text for message in messages])
    return np.asarray(torch.sigmoid(steady(torch.from_numpy(logits))).numpy(), dtype=np.float32)


def _of_eight_bits(net: RuleNet, rule_ids: list[str], messages: list[Message]) -> Matrix:
    with tempfile.TemporaryDirectory() as scratch:
        export(net, dict.fromkeys(rule_ids, 0.5), WINDOW, Path(scratch))
        eight_bit = load_net(Path(scratch))
        assert eight_bit is not None
        return eight_bit.probabilities([message.text for message in messages])


if __name__ == "__main__":
    main()
