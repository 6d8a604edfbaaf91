"""The HTTP API answers by contract, and turns bad requests away in clear words."""

from __future__ import annotations

import json
import logging

import pytest
from starlette.testclient import TestClient

from app.answer import Assistant

QUESTION = "why does my knee hurt going downhill"
CONTRACT = {
    "id", "outcome", "level", "red_flags", "text", "statements", "exercises", "exercises_held", "citations",
    "clarify", "build", "composer", "timings_ms",
}  # fmt: skip


def ask(client: TestClient, *turns: str, **more: object) -> dict[str, object]:
    """The reply to `turns`, which must succeed."""
    response = client.post("/v1/ask", json={"turns": list(turns), **more})
    assert response.status_code == 200, response.text
    return response.json()


def test_answers_by_contract(client: TestClient) -> None:
    """The reply has every field of the contract, and hands the id back."""
    reply = ask(client, QUESTION, id="q1")

    assert set(reply) >= CONTRACT
    assert reply["id"] == "q1"
    assert reply["outcome"] == "answer"
    assert reply["statements"]


def test_screens_every_turn(client: TestClient) -> None:
    """A red flag of an earlier turn stands above the answer to a later one."""
    reply = ask(client, "my knee is swollen", QUESTION)

    assert "swelling" in [flag["id"] for flag in reply["red_flags"]]


def test_examined_lifts_the_hold(client: TestClient) -> None:
    """Exercises held back for swelling come once a clinician has examined the knee."""
    held = ask(client, "my knee is a bit puffy, which exercises help runner's knee")
    lifted = ask(client, "my knee is a bit puffy, which exercises help runner's knee", examined=True)

    assert "swelling" in held["exercises_held"]
    assert "swelling" not in lifted["exercises_held"]


def test_each_citation_can_be_opened(client: TestClient) -> None:
    """The quote of a citation is exactly what its passage holds at the offsets given."""
    for citation in ask(client, QUESTION)["citations"]:
        passage = client.get(f"/v1/passages/{citation['passage_id']}").json()
        start, end = citation["start"] - passage["start"], citation["end"] - passage["start"]

        assert passage["text"][start:end] == citation["quote"]


def test_unknown_passage_is_a_clear_404(client: TestClient) -> None:
    """A forged passage id names itself in a JSON error."""
    response = client.get("/v1/passages/no-such-article:99999")

    assert response.status_code == 404
    assert "no-such-article:99999" in response.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"turns": []},
        {"turns": "a string"},
        {"turns": [1]},
        {"turns": [None]},
        {"turns": ["x"] * 51},
        {"turns": ["x" * 20_001]},
        {"turns": ["x"], "examined": "perhaps"},
        {"turns": ["x"], "surprise": 1},
        [],
        None,
        "text",
    ],
    ids=str,
)
def test_bad_bodies_name_the_fault(client: TestClient, body: object) -> None:
    """A body that is no conversation is answered with 422 and words, never a traceback."""
    response = client.post("/v1/ask", json=body)

    assert response.status_code == 422
    assert response.json()["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"turns": ["\\ud800"]}', b'{"turns":' + b"[" * 10_000]
)
def test_broken_json_is_refused(client: TestClient, body: bytes) -> None:
    """Bytes that are not JSON, or hold half a character, are the sender's fault."""
    response = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code in {400, 422}
    assert response.json()["error"]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "\x00\x1b[31m\x07",
        "😀" * 500,
        "a " * 9_999,
        "<script>alert(1)</script>",
        "¿Por qué me duele la rodilla?",
    ],
    ids=["empty", "blank", "control", "emoji", "long", "script", "spanish"],
)
def test_odd_questions_get_a_reply(client: TestClient, question: str) -> None:
    """Whatever is asked, the reply is a reply."""
    reply = ask(client, question)

    assert reply["outcome"] in {"answer", "clarify", "no_evidence", "out_of_scope", "seek_care"}
    assert reply["text"]


def test_large_bodies_are_refused_unread(client: TestClient) -> None:
    """More than the limit is a 413, whether the length is announced or not."""
    huge = json.dumps({"turns": ["x" * 300_000]}).encode()

    announced = client.post("/v1/ask", content=huge)
    streamed = client.post("/v1/ask", content=iter([huge[:200_000], huge[200_000:]]))

    assert announced.status_code == streamed.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/upload",
        "/gradio_api/file=/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/proxy=http://x",
    ],
)
def test_nothing_is_uploaded_or_fetched(client: TestClient, path: str) -> None:
    """Gradio's routes for files and for other hosts are closed."""
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/page/../api.py",
        "/page/%2e%2e/%2e%2e/api.py",
        "/passages/..%2f..%2fetc%2fpasswd",
        "/page//etc/passwd",
    ],
)
def test_no_path_leads_out(client: TestClient, path: str) -> None:
    """No spelling of a path reaches a file outside the page's folder."""
    assert client.get(path).status_code in {404, 405}


def test_health_and_readiness(client: TestClient, assistant: Assistant) -> None:
    """The process is alive, and ready with the build it serves."""
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()

    assert ready["status"] == "ready"
    assert ready["build"] == assistant.index.build_id


@pytest.mark.parametrize("path", ["/", "/healthz", "/docs", "/passages/none:1", "/page/page.css"])
def test_every_response_is_sealed(client: TestClient, path: str) -> None:
    """Each response forbids framing, sniffing, referrers and scripts of others."""
    headers = client.get(path).headers

    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]


def test_metrics_count_replies(client: TestClient) -> None:
    """An answered question raises the counter of its outcome and level."""
    ask(client, QUESTION)
    text = client.get("/metrics").text

    assert 'kneewise_replies_total{level="none",outcome="answer"}' in text
    assert "kneewise_answer_seconds_count" in text


def test_questions_are_never_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """Logs hold ids and timings; the words of a question are health data."""
    with caplog.at_level(logging.DEBUG):
        ask(client, "my zebra knee is swollen")
        client.post("/v1/ask", json={"turns": ["zebra"], "zebra": "zebra"})

    assert "swelling" in caplog.text
    assert "zebra" not in caplog.text.replace("'zebra'", "zebra").lower()


def test_the_banner_is_the_first_part_of_the_stream(client: TestClient) -> None:
    """The page gets the red flags before the answer."""
    body = {"turns": ["the inside of my knee hurts and it is a bit puffy"]}

    banner, reply = (json.loads(line) for line in client.post("/page/ask", json=body).text.splitlines())

    assert banner["part"] == "banner"
    assert {"swelling", "medial-pain"} <= {flag["id"] for flag in banner["red_flags"]}
    assert reply["part"] == "reply"


def test_an_agent_can_ask_over_mcp(client: TestClient) -> None:
    """The one public tool of the MCP server is ours."""
    schema = client.get("/gradio_api/mcp/schema").json()

    assert [tool["name"] for tool in schema] == ["ask_about_knee_pain"]
    assert "question" in schema[0]["inputSchema"]["properties"]
