"""ragas, with and without a judge; the judge is a local server that speaks the protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest

from eval.ragas_metrics import Judge, judged, unjudged
from eval.sample import Sample

SAMPLE = Sample(
    question="how long do I hold it?",
    response='"Hold it for half a minute."',
    contexts=("Hold it for half a minute. Then rest.",),
    context_ids=("label 0", "knees:7"),
    reference_ids=("label 0", "label 1"),
    reference="Half a minute.",
    reference_contexts=("Hold it for half a minute. Then rest.",),
)


def encode(texts: Any) -> Any:
    """Point every text the same way."""
    return np.full((len(texts), 4), 0.5)


class JudgeServer(BaseHTTPRequestHandler):
    """Answers each call for structured output with the smallest value its schema allows, or with nonsense."""

    mode: ClassVar[str] = "good"
    calls: ClassVar[int] = 0

    def do_POST(self) -> None:
        """Play one chat completion."""
        type(self).calls += 1
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.mode == "slow":
            time.sleep(1)
        if self.mode == "down":
            self.send_error(503)
            return
        message = (
            {"role": "assistant", "content": "no JSON at all"} if self.mode == "nonsense" else _play(request)
        )
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "1", "object": "chat.completion", "created": 0, "model": "judge", "usage": usage}
        body = json.dumps({**answer, "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def _play(request: dict[str, Any]) -> dict[str, Any]:
    tools = request.get("tools")
    if tools:
        function = tools[0]["function"]
        arguments = json.dumps(_value(function["parameters"], function["parameters"]))
        call = {"name": function["name"], "arguments": arguments}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": call}],
        }
    wanted = request.get("response_format", {}).get("json_schema", {}).get("schema")
    schema = wanted or _schema_in(request["messages"])
    return {"role": "assistant", "content": json.dumps(_value(schema, schema))}


def _schema_in(messages: list[dict[str, Any]]) -> dict[str, Any]:
    text = " ".join(str(message["content"]) for message in messages)
    decoder = json.JSONDecoder()
    for start in (i for i, sign in enumerate(text) if sign == "{"):
        try:
            found, _ = decoder.raw_decode(text[start:])
        except ValueError:
            continue
        if isinstance(found, dict) and "properties" in found:
            return found
    return {"type": "object", "properties": {}}


def _value(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return _value(root["$defs"][name], root)
    kind = schema.get("type")
    if kind == "object":
        return {name: _value(sub, root) for name, sub in schema.get("properties", {}).items()}
    if kind == "array":
        return [_value(schema.get("items", {}), root)]
    return {"integer": 1, "number": 1.0, "boolean": True}.get(str(kind), "Half a minute.")


@pytest.fixture
def judge() -> Iterator[Judge]:
    """A judge on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), JudgeServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    JudgeServer.mode, JudgeServer.calls = "good", 0
    yield Judge(f"http://127.0.0.1:{server.server_port}/v1", "judge", timeout_s=20)
    server.shutdown()
    server.server_close()


def test_figures_without_a_judge() -> None:
    """One of two labels met by one of two passages; the quotation stands in its passage."""
    figures = unjudged([SAMPLE], encode)

    assert figures["id_context_recall"].value == 0.5
    assert figures["id_context_precision"].value == 0.5
    assert figures["non_llm_context_recall"].value == 1.0
    assert figures["quoted_spans"].value == 1.0
    # Three words of the reference's three stand in the answer's six: precision 1/2, recall 1.
    assert figures["rouge"].value == pytest.approx(2 / 3)
    assert figures["semantic_similarity"].value == pytest.approx(1.0)
    assert len(figures) == 6
    assert not any(figure.failed for figure in figures.values())


def test_failure_is_told_in_the_words_of_its_cause() -> None:
    """Zeros without a reason would pass for bad answers."""

    def broken(texts: Any) -> Any:
        raise RuntimeError("the encoder is gone")

    figure = unjudged([SAMPLE], broken)["semantic_similarity"]

    assert (figure.value, figure.n, figure.failed) == (0, 1, 1)
    assert "the encoder is gone" in figure.error


def test_invented_quotation_is_noticed() -> None:
    """A quotation that no passage holds scores 0."""
    invented = replace(SAMPLE, response='"Hold it for three whole hours."')

    assert unjudged([invented], encode)["quoted_spans"].value == 0.0


def test_judge_scores_over_http(judge: Judge) -> None:
    """A protocol-true server's verdicts arrive as figures, none of them failed."""
    figures = judged([SAMPLE], encode, judge)

    assert JudgeServer.calls >= 5
    assert {name for name, figure in figures.items() if figure.failed} == set()
    assert all(0 <= figure.value <= 1 for figure in figures.values())


@pytest.mark.parametrize("mode", ["down", "nonsense"])
def test_failing_judge_is_counted_not_skipped(judge: Judge, mode: str) -> None:
    """A judge that is down or babbles gives zeros that say so."""
    JudgeServer.mode = mode

    figures = judged([SAMPLE], encode, judge)

    assert all(figure.failed == figure.n == 1 and figure.value == 0 for figure in figures.values())
    assert all(figure.error for figure in figures.values())


def test_judge_that_takes_too_long_has_failed(judge: Judge) -> None:
    """A timeout is a failure, and says so."""
    JudgeServer.mode = "slow"

    figure = judged([SAMPLE], encode, replace(judge, timeout_s=0.3))["faithfulness"]

    assert (figure.value, figure.failed) == (0, 1)
    assert "0.3 s" in figure.error or "Timeout" in figure.error


def test_judge_that_is_gone_is_not_waited_for(judge: Judge) -> None:
    """After some failures in a row nobody is asked any more; every sample of the metric counts as failed."""
    JudgeServer.mode = "down"

    figures = judged([SAMPLE] * 30, encode, judge)

    assert all(figure.failed == figure.n == 30 for figure in figures.values())
    assert JudgeServer.calls < 5 * 30


def test_judge_is_off_unless_configured() -> None:
    """Both address and model are needed."""
    assert Judge.from_env({}) is None
    assert Judge.from_env({"KNEEWISE_JUDGE_BASE_URL": "http://127.0.0.1:1"}) is None
    found = Judge.from_env({"KNEEWISE_JUDGE_BASE_URL": "http://127.0.0.1:1", "KNEEWISE_JUDGE_MODEL": "m"})
    assert found is not None
    assert found.timeout_s == 120
