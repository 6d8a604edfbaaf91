"""The page before Gradio is loaded: the same parts as plain HTML, served from the first second on."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from anyio import to_thread
from fastapi import FastAPI
from markupsafe import Markup
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web import render

log = logging.getLogger(__name__)

THREADS = 192  # those who may wait at the desk, and some for everything else
_LOOK_EVERY_S = 0.2


def plain_page(first_screen: str) -> str:
    """The whole page without Gradio; its scripts find the same parts under the same names."""
    names = {"head": "masthead.html", "start": "start.html", "compose": "ask.html", "panels": "dialogs.html"}
    parts = {name: Markup(render.render(template)) for name, template in names.items()}
    return render.render("plain.html", parts=parts, more=Markup(first_screen))


class Early:
    """ASGI application that serves `api` and a plain page, and Gradio's page once `mount` has brought it.

    Args:
        api: Serves everything but the page.
        page: The plain page.
        mount: Mounts Gradio in `api`; called in a thread, since it takes seconds.
        after: Set when it may be called: answers come before a nicer page.
    """

    def __init__(self, api: FastAPI, page: str, mount: Callable[[], ASGIApp], after: threading.Event) -> None:
        self._api, self._page, self._mount, self._after = api, page, mount, after
        self._mounted: ASGIApp | None = None
        self._ending = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._mounted is not None:
            await self._mounted(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/":
            await HTMLResponse(self._page)(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        # Everyone who waits for an answer holds a thread: fewer, and who is too many would not be told.
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        over = asyncio.Event()
        bringing = asyncio.create_task(self._bring(over))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._ending.set()
        over.set()
        await bringing
        await send({"type": "lifespan.shutdown.complete"})

    async def _bring(self, over: asyncio.Event) -> None:
        try:
            mounted = await asyncio.to_thread(self._wait_and_mount)
        except Exception:  # the plain page does all that Gradio's does
            log.exception("the page is served without Gradio")
            return
        if mounted is None:
            return
        # Gradio's own background tasks live as long as this.
        async with self._api.router.lifespan_context(self._api):
            self._mounted = mounted
            await over.wait()

    def _wait_and_mount(self) -> ASGIApp | None:
        while not self._after.wait(_LOOK_EVERY_S):
            if self._ending.is_set():
                return None
        return None if self._ending.is_set() else self._mount()
