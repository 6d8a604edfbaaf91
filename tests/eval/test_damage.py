"""Seeded damage: whatever breaks, the gate that stands for it fails."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eval.metrics import Row
from eval.questions import Question, load_never, load_questions
from eval.run import ask_all, figures, measure
from eval.systems import Kneewise

if TYPE_CHECKING:
    from app.answer import Assistant
    from ingest.embed import Encoder
    from ingest.index import Index

SAMPLE = load_questions()[::4]


def measured(system: Any, folder: Path, questions: Sequence[Question] = SAMPLE) -> dict[str, float]:
    """Return metric -> value."""
    rows = ask_all(system, questions, folder / "rows.jsonl")
    table = figures(measure(questions, rows, system.corpus, load_never()))
    return {name: figure["value"] for name, figure in table.items()}


def gate(metric: str) -> Any:
    """The bound that the shipped gates put on `metric` for the digests."""
    from eval.gates import load_gates

    return next(g for g in load_gates() if g.metric == metric and g.corpus in ("", "digests"))


class ShuffledCitations(Kneewise):
    """Gives each quote the offsets of another."""

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        row = super().ask(question_id, turns)
        citations = row.reply["citations"]
        moved = [
            {**citation, "start": other["start"], "end": other["end"]}
            for citation, other in zip(citations, citations[1:] + citations[:1], strict=True)
        ]
        return replace(row, reply={**row.reply, "citations": moved})


class RandomIndex:
    """An index whose searches return passages at random."""

    def __init__(self, index: Index) -> None:
        self._index, self._random = index, random.Random(7)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def search_dense(self, vector: Any, k: int, articles: Any = None) -> list[tuple[str, float]]:
        ids = list(self._index.passages)
        found = [(pid, self._random.random()) for pid in self._random.sample(ids, min(k, len(ids)))]
        return sorted(found, key=lambda hit: -hit[1])

    def search_lexical(self, text: str, k: int) -> list[tuple[str, float]]:
        return self.search_dense(None, k)


def test_undamaged_system_passes_the_same_gates(assistant: Assistant, tmp_path: Path) -> None:
    """The gates below fail for the damage: the same questions pass them without it."""
    flagged = [q for q in load_questions() if q.red_flags and q.red_flags.must]
    unanswerable = [q for q in load_questions() if q.answerable is False]
    whole = measured(Kneewise(assistant), tmp_path)
    guarded = measured(Kneewise(assistant), tmp_path, flagged)
    abstaining = measured(Kneewise(assistant), tmp_path, unanswerable)

    assert gate("citation_validity").holds(whole["citation_validity"])
    assert gate("recall@5").holds(whole["recall@5"])
    assert gate("flag_recall").holds(guarded["flag_recall"])
    assert gate("refusal_recall").holds(abstaining["refusal_recall"])


def test_shuffled_citations_fail_their_gate(assistant: Assistant, tmp_path: Path) -> None:
    """A quote at another's offsets is caught, however plausible it reads."""
    value = measured(ShuffledCitations(assistant), tmp_path)["citation_validity"]

    assert not gate("citation_validity").holds(value)


def test_emptied_rules_fail_their_gate(digest_index: Index, encoder: Encoder, tmp_path: Path) -> None:
    """A guard without rules lets every red flag pass."""
    from app.answer import Assistant
    from app.rules.catalogue import load_rules

    toothless = Assistant(replace(load_rules(), rules={}, taps=()), digest_index, encoder)
    flagged = [q for q in load_questions() if q.red_flags and q.red_flags.must]

    assert not gate("flag_recall").holds(measured(Kneewise(toothless), tmp_path, flagged)["flag_recall"])


def test_random_passages_fail_their_gate(digest_index: Index, encoder: Encoder, tmp_path: Path) -> None:
    """A retriever that returns anything is not hidden by a good composer."""
    from app.answer import Assistant
    from app.rules.catalogue import load_rules

    lost: Any = RandomIndex(digest_index)
    values = measured(Kneewise(Assistant(load_rules(), lost, encoder)), tmp_path)

    assert not gate("recall@5").holds(values["recall@5"])


def test_abstaining_never_fails_its_gate(
    digest_index: Index, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the floor at zero and no list of foreign topics, everything is answered."""
    from app import answer
    from app.rules.catalogue import load_rules

    weights = answer.load_evidence_weights()
    monkeypatch.setattr(answer, "load_evidence_weights", lambda: replace(weights, floor=0.0))
    monkeypatch.setattr(answer, "load_foreign", lambda text: ())
    eager = answer.Assistant(load_rules(), digest_index, encoder)
    unanswerable = [q for q in load_questions() if q.answerable is False]

    values = measured(Kneewise(eager), tmp_path, unanswerable)

    assert not gate("refusal_recall").holds(values["refusal_recall"])
