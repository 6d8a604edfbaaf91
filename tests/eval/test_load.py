"""The load bench counts what it met: answers, honest refusals and failures, each for what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from eval.load import Crowd, crowd

ANSWER = b'{"outcome": "answer"}'


def meet(reply: Callable[[int], bytes], people: int = 4, lasting_s: float = 0.4) -> Crowd:
    """Let people ask a server that says `reply(number of the request)`."""

    async def run() -> Crowd:
        asked = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            await reader.readuntil(b"}")
            asked += 1
            await asyncio.sleep(0.01)
            writer.write(reply(asked))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await crowd(f"http://127.0.0.1:{port}", people, lasting_s)

    # The browser's tests leave a loop running in the main thread.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, run()).result()


def response(status: str, body: bytes, *headers: bytes, missing: int = 0) -> bytes:
    """An HTTP response; `missing` bytes fewer than it promises."""
    length = b"Content-Length: %d" % (len(body) + missing)
    return b"\r\n".join([b"HTTP/1.1 " + status.encode(), length, *headers, b"", body])


def test_answers_are_timed() -> None:
    """Every answer counts once, and nothing else does."""
    found = meet(lambda _: response("200 OK", ANSWER))

    assert len(found.seconds) >= 4
    assert found.seconds == sorted(found.seconds)
    assert (found.refused, found.failed) == (0, 0)


def test_an_honest_refusal_is_no_failure() -> None:
    """429 with the seconds to wait is honest; without them it is a failure."""
    honest = meet(lambda _: response("429 Too Many Requests", b"{}", b"Retry-After: 1"))
    curt = meet(lambda _: response("429 Too Many Requests", b"{}"))

    assert honest.refused
    assert not honest.failed
    assert not honest.seconds
    assert curt.failed
    assert not curt.refused


def test_half_an_answer_and_an_error_are_failures() -> None:
    """An answer cut short, a server error and an error reply are not counted as answers."""
    replies: list[Callable[[int], bytes]] = [
        lambda _: response("200 OK", ANSWER, missing=10),
        lambda _: response("500 Internal Server Error", ANSWER),
        lambda _: response("200 OK", b'{"outcome": "error"}'),
    ]
    for reply in replies:
        found = meet(reply, people=1, lasting_s=0.05)

        assert found.failed
        assert not found.seconds
