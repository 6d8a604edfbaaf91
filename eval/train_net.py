"""Train the second net and put it in its place: `make train-net`.

Stages: learn wordings, then the hard ones; choose thresholds on dev; learn dev too; write the 8-bit model.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.rules.catalogue import Rules, load_rules
from app.rules.net import MODEL_FOLDER, Window, load_net
from app.rules.records import Level, Reading
from app.rules.screen import screen
from eval.net.bank import Matrix, Message, read_messages
from eval.net.calibrate import (
    Budget,
    choose_thresholds,
    cross_fit,
    false_alarms,
    judge,
    recall_by_level,
    within_budget,
)
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
)
LAST = Stage(("dev", *LEARN), epochs=3, rate=8e-5, cut=0.3)
WINDOW = Window(tokens=192, overlap=64)
# How far each threshold is raised towards 1, by level: a missed emergency costs more than a needless
# question, a `soon` flag on every plain question is noise. Chosen on 161 messages and 200 questions.
RAISE = {Level.EMERGENCY: 0.0, Level.SAME_DAY: 0.2, Level.SOON: 0.6}
BUDGET = Budget(benign=0.025, must_not=0.03)  # on messages the thresholds were not chosen on
NEVER = -20.0  # the logit of a rule that may not speak
GAINS = {"emergency": 2.0, "same_day": 1.2, "soon": 0.7}


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
    for number, stage in enumerate((*STAGES, LAST)):
        if stage is LAST:
            thresholds, figures = calibrate(net, rules, rule_ids)
        messages = hardest(net, tokenizer, read_messages(*stage.parts), rule_ids, stage)
        log.info("stage %d: %d messages", number + 1, len(messages))
        net = fit(net, tokenizer, messages, rule_ids, stage, SEED + number)
    share = {rule_id: RAISE[rules.rules[rule_id].level] for rule_id in thresholds}
    raised = {
        rule_id: round(value + share[rule_id] * (1 - value), 3) for rule_id, value in thresholds.items()
    }
    export(net, raised, WINDOW, out)
    return figures


def calibrate(net: RuleNet, rules: Rules, rule_ids: list[str]) -> tuple[dict[str, float], dict[str, object]]:
    """Choose thresholds on dev, for the 8-bit net in its place behind the rules' own denials."""
    dev = read_messages("dev")
    levels = [rules.rules[rule_id].level.word for rule_id in rule_ids]
    eight_bit, full = _logits_of_eight_bits(net, rule_ids, dev), _logits(net, dev)
    heard, judged = np.where(silenced(dev, rules, rule_ids), NEVER, eight_bit), judge(dev, rule_ids)
    gains = np.array([GAINS[level] for level in levels], dtype=np.float32)
    price = within_budget(heard, judged, gains, BUDGET)
    chosen = choose_thresholds(heard, judged, gains, price)
    equal = (eight_bit >= chosen) == (full >= chosen)
    figures: dict[str, object] = {"price": price, "eight_bit_equal": float(equal.mean())}
    for name, fired in (("unseen", cross_fit(heard, judged, gains, price)), ("seen", heard >= chosen)):
        alarmed, wrong = false_alarms(fired, judged)
        recall = recall_by_level(fired, judged, levels)
        figures[name] = {"recall": recall, "benign_alarmed": alarmed, "must_not_fired": wrong}
    probabilities = (1 / (1 + np.exp(-chosen.astype(np.float64)))).round(3)
    return dict(zip(rule_ids, probabilities.tolist(), strict=True)), figures


def silenced(messages: list[Message], rules: Rules, rule_ids: list[str]) -> NDArray[np.bool_]:
    """Where the rules heard a denial and would not let the net speak; shape (messages, rules)."""
    everything = dict.fromkeys(rule_ids, 1.0)
    rows = []
    for message in messages:
        shown = {flag.rule_id for flag in screen(message.turns, rules, net=lambda _: Reading(everything)).flags}
        rows.append([rule_id not in shown for rule_id in rule_ids])
    return np.array(rows)


def _logits(net: RuleNet, messages: list[Message]) -> Matrix:
    logits = predict(net, load_tokenizer(), [message.text for message in messages])
    return np.asarray(steady(torch.from_numpy(logits)).numpy(), dtype=np.float32)


def _logits_of_eight_bits(net: RuleNet, rule_ids: list[str], messages: list[Message]) -> Matrix:
    with tempfile.TemporaryDirectory() as scratch:
        export(net, dict.fromkeys(rule_ids, 0.5), WINDOW, Path(scratch))
        eight_bit = load_net(Path(scratch))
        assert eight_bit is not None
        scores = eight_bit.probabilities([message.text for message in messages]).clip(1e-6, 1 - 1e-6)
    return np.asarray(np.log(scores / (1 - scores)), dtype=np.float32)


if __name__ == "__main__":
    main()
