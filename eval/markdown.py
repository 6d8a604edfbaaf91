"""Write a summary as Markdown, short enough for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.metrics import METRICS


def as_markdown(summary: Mapping[str, Any]) -> str:
    """Return the report: gates, metrics with intervals, guard, ragas, latency, changes, time taken."""
    parts = [
        f"# Evaluation of {summary['about'].get('system', 'kneewise')}",
        _about(summary["about"], summary["questions"]),
        _gates(summary.get("gates", ())),
        _metrics(summary),
        _guard(summary["guard"]),
        _ragas(summary),
        _notes(summary.get("notes", ())),
        _latency(summary["latency_ms"]),
        _changes(summary.get("baseline")),
        _seconds(summary.get("seconds", {})),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def share(value: float | None) -> str:
    """Return a ratio with three digits; a dash for none."""
    return "–" if value is None else f"{value:.3f}"


def interval(figure: Mapping[str, Any]) -> str:
    """Return the 95 % interval of a figure."""
    return f"[{share(figure['low'])}, {share(figure['high'])}]"


def with_interval(figure: Mapping[str, Any]) -> str:
    """Return a figure and its 95 % interval."""
    return f"{share(figure['value'])} {interval(figure)}"


def _about(about: Mapping[str, str], questions: int) -> str:
    return f"{questions} questions · " + " · ".join(f"{name} {value}" for name, value in about.items())


def _gates(gates: Sequence[Mapping[str, Any]]) -> str:
    if not gates:
        return ""
    failed = [gate for gate in gates if not gate["passed"]]
    lines = [f"## Gates: {len(gates) - len(failed)} of {len(gates)} hold"]
    for gate in failed:
        lines.append(
            f"- **{gate['metric']}** is {gate['value']:.3f}, must be {gate['bound']}: {gate['reason']}"
        )
        lines += [f"  - `{bad['id']}` {bad['text']}" for bad in gate["worst"]]
    return "\n".join(lines)


def _metrics(summary: Mapping[str, Any]) -> str:
    figures = summary["metrics"]
    rows = [
        [METRICS[name].title, share(f["value"]), interval(f), f"{f['n']:g}", METRICS[name].meaning]
        for name, f in figures.items()
    ]
    text = "## Counted\n\n" + table(["metric", "value", "95 %", "of", "share of"], rows)
    if summary["words"]:
        words = summary["words"]
        text += f"\n\nWords per answer: median {words['median']:g}, 90 % within {words['p90']:g}."
    if summary["left_out"]:
        text += (
            "\n\nLeft out, since no question has labels for them or this system does not show them: "
            + ", ".join(summary["left_out"])
            + "."
        )
    return text


def _guard(guard: Mapping[str, Any]) -> str:
    if not guard:
        return ""
    note = (
        "On messages that neither rules nor net were made from; recall by level, and alarms that should not "
        "be: `must_not` (a flag that may not be raised) and `benign` (any flag on an ordinary message)."
    )
    return "\n\n".join(["## Guard, on labelled messages", note, guard_tables(guard)])


def guard_tables(guard: Mapping[str, Any]) -> str:
    """Return the guard's figures by level, writer and rule; `guard` holds a layer's scores by its name."""
    parts = [table([*_GUARD_HEAD, *guard], _by_level(guard))]
    parts += ["### By writer", table(["writer", *_GUARD_HEAD, *guard], _by_writer(guard))]
    parts += ["### Recall by rule", table(["rule", "messages", *guard], _by_rule(guard))]
    return "\n\n".join(parts)


_GUARD_HEAD = ("red flags", "of")


def _by_level(guard: Mapping[str, Any]) -> list[list[str]]:
    first = next(iter(guard.values()))["shares"]
    return [
        [name, f"{figure['n']}", *(with_interval(layer["shares"][name]) for layer in guard.values())]
        for name, figure in first.items()
    ]


def _by_writer(guard: Mapping[str, Any]) -> list[list[str]]:
    first = next(iter(guard.values()))["by_writer"]
    return [
        [
            writer,
            name,
            f"{figure['n']}",
            *(with_interval(layer["by_writer"][writer][name]) for layer in guard.values()),
        ]
        for writer, shares in first.items()
        for name, figure in shares.items()
    ]


def _by_rule(guard: Mapping[str, Any]) -> list[list[str]]:
    first = next(iter(guard.values()))["by_rule"]
    return [
        [rule, f"{figure['n']}", *(with_interval(layer["by_rule"][rule]) for layer in guard.values())]
        for rule, figure in first.items()
    ]


def _ragas(summary: Mapping[str, Any]) -> str:
    rows = [
        [name, share(f["value"]), f"{f['n'] - f['failed']} of {f['n']}", f"{f['failed']}", f["error"]]
        for name, f in summary["ragas"].items()
    ]
    head = ["metric", "mean", "scored", "failed, counted 0", "first failure"]
    return "## ragas\n\n" + table(head, rows) if rows else ""


def _notes(notes: Sequence[str]) -> str:
    return "\n".join(f"- {note}" for note in notes)


def _latency(latency: Mapping[str, Any]) -> str:
    rows = [[stage, *(f"{ms[key]:.1f}" for key in ("median", "p95", "max"))] for stage, ms in latency.items()]
    return "## Milliseconds\n\n" + table(["stage", "median", "p95", "max"], rows) if rows else ""


def _changes(baseline: Mapping[str, Any] | None) -> str:
    if not baseline:
        return ""
    rows = [
        [c["metric"], f"{c['value']:+.3f}", f"[{c['low']:+.3f}, {c['high']:+.3f}]", c["verdict"]]
        for c in baseline["changes"]
    ]
    text = "## Against the baseline\n\n" + _stale(baseline) + table(["metric", "change", "95 %", ""], rows)
    for verdict in ("worse", "better"):
        named = ", ".join(f"{qid} ({metric})" for qid, metric in baseline[verdict])
        text += f"\n\n{verdict.capitalize()}: {named or 'none'}."
    if baseline["unmatched"]:
        text += f"\n\n{baseline['unmatched']} questions are in only one of the two runs."
    return text


def _stale(baseline: Mapping[str, Any]) -> str:
    stale, made = baseline.get("stale"), baseline.get("about", {}).get("made", "at a time not stated")
    return f"The baseline, made {made}, is stale: {'; '.join(stale)}.\n\n" if stale else ""


def _seconds(seconds: Mapping[str, float]) -> str:
    whole = sum(seconds.values())
    parts = ", ".join(f"{name} {s:g}" for name, s in seconds.items() if s >= 0.1)
    return f"Took {whole:.1f} s: {parts}." if seconds else ""
