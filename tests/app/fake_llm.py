"""A language model to test against: a real HTTP server that speaks the OpenAI protocol and plays parts."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_QUOTATION = re.compile(r"^\[(\d+)\] (\".*\")$", re.MULTILINE)
_CHUNK_CHARS = 23


@dataclass(frozen=True)
class Asked:
    """What a request holds: the messages as sent, and the quotations read out of them."""

    system: str
    user: str
    quotations: tuple[str, ...]


# A part returns the pieces of its answer; a piece of bytes goes onto the wire as it is.
Part = Callable[[Asked], Iterable[str | bytes]]


class HangUp(Exception):
    """Ends the connection in the middle of the stream."""


@dataclass
class FakeModel:
    """The server's switch: set `part` and ask."""

    part: Part = lambda _: ["Hello."]
    status: int = 200
    asked: list[Asked] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    base_url: str = ""
    finished: int = 0  # parts played to their end


def serve(model: FakeModel) -> Iterator[FakeModel]:
    """Serve `model` on a free port until the generator is closed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    model.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()


def whole(text: str) -> Part:
    """A part that says `text` and ends properly."""
    return lambda _: [text]


def in_pieces(text: str) -> list[str]:
    """Cut `text` as a model's tokens would, words and citation marks included."""
    return [text[i : i + _CHUNK_CHARS] for i in range(0, len(text), _CHUNK_CHARS)]


def stalls(_: Asked) -> Iterator[str]:
    """Says a little, and then nothing for a long time."""
    yield "Knee pain on a hike "
    time.sleep(3)


def drips(_: Asked) -> Iterator[str | bytes]:
    """Keeps the connection alive and never says a word."""
    for _beat in range(100):
        yield b": still there\n\n"
        time.sleep(0.05)


def endless(asked: Asked) -> Iterator[str]:
    """Goes on and on, each sentence a true one."""
    while True:
        yield f"{asked.quotations[0]} [1] "


def cuts_off(asked: Asked) -> Iterator[str]:
    """Hangs up after a whole sentence."""
    yield f"{asked.quotations[0]} [1] And then"
    raise HangUp


def malformed(_: Asked) -> Iterator[bytes]:
    """Sends something that is not JSON."""
    yield b'data: {"choices": [{"delta": {"content": "Hi\n\n'


def wrong_shape(_: Asked) -> Iterator[bytes]:
    """Sends JSON of another protocol."""
    yield b'data: {"answer": 42, "choices": "none"}\n\n'


def empty(_: Asked) -> Iterator[str]:
    """Says nothing."""
    return iter(())


def _handler(model: FakeModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = _read(body)
            model.asked.append(asked)
            model.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(model.status)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for piece in model.part(asked):
                    for part in [piece] if isinstance(piece, bytes) else in_pieces(piece):
                        self._send(part if isinstance(part, bytes) else _event(part))
                model.finished += 1
                self._send(_event("", "stop") + b"data: [DONE]\n\n")
                self._send(b"")
            except (HangUp, OSError):
                pass
            self.close_connection = True

        def _send(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _read(body: dict[str, Any]) -> Asked:
    messages = {message["role"]: message["content"] for message in body["messages"]}
    assert body["stream"] is True
    user = messages["user"]
    return Asked(messages["system"], user, tuple(json.loads(m[2]) for m in _QUOTATION.finditer(user)))


def _event(text: str, finish: str | None = None) -> bytes:
    chunk = {
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
    }  # fmt: skip
    return f"data: {json.dumps(chunk)}\n\n".encode()
