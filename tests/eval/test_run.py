"""Runs: resumed, compared, and summed up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.compare import compare, read_scores, write_scores
from eval.errors import EvalError
from eval.intervals import Count
from eval.metrics import Row
from eval.questions import Fact, Question
from eval.relevance import Corpus
from eval.run import ask_all, figures, latencies, measure, percentile, read_rows, words_per_answer, worst

FACT = Fact(id="poles", patterns=("poles",))
QUESTIONS = [Question(id=name, turns=(name,), facts=(FACT,), answerable=True) for name in ("a", "b", "c")]


class Scripted:
    """Answers each question with the text given for it; no text is an accident."""

    name = "scripted"
    corpus: Corpus | None = None

    def __init__(self, texts: Mapping[str, str], build: str = "") -> None:
        self.texts, self.asked, self.stamp = texts, 0, {"build": build} if build else {}

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        self.asked += 1
        statements = [{"text": self.texts[question_id], "citations": []}]
        reply = {"outcome": "answer", "statements": statements, "timings_ms": {"total": 5.0}, **self.stamp}
        return Row(question_id, reply)

    def about(self) -> Mapping[str, str]:
        return self.stamp


def measured(texts: Mapping[str, str], folder: Path) -> Any:
    """Ask and score the three questions."""
    return measure(QUESTIONS, ask_all(Scripted(texts), QUESTIONS, folder / "rows.jsonl"), None, ())


def test_resumed_run_asks_only_what_is_missing(tmp_path: Path) -> None:
    """An interrupted run goes on, even when its last line was cut off."""
    rows = tmp_path / "rows.jsonl"
    ask_all(Scripted({"a": "poles", "b": "x", "c": "x"}), QUESTIONS, rows)
    lines = rows.read_text().splitlines(keepends=True)
    rows.write_text("".join(lines[:2]) + lines[2][:20])
    system = Scripted({"c": "poles"})

    found = ask_all(system, QUESTIONS, rows, resume=True)

    assert system.asked == 1
    assert [row.id for row in found] == ["a", "b", "c"]
    assert read_rows(rows) == found


@pytest.mark.parametrize(
    ("field", "value"), [("turns", ["other words"]), ("reply", {"outcome": "error", "error": "was down"})]
)
def test_resumed_run_keeps_only_what_still_stands(tmp_path: Path, field: str, value: Any) -> None:
    """A question that was reworded, or ended in an error, is asked again."""
    rows = tmp_path / "rows.jsonl"
    ask_all(Scripted({"a": "x", "b": "x", "c": "x"}), QUESTIONS, rows)
    first, *rest = rows.read_text().splitlines()
    rows.write_text("\n".join([json.dumps({**json.loads(first), field: value}), *rest]) + "\n")
    system = Scripted({"a": "poles"})

    found = ask_all(system, QUESTIONS, rows, resume=True)

    assert system.asked == 1
    assert found[0].reply["statements"][0]["text"] == "poles"


def test_resumed_run_does_not_mix_builds(tmp_path: Path) -> None:
    """Answers from an older build would be measured against the passages of this one."""
    rows = tmp_path / "rows.jsonl"
    texts = {"a": "x", "b": "x", "c": "x"}
    ask_all(Scripted(texts, build="old"), QUESTIONS, rows)
    system = Scripted(texts, build="new")

    ask_all(system, QUESTIONS, rows, resume=True)

    assert system.asked == 3


def test_broken_answer_is_a_row_and_the_rest_go_on(tmp_path: Path) -> None:
    """One traceback must not cost the other figures."""
    result = measured({"a": "poles", "c": "poles"}, tmp_path)

    assert result.rows[1].reply["outcome"] == "error"
    assert figures(result)["completed"]["value"] == pytest.approx(2 / 3)
    assert figures(result)["fact_recall"]["value"] == pytest.approx(2 / 3)


def test_progress_ends_at_the_number_of_questions(tmp_path: Path) -> None:
    """The bar is honest: it counts questions done, one by one, and begins with those that were kept."""
    seen: list[int] = []
    texts = {"a": "x", "b": "x", "c": "x"}
    rows = tmp_path / "rows.jsonl"

    ask_all(Scripted(texts), QUESTIONS, rows, progress=seen.append)
    ask_all(Scripted(texts), QUESTIONS, rows, resume=True, progress=seen.append)

    assert seen == [0, 1, 2, 3, 3]


def test_worst_questions_lost_most(tmp_path: Path) -> None:
    """Only questions that lost something are named."""
    result = measured({"a": "poles", "b": "x", "c": "poles"}, tmp_path)

    assert [question.id for question in worst(result, "fact_recall")] == ["b"]


def test_comparison_names_what_moved(tmp_path: Path) -> None:
    """Question by question: one got better, one got worse."""
    before = measured({"a": "poles", "b": "x", "c": "poles"}, tmp_path)
    write_scores(before.scores, tmp_path / "scores.json")

    after = measured({"a": "poles", "b": "poles", "c": "x"}, tmp_path)
    comparison = compare(read_scores(tmp_path), after)

    assert comparison.better == (("b", "fact_recall"),)
    assert comparison.worse == (("c", "fact_recall"),)
    assert {c.metric: c.difference.value for c in comparison.changes}["fact_recall"] == 0
    assert comparison.unmatched == 0


def test_baseline_that_is_none_says_so(tmp_path: Path) -> None:
    """A mistyped folder stops the run before any question is asked."""
    with pytest.raises(EvalError, match="--out folder"):
        read_scores(tmp_path / "nowhere")


def test_scores_survive_being_written(tmp_path: Path) -> None:
    """A committed baseline reads back as it was, and is valid JSON."""
    scores = {"a": {"fact_recall": Count(1, 2), "mrr": Count(0.5, 1)}, "b": {}}
    write_scores(scores, tmp_path / "scores.json")

    assert read_scores(tmp_path) == scores
    assert json.loads((tmp_path / "scores.json").read_text())["a"]["mrr"] == [0.5, 1]


def test_latency_and_length_are_summed_up(tmp_path: Path) -> None:
    """Percentiles are nearest-rank, words those that answer."""
    result = measured({"a": "one two", "b": "one two three", "c": "one"}, tmp_path)

    assert latencies(result.rows)["total"] == {"median": 5.0, "p95": 5.0, "max": 5.0}
    assert words_per_answer(result)["median"] == 2
    assert percentile([1, 2, 3, 4], 50) == 2
