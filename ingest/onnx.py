"""Run the encoder through ONNX Runtime from the same weights: no torch to import, less time for each text.

The graph is exported once, when a build is made, and kept beside the builds with its hash.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from ingest.cores import cores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_GRAPH, _STAMP = "query.onnx", "query.json"
_MAX_TOKENS = 256
_OPSET = 17


def open_session(graph: Path | bytes) -> InferenceSession:
    """Open a graph, a file or its content, for one text at a time.

    One thread a question: with two, waiting cores made the slow ones slower. The fused kernel for adding and
    normalising is slower than its parts: without it a graph in 8 bits takes less time.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


class Graph:
    """The exported encoder; safe to share between threads."""

    def __init__(self, graph: Path | bytes, tokenizer: Path) -> None:
        """Open a graph, a file or its content."""
        self._session = open_session(graph)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()

    def __call__(self, text: str) -> npt.NDArray[np.float32]:
        """Embed one text, shape (dimension,), unit norm."""
        return self.run(self.tokenize(text).ids)[0]

    def tokenize(self, text: str) -> Encoding:
        """Cut a text into the tokens that the graph reads."""
        return self._tokenizer.encode(text)

    def run(self, ids: Sequence[int]) -> list[npt.NDArray[np.float32]]:
        """Return all outputs of the graph for the tokens of one text, the first one its vector."""
        row = np.array([ids], np.int64)
        outputs = self._session.run(None, {"ids": row, "mask": np.ones_like(row)})
        return [np.asarray(output[0], np.float32) for output in outputs]

    def batch(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed several texts (at least one) in one run, padded to the longest; as `encode` but for rounding.

        It saves a twentieth at most (`make bench`): a question is long enough to keep a core busy.
        """
        rows = [self._tokenizer.encode(text).ids for text in texts]
        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
        vectors = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return np.asarray(vectors, np.float32)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed each of several texts (at least one), a core each, shape (len(texts), dimension).

        Nothing is padded, so it takes less time than in batches; in 8 bits no text is scaled by its company.
        """
        return self(texts[0])[None] if len(texts) == 1 else a_core_each(self, texts)


def a_core_each(
    read: Callable[[str], npt.NDArray[np.float32]], texts: Sequence[str]
) -> npt.NDArray[np.float32]:
    """Return the rows that `read` makes of several texts (at least one), a core each, in their order."""
    with ThreadPoolExecutor(cores()) as pool:
        return np.stack(list(pool.map(read, texts)))


def open_graph(state: Path, weights_sha256: str, tokenizer: Path) -> Graph | None:
    """Open the graph exported from those weights; None where there is none or it is damaged."""
    folder = state / weights_sha256[:12]
    try:
        stamp = json.loads((folder / _STAMP).read_text())
        with (folder / _GRAPH).open("rb") as file:
            sound = hashlib.file_digest(file, "sha256").hexdigest() == stamp["sha256"]
    except (OSError, ValueError, KeyError):
        return None
    return Graph(folder / _GRAPH, tokenizer) if sound else None


def export(load: Callable[[], Any], state: Path, weights_sha256: str) -> bool:
    """Write the graph of the encoder that `load` returns; False where `onnx` is not installed."""
    try:
        import onnx  # noqa: F401 - torch needs it to write the file
    except ImportError:
        return False
    import torch

    folder = state / weights_sha256[:12]
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{_GRAPH}.new"
    example = torch.ones(2, 7, dtype=torch.long)
    names: dict[str, dict[int, str]] = {"ids": {0: "text", 1: "token"}, "mask": {0: "text", 1: "token"}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the older exporter: the newer one needs one more package
        torch.onnx.export(
            _pooled(load()), (example, example), str(fresh), input_names=["ids", "mask"],
            output_names=["vector"], dynamic_axes=names, opset_version=_OPSET, dynamo=False,
        )  # fmt: skip
    with fresh.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    fresh.replace(folder / _GRAPH)
    (folder / _STAMP).write_text(json.dumps({"sha256": sha256}))
    return True


def _pooled(transformer: Any) -> Any:
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            hidden = self.transformer(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(mean, dim=1)

    return Pooled().eval()
