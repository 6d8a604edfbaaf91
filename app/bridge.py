"""Turn the vector of a question towards the vectors of sentences that answer it.

Similarity finds sentences that say what the question says; an answer says something else. One affine
map of the question's vector, learned from questions and their answers (`eval/fit_bridge.py`), leads over.
It costs a matrix product and needs nothing of a build but the vectors that it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.retrieve import Vector

BRIDGE = Path(__file__).with_name("data") / "bridge.npz"


@dataclass(frozen=True, slots=True)
class Bridge:
    """An affine map of question vectors.

    Attributes:
        matrix: Shape (dimension, dimension).
        offset: Shape (dimension,).
    """

    matrix: Vector
    offset: Vector

    def __call__(self, vector: Vector) -> Vector:
        """Return where the answers to a question lie, shape (dimension,), unit norm."""
        led = vector @ self.matrix + self.offset
        return np.asarray(led / np.linalg.norm(led), np.float32)


def load_bridge(model_sha256: str, path: Path = BRIDGE) -> Bridge | None:
    """Return the learned map; None for another embedding model than it was learned for.

    Args:
        model_sha256: Of the weights that made the vectors, hex.
        path: Where the map is kept.
    """
    with np.load(path) as kept:
        if str(kept["model_sha256"]) != model_sha256:
            return None
        return Bridge(kept["matrix"].astype(np.float32), kept["offset"].astype(np.float32))


def save_bridge(bridge: Bridge, model_sha256: str, path: Path = BRIDGE) -> None:
    """Write the map in half precision: 300 kB, and no other order of sentences."""
    np.savez_compressed(
        path,
        matrix=bridge.matrix.astype(np.float16),
        offset=bridge.offset.astype(np.float16),
        model_sha256=np.array(model_sha256),
    )
