"""Fine-tune the network on labelled messages."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from eval.net.augment import augment
from eval.net.bank import Message, label
from eval.net.model import MAX_TOKENS, RuleNet, batches, load_tokenizer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network is trained; written into its card.

    Attributes:
        epochs: Passes over the messages.
        batch: Messages in a step.
        encoder_rate: Peak learning rate of the encoder (one-cycle).
        head_rate: Peak learning rate of the head.
        ema: Decay, a step, of the averaged weights that are kept.
        varied: Whether messages are augmented.
        seed: Of every random choice.
        threads: Processor threads.
    """

    epochs: int = 10
    batch: int = 32
    encoder_rate: float = 1.2e-4
    head_rate: float = 2e-3
    ema: float = 0.99
    varied: bool = True
    seed: int = 7
    threads: int = 2


def fit(
    messages: list[Message],
    rule_ids: list[str],
    recipe: Recipe,
    after_epoch: Callable[[int, RuleNet], None] | None = None,
) -> RuleNet:
    """Fine-tune a network on `messages`; the same recipe gives the same network on the same machine."""
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    chance, order = random.Random(recipe.seed), np.random.default_rng(recipe.seed)
    net, tokenizer = RuleNet(len(rule_ids) + 1), load_tokenizer()
    steps = recipe.epochs * -(-len(messages) // recipe.batch)
    optimizer, schedule = _optimizer(net, recipe, steps)
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema))
    for epoch in range(recipe.epochs):
        began, losses = time.perf_counter(), []
        shown = augment(messages, chance) if recipe.varied and epoch < recipe.epochs - 1 else messages
        targets, weights = label(shown, rule_ids)
        net.train()
        for group in batches([len(m.text) for m in shown], recipe.batch, order):
            encoded = tokenizer(
                [shown[i].text for i in group],
                padding=True,
                truncation=True,
                max_length=MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(encoded["input_ids"], encoded["attention_mask"])
            loss = binary_cross_entropy_with_logits(
                logits.float(),
                torch.from_numpy(targets[group]),
                weight=torch.from_numpy(weights[group]),
                reduction="sum",
            ) / len(group)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            averaged.update_parameters(net)
            losses.append(loss.item())
        log.info("epoch %d: loss %.3f, %.0f s", epoch + 1, np.mean(losses), time.perf_counter() - began)
        if after_epoch:
            after_epoch(epoch, averaged.module)
    return averaged.module


def _optimizer(
    net: RuleNet, recipe: Recipe, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    # The word vectors stay as they were learned on a thousand million sentences: the bank is small.
    net.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    encoder = [p for p in net.encoder.parameters() if p.requires_grad]
    groups = [{"params": encoder}, {"params": net.head.parameters()}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.encoder_rate, weight_decay=0.01, fused=True)
    rates = [recipe.encoder_rate, recipe.head_rate]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
    return optimizer, schedule
