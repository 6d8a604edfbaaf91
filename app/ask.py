"""Ask from the command line: one question, or a file of conversations as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from app.answer import Assistant
from app.export import write
from app.records import Plan
from app.rules.errors import RuleDataError
from app.settings import AppSettings, SettingsError
from app.starting import skip_unasked, uncollected
from ingest.errors import IngestError

_EXAMPLE = '{"id": "1", "turns": ["why does my knee hurt going downhill"]}'


class LineError(ValueError):
    """A line of the input is not a conversation; says what is wrong and shows one that is."""


def read_line(line: str) -> tuple[Any, list[str], bool]:
    """Return id, turns and `examined` of one JSON line.

    Raises:
        LineError: The line is not JSON, or lacks `turns`, or a field has the wrong type.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:  # the latter: brackets nested too deep
        raise LineError(f"not JSON ({error}); a line looks like {_EXAMPLE}") from error
    if not isinstance(row, dict):
        raise LineError(f"a {type(row).__name__}, not an object; a line looks like {_EXAMPLE}")
    turns = row.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        raise LineError(f"'turns' must be a list of at least one string; a line looks like {_EXAMPLE}")
    examined = row.get("examined", False)
    if not isinstance(examined, bool):
        raise LineError(f"'examined' is {examined!r}; it must be true or false")
    return row.get("id"), turns, examined


def answer_lines(assistant: Assistant, lines: Iterator[str] | IO[str]) -> Iterator[dict[str, Any]]:
    """Answer each line in order; one that cannot be answered yields an error object and the rest go on."""
    for line in lines:
        if not line.strip():
            continue
        line_id = None
        try:
            line_id, turns, examined = read_line(line)
            yield {"id": line_id, **assistant.answer(turns, examined=examined).as_json()}
        except Exception as error:  # one bad line must not cost the others theirs
            yield {
                "id": line_id or _id_of(line),
                "outcome": "error",
                "error": str(error) or type(error).__name__,
            }


def _id_of(line: str) -> Any:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row.get("id") if isinstance(row, dict) else None


def ask(
    question: Annotated[list[str] | None, typer.Argument(help="The question.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reply as one JSON object.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Answer JSON lines from standard input.")] = False,
    examined: Annotated[bool, typer.Option(help="A clinician has examined this knee.")] = False,
    index: Annotated[Path | None, typer.Option(help="Build directory to answer from.")] = None,
    plan: Annotated[
        Path | None, typer.Option(help="File to keep the plan in that was asked for: .md, .html or .ics.")
    ] = None,
) -> None:
    """Answer a question about knee pain from the articles, with citations."""
    text = " ".join(question or []).strip()
    if not jsonl and not text:
        _stop('nothing asked; try: kneewise-ask "why does my knee hurt going downhill"', 2)
    assistant = _assistant(index)
    if jsonl:
        read = _answer_stdin(assistant)
        raise typer.Exit(0 if read else 1)
    reply = assistant.answer([text], examined=examined)
    if plan is not None:
        _keep(reply.plan, plan)
    print(json.dumps({"id": None, **reply.as_json()}, ensure_ascii=False) if as_json else reply.text)


def _keep(plan: Plan | None, path: Path) -> None:
    if plan is None:
        _stop('there is no plan to keep; ask for one, as in "make me a plan for runner\'s knee"', 1)
        return
    try:
        write(plan, path)
    except (ValueError, OSError) as error:
        _stop(str(error), 1)


def _answer_stdin(assistant: Assistant) -> int:
    """Answer standard input; return how many lines were read as conversations."""
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    good = 0
    for row in answer_lines(assistant, sys.stdin):
        good += row["outcome"] != "error"
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return good


def _assistant(index: Path | None) -> Assistant:
    from dataclasses import replace

    skip_unasked()
    with uncollected():
        from app.wire import build_assistant  # heavy: not before the arguments are known to be right
    try:
        settings = AppSettings.from_env()
        return build_assistant(replace(settings, index=index) if index else settings)
    except (SettingsError, RuleDataError, IngestError) as error:
        _stop(str(error), 1)
        raise AssertionError from error


def _stop(message: str, status: int) -> None:
    print(f"kneewise-ask: {message}", file=sys.stderr)
    raise typer.Exit(status)


def main() -> None:
    """Run the command."""
    # A sign that the console cannot show must not cost the answer.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    typer.run(ask)
