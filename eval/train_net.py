"""Train the second net and put it in its place: `make train-net`.

Stages: learn wordings, then the hard ones, then dev and the fresh messages, then plain questions; write the
8-bit model. `--go-on` trains the shipped net on, last stage alone. What it hears is weighed anew then
(`eval/fit_chance.py`), and measured on messages of writers whom it never saw (`eval/guard.py`).
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from app.rules.catalogue import load_rules
from app.rules.net import MODEL_FOLDER, Window, load_net
from eval.net.bank import Matrix, read_messages
from eval.net.export import export, restore, steady
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
    Stage(("fresh", "dev", *LEARN), epochs=4, rate=7e-5, cut=0.4),
    Stage(("asked", "fresh", "dev", *LEARN), epochs=2, rate=5e-5, cut=0.3),
    Stage(("asked", "fresh", "dev", *LEARN), epochs=2, rate=6e-5),  # everything once more
    Stage(("asked", "fresh", "dev", *LEARN), epochs=2, rate=5e-5, in_small_talk=0.4),
)
COMPARED_ON = "tune"  # by writers whom no stage has seen
WINDOW = Window(tokens=192, overlap=64)
WEIGHED_FROM = 0.15  # probability of a rule that only the net hears
# A knee that is only swollen is heard as badly swollen at .2 to .4.
WEIGHED_LATER = {"badly-swollen": 0.6}
DECIDED = 0.5  # probability by which the two are compared
# Probability from which the log odds of a rule are counted; a level's, as a rule has some dozen cases.
FLOORS: Mapping[str, float] = {"emergency": 0.001, "same_day": 0.03, "soon": 0.03}


def main() -> None:
    """Train, export, and print how far the 8-bit model decides alike, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=MODEL_FOLDER, help="folder of the model (default: %(default)s)"
    )
    parser.add_argument("--go-on", action="store_true", help="train the shipped net on instead of anew")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    print(json.dumps(train(arguments.out, go_on=arguments.go_on), indent=1))


def train(out: Path, *, go_on: bool = False) -> dict[str, float]:
    """Train a net, write it to `out`, and return what `ship` does."""
    torch.manual_seed(SEED)
    rule_ids = _rule_ids()
    net = restore(MODEL_FOLDER) if go_on else RuleNet(len(rule_ids) + 1)
    tokenizer = load_tokenizer()
    for number, stage in list(enumerate(STAGES))[-1 if go_on else 0 :]:
        messages = hardest(net, tokenizer, read_messages(*stage.parts), rule_ids, stage)
        log.info("stage %d: %d messages", number + 1, len(messages))
        net = fit(net, tokenizer, messages, rule_ids, stage, SEED + number)
    return ship(net, out)


def ship(net: RuleNet, out: Path) -> dict[str, float]:
    """Write `net` to `out`; return the share of messages of which the 8-bit model decides alike."""
    levels = {rule_id: rule.level.word for rule_id, rule in load_rules().rules.items()}
    rule_ids = _rule_ids()
    floors = {rule_id: FLOORS[levels[rule_id]] for rule_id in rule_ids}
    thresholds = dict.fromkeys(rule_ids, WEIGHED_FROM) | WEIGHED_LATER
    export(net, thresholds, WINDOW, out, floors)
    eight_bit = load_net(out)
    assert eight_bit is not None
    texts = [message.text for message in read_messages(COMPARED_ON)]
    eight, full = eight_bit.probabilities(texts), _full(net, texts)
    return {"eight_bit_equal": float(((eight >= DECIDED) == (full >= DECIDED)).mean())}


def _rule_ids() -> list[str]:
    return sorted(rule_id for rule_id, rule in load_rules().rules.items() if rule.level)


def _full(net: RuleNet, texts: Sequence[str]) -> Matrix:
    logits = predict(net, load_tokenizer(), texts)
    return np.asarray(torch.sigmoid(steady(torch.from_numpy(logits))).numpy(), dtype=np.float32)


if __name__ == "__main__":
    main()
