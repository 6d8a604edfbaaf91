"""Cut an answer into what ragas wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics import Row
from eval.questions import Question
from eval.relevance import Corpus
from eval.run import Measured

_TOP = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer as ragas sees it.

    Attributes:
        question: The last turn.
        response: The answer, each statement in double quotes, as ragas finds quotations.
        contexts: Texts of the passages cited.
        context_ids: Ids of the passages found, relevant ones by the label that they meet.
        reference_ids: Labels that should have been met.
        reference: An answer in our words; empty where there is none.
        reference_contexts: Texts of one passage per label.
    """

    question: str
    response: str
    contexts: tuple[str, ...]
    context_ids: tuple[str, ...]
    reference_ids: tuple[str, ...]
    reference: str = ""
    reference_contexts: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The answer as people read it."""
        return self.response.replace('"', "")


def samples(measured: Measured, corpus: Corpus) -> list[Sample]:
    """Return a sample for each answered question that the corpus holds an answer to."""
    return [
        _sample(question, row, corpus)
        for question, row in zip(measured.questions, measured.rows, strict=True)
        if question.answerable is not False and row.reply.get("statements")
    ]


def _sample(question: Question, row: Row, corpus: Corpus) -> Sample:
    labels = corpus.labels(question)
    cited = dict.fromkeys(
        c["passage_id"] for c in row.reply["citations"] if c["passage_id"] in corpus.passages
    )
    quotes = [f'"{statement["text"]}"' for statement in row.reply["statements"]]
    return Sample(
        question=question.turns[-1],
        response=" ".join(quotes),
        contexts=tuple(corpus.passages[pid].text for pid in cited),
        context_ids=_met(row.retrieved[:_TOP], labels),
        reference_ids=tuple(f"label {place}" for place in range(len(labels))),
        reference=question.reference_answer,
        reference_contexts=tuple(corpus.passages[min(label)].text for label in labels),
    )


def _met(retrieved: Sequence[str], labels: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """Name each passage found by the label that it meets; several passages may state one fact."""
    names = []
    for passage_id in retrieved:
        met = [f"label {place}" for place, label in enumerate(labels) if passage_id in label]
        names += met or [passage_id]
    return tuple(names)
