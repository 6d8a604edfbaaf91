"""`kneewise-ask` answers one question or a hundred lines, and a broken line costs only itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.answer import Assistant
from app.ask import LineError, answer_lines, ask, read_line
from ingest.index import Index
from ingest.settings import BUNDLED_MODEL

CANONICAL = "why does my knee hurt going downhill"
TURNS = (
    [CANONICAL],
    ["which exercises help runner's knee", "how many reps?"],
    ["my knee is a bit puffy"],
    ["what size of tent should I buy"],
)
BROKEN = {
    7: "not json",
    13: '{"id": 13}',
    29: '{"id": 29, "turns": []}',
    31: '{"id": 31, "turns": "why"}',
    47: '{"id": 47, "turns": ["why", 3]}',
    59: '{"id": 59, "turns": ["why"], "examined": "yes"}',
    61: "[" * 100_000,
    83: '["why"]',
    97: "null",
}
# The command itself, with the loader of the model counted and every connection refused.
COMMAND = """
import socket, sys
import ingest.embed as embed
load, loads = embed.load_encoder, []
def counted(*arguments):
    loads.append(arguments)
    return load(*arguments)
def refuse(*address):
    raise AssertionError(f"a connection was tried: {address}")
embed.load_encoder = counted
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from app.ask import main
try:
    main()
finally:
    print(f"loaded {len(loads)}", file=sys.stderr)
"""


def line(number: int) -> str:
    """One of a hundred lines, some of them broken."""
    return BROKEN.get(number) or json.dumps({"id": number, "turns": TURNS[number % len(TURNS)]})


@pytest.fixture(scope="module")
def hundred(digest_index: Index) -> tuple[list[dict[str, Any]], subprocess.CompletedProcess[str]]:
    """What the command made of a hundred lines, without a network."""
    run = subprocess.run(
        [sys.executable, "-c", COMMAND, "--jsonl", "--index", str(digest_index.path)],
        input="\n".join(map(line, range(100))),
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=500,
    )
    return [json.loads(row) for row in run.stdout.splitlines()], run


Hundred = tuple[list[dict[str, Any]], "subprocess.CompletedProcess[str]"]


def test_a_hundred_lines_keep_their_order(hundred: Hundred) -> None:
    """One object a line, each with the id of its own."""
    rows, _ = hundred

    assert len(rows) == 100
    assert [row["id"] for n, row in enumerate(rows) if n not in BROKEN] == [
        n for n in range(100) if n not in BROKEN
    ]


def test_a_broken_line_is_an_error_object_and_the_rest_go_on(hundred: Hundred) -> None:
    """It says what is wrong, keeps the id where there is one, and exits 0 for the sake of the others."""
    rows, run = hundred
    errors = {n: row for n, row in enumerate(rows) if row["outcome"] == "error"}

    assert set(errors) == set(BROKEN)
    assert all(row["error"] for row in errors.values())
    assert [errors[n]["id"] for n in (13, 29, 31, 47, 59)] == [13, 29, 31, 47, 59]
    assert run.returncode == 0
    assert "Traceback" not in run.stderr


def test_the_model_is_loaded_once_for_all_lines(hundred: Hundred) -> None:
    """A hundred questions, one model."""
    assert "loaded 1" in hundred[1].stderr.splitlines()


def test_lines_are_answered_as_questions_are(hundred: Hundred, assistant: Assistant) -> None:
    """The reply of the command is that of the assistant, time apart."""
    rows, _ = hundred
    for number in range(4):
        own = {"id": number, **assistant.answer(TURNS[number % 4]).as_json()}
        assert {**rows[number], "timings_ms": 0} == json.loads(json.dumps({**own, "timings_ms": 0}))


def test_examined_is_read_from_the_line(assistant: Assistant) -> None:
    """It lifts the hold of swelling for its own line alone."""
    turns = ["my knee is a bit puffy, which exercises help runner's knee"]
    lines = [json.dumps({"turns": turns, "examined": examined}) for examined in (True, False)]

    lifted, held = answer_lines(assistant, iter(lines))

    assert "swelling" not in lifted["exercises_held"]
    assert "swelling" in held["exercises_held"]


def test_blank_lines_are_passed_over(assistant: Assistant) -> None:
    """An empty line at the end of a file is no broken one."""
    assert list(answer_lines(assistant, iter(["\n", "   \n", ""]))) == []


def test_half_a_character_does_not_stop_the_rest(assistant: Assistant) -> None:
    """A lone surrogate in turns is read over, and its red flag is found."""
    (row,) = answer_lines(assistant, iter(['{"id": "a", "turns": ["my knee is a bit puffy \\ud800"]}']))

    assert row["outcome"] != "error"
    assert "swelling" in [flag["id"] for flag in row["red_flags"]]
    assert json.dumps(row, ensure_ascii=False).encode()


@pytest.mark.parametrize("broken", BROKEN.values(), ids=lambda text: text[:30])
def test_a_broken_line_says_what_is_wrong(broken: str) -> None:
    """The message names the field or shows a line that is right."""
    with pytest.raises(LineError, match=r"turns|examined"):
        read_line(broken)


def test_a_line_is_read() -> None:
    """Any id is handed back as it came."""
    assert read_line('{"id": [1], "turns": ["a", "b"], "examined": true}') == ([1], ["a", "b"], True)
    assert read_line('{"turns": [""]}') == (None, [""], False)


def run(index: Index, *arguments: str, stdin: str = "") -> Any:
    """The command within this process."""
    app = typer.Typer()
    app.command()(ask)
    return CliRunner().invoke(app, [*arguments, "--index", str(index.path)], input=stdin)


def test_a_question_prints_its_reply(digest_index: Index, assistant: Assistant) -> None:
    """The Markdown of the reply and nothing else."""
    result = run(digest_index, *CANONICAL.split())

    assert result.exit_code == 0
    assert result.stdout == assistant.answer([CANONICAL]).text + "\n"


def test_json_prints_one_object(digest_index: Index) -> None:
    """The contract with an id, on one line."""
    result = run(digest_index, "--json", CANONICAL)
    (text,) = result.stdout.splitlines()
    body = json.loads(text)

    assert result.exit_code == 0
    assert body["outcome"] == "answer"
    assert body["id"] is None
    assert len(body["exercises"]) >= 3


@pytest.mark.parametrize("arguments", [[], [""], ["  "], ["--json"]])
def test_nothing_asked_is_an_error_with_an_example(digest_index: Index, arguments: Sequence[str]) -> None:
    """Exit 2, before the model is loaded."""
    result = run(digest_index, *arguments)

    assert result.exit_code == 2
    assert "nothing asked" in result.stderr
    assert result.stdout == ""


def test_no_readable_line_at_all_exits_1(digest_index: Index) -> None:
    """A script can tell that nothing was answered; each line still has its error object."""
    result = run(digest_index, "--jsonl", stdin="not json\n[]\n")

    assert result.exit_code == 1
    assert [json.loads(row)["outcome"] for row in result.stdout.splitlines()] == ["error", "error"]


def test_a_build_of_another_model_names_both(digest_index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1 and one line that says what to do, no traceback."""
    monkeypatch.setenv("KNEEWISE_EMBEDDING_MODEL", "/models/other-minilm")
    result = run(digest_index, CANONICAL)

    assert result.exit_code == 1
    assert result.stderr.startswith("kneewise-ask: ")
    assert BUNDLED_MODEL in result.stderr
    assert "/models/other-minilm" in result.stderr


def test_a_wrong_setting_names_itself(digest_index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1 with the variable and its value."""
    monkeypatch.setenv("KNEEWISE_REGION", "mars")
    result = run(digest_index, CANONICAL)

    assert result.exit_code == 1
    assert "KNEEWISE_REGION is 'mars'" in result.stderr
