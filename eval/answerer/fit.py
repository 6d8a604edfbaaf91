"""Tune the encoder: the sentences that answer a question become its nearest ones."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers import AutoModel, PreTrainedTokenizerBase

from eval.answerer.rows import Pool, Row
from eval.net.augment import mistype
from eval.net.model import checked_folder, half_precision

log = logging.getLogger(__name__)

EPOCHS, RATE, BATCH = 4, 1e-4, 32
FROZEN = 3  # layers from below that stay as they are: the rows are few, and it saves a third of the time
HARD, OF_HARDEST = 2, 12  # wrong sentences shown beside each question, drawn from its nearest wrong ones
TEMPERATURE = 0.05
NONE = 0.5  # cosine of "no sentence answers": a right answer has to lie nearer, and all others farther
MISTYPED = 0.25
TOKENS = 96


class AnswerNet(nn.Module):
    """MiniLM with mean pooling; vectors of unit norm."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(checked_folder(), attn_implementation="eager")
        self.encoder.embeddings.requires_grad_(False)
        self.encoder.encoder.layer[:FROZEN].requires_grad_(False)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Vectors, shape (texts, 384), of token ids of shape (texts, tokens)."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return normalize(((states * weights).sum(1) / weights.sum(1)).float(), dim=1)


def embed(net: AnswerNet, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], size: int = 48) -> Tensor:
    """Embed `texts`, shape (len(texts), 384), in their order; batches are of like length."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts = []
    for start in range(0, len(order), size):
        encoded = tokenizer(
            [texts[i] for i in order[start : start + size]],
            padding=True, truncation=True, max_length=TOKENS, return_tensors="pt",
        )  # fmt: skip
        with half_precision():
            parts.append(net(encoded["input_ids"], encoded["attention_mask"]))
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(parts)[back]


def fit(
    tokenizer: PreTrainedTokenizerBase, pools: Sequence[Pool], rows: Sequence[Row], seed: int
) -> AnswerNet:
    """Tune a fresh encoder on `rows` over `pools`."""
    torch.manual_seed(seed)
    chance, net = random.Random(seed), AnswerNet()
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01, fused=True)
    steps = EPOCHS * -(-len({row.question for row in rows}) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    for epoch in range(EPOCHS):
        began, losses = time.perf_counter(), []
        shown = one_pool_each(rows, chance)
        beside = list(zip(shown, hardest(net, tokenizer, pools, shown), strict=True))
        net.train()
        for start in range(0, len(beside), BATCH):
            loss = _loss(net, tokenizer, pools, beside[start : start + BATCH], chance)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        log.info("epoch %d: loss %.3f, %.0f s", epoch + 1, np.mean(losses), time.perf_counter() - began)
    return net.eval()


def one_pool_each(rows: Sequence[Row], chance: random.Random) -> list[Row]:
    """Return the rows in a new order, each question once: in its digest one time, in the original another."""
    mixed = list(rows)
    chance.shuffle(mixed)
    return list({row.question: row for row in mixed}.values())


@torch.no_grad()
def hardest(
    net: AnswerNet, tokenizer: PreTrainedTokenizerBase, pools: Sequence[Pool], rows: Sequence[Row]
) -> list[list[int]]:
    """Return, for each row, the wrong sentences of its pool that lie nearest to its question."""
    net.eval()
    sentences = [embed(net, tokenizer, pool.texts) for pool in pools]
    questions = embed(net, tokenizer, [row.question for row in rows])
    found = []
    for row, question in zip(rows, questions, strict=True):
        near = (sentences[row.pool] @ question).argsort(descending=True).tolist()
        found.append([i for i in near if i not in row.answers][:OF_HARDEST])
    return found


def _loss(
    net: AnswerNet,
    tokenizer: PreTrainedTokenizerBase,
    pools: Sequence[Pool],
    group: Sequence[tuple[Row, list[int]]],
    chance: random.Random,
) -> Tensor:
    shown: dict[tuple[int, int], None] = {}
    for row, wrong in group:
        right = chance.choices(list(row.answers), list(row.answers.values())) if row.answers else []
        shown |= dict.fromkeys((row.pool, i) for i in (*right, *chance.sample(wrong, min(HARD, len(wrong)))))
    questions = [
        mistype(row.question, chance) if chance.random() < MISTYPED else row.question for row, _ in group
    ]
    vectors = embed(net, tokenizer, questions + [pools[pool].texts[i] for pool, i in shown])
    near = vectors[: len(group)] @ vectors[len(group) :].T
    scores = torch.cat([near, near.new_full((len(group), 1), NONE)], 1) / TEMPERATURE
    wanted, barred = torch.zeros_like(scores), torch.zeros_like(scores)
    for at, (row, _) in enumerate(group):
        for column, (pool, i) in enumerate(shown):
            if pool == row.pool:
                wanted[at, column] = row.answers.get(i, 0.0)
            else:  # the same may be said there in other words
                barred[at, column] = -1e4
        wanted[at, -1] = float(not row.answers)
    wanted /= wanted.sum(1, keepdim=True)
    return -(wanted * torch.log_softmax(scores + barred, 1)).sum(1).mean()


@torch.no_grad()
def judge(
    net: AnswerNet, tokenizer: PreTrainedTokenizerBase, pools: Sequence[Pool], rows: Sequence[Row]
) -> Mapping[str, float]:
    """Count, over whole pools: is the nearest sentence an answer, is one of three, what share of nine.

    Of questions that have no answer: how often none lies nearer than `NONE`.
    """
    net.eval()
    sentences = [embed(net, tokenizer, pool.texts) for pool in pools]
    first = three = share = nothing = 0.0
    for row, question in zip(rows, embed(net, tokenizer, [row.question for row in rows]), strict=True):
        similarities = sentences[row.pool] @ question
        near = similarities.argsort(descending=True).tolist()
        nothing += float(similarities.max()) < NONE
        if not row.answers:
            continue
        first += near[0] in row.answers
        three += bool(set(near[:3]) & set(row.answers))
        share += len(set(near[:9]) & set(row.answers)) / len(row.answers)
    count = max(1, len(rows))
    shares = {"first": first, "in 3": three, "recall@9": share, "none near": nothing}
    return {name: value / count for name, value in shares.items()} | {"n": len(rows)}
