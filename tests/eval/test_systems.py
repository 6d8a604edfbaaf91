"""Systems in this process, measured by the same rules: the product and the naive pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.metrics import score
from eval.questions import load_questions
from eval.systems import Kneewise

if TYPE_CHECKING:
    from app.answer import Assistant


def test_naive_pipeline_cites_its_chunks(assistant: Assistant) -> None:
    """Three chunks, each quoted at its offsets, and never a refusal."""
    from eval.naive import Naive

    naive = Naive(assistant)
    question = next(q for q in load_questions() if q.facts)
    row = naive.ask(question.id, question.turns)

    assert len(row.reply["statements"]) == 3
    assert score(question, row, naive.corpus)["citation_validity"].hit == 3


def test_product_tells_what_it_found_and_how_sure_it_was(assistant: Assistant) -> None:
    """The ranking behind an answer and its evidence are what retrieval and refusal are measured by."""
    row = Kneewise(assistant).ask("q", ["how long do I hold a wall sit"])

    assert len(row.retrieved) == 10
    assert row.evidence is not None
    assert 0 <= row.evidence <= 1
