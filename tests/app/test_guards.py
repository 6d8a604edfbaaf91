"""The guards turn away what is too much, too often or not logged in, and forge no exception."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.guards import Guard, Limits, policy


async def echo(request: Request) -> PlainTextResponse:
    """Answer with the length of the body."""
    return PlainTextResponse(str(len(await request.body())))


async def page(_: Request) -> HTMLResponse:
    """A page with a script of its own."""
    return HTMLResponse("<script>let a = 1;</script><script src='/x.js'></script>")


def guarded(**limits: object) -> TestClient:
    """A small application behind a guard with `limits`."""
    app = Starlette(
        routes=[Route("/", echo, methods=["GET", "POST"]), Route("/page", page), Route("/healthz", echo)]
    )
    return TestClient(Guard(app, Limits(**limits)))  # type: ignore[arg-type]


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    """The limit is exact."""
    client = guarded(body_bytes=10)

    assert client.post("/", content=b"x" * 10).text == "10"
    assert client.post("/", content=b"x" * 11).status_code == 413


def test_too_many_questions_are_told_how_long_to_wait() -> None:
    """The bucket of a client empties, and says when it refills; reading stays free."""
    client = guarded(per_minute=3)
    statuses = [client.post("/").status_code for _ in range(4)]
    refused = client.post("/")

    assert statuses == [200, 200, 200, 429]
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("auth", [None, ("ann", "wrong"), ("bob", "secret"), ("ann", "")])
def test_without_the_login_nothing_is_served(auth: tuple[str, str] | None) -> None:
    """A missing, wrong or foreign login is refused; only the health check is open."""
    client = guarded(logins={"ann": "secret"})

    assert client.get("/page", auth=auth).status_code == 401
    assert client.get("/page", auth=("ann", "secret")).status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Bearer YW5uOnNlY3JldA==", "Basic \xff", "Basic /w=="]
)
def test_a_broken_login_is_refused_not_a_fault(header: str) -> None:
    """No header makes the guard fail."""
    client = guarded(logins={"ann": "secret"})

    assert client.get("/page", headers={"Authorization": header.encode("latin-1")}).status_code == 401


def test_only_the_pages_own_inline_scripts_are_allowed() -> None:
    """A page's inline script is allowed by its hash; a page without one allows none."""
    allowed = guarded().get("/page").headers["content-security-policy"]

    assert allowed.count("'sha256-") == 1
    assert allowed == policy(b"<script>let a = 1;</script>")
    assert "sha256" not in policy()
    assert "unsafe-eval" not in policy()
