"""Learn to compare a question with a sentence word by word, on top of the answerer as it is.

One vector for a whole sentence drowns what a single word says ("where does the *band* go?"). The answerer's
states of each word are at hand anyway; a linear map makes them short enough to keep, and each word of a
question looks for its like in the sentence (late interaction: Khattab and Zaharia, ColBERT, SIGIR 2020). The
vectors of whole texts stay what they are, bit for bit.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.functional import normalize

from eval.answerer.rows import Pool, Row
from ingest.answering import TOKEN_DIMENSION, Read, answerer_of, matches, packed_tokens

log = logging.getLogger(__name__)

EPOCHS, RATE, BATCH = 3, 1e-3, 16
ANSWERS, WRONG, OF_NEAREST = 3, 6, 12  # shown beside a question; the wrong ones drawn from the nearest
SCALE = 10.0  # of similarities before the softmax, to begin with
_SHARE = 0.2  # of the words that the first map is drawn from
_LEAST_DRAWN = 1_000  # words: of fewer all are taken
TOKENS, WEIGHTS = "tokens", "weights"


class Matching(nn.Module):
    """Map states of words to short vectors of unit norm, and weigh the words of a question."""

    def __init__(self, states: NDArray[np.float32]) -> None:
        """Begin with the directions in which `states`, shape (words, 384), differ most."""
        super().__init__()
        mean = states.mean(0)
        _, _, directions = np.linalg.svd(states - mean, full_matrices=False)
        self.short = nn.Linear(states.shape[1], TOKEN_DIMENSION)
        self.short.weight.data = torch.from_numpy(directions[:TOKEN_DIMENSION].copy())
        self.short.bias.data = -self.short.weight.data @ torch.from_numpy(mean)
        self.weight = nn.Linear(states.shape[1], 1)
        nn.init.zeros_(self.weight.weight)
        nn.init.zeros_(self.weight.bias)
        self.scale = nn.Parameter(torch.tensor(SCALE))

    def forward(self, question: Tensor, sentences: Sequence[Tensor]) -> Tensor:
        """Similarity of a question to each sentence, all as states of their words."""
        asked, shares = normalize(self.short(question), dim=1), torch.softmax(self.weight(question)[:, 0], 0)
        told = normalize(self.short(torch.cat(list(sentences))), dim=1)
        parts = torch.split(asked @ told.T, [len(s) for s in sentences], dim=1)
        nearest = [part.max(1).values for part in parts]
        return torch.stack(nearest) @ shares


def plain(graph: bytes) -> bytes:
    """Return an answerer's graph without the outputs that `attach` adds."""
    model = onnx.load_model_from_string(graph)
    added = [output for output in model.graph.output if output.name in (TOKENS, WEIGHTS)]
    for output in added:
        model.graph.output.remove(output)
    for part in (model.graph.node, model.graph.initializer):
        for item in [item for item in part if item.name.startswith("matching.")]:
            part.remove(item)
    return bytes(model.SerializeToString())


def attach(graph: bytes, matching: Matching) -> bytes:
    """Return the graph with a short vector and a weight of each word as further outputs."""
    model = onnx.load_model_from_string(graph)
    states = _states_of(model)

    def constant(name: str, values: NDArray[np.float32]) -> str:
        model.graph.initializer.append(numpy_helper.from_array(values, f"matching.{name}"))
        return f"matching.{name}"

    def layer(name: str, linear: nn.Linear) -> str:
        weight = constant(f"{name}.weight", linear.weight.detach().numpy().T.copy())
        bias = constant(f"{name}.bias", linear.bias.detach().numpy().copy())
        product, out = f"matching.{name}.product", f"matching.{name}.out"
        model.graph.node.append(helper.make_node("MatMul", [states, weight], [product], name=product))
        model.graph.node.append(helper.make_node("Add", [product, bias], [out], name=out))
        return out

    short, weight = layer("short", matching.short), layer("weight", matching.weight)
    model.graph.node.append(
        helper.make_node("LpNormalization", [short], [TOKENS], name="matching.unit", axis=-1, p=2)
    )
    last = constant("last", np.array([-1], np.int64))
    model.graph.node.append(helper.make_node("Squeeze", [weight, last], [WEIGHTS], name="matching.squeeze"))
    shapes: dict[str, list[str | int | None]] = {
        TOKENS: ["texts", "tokens", TOKEN_DIMENSION],
        WEIGHTS: ["texts", "tokens"],
    }
    for name, shape in shapes.items():
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def fit(
    graph: bytes,
    pools: Sequence[Pool],
    rows: Sequence[Row],
    seed: int,
    judged_wrong: Mapping[Row, Sequence[int]] | None = None,
) -> Matching:
    """Learn the map.

    Args:
        graph: The answerer.
        pools: Sentences that compete.
        rows: Questions over them: what the answerer was shown, and those whose sentences readers judged.
        seed: Of all that is drawn.
        judged_wrong: Of the latter the sentences that readers found not to answer; of all others the nearest
            that are not listed as answers are taken to be wrong.
    """
    judged_wrong = judged_wrong or {}
    torch.manual_seed(seed)
    chance = random.Random(seed)
    rows = [row for row in rows if row.answers]
    read = _Reader(graph)
    asked = {row.question: read(row.question, sentence=False) for row in rows}
    told = [[read(text, sentence=True) for text in pool.texts] for pool in pools]
    words = np.concatenate([states.numpy() for pool in told for _, states in pool])
    drawn = np.random.default_rng(seed).random(len(words)) < _SHARE
    if drawn.sum() < _LEAST_DRAWN:
        drawn[:] = True
    matching = Matching(words[drawn])
    optimizer = torch.optim.AdamW(matching.parameters(), RATE, weight_decay=0.01)
    whole = [torch.stack([vector for vector, _ in pool]) for pool in told]
    for epoch in range(EPOCHS):
        losses = []
        chance.shuffle(rows)
        for start in range(0, len(rows), BATCH):
            loss = torch.zeros(())
            for row in rows[start : start + BATCH]:
                vector, question = asked[row.question]
                if row in judged_wrong:
                    wrong = list(judged_wrong[row])
                else:
                    near = (whole[row.pool] @ vector).argsort(descending=True).tolist()
                    wrong = [i for i in near if i not in row.answers][:OF_NEAREST]
                right = list(row.answers)[:ANSWERS]
                shown = right + chance.sample(wrong, min(WRONG, len(wrong)))
                found = matching(question, [told[row.pool][i][1] for i in shown]) * matching.scale
                wanted = torch.tensor([row.answers.get(i, 0.0) for i in shown])
                loss = loss - (wanted / wanted.sum() * torch.log_softmax(found, 0)).sum()
            optimizer.zero_grad()
            (loss / BATCH).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.item() / BATCH)
        log.info("matching, epoch %d: loss %.3f", epoch + 1, np.mean(losses))
    return matching


def judge(graph: bytes, pools: Sequence[Pool], rows: Sequence[Row], share: float) -> Mapping[str, float]:
    """Count how often the best of the fifteen nearest sentences answers: by vectors, and with the words.

    Args:
        graph: The answerer with its matching attached.
        pools: Sentences that compete.
        rows: Questions.
        share: Of the similarity of words, beside the cosine of vectors.
    """
    answerer = answerer_of(graph)
    told = [[answerer.read(text, sentence=True) for text in pool.texts] for pool in pools]
    alone = with_words = count = 0
    for row in rows:
        if not row.answers:
            continue
        question = answerer.read(row.question)
        near = np.stack([sentence.vector for sentence in told[row.pool]]) @ question.vector
        top = np.argsort(-near, kind="stable")[:15]
        like = matches(question, _together([told[row.pool][i] for i in top]))
        alone += int(top[0]) in row.answers
        with_words += int(top[int(np.argmax(near[top] + share * like))]) in row.answers
        count += 1
    return {"vectors": alone / max(1, count), "and words": with_words / max(1, count), "n": count}


def _together(sentences: Sequence[Read]) -> NDArray[np.float32]:
    return np.stack([packed_tokens(sentence.tokens) for sentence in sentences])


class _Reader:
    """Reads texts with the plain graph: the vector of the whole, and the states of its words."""

    def __init__(self, graph: bytes) -> None:
        model = onnx.load_model_from_string(plain(graph))
        states = _states_of(model)
        model.graph.output.append(helper.make_tensor_value_info(states, TensorProto.FLOAT, None))
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        self._answerer = answerer_of(graph)

    def __call__(self, text: str, *, sentence: bool) -> tuple[Tensor, Tensor]:
        ids, own = self._answerer.tokens_of(text, sentence=sentence)
        row = np.array([ids], np.int64)
        vector, states = self._session.run(None, {"ids": row, "mask": np.ones_like(row)})
        return torch.from_numpy(vector[0]), torch.from_numpy(states[0][own])


def _states_of(model: onnx.ModelProto) -> str:
    """Return the name of the last layer's states, of which `vector` is the mean."""
    names = [node.output[0] for node in model.graph.node if node.op_type == "LayerNormalization"]
    return str(names[-1])
