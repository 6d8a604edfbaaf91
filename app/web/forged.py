"""Requests that Gradio's own addresses break on, forged or garbled, are refused in plain words."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import InertJSON, inert

log = logging.getLogger(__name__)

_ITS_OWN = "/gradio_api/"


class Forged:
    """ASGI middleware: where Gradio fails before it has answered, the sender is told so in words.

    Nothing of this project runs there but the tool for programs, whose own faults are values, not exceptions.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_ITS_OWN):
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            log.info("refused a forged request: %s", type(error).__name__)
            await answer.end()
        if not answer.begun:
            refusal = InertJSON({"error": "Gradio does not understand this request."}, 400)
            await refusal(scope, receive, send)


class _Answer:
    """Holds the head of a response back until its first bytes; a failure has none that anybody should see."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message = {}
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        if not self.begun:
            if self._head["status"] >= 500:
                return
            if self._head["status"] >= 400 and not message.get("more_body"):
                message = self._without_markup(message)
            self.begun = True
            await self._send(self._head)
        await self._send(message)

    async def end(self) -> None:
        """End a stream that broke off; the reader has been told why in the stream itself."""
        if self.begun:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _without_markup(self, message: Message) -> Message:
        """Gradio's errors repeat what was sent."""
        headers = MutableHeaders(scope=self._head)
        if (
            not headers.get("content-type", "").startswith("application/json")
            or "content-encoding" in headers
        ):
            return message
        body = inert(message.get("body", b"").decode()).encode()
        headers["content-length"] = str(len(body))
        return {**message, "body": body}
