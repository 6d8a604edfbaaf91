"""What a scanner tries: markup in every place that takes text, ways out of folders, forged ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Response
from starlette.testclient import TestClient

# Each with what must not come back: markup as it was sent, or a template's sum.
PAYLOADS = {
    "<script>alert(1)</script>": "<script>alert(1)",
    "\"><img src=x onerror=alert(1)>'": "<img src=x",
    "{{1337*1337}}${1337*1337}<%=1337*1337%>": "1787569",
}
HEADERS = (
    "Referer",
    "User-Agent",
    "Cookie",
    "Accept-Language",
    "X-Forwarded-Host",
    "Origin",
    "Authorization",
)
PATHS = (
    "/v1/passages/{}",
    "/passages/{}",
    "/page/reader/{}",
    "/{}",
    "/page/{}",
    "/static/{}",
    "/gradio_api/{}",
)
QUERIES = (
    "/?q={}", "/?__theme={}", "/healthz?q={}", "/readyz?q={}", "/metrics?name[]={}", "/docs?q={}",
    "/page/offline?q={}", "/openapi.json?q={}", "/config?q={}", "/gradio_api/queue/data?session_hash={}",
    "/passages/{id}?start={}", "/passages/{id}?end={}", "/page/reader/{id}?start={}",
    "/gradio_api/info?q={}",
)  # fmt: skip
BODIES: dict[str, Callable[[str], Any]] = {
    "/v1/ask turn": lambda x: {"turns": [x]},
    "/v1/ask earlier turn": lambda x: {"turns": [x, "which exercises help"]},
    "/v1/ask beside a flag": lambda x: {"turns": [f"my knee is puffy {x} and hot"]},
    "/v1/ask id": lambda x: {"turns": ["hi"], "id": x},
    "/v1/ask field": lambda x: {"turns": ["hi"], x: 1},
    "/v1/ask type": lambda x: {"turns": x},
    "/page/ask turn": lambda x: {"turns": [f"my knee is swollen {x}"]},
    "/v1/plan turn": lambda x: {
        "turns": [f"make me a plan for a week with clamshells {x}"],
        "format": "html",
    },
    "/v1/plan format": lambda x: {"turns": ["make me a plan for a week"], "format": x},
    "/v1/feedback reason": lambda x: {"reason": x},
    "/v1/feedback build": lambda x: {"reason": "wrong", "build": x, "passages": [x], "turns": [x]},
    "/gradio_api/call/ask_about_knee_pain data": lambda x: {"data": [x, False]},
    "/gradio_api/queue/join data": lambda x: {"data": [x], "fn_index": 0, "session_hash": x},
    "/gradio_api/run/predict data": lambda x: {"data": [x], "fn_index": x},
}
PLACES = [*HEADERS, *PATHS, *QUERIES, *BODIES]


def send(client: TestClient, place: str, payload: str, passage_id: str) -> Response:
    """Put `payload` into `place`: a header, a part of a path, a query or a body."""
    if place in BODIES:
        return client.post(place.split()[0], json=BODIES[place](payload))
    if place in HEADERS:
        return client.get(f"/passages/{passage_id}", headers={place: payload})
    return client.get(place.replace("{id}", passage_id).format(quote(payload, safe="")))


@pytest.fixture(scope="module")
def passage_id(client: TestClient) -> str:
    """A passage that exists."""
    reply = client.post("/v1/ask", json={"turns": ["why does my knee hurt going downhill"]}).json()
    return str(reply["citations"][0]["passage_id"])


def test_there_are_thirty_places() -> None:
    """The list below does not shrink unnoticed."""
    assert len(PLACES) >= 30


@pytest.mark.parametrize("place", PLACES)
def test_nothing_comes_back_as_markup(client: TestClient, passage_id: str, place: str) -> None:
    """Markup and template code sent anywhere is never sent back as such, and never makes the server fail."""
    for payload, telltale in PAYLOADS.items():
        response = send(client, place, payload, passage_id)

        assert response.status_code < 500
        assert telltale not in response.text
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "prefix", ["/page/", "/static/", "/assets/", "/gradio_api/file=", "/passages/", "/v1/passages/"]
)
@pytest.mark.parametrize(
    "way_out",
    ["%2e%2e/%2e%2e/settings.py", "..%2f..%2fsettings.py", "..%5c..%5csettings.py", "%2fetc%2fpasswd", "%00"],
)
def test_no_way_leads_out_of_a_folder(client: TestClient, prefix: str, way_out: str) -> None:
    """Neither the project's own files nor the machine's are served, however the path is written."""
    response = client.get(prefix + way_out)

    assert response.status_code in {400, 403, 404, 405, 422}
    assert "root:" not in response.text
    assert "AppSettings" not in response.text


@pytest.mark.parametrize(
    "path", ["/v1/ask", "/v1/plan", "/page/ask", "/v1/feedback", "/gradio_api/queue/join", "/gradio_api/mcp/"]
)
def test_an_oversized_body_is_refused_everywhere(client: TestClient, path: str) -> None:
    """No door reads more than the limit."""
    response = client.post(path, content=b'{"turns": ["' + b"x" * 300_000 + b'"]}')

    assert response.status_code == 413
    assert "262144" in response.json()["error"]


@pytest.mark.parametrize(
    "forged", ["none:1", "hiking-quick-fixes:99999", "hiking-quick-fixes:-1", "a:b:c", "1 OR 1=1", "x" * 3000]
)
def test_a_forged_passage_id_is_said_to_be_none(client: TestClient, forged: str) -> None:
    """For programs, for the reader and for a shared link."""
    for door in ("/v1/passages/", "/page/reader/", "/passages/"):
        response = client.get(door + quote(forged, safe=""))

        assert response.status_code == 404
        assert "passage" in response.text


@pytest.mark.parametrize(
    "span", ["start=-1&end=5", "start=x&end=y", "start=5", "start=9&end=1", "start=0&end=99999999999"]
)
def test_a_forged_span_marks_nothing_wrong(client: TestClient, passage_id: str, span: str) -> None:
    """Offsets that are no numbers are refused; those outside the passage mark the passage itself."""
    response = client.get(f"/passages/{passage_id}?{span}")

    assert response.status_code in {200, 422}
    assert response.status_code == 422 or response.text.count("<mark>") >= 1


@pytest.mark.parametrize("session", ["forged", "../x", "0" * 500])
def test_a_forged_session_brings_nobodys_answers(client: TestClient, session: str) -> None:
    """Gradio's own queue knows no session that was not started here."""
    response = client.post(
        "/gradio_api/queue/join", json={"data": ["x"], "fn_index": 99, "session_hash": session}
    )

    assert response.status_code < 500
    assert client.get("/gradio_api/call/ask_about_knee_pain/" + quote(session, safe="")).status_code < 500


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND"])
def test_other_methods_do_nothing(client: TestClient, method: str) -> None:
    """Only what is meant to be read or sent can be."""
    for path in ("/v1/ask", "/v1/passages/x", "/page/ask", "/docs"):
        assert client.request(method, path).status_code in {404, 405}


def test_the_contract_survives_the_escapes(client: TestClient) -> None:
    """What is escaped on the way is the same once read: a quote still is what the person wrote."""
    typed = "my knee is <b>puffy</b> & hot"
    response = client.post("/v1/ask", json={"turns": [typed], "id": typed})

    assert "<" not in response.text
    reply = json.loads(response.text)
    assert reply["id"] == typed
    assert all(flag["quote"] == typed[flag["start"] : flag["end"]] for flag in reply["red_flags"])
