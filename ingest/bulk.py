"""Embed texts by the thousand in bfloat16, where the processor multiplies that itself.

Texts of like length share a batch, and lengths are rounded up: oneDNN compiles the traced model once for each
shape, joins its steps, and the few shapes keep memory flat. Each core has a batch of its own: batches are too
small for cores to share one without waiting for each other. The cosine to float32 is .9999
(`make bench-ingest`).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from ingest.cache import Matrix
from ingest.cores import cores

if TYPE_CHECKING:
    import torch

MANY = 1_000  # so many that it is worth to import torch
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
_BATCH = 8  # texts whose numbers stay near the cores; larger ones take more memory and no less time
_STEP = 32  # tokens: to a multiple of it a batch is padded
_MAX_TOKENS = 256


def prepare_torch() -> None:
    """Import torch and transformers, offline and quiet, with a thread for each core."""
    # Read before the import: the hub's client looks at them once.
    os.environ.update(_OFFLINE)
    # Threads that spin while they wait cost a third of the time where others use the cores too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    torch.set_num_threads(cores())


class Bulk:
    """The encoder, traced in bfloat16."""

    def __init__(self, folder: Path) -> None:
        """Read and trace the model of a folder, weights and tokenizer."""
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()
        self._model = _traced(folder)
        self._workers = _workers()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts, shape (len(texts), dimension), unit norm."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        batches = list(_alike(tokens))
        rows = list(self._workers.map(self._embed, ([tokens[place] for place in batch] for batch in batches)))
        vectors = np.empty((len(texts), rows[0].shape[1]), np.float32)
        vectors[[place for batch in batches for place in batch]] = np.concatenate(rows)
        return vectors

    def _embed(self, batch: Sequence[Sequence[int]]) -> Matrix:
        import torch

        with torch.inference_mode():
            made: Matrix = self._model(*_padded(batch))[: len(batch)].numpy()
        return made


@cache
def reads_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16 itself; emulated, it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _alike(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield places of texts of like length, the longest first: what memory is needed is needed at once."""
    ranked = sorted(range(len(tokens)), key=lambda place: -len(tokens[place]))
    for start in range(0, len(ranked), _BATCH):
        yield ranked[start : start + _BATCH]


def _padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and mask, shape (`_BATCH`, a multiple of `_STEP`), with rows of a token to fill it."""
    import torch

    width = -(-max(map(len, rows)) // _STEP) * _STEP
    ids, mask = np.zeros((2, _BATCH, width), np.int64)
    mask[:, 0] = 1  # a row of nothing would be divided by zero
    for place, row in enumerate(rows):
        ids[place, : len(row)], mask[place, : len(row)] = row, 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _workers() -> ThreadPoolExecutor:
    """Return a thread for each core, each with a batch to itself; they stay: new ones take new memory."""
    import torch

    def alone() -> None:
        torch.set_num_threads(1)
        started.wait()

    workers, started = ThreadPoolExecutor(cores(), "bulk", alone), Barrier(cores() + 1)
    for _ in range(cores()):
        workers.submit(int)
    started.wait()
    torch.set_num_threads(cores())  # their one thread is not for whoever comes later
    return workers


def _traced(folder: Path) -> Any:
    prepare_torch()
    import torch
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder.to(torch.bfloat16)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            mean = (states * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(mean, dim=1)

    example = _padded([[1] * (_STEP - 1), [1] * _STEP])
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # what would replace tracing needs a compiler at hand
        torch.jit.enable_onednn_fusion(True)
        traced = torch.jit.trace(Pooled().eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
        return torch.jit.freeze(traced)
