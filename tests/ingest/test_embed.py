"""The bundled model, checked, offline, and the same through torch and ONNX Runtime."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ingest.cache import VectorCache
from ingest.embed import Encoder, cached, load_encoder
from ingest.errors import ModelRefused
from ingest.index import Index
from ingest.settings import IndexSettings

TEXTS = [
    "Why does my knee hurt on the way down?",
    "Clamshell",
    "Hold a wall sit for half a minute. " * 30,
    "",
]


def test_vectors_are_of_unit_length(encoder: Encoder, no_network: None) -> None:
    """A dot product is then a cosine; no text is refused, and nothing is fetched."""
    vectors = encoder.encode(TEXTS)

    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_meaning_is_near(encoder: Encoder) -> None:
    """The right weights put like beside like."""
    down, stairs, tent = encoder.encode(
        ["pain walking downhill", "it hurts going down stairs", "which tent to buy"]
    )

    assert down @ stairs > down @ tent + 0.2


def test_questions_embed_the_same_through_both_runtimes(encoder: Encoder, digest_index: Index) -> None:
    """The build exported a graph of the same weights; its vectors are the model's."""
    served = Encoder(encoder.folder, encoder.sha256, encoder.dimension, load_encoder(IndexSettings())._state)
    plain = Encoder(encoder.folder, encoder.sha256, encoder.dimension, Path("nowhere"))

    assert served.graph is not None, "no graph was exported"
    assert plain.graph is None
    for text in TEXTS:
        assert served.encode_query(text) @ plain.encode_query(text) >= 0.9999


def test_a_batch_is_the_same_vectors(encoder: Encoder, digest_index: Index) -> None:
    """Padding a short question beside a long one changes no more than the last digits."""
    texts = ["wall sit", "why does the outside of my knee hurt at mile three of every single run I do"]
    graph = encoder.graph
    assert graph is not None

    np.testing.assert_allclose(graph.batch(texts), graph.encode(texts), atol=1e-5)


def test_a_damaged_graph_is_not_used(encoder: Encoder, digest_index: Index, tmp_path: Path) -> None:
    """Damage falls back on the weights, whose hash is checked as well."""
    state = load_encoder(IndexSettings())._state
    shutil.copytree(state, tmp_path / "models")
    graph = next((tmp_path / "models").rglob("*.onnx"))
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)

    assert Encoder(encoder.folder, encoder.sha256, 384, tmp_path / "models").graph is None


def test_a_graph_that_is_written_later_is_taken_up(encoder: Encoder, tmp_path: Path) -> None:
    """A start reads the models before its first build has written the graph."""
    early = Encoder(encoder.folder, encoder.sha256, 384, tmp_path / "models")
    assert early.graph is None

    shutil.copytree(load_encoder(IndexSettings())._state, tmp_path / "models")
    assert early.graph is None
    early.look_again()

    assert early.graph is not None
    assert early.graph is early.graph


def test_other_weights_are_refused(encoder: Encoder, tmp_path: Path) -> None:
    """Vectors of another model would be compared with those of the build."""
    shutil.copytree(encoder.folder, tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)

    with pytest.raises(ModelRefused, match="SHA-256"):
        load_encoder(IndexSettings(model=str(tmp_path / "model")))


def test_a_missing_model_folder_is_named() -> None:
    """Nothing is downloaded in its place."""
    with pytest.raises(ModelRefused, match="/nowhere: no such folder"):
        load_encoder(IndexSettings(model="/nowhere", model_sha256=""))


def test_known_texts_are_not_embedded_again(encoder: Encoder, tmp_path: Path) -> None:
    """Vectors outlive the process that made them."""
    cache = VectorCache(tmp_path / "v", 384)
    first = cached(encoder, cache)(TEXTS)
    before = encoder.embedded

    again = cached(encoder, VectorCache(tmp_path / "v", 384))(TEXTS[::-1])

    assert encoder.embedded == before
    np.testing.assert_array_equal(again[::-1], first)


@pytest.mark.parametrize("harm", ["torn", "flipped"])
def test_a_damaged_record_is_embedded_again(tmp_path: Path, harm: str) -> None:
    """A kill tears the last record, a bad disk flips one; the others stay."""
    vectors = np.eye(3, 4, dtype=np.float32)
    cache = VectorCache(tmp_path / "v", 4)
    cache.put(["a", "b", "c"], vectors)
    data = bytearray((tmp_path / "v").read_bytes())
    data[-8] ^= 0xFF
    (tmp_path / "v").write_bytes(data[:-3] if harm == "torn" else data)

    cache = VectorCache(tmp_path / "v", 4)

    assert [text in cache for text in "abc"] == [True, True, False]
    cache.put(["c"], vectors[2:])
    np.testing.assert_array_equal(VectorCache(tmp_path / "v", 4).get(["c", "a"]), vectors[[2, 0]])


def test_a_cache_forgets_what_is_not_wanted(tmp_path: Path) -> None:
    """It does not grow for ever: what the last run did not ask for goes, once that is most of it."""
    cache = VectorCache(tmp_path / "v", 4)
    cache.put(["a", "b", "c"], np.eye(3, 4, dtype=np.float32))
    cache.get(["b"])

    cache.trim(spare=1)
    kept = [text in cache for text in "abc"]
    cache.trim(spare=0)

    assert kept == [True, True, True]
    assert [text in cache for text in "abc"] == [False, True, False]
    np.testing.assert_array_equal(cache.get(["b"]), np.eye(3, 4, dtype=np.float32)[1:2])
    cache.put(["d"], np.eye(1, 4, dtype=np.float32))
    np.testing.assert_array_equal(VectorCache(tmp_path / "v", 4).get(["d"]), np.eye(1, 4, dtype=np.float32))


def test_a_reader_of_the_cache_changes_nothing(tmp_path: Path) -> None:
    """Workers look into it while one process writes: a record half written is not cut off by them."""
    cache = VectorCache(tmp_path / "v", 4)
    cache.put(["a"], np.eye(1, 4, dtype=np.float32))
    with (tmp_path / "v").open("ab") as file:
        file.write(b"half")
    before = (tmp_path / "v").read_bytes()

    assert "a" in VectorCache(tmp_path / "v", 4, writable=False)
    assert (tmp_path / "v").read_bytes() == before
