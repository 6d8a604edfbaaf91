"""The ablation: every variant answers, and each differs from the product where it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.ablate import PRODUCT, Part, ablation, variants
from eval.questions import load_questions

if TYPE_CHECKING:
    from app.answer import Assistant


def test_every_variant_is_measured(assistant: Assistant) -> None:
    """One row each, with figures of the answers as well as of the search."""
    parts = {name: variants()[name] for name in ("lexical only", PRODUCT)}

    text = ablation(assistant, [q for q in load_questions() if q.facts][:2], seed=0, parts=parts)

    assert text.count("| lexical only |") == 2
    assert text.count(f"| {PRODUCT} |") == 1
    assert "nan" not in text
    assert "Fact recall" in text
    assert "words (median)" in text


def test_product_row_is_the_product(assistant: Assistant) -> None:
    """The row that all others are compared with answers as the assistant does."""
    turns = ["hold how long wallsit"]
    part = Part(assistant, variants()[PRODUCT])

    assert part.answer(turns).text == assistant.answer(turns).text


def test_parts_are_taken_away(assistant: Assistant) -> None:
    """Alone, each search ranks by its own score; typed words are searched for as typed."""
    turns = ["y does my nee hurt goin down"]
    found = {}
    for name in ("dense only", "lexical only", "+ synonyms searched for"):
        part = Part(assistant, variants()[name])
        found[name] = part.gather(part.understand(turns)).hits

    dense = [hit.dense for hit in found["dense only"][:5]]
    lexical = [hit.lexical for hit in found["lexical only"][:3]]
    assert dense == sorted(dense, reverse=True)
    assert lexical == sorted(lexical, reverse=True)
    typed = Part(assistant, variants()["dense only"]).understand(turns)
    widened = Part(assistant, variants()["+ synonyms searched for"]).understand(turns)
    assert typed.search_text == turns[0]
    assert len(widened.search_text) > len(widened.question)
