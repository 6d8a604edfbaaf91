"""Write a run down: report.html (one file, no network), report.md, summary.json, scores.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import markdown, plots
from eval.compare import SCORES, write_scores
from eval.metrics import METRICS, Row, body
from eval.questions import Question
from eval.relevance import Corpus
from eval.run import SUMMARY, Measured

_TEMPLATES = Path(__file__).with_name("templates")
_KIND_METRICS = (
    "fact_recall",
    "first_sentence",
    "recall@5",
    "citation_recall",
    "citation_precision",
    "exercises",
    "refusal_recall",
    "false_refusals",
)
_PLOTTED = ("fact_recall", "citation_recall")
_TILES = (
    "fact_recall",
    "first_sentence",
    "citation_validity",
    "citation_precision",
    "citation_recall",
    "refusal_recall",
    "false_refusals",
    "false_alarms",
)


def write_report(folder: Path, summary: Mapping[str, Any], measured: Measured, corpus: Corpus | None) -> None:
    """Write every form of the report into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    write_scores(measured.scores, folder / SCORES)
    (folder / "report.md").write_text(markdown.as_markdown(summary), encoding="utf-8")
    (folder / "report.html").write_text(as_html(summary, measured, corpus), encoding="utf-8")


def as_html(summary: Mapping[str, Any], measured: Measured, corpus: Corpus | None) -> str:
    """Return the page; everything it shows is in it."""
    # Questions and answers are other people's words: everything is escaped but the drawings.
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    views = [
        _question(q, r, measured, corpus) for q, r in zip(measured.questions, measured.rows, strict=True)
    ]
    baseline = summary.get("baseline") or {"changes": ()}
    return environment.get_template("report.html").render(
        s={"gates": (), "notes": (), "seconds": {}, "baseline": None, **summary},
        metrics=METRICS,
        changes={change["metric"]: change for change in baseline["changes"]},
        share=markdown.share,
        interval=markdown.interval,
        plots=[(title, Markup(svg)) for title, svg in _plots(summary, measured) if svg],
        kinds=sorted({q.kind for q in measured.questions}),
        tiles=[name for name in _TILES if name in summary["metrics"]],
        kind_metrics=[name for name in _KIND_METRICS if name in summary["metrics"]],
        lost_metrics=[name for name in METRICS if any(name in view["lost"] for view in views)],
        questions=views,
    )


def _plots(summary: Mapping[str, Any], measured: Measured) -> list[tuple[str, str]]:
    times = [row.reply.get("timings_ms", {}).get("total", 0.0) for row in measured.rows]
    sure = "Abstain threshold: how sure the product was, and whether it was right"
    drawn = [
        *((f"{METRICS[name].title} by kind", _by_kind(summary, name)) for name in _PLOTTED),
        ("Milliseconds per answer", plots.histogram([t for t in times if t > 0], "Latency", "milliseconds")),
        (sure, plots.reliability(_evidence(measured), sure, summary.get("floor"))),
    ]
    layers = list(summary["guard"].items())
    if layers:
        name, scores = layers[-1]
        alone = layers[0][1]["by_rule"] if len(layers) > 1 else None
        title = f"Red-flag recall by rule, {name}" + ("; the tick is the rules alone" if alone else "")
        drawn.append((title, plots.bars(scores["by_rule"], title, alone)))
    return drawn


def _by_kind(summary: Mapping[str, Any], metric: str) -> str:
    shares = {kind: {"value": v[metric]} for kind, v in summary["by_kind"].items() if metric in v}
    return plots.bars(shares, f"{METRICS[metric].title} by kind")


def _evidence(measured: Measured) -> list[tuple[float, bool]]:
    return [
        (row.evidence, question.answerable)
        for question, row in zip(measured.questions, measured.rows, strict=True)
        if row.evidence is not None and question.answerable is not None
    ]


def _question(question: Question, row: Row, measured: Measured, corpus: Corpus | None) -> dict[str, Any]:
    reply, text = row.reply, body(row.reply)
    return {
        "id": question.id,
        "kind": question.kind,
        "turns": question.turns,
        "outcome": reply.get("outcome", "error"),
        "text": reply.get("text") or reply.get("error", ""),
        "facts": [(fact.statement or fact.id, fact.shows_in(text)) for fact in question.facts],
        "expected": _expected(question),
        "citations": [
            {
                "n": c["n"],
                "article": c.get("article", ""),
                "heading": c.get("heading", ""),
                "quote": c.get("quote", ""),
                "valid": corpus is None or corpus.holds(c),
            }
            for c in reply.get("citations", ())
        ],
        "lost": (
            lost := [name for name, c in measured.scores[question.id].items() if _is_lost(name, c.hit, c.n)]
        ),
        "lost_titles": [METRICS[name].title for name in lost],
    }


def _is_lost(metric: str, hit: float, n: float) -> bool:
    return hit > 0 if METRICS[metric].lower_is_better else hit < n


def _expected(question: Question) -> list[str]:
    lines = []
    if question.answerable is False:
        lines.append("a refusal: the articles do not say")
    if question.clarify:
        lines.append("a question back")
    if question.exercises_min:
        lines.append(f"{question.exercises_min} exercises of: {', '.join(question.exercises)}")
    if question.red_flags and question.red_flags.must:
        lines.append(f"red flags: {', '.join(question.red_flags.must)}")
    if question.red_flags and question.red_flags.benign:
        lines.append("no red flag")
    return lines
