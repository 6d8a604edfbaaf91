"""The command itself: the shipped set on the shipped digests, user's own sets, and clear refusals."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from eval.evaluate import Options, Outcome, evaluate
from eval.main import run
from eval.markdown import as_markdown
from eval.report import as_html
from eval.systems import Kneewise
from tests.app import fake_llm
from tests.app.fake_llm import FakeModel

if TYPE_CHECKING:
    from app.answer import Assistant

command = typer.Typer()
command.command()(run)


@pytest.fixture(scope="session")
def shipped(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """The whole set on the shipped digests, as `make eval` runs it."""
    folder = tmp_path_factory.mktemp("eval")
    return evaluate(Options(out=folder), Kneewise(assistant)), folder


def test_every_gate_holds(shipped: tuple[Outcome, Path]) -> None:
    """What `kneewise-eval` would fail on, `make test` fails on too."""
    outcome, _ = shipped
    failed = [gate for gate in outcome.summary["gates"] if not gate["passed"]]

    assert len(outcome.summary["gates"]) >= 10
    assert not failed, as_markdown({**outcome.summary, "gates": failed})


def test_report_is_written_in_every_form(shipped: tuple[Outcome, Path]) -> None:
    """A page, Markdown for a pull request, and files for other programs."""
    _, folder = shipped

    assert {path.name for path in folder.iterdir()} == {
        "report.html",
        "report.md",
        "rows.jsonl",
        "scores.json",
        "summary.json",
    }
    about = json.loads((folder / "summary.json").read_text())["about"]
    assert {"build", "commit", "rules_hash", "prompts_hash", "seed", "composer"} <= about.keys()


def test_report_needs_no_network(shipped: tuple[Outcome, Path]) -> None:
    """One file: nothing in it is loaded from elsewhere."""
    page = (shipped[1] / "report.html").read_text()

    assert "<link" not in page
    assert "src=" not in page
    assert "@import" not in page
    assert page.count('class="question"') == len(shipped[0].measured.questions)


def test_report_escapes_what_people_write(shipped: tuple[Outcome, Path], assistant: Assistant) -> None:
    """A question is other people's text and may hold markup."""
    outcome, _ = shipped
    first, *rest = outcome.measured.questions
    hostile = first.model_copy(update={"turns": ("<script>alert(1)</script>",)})
    page = as_html(
        outcome.summary, replace(outcome.measured, questions=(hostile, *rest)), Kneewise(assistant).corpus
    )

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_ragas_agrees_with_our_own_count(shipped: tuple[Outcome, Path]) -> None:
    """Both count the facts met by the first five passages; only the weighing of questions differs."""
    outcome, _ = shipped
    assert all(figure["failed"] == 0 for figure in outcome.summary["ragas"].values())
    assert len(outcome.summary["ragas"]) == 6
    theirs = outcome.summary["ragas"]["id_context_recall"]

    assert theirs["value"] == pytest.approx(outcome.summary["metrics"]["recall@5"]["value"], abs=0.08)
    # A list of exercises is the one sentence of an answer that is no quotation (`app/naming.py`).
    own = [text for row in outcome.measured.rows for text in _unquoted(row.reply)]
    assert all(" that the articles name" in text for text in own)
    said = sum(len(row.reply.get("statements", ())) for row in outcome.measured.rows)
    assert outcome.summary["ragas"]["quoted_spans"]["value"] == pytest.approx(1 - len(own) / said, abs=0.02)


def _unquoted(reply: Mapping[str, Any]) -> list[str]:
    """The statements that are not the text of what they cite first."""
    quotes = {citation["n"]: citation["quote"] for citation in reply.get("citations", ())}
    return [s["text"] for s in reply.get("statements", ()) if s["text"] != quotes[s["citations"][0]]]


def test_own_questions_need_no_labels(assistant: Assistant, tmp_path: Path) -> None:
    """Metrics that lack their labels are left out and named."""
    mine = tmp_path / "mine.csv"
    with mine.open("w", newline="") as file:
        csv.writer(file).writerows([["question"], ["do poles help?"], ["how long do I hold a wall sit"]])

    outcome = evaluate(
        Options(questions=mine, out=tmp_path / "out", guard=False, ragas=False), Kneewise(assistant)
    )

    assert outcome.summary["metrics"]["completed"]["value"] == 1.0
    assert "fact_recall" in outcome.summary["left_out"]
    assert "fact_recall" not in outcome.summary["metrics"]
    assert "Left out" in (tmp_path / "out" / "report.md").read_text()


def test_malformed_questions_stop_the_run(tmp_path: Path) -> None:
    """Every fault is listed, and nothing is written."""
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"turns": []}\nnonsense\n')

    result = CliRunner().invoke(command, ["--questions", str(broken), "--out", str(tmp_path / "out")])

    assert result.exit_code == 2
    assert "line 1: turns" in result.output
    assert "line 2" in result.output
    assert not (tmp_path / "out").exists()


def test_judge_that_is_down_costs_only_its_own_figures(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counted figures stand, each judged one says that it failed and why."""
    monkeypatch.setenv("KNEEWISE_JUDGE_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("KNEEWISE_JUDGE_MODEL", "judge")
    mine = tmp_path / "mine.jsonl"
    mine.write_text(json.dumps({"question": "how long do I hold a wall sit", "facts": ["wallsit-dose"]}))

    summary = evaluate(
        Options(questions=mine, out=tmp_path / "out", guard=False), Kneewise(assistant)
    ).summary

    assert summary["metrics"]["fact_recall"]["value"] == 1.0
    assert summary["ragas"]["quoted_spans"]["failed"] == 0
    for name in ("faithfulness", "answer_relevancy", "context_recall", "factual_correctness"):
        figure = summary["ragas"][name]
        assert (figure["value"], figure["failed"]) == (0, figure["n"])
        assert figure["error"]


def test_prose_is_measured_as_prose(
    digest_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--composer prose` measures what a model phrased, over HTTP; without it the model is not asked."""
    mine = tmp_path / "mine.jsonl"
    mine.write_text(json.dumps({"question": "how long do I hold a wall sit", "facts": ["wallsit-dose"]}))
    serving = fake_llm.serve(FakeModel(lambda asked: [f"{asked.quotations[0]} [1]"]))
    model = next(serving)
    monkeypatch.setenv("KNEEWISE_LLM_BASE_URL", model.base_url)
    monkeypatch.setenv("KNEEWISE_LLM_MODEL", "fake")
    options = Options(mine, digest_home, tmp_path / "out", guard=False, ragas=False)

    quoted = evaluate(options)
    unasked = len(model.asked)
    phrased = evaluate(replace(options, composer="prose"))
    serving.close()

    assert unasked == 0
    assert len(model.asked) == 1
    assert quoted.summary["about"]["composer"] == "extractive"
    assert phrased.summary["about"]["composer"] == "prose"
    assert phrased.measured.rows[0].reply["composer"] == "prose"
    assert phrased.summary["metrics"]["citation_validity"]["value"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--system", "oracle"], "oracle"),
        (["--corpus", "originals", "--originals", "no/such/folder"], "no/such/folder"),
        (["--baseline", "no/such/run"], "no/such/run"),
        (["--composer", "prose"], "KNEEWISE_LLM_BASE_URL"),
        (["--bench", "tests"], "corpus.jsonl"),
        (["--system", "http://127.0.0.1:9"], "nothing answers there"),
    ],
)
def test_what_cannot_be_measured_is_named(
    arguments: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear sentence and exit status 2, which is not the 1 of a failed gate."""
    monkeypatch.delenv("KNEEWISE_LLM_BASE_URL", raising=False)

    result = CliRunner().invoke(command, [*arguments, "--out", str(tmp_path / "out")])

    assert result.exit_code == 2
    assert named in result.output.replace("\n", "")
