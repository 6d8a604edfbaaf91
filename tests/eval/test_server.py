"""Any server, measured over HTTP: this project's own, and one that speaks the OpenAI chat protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from eval.errors import SystemUnavailable
from eval.metrics import score
from eval.questions import load_questions
from eval.server import Http
from tests.serving import Server, server, start_chat

__all__ = ["server", "start_chat"]  # fixtures


def served(handler: Any) -> httpx.Client:
    """A client whose requests `handler` answers."""
    return httpx.Client(transport=httpx.MockTransport(handler))


def test_server_of_this_project_is_asked_for_its_contract() -> None:
    """Turns go to /v1/ask, and the reply is taken as it is."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/ask"
        assert json.loads(request.content) == {"turns": ["a", "b"]}
        return httpx.Response(200, json={"outcome": "answer", "statements": []})

    row = Http("http://127.0.0.1:7860", served(answer)).ask("q", ["a", "b"])

    assert row.reply["outcome"] == "answer"


def test_chat_server_is_asked_in_its_protocol() -> None:
    """Its text is one statement without citations."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["messages"][-1] == {"role": "user", "content": "b"}
        return httpx.Response(200, json={"choices": [{"message": {"content": "Use poles."}}]})

    row = Http("http://127.0.0.1/v1/chat/completions", served(answer)).ask("q", ["a", "b"])

    assert row.reply["statements"] == [{"text": "Use poles.", "citations": []}]


@pytest.mark.parametrize(
    "response",
    [httpx.Response(500), httpx.Response(200, text="no JSON"), httpx.Response(200, json={"choices": []})],
)
def test_failing_server_is_an_error_that_counts(response: httpx.Response) -> None:
    """A server that fails must not look better for answering less."""
    row = Http("http://127.0.0.1/v1/chat/completions", served(lambda _: response)).ask("q", ["a"])

    assert row.reply["outcome"] == "error"


@pytest.mark.parametrize("address", ["http://127.0.0.1/v1", "http://127.0.0.1/v1/chat/completions"])
def test_chat_protocol_is_known_by_its_path(address: str) -> None:
    """People know such a server by its base address; model and key are sent where they are set."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/chat/completions"
        assert json.loads(request.content)["model"] == "phi"
        return httpx.Response(200, json={"choices": [{"message": {"content": "Use poles."}}]})

    row = Http(address, served(answer), model="phi").ask("q", ["a"])

    assert row.reply["outcome"] == "answer"
    assert row.reply["timings_ms"]["total"] >= 0


def test_server_that_counts_its_questions_is_waited_for() -> None:
    """A limit on questions a minute is no wrong answer."""
    answers = iter(
        [httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(200, json={"outcome": "answer"})]
    )

    row = Http("http://127.0.0.1:7860", served(lambda _: next(answers))).ask("q", ["a"])

    assert row.reply["outcome"] == "answer"


def test_nothing_there_stops_the_run() -> None:
    """A mistyped address is told before hundreds of questions are asked of nobody."""
    with pytest.raises(SystemUnavailable, match="nothing answers there"):
        Http.from_env("http://127.0.0.1:9", None)


def test_running_server_is_measured_like_the_product(server: Server, digest_home: Path) -> None:
    """The real command over HTTP; since its build lies here, its citations are checked too."""
    question = next(q for q in load_questions() if q.facts and q.answerable)

    system = Http.from_env(server.address, digest_home)
    counts = score(question, system.ask(question.id, question.turns), system.corpus)

    assert system.about()["build"]
    assert counts["completed"].hit == 1
    assert counts["citation_validity"].hit == counts["citation_validity"].n > 0
