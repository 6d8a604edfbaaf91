"""Score with ragas, the one module that imports it; everything else works without.

Without a judge: id-based context precision and recall, context recall by string similarity, alignment of
quoted spans, ROUGE and semantic similarity to the reference. With one (`KNEEWISE_JUDGE_*`, any
OpenAI-compatible endpoint): faithfulness, answer relevancy, context precision and recall, factual
correctness. A NaN, a timeout or any other failure scores 0 and is counted, never skipped.
"""

from __future__ import annotations

import asyncio
import importlib.util
import math
import os
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from eval.sample import Sample

# ragas reports usage to its makers unless this word, and no other, stands here before the import.
os.environ["RAGAS_DO_NOT_TRACK"] = "true"

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own deprecations, at import
    from ragas.dataset_schema import SingleTurnSample
    from ragas.embeddings import BaseRagasEmbedding
    from ragas.metrics import (
        IDBasedContextPrecision,
        IDBasedContextRecall,
        NonLLMContextRecall,
    )
    from ragas.metrics.collections import QuotedSpansAlignment, RougeScore, SemanticSimilarity

Encode = Callable[[Sequence[str]], Any]
Score = Callable[[Sample], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class RagasFigure:
    """A metric's mean, and how much of the set stands behind it.

    Attributes:
        value: Mean over the samples that have what it needs; failures count 0.
        n: Samples scored.
        failed: Samples on which it raised, timed out or gave NaN.
    """

    value: float
    n: int
    failed: int


class HouseEmbedding(BaseRagasEmbedding):
    """Lets ragas embed with this project's encoder."""

    def __init__(self, encode: Encode) -> None:
        """Embed with `encode`: texts -> rows of unit norm."""
        super().__init__()
        self._encode = encode

    def embed_text(self, text: str, **_: Any) -> list[float]:
        """Embed one text."""
        return [float(x) for x in self._encode([text])[0]]

    async def aembed_text(self, text: str, **_: Any) -> list[float]:
        """Embed one text."""
        return self.embed_text(text)


def unjudged(samples: Sequence[Sample], encode: Encode) -> dict[str, RagasFigure]:
    """Score what needs no language model."""
    quoted, rouge = QuotedSpansAlignment(), RougeScore()
    similar = SemanticSimilarity(embeddings=HouseEmbedding(encode))
    recall, precision, overlap = IDBasedContextRecall(), IDBasedContextPrecision(), NonLLMContextRecall()
    ranked = [s for s in samples if s.reference_ids and s.context_ids]
    referenced = [s for s in samples if s.reference]
    has_rouge = importlib.util.find_spec("rouge_score") is not None  # ragas does not require it
    return {
        "id_context_recall": _mean(ranked, lambda s: recall.single_turn_ascore(_ids(s))),
        "id_context_precision": _mean(ranked, lambda s: precision.single_turn_ascore(_ids(s))),
        "non_llm_context_recall": _mean(
            [s for s in samples if s.contexts and s.reference_contexts],
            lambda s: overlap.single_turn_ascore(
                SingleTurnSample(
                    retrieved_contexts=list(s.contexts), reference_contexts=list(s.reference_contexts)
                )
            ),
        ),
        "quoted_spans": _mean(
            [s for s in samples if s.contexts],
            lambda s: quoted.ascore(response=s.response, retrieved_contexts=list(s.contexts)),
        ),
        "rouge": _mean(
            referenced if has_rouge else [],
            lambda s: rouge.ascore(reference=s.reference, response=s.response),
        ),
        "semantic_similarity": _mean(
            referenced, lambda s: similar.ascore(reference=s.reference, response=s.response)
        ),
    }


def _ids(sample: Sample) -> SingleTurnSample:
    return SingleTurnSample(
        retrieved_context_ids=list(sample.context_ids), reference_context_ids=list(sample.reference_ids)
    )


def _mean(samples: Sequence[Sample], score: Score, timeout_s: float = 60) -> RagasFigure:
    # A thread of its own: the caller may already be inside an event loop (a notebook, a browser's driver).
    with ThreadPoolExecutor(max_workers=1) as thread:
        values = thread.submit(asyncio.run, _all(samples, score, timeout_s)).result()
    failed = sum(math.isnan(value) for value in values)
    total = sum(value for value in values if not math.isnan(value))
    return RagasFigure(total / len(values) if values else math.nan, len(values), failed)


async def _all(samples: Sequence[Sample], score: Score, timeout_s: float) -> list[float]:
    return [await _one(sample, score, timeout_s) for sample in samples]


async def _one(sample: Sample, score: Score, timeout_s: float) -> float:
    try:
        result = await asyncio.wait_for(score(sample), timeout_s)
        return float(getattr(result, "value", result))
    except Exception:  # whatever a judge does wrong is a failed score, and is counted
        return math.nan


@dataclass(frozen=True, slots=True)
class Judge:
    """An OpenAI-compatible endpoint that scores answers.

    Attributes:
        base_url: For example that of a local server.
        model: Its model.
        api_key: Its key; local servers ask for none.
        timeout_s: How long one score may take.
    """

    base_url: str
    model: str
    api_key: str = "none"
    timeout_s: float = 120.0

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Judge | None:
        """Read `KNEEWISE_JUDGE_BASE_URL`, `_MODEL` and `_API_KEY`; None where no judge is configured."""
        url, model = env.get("KNEEWISE_JUDGE_BASE_URL", ""), env.get("KNEEWISE_JUDGE_MODEL", "")
        if not url or not model:
            return None
        timeout_s = float(env.get("KNEEWISE_JUDGE_TIMEOUT_S", "120"))
        return cls(url, model, env.get("KNEEWISE_JUDGE_API_KEY", "none"), timeout_s)


def judged(samples: Sequence[Sample], encode: Encode, judge: Judge) -> dict[str, RagasFigure]:
    """Score with a language model as judge; what it fails to score counts 0."""
    from openai import AsyncOpenAI
    from ragas.llms import llm_factory
    from ragas.metrics import collections as ragas

    client = AsyncOpenAI(
        base_url=judge.base_url, api_key=judge.api_key, timeout=judge.timeout_s, max_retries=0
    )
    llm = llm_factory(judge.model, client=client)
    faithful, correct = ragas.Faithfulness(llm=llm), ragas.FactualCorrectness(llm=llm)
    relevant = ragas.AnswerRelevancy(llm=llm, embeddings=HouseEmbedding(encode))
    precision, recall = ragas.ContextPrecision(llm=llm), ragas.ContextRecall(llm=llm)
    cited = [s for s in samples if s.contexts]
    referenced = [s for s in cited if s.reference]

    def with_contexts(metric: Any) -> Score:
        return lambda s: metric.ascore(
            user_input=s.question, reference=s.reference, retrieved_contexts=list(s.contexts)
        )

    return {
        "faithfulness": _mean(
            cited,
            lambda s: faithful.ascore(
                user_input=s.question, response=s.response, retrieved_contexts=list(s.contexts)
            ),
            judge.timeout_s,
        ),
        "answer_relevancy": _mean(
            cited, lambda s: relevant.ascore(user_input=s.question, response=s.response), judge.timeout_s
        ),
        "context_precision": _mean(referenced, with_contexts(precision), judge.timeout_s),
        "context_recall": _mean(referenced, with_contexts(recall), judge.timeout_s),
        "factual_correctness": _mean(
            referenced, lambda s: correct.ascore(response=s.response, reference=s.reference), judge.timeout_s
        ),
    }
