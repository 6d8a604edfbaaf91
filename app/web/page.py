"""The page as Gradio Blocks, its parts in `gr.HTML`, and the tool for programs. Only import of gradio."""

from __future__ import annotations

import os
from collections.abc import Callable

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Read by the libraries when they are imported: nothing is reported, nothing is looked up.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr
from gradio.events import api as publish

from app.web import render
from app.web.forged import Forged


def mount_page(api: FastAPI, first_screen: str, ask: Callable[..., str]) -> ASGIApp:
    """Mount the page at the top of `api`, after every route of its own.

    Args:
        api: The application to mount it in.
        first_screen: HTML of the map and the examples.
        ask: Answers one question; offered to other programs as the MCP tool `ask_about_knee_pain`.
    """
    mounted = gr.mount_gradio_app(
        api,
        _blocks(first_screen, ask),
        path="/",
        theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),
        footer_links=[],
        run_history=False,  # on by default, it would keep every call in the browser
        ssr_mode=False,
        show_error=False,
        max_file_size=1,
        mcp_server=True,
    )
    return _EarlyHead(Forged(mounted))


def _blocks(first_screen: str, ask: Callable[..., str]) -> gr.Blocks:
    blocks = gr.Blocks(title="Kneewise", fill_width=True, analytics_enabled=False)
    with blocks:
        _part("head", render.render("masthead.html"))
        _part("start", render.render("start.html"))
        _part("thread", '<div id="thread-body"></div>')
        _part("compose", render.render("ask.html"))
        _part("more", first_screen)
        _part("panels", render.render("dialogs.html"))
        publish(ask, api_name="ask_about_knee_pain", concurrency_limit=2)
    blocks.queue(max_size=64)
    return blocks


def _part(name: str, html: str) -> None:
    gr.HTML(html, elem_id=name, apply_default_css=False, js_on_load=None)


# Behind a login this link would be fetched without it; the page's own head names the same file better.
_ITS_MANIFEST = b'<link rel="manifest" href="/manifest.json" />'


class _EarlyHead:
    """ASGI middleware that puts style sheets and script into the page that Gradio serves at the top.

    Gradio itself would add them only once its own scripts run, and the page would flash.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._head = render.render("head.html").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        started: Message = {}
        page = b""

        async def rewrite(message: Message) -> None:
            nonlocal started, page
            if message["type"] == "http.response.start":
                started = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            page += message.get("body", b"")
            if not message.get("more_body"):
                whole = page.replace(_ITS_MANIFEST, b"").replace(b"</head>", self._head + b"</head>", 1)
                MutableHeaders(scope=started)["content-length"] = str(len(whole))
                await send(started)
                await send({"type": "http.response.body", "body": whole})

        await self._app(scope, receive, rewrite)
