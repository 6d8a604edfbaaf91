"""A model is spoken to over HTTP, and whatever it does ends in time."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from app.llm import ChatModel, ModelError
from tests.app import fake_llm
from tests.app.fake_llm import FakeModel, Part, whole


@pytest.fixture
def server() -> Iterator[FakeModel]:
    """A model's server; each test gives it a part."""
    yield from fake_llm.serve(FakeModel())


def say(server: FakeModel, timeout_s: float = 10.0, api_key: str = "") -> str:
    """The whole answer of `server`."""
    return "".join(ChatModel(server.base_url, "fake", api_key, timeout_s).stream("Be kind.", "Why?"))


def test_streams_the_answer(server: FakeModel) -> None:
    """The pieces together are what the model said, and it got both messages."""
    text = "Weak hips let the knee wobble. [1] Strong ones steady it. [2]"
    server.part = whole(text)

    assert say(server) == text
    assert (server.asked[0].system, server.asked[0].user) == ("Be kind.", "Why?")


def test_keeps_keys_of_other_services_to_itself(server: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment for another service is not sent; one that was set is."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-service")
    server.part = whole("Yes.")
    say(server)
    say(server, api_key="ours")

    assert [sent["authorization"] for sent in server.headers] == ["Bearer none", "Bearer ours"]


@pytest.mark.parametrize("part", [fake_llm.cuts_off, fake_llm.malformed, fake_llm.wrong_shape])
def test_broken_streams_are_errors(server: FakeModel, part: Part) -> None:
    """A stream that does not end as it should is never taken for an answer."""
    server.part = part

    with pytest.raises(ModelError):
        say(server)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_refused_requests_are_errors(server: FakeModel, status: int) -> None:
    """An error of the server is reported at once, and not tried again."""
    server.status = status

    with pytest.raises(ModelError):
        say(server)
    assert len(server.asked) == 1


def test_nobody_there_is_an_error() -> None:
    """A server that is not running is an error like any other."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(ModelError):
        list(ChatModel(f"http://127.0.0.1:{port}/v1", "fake").stream("", "Why?"))


@pytest.mark.parametrize("part", [fake_llm.stalls, fake_llm.drips])
def test_waits_no_longer_than_told(server: FakeModel, part: Part) -> None:
    """Neither silence nor signs of life without words hold an answer up until they end by themselves."""
    server.part = part

    with pytest.raises(ModelError):
        say(server, timeout_s=0.5)
    assert server.finished == 0
