"""Other systems measured by the same rules: any server, and the naive pipeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from eval.metrics import score
from eval.questions import load_questions
from eval.systems import Http, Kneewise

if TYPE_CHECKING:
    from app.answer import Assistant


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


def test_naive_pipeline_cites_its_chunks(assistant: Assistant) -> None:
    """Three chunks, each quoted at its offsets, and never a refusal."""
    from eval.naive import Naive

    naive = Naive(assistant)
    question = next(q for q in load_questions() if q.facts)
    row = naive.ask(question.id, question.turns)

    assert len(row.reply["statements"]) == 3
    assert score(question, row, naive.corpus)["citation_validity"].hit == 3


def test_product_tells_what_it_found_and_how_sure_it_was(assistant: Assistant) -> None:
    """The ranking behind an answer and its evidence are what retrieval and refusal are measured by."""
    row = Kneewise(assistant).ask("q", ["how long do I hold a wall sit"])

    assert len(row.retrieved) == 10
    assert row.evidence is not None
    assert 0 <= row.evidence <= 1
