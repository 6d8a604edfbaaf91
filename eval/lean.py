"""Take out of an ONNX graph what reading one text at a time never needs.

An encoder is exported for batches: every reshape computes its shape anew, and every attention adds a mask. Of
one unpadded text all but the length is known, and the mask hides nothing. What is left computes the same
numbers in some hundred operations less, bit for bit: nothing is fused, reordered or rounded.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_LENGTHS = (7, 11)  # tokens: whatever differs between the two runs depends on the length
_TOKEN = 1037  # any id that every vocabulary of this kind has


def lean(model: bytes) -> bytes:
    """Return the graph for one text at a time, its mask all ones; inputs and outputs as they were.

    Args:
        model: A graph whose inputs are token ids and mask, in this order, each of shape (texts, tokens).

    Raises:
        ValueError: A shape depends on the length in two places, so that it cannot be a constant.
    """
    loaded = onnx.load_model_from_string(model)
    _fix_shapes(loaded)
    _drop_masks(loaded.graph)
    _drop_unused(loaded.graph)
    return bytes(loaded.SerializeToString())


def _fix_shapes(model: onnx.ModelProto) -> None:
    """Give every reshape whose shape is computed a constant one; 0 and -1 stand for the length."""
    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    reshapes = [node for node in graph.node if node.op_type == "Reshape" and node.input[1] in made]
    names = sorted({node.input[1] for node in reshapes})
    if not names:
        return
    first, second = _shapes(model, names)
    for name in names:
        varies = first[name] != second[name]
        if varies.sum() > 1:
            raise ValueError(f"{name}: {first[name]} and {second[name]} differ in more than the length")
        length = 0 if -1 in first[name] else -1  # beside a -1, "as in the input"
        shape = np.where(varies, length, first[name]).astype(np.int64)
        graph.initializer.append(numpy_helper.from_array(shape, f"{name}.fixed"))
    for node in reshapes:
        node.input[1] = f"{node.input[1]}.fixed"


def _shapes(model: onnx.ModelProto, names: list[str]) -> list[dict[str, NDArray[np.int64]]]:
    """Return the values of the tensors `names` for a text of either length."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_tensor_value_info(n, onnx.TensorProto.INT64, None) for n in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(probe.SerializeToString(), options)
    ids_name, mask_name = (wanted.name for wanted in session.get_inputs())
    found = []
    for length in _LENGTHS:
        ids = np.full((1, length), _TOKEN, np.int64)
        shapes = session.run(names, {ids_name: ids, mask_name: np.ones_like(ids)})
        found.append(dict(zip(names, shapes, strict=True)))
    return found


def _drop_masks(graph: onnx.GraphProto) -> None:
    """Leave out what is added to the scores of an attention and depends on the mask alone: zeros."""
    ids_name = graph.input[0].name
    read = {ids_name}  # tensors that depend on the words
    made = {}
    for node in graph.node:
        made.update(dict.fromkeys(node.output, node))
        if node.op_type != "Shape" and any(name in read for name in node.input):
            read.update(node.output)
    for node in graph.node:
        added = made.get(node.input[0]) if node.op_type == "Softmax" else None
        if added is not None and added.op_type == "Add":
            words = [name for name in added.input if name in read]
            if len(words) == 1:
                node.input[0] = words[0]


def _drop_unused(graph: onnx.GraphProto) -> None:
    wanted = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    weights = [weight for weight in graph.initializer if weight.name in wanted]
    del graph.initializer[:]
    graph.initializer.extend(weights)
