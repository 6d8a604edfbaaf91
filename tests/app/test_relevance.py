"""Sentences that do not lead to what was asked are left out, the first one aside."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Assistant
from app.intents import load_intents
from app.relevance import load_relevance, names
from ingest.records import Span


def shown(assistant: Assistant, question: str, floor: float) -> list[str]:
    """The statements of an answer under another floor."""
    composer = assistant.composer
    before = composer._relevance
    composer._relevance = replace(before, floor=floor)
    try:
        return [statement.text for statement in assistant.answer([question]).statements]
    finally:
        composer._relevance = before


def test_a_higher_floor_leaves_less_and_always_the_first(assistant: Assistant) -> None:
    """What is left stands in the same order."""
    question = "why does the front of my knee hurt going downhill"
    every, some, one = (shown(assistant, question, floor) for floor in (0.0, 0.96, 1.01))

    assert every[0] == some[0] == one[0]
    assert len(one) == 1 < len(some) < len(every)
    assert set(some) <= set(every)


def test_the_model_names_every_feature() -> None:
    """The file holds a weight for each of them and for nothing else."""
    weights = tomllib.loads(Path("app/data/relevance.toml").read_text())["weights"]

    assert set(weights) == set(names(load_intents().ids))


def test_a_missing_weight_is_told(tmp_path: Path) -> None:
    """By its name."""
    path = tmp_path / "relevance.toml"
    path.write_text("floor = 0.5\n[weights]\nbias = 0.1\n")

    with pytest.raises(KeyError, match="similarity"):
        load_relevance(load_intents().ids, path)


def test_a_statement_of_own_words_needs_all_its_spans(assistant: Assistant) -> None:
    """One span that does not hold, and nothing of it is shown."""
    from app.records import Draft, DraftStatement, Outcome
    from app.verify import verify

    passage = next(iter(assistant.index.passages.values()))
    sentence = passage.sentences[0]
    good = Span(passage.passage_id, sentence.start, sentence.end, sentence.text)
    draft = Draft(
        Outcome.ANSWER,
        statements=(DraftStatement(good, text="x", also=(replace(good, text="no such words"),)),),
    )

    assert verify(draft, assistant._verifier)[0] == ()
