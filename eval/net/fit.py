"""Fine-tune the network on labelled messages, one stage after another."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import PreTrainedTokenizerBase

from eval.net.augment import augment, end, in_small_talk
from eval.net.bank import Matrix, Message, label
from eval.net.model import MAX_TOKENS, RuleNet, batches, half_precision, predict

log = logging.getLogger(__name__)

BATCH = 32
HEAD_RATE = 16  # times the encoder's learning rate: the head starts from nothing
EMA = 0.99  # decay, a step, of the averaged weights that are kept
REPLAYED = 0.05  # of the easy messages, so that they are not forgotten
# Writers of thin places, and the last ones: shown whole.
ALWAYS = frozenset(
    [
        "W7",
        *(f"W{n}" for n in (10, 11, 12, 13, 14, 27, 28, 29, 30, 31, 32, 33, *range(35, 42), *range(53, 195))),
    ]
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One run over part of the bank.

    Attributes:
        parts: Files of the bank.
        epochs: Passes; the last one shows the messages as they were written, but for their ends.
        rate: Peak learning rate of the encoder (one-cycle).
        cut: Loss at which a message counts as hard: easier ones of `train` and `phrases` are left out.
        in_small_talk: Share of the short messages that are told again in small talk.
    """

    parts: tuple[str, ...]
    epochs: int
    rate: float
    cut: float = 0.0
    in_small_talk: float = 0.0


def hardest(
    net: RuleNet,
    tokenizer: PreTrainedTokenizerBase,
    messages: list[Message],
    rule_ids: list[str],
    stage: Stage,
) -> list[Message]:
    """Keep the messages that `net` still gets wrong or is unsure of, and a few of the others."""
    if not stage.cut:
        return messages
    chance = random.Random(len(messages))
    logits = torch.from_numpy(predict(net, tokenizer, [m.text for m in messages]))
    losses = _loss(logits, *label(messages, rule_ids)).sum(1).tolist()
    return [
        message
        for message, loss in zip(messages, losses, strict=True)
        if loss > stage.cut or message.message_id.split("-")[0] in ALWAYS or chance.random() < REPLAYED
    ]


def fit(
    net: RuleNet,
    tokenizer: PreTrainedTokenizerBase,
    messages: list[Message],
    rule_ids: list[str],
    stage: Stage,
    seed: int,
) -> RuleNet:
    """Fine-tune `net` on `messages`; returns the running average of its weights."""
    torch.manual_seed(seed)
    chance, order = random.Random(seed), np.random.default_rng(seed)
    messages = [*messages, *in_small_talk(messages, stage.in_small_talk, chance)]
    optimizer, schedule = _optimizer(net, stage, stage.epochs * -(-len(messages) // BATCH))
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(EMA))  # type: ignore[no-untyped-call]
    for epoch in range(stage.epochs):
        began, losses = time.perf_counter(), []
        shown = augment(messages, chance) if epoch < stage.epochs - 1 else messages
        shown = [end(message, chance) for message in shown]
        targets, weights = label(shown, rule_ids)
        net.train()
        for group in batches([len(m.text) for m in shown], BATCH, order):
            logits = _forward(net, tokenizer, [shown[i].text for i in group])
            loss = _loss(logits, targets[group], weights[group]).sum() / len(group)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            averaged.update_parameters(net)
            losses.append(loss.item())
        log.info("epoch %d: loss %.3f, %.0f s", epoch + 1, np.mean(losses), time.perf_counter() - began)
    return cast(RuleNet, averaged.module)


def _forward(net: RuleNet, tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> Tensor:
    encoded = tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
    with half_precision():
        logits: Tensor = net(encoded["input_ids"], encoded["attention_mask"])
    return logits.float()


def _loss(logits: Tensor, targets: Matrix, weights: Matrix) -> Tensor:
    return binary_cross_entropy_with_logits(
        logits, torch.from_numpy(targets), weight=torch.from_numpy(weights), reduction="none"
    )


def _optimizer(
    net: RuleNet, stage: Stage, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    # The word vectors stay as they were learned on a thousand million sentences: the bank is small.
    net.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    encoder = [p for p in net.encoder.parameters() if p.requires_grad]
    heads = [*net.head.parameters(), *net.look.parameters(), *net.weigh.parameters()]
    groups: list[dict[str, Any]] = [{"params": encoder}, {"params": heads}]
    optimizer = torch.optim.AdamW(groups, lr=stage.rate, weight_decay=0.01, fused=True)
    rates = [stage.rate, stage.rate * HEAD_RATE]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
    return optimizer, schedule
