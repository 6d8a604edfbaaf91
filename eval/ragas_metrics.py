"""Score with ragas, the one module that imports it; everything else works without.

Without a judge: id-based context precision and recall, context recall by string similarity, alignment of
quoted spans, ROUGE and semantic similarity to the reference. With one (`KNEEWISE_JUDGE_*`, any
OpenAI-compatible endpoint): faithfulness, answer relevancy, context precision and recall, factual
correctness. A NaN, a timeout or any other failure scores 0 and is counted, never skipped. A judge that
fails several times in a row is asked no more: the rest of that metric are failures too.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from eval.progress import Step, Watch
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
_GIVE_UP = 8  # failures in a row, after which the judge is taken to be gone
_TIMEOUT_S = 60.0
_ERROR_CHARS = 300


@dataclass(frozen=True, slots=True)
class RagasFigure:
    """A metric's mean, and how much of the set stands behind it.

    Attributes:
        value: Mean over the samples that have what it needs; failures count 0.
        n: Samples scored.
        failed: Samples on which it raised, timed out or gave NaN.
        error: What the first failure said; empty without one.
    """

    value: float
    n: int
    failed: int
    error: str = ""


Figures = dict[str, RagasFigure]
Plan = Mapping[str, tuple[Sequence[Sample], Score]]


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


def unjudged(samples: Sequence[Sample], encode: Encode, watch: Watch | None = None) -> Figures:
    """Score what needs no language model; `watch` shows progress."""
    quoted, rouge = QuotedSpansAlignment(), RougeScore()
    similar = SemanticSimilarity(embeddings=HouseEmbedding(encode))
    recall, precision, overlap = IDBasedContextRecall(), IDBasedContextPrecision(), NonLLMContextRecall()
    ranked = [s for s in samples if s.reference_ids and s.context_ids]
    cited = [s for s in samples if s.contexts]
    compared = [s for s in cited if s.reference_contexts]
    referenced = [s for s in samples if s.reference]
    plan: Plan = {
        "id_context_recall": (ranked, lambda s: recall.single_turn_ascore(_ids(s))),
        "id_context_precision": (ranked, lambda s: precision.single_turn_ascore(_ids(s))),
        "non_llm_context_recall": (compared, lambda s: overlap.single_turn_ascore(_contexts(s))),
        "quoted_spans": (
            cited,
            lambda s: quoted.ascore(response=s.response, retrieved_contexts=list(s.contexts)),
        ),
        "rouge": (referenced, lambda s: rouge.ascore(reference=s.reference, response=s.plain)),
        "semantic_similarity": (
            referenced,
            lambda s: similar.ascore(reference=s.reference, response=s.plain),
        ),
    }
    return _figures(plan, _TIMEOUT_S, watch or Watch())


def _contexts(sample: Sample) -> SingleTurnSample:
    return SingleTurnSample(
        retrieved_contexts=list(sample.contexts), reference_contexts=list(sample.reference_contexts)
    )


def _ids(sample: Sample) -> SingleTurnSample:
    return SingleTurnSample(
        retrieved_context_ids=list(sample.context_ids), reference_context_ids=list(sample.reference_ids)
    )


def _figures(plan: Plan, timeout_s: float, watch: Watch) -> Figures:
    found = {}
    # A thread of its own: the caller may already be inside an event loop (a notebook, a browser's driver).
    with ThreadPoolExecutor(max_workers=1) as thread:
        for name, (samples, score) in plan.items():
            with watch.phase(f"ragas {name}", len(samples)) as step:
                work = _all(samples, score, timeout_s, step)
                values, errors = thread.submit(asyncio.run, work).result()
            good = [value for value in values if not math.isnan(value)]
            mean = sum(good) / len(values) if values else math.nan
            found[name] = RagasFigure(mean, len(values), len(values) - len(good), errors[0] if errors else "")
    return found


async def _all(
    samples: Sequence[Sample], score: Score, timeout_s: float, step: Step
) -> tuple[list[float], list[str]]:
    values: list[float] = []
    errors: list[str] = []
    streak = 0
    for sample in samples:
        value, error = await _one(sample, score, timeout_s)
        values.append(value)
        errors += [error] if error else []
        step(len(values))
        streak = streak + 1 if error else 0
        if streak == _GIVE_UP:
            values += [math.nan] * (len(samples) - len(values))
            break
    return values, errors


async def _one(sample: Sample, score: Score, timeout_s: float) -> tuple[float, str]:
    """Return the score and no error, or NaN and what went wrong."""
    try:
        result = await asyncio.wait_for(score(sample), timeout_s)
        value = float(getattr(result, "value", result))
    except TimeoutError:
        return math.nan, f"no score within {timeout_s:g} s"
    except Exception as error:  # whatever a judge does wrong is a failed score, and is counted
        return math.nan, " ".join(f"{type(error).__name__}: {error}".split())[:_ERROR_CHARS]
    return value, "the score is NaN" if math.isnan(value) else ""


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


def judged(samples: Sequence[Sample], encode: Encode, judge: Judge, watch: Watch | None = None) -> Figures:
    """Score with a language model as judge; what it fails to score counts 0."""
    logging.getLogger("instructor").setLevel(logging.CRITICAL)  # failures are counted, and told once
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

    plan: Plan = {
        "faithfulness": (
            cited,
            lambda s: faithful.ascore(
                user_input=s.question, response=s.plain, retrieved_contexts=list(s.contexts)
            ),
        ),
        "answer_relevancy": (cited, lambda s: relevant.ascore(user_input=s.question, response=s.plain)),
        "context_precision": (referenced, with_contexts(precision)),
        "context_recall": (referenced, with_contexts(recall)),
        "factual_correctness": (
            referenced,
            lambda s: correct.ascore(response=s.plain, reference=s.reference),
        ),
    }
    return _figures(plan, judge.timeout_s, watch or Watch())
