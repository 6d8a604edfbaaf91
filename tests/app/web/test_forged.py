"""Where Gradio's own addresses fail on a forged request, the sender gets words, and only there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web.forged import Forged


async def fail(_: Request) -> JSONResponse:
    """Break as Gradio does on an index that it does not have."""
    raise KeyError(99)


async def echo(request: Request) -> JSONResponse:
    """Refuse, and repeat what was sent."""
    return JSONResponse({"input": request.query_params["q"]}, int(request.query_params["status"]))


async def broken(_: Request) -> StreamingResponse:
    """Say something, then break."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"data: no such session\n\n"
        raise KeyError("session")

    return StreamingResponse(parts(), media_type="text/event-stream")


@pytest.fixture
def client() -> TestClient:
    """The middleware around an application that breaks."""
    routes = [Route("/gradio_api/fail", fail), Route("/gradio_api/echo", echo)]
    app = Starlette(routes=[*routes, Route("/gradio_api/broken", broken), Route("/fail", fail)])
    return TestClient(Forged(app))


def test_a_failure_is_a_refusal_in_words(client: TestClient) -> None:
    """Nobody sees a 500 or a traceback for a request that never could be right."""
    response = client.get("/gradio_api/fail")

    assert response.status_code == 400
    assert response.json() == {"error": "Gradio does not understand this request."}


@pytest.mark.parametrize(("status", "raw"), [(422, False), (200, True)])
def test_an_error_repeats_no_markup(client: TestClient, status: int, raw: bool) -> None:
    """What an error repeats means the same but holds no markup; answers are left as they are."""
    response = client.get("/gradio_api/echo", params={"q": "<b>é", "status": status})

    assert response.json() == {"input": "<b>é"}
    assert ("<b>" in response.text) is raw


def test_a_stream_that_breaks_ends(client: TestClient) -> None:
    """What was said before stays, and the connection is closed in order."""
    assert client.get("/gradio_api/broken").text == "data: no such session\n\n"


def test_our_own_failures_are_not_hidden(client: TestClient) -> None:
    """A fault of this project's own addresses stays one."""
    with pytest.raises(KeyError):
        client.get("/fail")
