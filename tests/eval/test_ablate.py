"""The ablation: every variant searches, and the product's own is the one to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.ablate import ablation, variants
from eval.questions import load_questions

if TYPE_CHECKING:
    from app.answer import Assistant


def test_every_variant_is_measured(assistant: Assistant) -> None:
    """One row each; the product differs from itself by nothing."""
    text = ablation(assistant, load_questions()[:8], seed=0)

    assert all(f"| {name} |" in text for name in variants(assistant))
    product = next(line for line in text.splitlines() if line.startswith("| product: "))
    assert "| +0.000 | [+0.000, +0.000] |" in product
