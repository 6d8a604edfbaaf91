"""A lean graph computes what the exported one does, bit for bit, in fewer operations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from eval.lean import lean
from ingest.embed import load_encoder
from ingest.onnx import export
from ingest.settings import IndexSettings


def test_the_encoder_keeps_its_numbers(tmp_path: Path) -> None:
    """At every length, though nearly half of its operations are gone."""
    encoder = load_encoder(IndexSettings())
    assert export(lambda: encoder.raw()[0].auto_model.eval(), tmp_path, encoder.sha256)
    whole = next(tmp_path.rglob("*.onnx")).read_bytes()
    less = lean(whole)
    sessions = [onnxruntime.InferenceSession(graph) for graph in (whole, less)]
    random = np.random.default_rng(0)
    for length in (1, 2, 3, 7, 11, 31, 64, 200, 256):
        ids = random.integers(1000, 29000, (1, length))
        before, after = (s.run(None, {"ids": ids, "mask": np.ones_like(ids)})[0] for s in sessions)
        assert np.array_equal(before, after)

    nodes = [len(onnx.load_model_from_string(graph).graph.node) for graph in (whole, less)]
    assert nodes[1] < 0.7 * nodes[0]
    assert lean(less) == less


def test_a_shape_that_cannot_be_constant_is_told() -> None:
    """Two free sizes in one shape have no constant."""
    ids = onnx.helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, [1, None])
    mask = onnx.helper.make_tensor_value_info("mask", onnx.TensorProto.INT64, [1, None])
    out = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.INT64, None)
    nodes = [
        onnx.helper.make_node("Shape", ["ids"], ["size"], start=1, end=2),
        onnx.helper.make_node("Concat", ["size", "size"], ["twice"], axis=0),
        onnx.helper.make_node("Expand", ["ids", "twice"], ["wide"]),
        onnx.helper.make_node("Reshape", ["wide", "twice"], ["out"]),
    ]
    graph = onnx.helper.make_graph(nodes, "square", [ids, mask], [out])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=10)

    with pytest.raises(ValueError, match="twice"):
        lean(model.SerializeToString())
