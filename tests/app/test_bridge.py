"""The learned map leads from a question to its answers, and only for the model it was learned for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.bridge import Bridge, load_bridge, save_bridge
from ingest.settings import BUNDLED_SHA256


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """Half precision changes no direction that matters."""
    path = tmp_path / "bridge.npz"
    turned = Bridge(np.array([[0, 1], [1, 0]], np.float32), np.zeros(2, np.float32))
    save_bridge(turned, "abc", path)
    loaded = load_bridge("abc", path)

    assert loaded is not None
    assert np.allclose(loaded(np.array([1, 0], np.float32)), [0, 1])


def test_vectors_of_another_model_are_not_led(tmp_path: Path) -> None:
    """A map learned for one model says nothing of another's vectors."""
    path = tmp_path / "bridge.npz"
    save_bridge(Bridge(np.eye(2, dtype=np.float32), np.zeros(2, np.float32)), "abc", path)

    assert load_bridge("def", path) is None


def test_shipped_map_is_for_the_bundled_model() -> None:
    """Otherwise the feature it feeds would silently be nothing."""
    bridge = load_bridge(BUNDLED_SHA256)

    assert bridge is not None
    assert np.isclose(np.linalg.norm(bridge(np.ones(384, np.float32))), 1)
