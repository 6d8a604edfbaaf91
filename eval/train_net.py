"""Train the second net and put it in its place: `make train-net`.

Stages: learn wordings, then the hard ones, then dev and the fresh messages, then plain questions; choose
limits on messages of writers whom it never saw; write the 8-bit model. `--go-on` trains the shipped net
on, last stage alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from app.rules.catalogue import Rules, load_rules
from app.rules.net import MODEL_FOLDER, Window, load_net
from eval.net.bank import Matrix, read_messages
from eval.net.export import export, restore, steady
from eval.net.fit import Stage, fit, hardest
from eval.net.limits import LEVELS, Limits, choose_limits
from eval.net.model import RuleNet, load_tokenizer, predict

log = logging.getLogger(__name__)

SEED = 7
LEARN = ("train", "phrases", "own")
STAGES = (
    Stage(("train", "phrases"), epochs=6, rate=1.2e-4),
    Stage(LEARN, epochs=2, rate=1e-4),
    Stage(LEARN, epochs=2, rate=8e-5, cut=0.55),
    Stage(("dev", *LEARN), epochs=3, rate=8e-5, cut=0.3),
    Stage(("fresh", "dev", *LEARN), epochs=4, rate=7e-5, cut=0.4),
    Stage(("asked", "fresh", "dev", *LEARN), epochs=2, rate=5e-5, cut=0.3),
    Stage(("asked", "fresh", "dev", *LEARN), epochs=2, rate=6e-5),  # everything once more
    Stage(("asked", "fresh", "dev", *LEARN), epochs=2, rate=5e-5, in_small_talk=0.4),
)
CHOSEN_ON = "tune"  # by writers whom no stage has seen
WINDOW = Window(tokens=192, overlap=64)
START = Limits(
    {"emergency": 0.5, "same_day": 0.6, "soon": 0.75}, {"emergency": 0.001, "same_day": 0.03, "soon": 0.03}
)


def main() -> None:
    """Train, choose limits, export, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=MODEL_FOLDER, help="folder of the model (default: %(default)s)"
    )
    parser.add_argument("--go-on", action="store_true", help="train the shipped net on instead of anew")
    parser.add_argument("--limits-only", action="store_true", help="choose the shipped net's limits anew")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    if arguments.limits_only:
        net = restore(MODEL_FOLDER)
        print(json.dumps(ship(net, load_rules(), arguments.out, written=MODEL_FOLDER), indent=1))
    else:
        print(json.dumps(train(arguments.out, go_on=arguments.go_on), indent=1))


def train(out: Path, *, go_on: bool = False) -> dict[str, object]:
    """Train a net, write it to `out`, and return its figures where its limits were chosen."""
    torch.manual_seed(SEED)
    rules = load_rules()
    rule_ids = _rule_ids(rules)
    net = restore(MODEL_FOLDER) if go_on else RuleNet(len(rule_ids) + 1)
    tokenizer = load_tokenizer()
    for number, stage in list(enumerate(STAGES))[-1 if go_on else 0 :]:
        messages = hardest(net, tokenizer, read_messages(*stage.parts), rule_ids, stage)
        log.info("stage %d: %d messages", number + 1, len(messages))
        net = fit(net, tokenizer, messages, rule_ids, stage, SEED + number)
    return ship(net, rules, out)


def ship(net: RuleNet, rules: Rules, out: Path, written: Path | None = None) -> dict[str, object]:
    """Choose the limits of `net`, write it to `out`, and return its figures where they were chosen.

    Args:
        net: The network.
        rules: The rules beside which it stands.
        out: Folder of the model.
        written: Folder that holds the same net in 8 bits already; else it is written.
    """
    rule_ids, messages = _rule_ids(rules), read_messages(CHOSEN_ON)
    with tempfile.TemporaryDirectory() as scratch:
        if written is None:
            export(net, dict.fromkeys(rule_ids, 0.5), WINDOW, Path(scratch))
        eight_bit = load_net(written or Path(scratch))
        assert eight_bit is not None
        limits, found = choose_limits(messages, rules, eight_bit, START)
    thresholds, floors = limits.of_rules(rules, rule_ids)
    export(net, thresholds, WINDOW, out, floors, graph=written)
    texts = [message.text for message in messages]
    eight, full = eight_bit.probabilities(texts), _full(net, texts)
    equal = _decisions(eight, thresholds) == _decisions(full, thresholds)
    return {**asdict(limits), **asdict(found), "eight_bit_equal": float(equal.mean()), "levels": LEVELS}


def _rule_ids(rules: Rules) -> list[str]:
    return sorted(rule_id for rule_id, rule in rules.rules.items() if rule.level)


def _decisions(probabilities: Matrix, thresholds: dict[str, float]) -> np.ndarray:
    return probabilities >= np.array(list(thresholds.values()))


def _full(net: RuleNet, texts: Sequence[str]) -> Matrix:
    logits = predict(net, load_tokenizer(), texts)
    return np.asarray(torch.sigmoid(steady(torch.from_numpy(logits))).numpy(), dtype=np.float32)


if __name__ == "__main__":
    main()
