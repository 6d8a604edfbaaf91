"""Serve the page and the HTTP API until stopped."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.rules.errors import RuleDataError
from app.settings import AppSettings, SettingsError
from app.starting import skip_unasked, uncollected
from app.workers import supervise
from ingest.errors import IngestError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from app.answer import Assistant
    from app.desk import Desk
    from app.models import Models
    from app.rules.catalogue import Rules

PORTS_TRIED = 20
STOP_WITHIN_S = 5


def _port(given: str | int) -> int:
    text = str(given)  # the default comes as a number
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise typer.BadParameter(f"{text!r} is not a port: give a number from 0 to 65535")


def chat(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(parser=_port, help="Port; the next if in use.")] = 7860,
    index: Annotated[Path | None, typer.Option(help="Build directory to answer from.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve, on one port.")] = 1,
) -> None:
    """Open the Kneewise chat and its HTTP API."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        listening = listen(host, port)
    except OSError as error:
        _stop(f"cannot listen on {host}, port {port} and up: {error.strerror}", 2)
    if workers == 1:
        _serve_or_stop(listening, index)
        return
    if not hasattr(os, "fork"):
        _stop("--workers needs a system that can fork; start several on ports of their own instead", 2)
    _announce(listening)
    raise typer.Exit(supervise(workers, lambda: _serve_or_stop(listening, index, announce=False)))


def _announce(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    print(f"\nKneewise is at http://{host}:{port}  (stop with Ctrl+C)\n", flush=True)


def _serve_or_stop(listening: socket.socket, index: Path | None, *, announce: bool = True) -> None:
    try:
        _serve(listening, index, announce)
    except (SettingsError, RuleDataError, IngestError) as error:
        print(f"kneewise-chat: {error}", file=sys.stderr)
        raise SystemExit(1) from error


def listen(host: str, port: int) -> socket.socket:
    """Listen on `host` at `port`, or at the first free port after it; says so.

    Raises:
        OSError: None of the next ports is free, or the address is not this machine's.
    """
    family = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
    for each in range(port, min(port + PORTS_TRIED, 65536)):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, each))
            listening.listen(512)
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise
            print(f"Port {each} is in use: trying {each + 1}.", file=sys.stderr, flush=True)
        else:
            return listening
    raise OSError(errno.EADDRINUSE, f"{PORTS_TRIED} ports are in use")


def _serve(listening: socket.socket, index: Path | None, announce: bool) -> None:
    """Serve the page and the rules at once, answers as soon as the articles are open, then Gradio.

    Raises:
        Exception: The articles could not be opened; the server was stopped for that.
    """
    settings = AppSettings.from_env()
    settings = replace(settings, index=index or settings.index)
    opened = threading.Event()
    with uncollected():
        desk, site = _site(settings, opened)
        import uvicorn
    _reload_on_hangup(desk)
    if announce:
        _announce(listening)
    config = uvicorn.Config(
        site, log_level="warning", timeout_graceful_shutdown=STOP_WITHIN_S, server_header=False
    )
    server = uvicorn.Server(config)
    failed: list[Exception] = []

    def open_desk() -> None:
        try:
            _open(desk, settings.index)
        except Exception as error:  # without articles there is nothing to serve: the start has failed
            failed.append(error)
            server.should_exit = True
        opened.set()

    threading.Thread(target=open_desk, name="open", daemon=True).start()
    server.run(sockets=[listening])
    if failed:
        raise failed[0]


def _site(settings: AppSettings, opened: threading.Event) -> tuple[Desk, ASGIApp]:
    """Return a desk that is still to be opened, and the site around it."""
    # Heavy imports: not before the arguments are known to be right.
    from app.desk import Desk
    from app.feedback import FeedbackFile
    from app.guards import Limits
    from app.models import start_models
    from app.rules.catalogue import load_rules
    from app.site import create_site
    from ingest.settings import IndexSettings

    models = start_models(IndexSettings.from_env())  # another core reads them meanwhile
    rules = load_rules(region=settings.region)
    desk = Desk(lambda: _open_warm(settings, rules, models), rules=rules)
    limits = Limits(per_minute=settings.per_minute, logins=settings.logins)
    return desk, create_site(desk, limits, FeedbackFile(settings.feedback), page_after=opened)


def _open(desk: Desk, index: Path | None) -> None:
    """Open the desk over `index`, or the current build, and follow what is switched to there.

    Raises:
        FigureDataError: A figure of an exercise cannot be drawn; names it and the fault.
    """
    skip_unasked()
    from app.renew import follow
    from app.web.figures import load_figures
    from ingest.ensure import ensure_build
    from ingest.settings import home

    if index is None:
        ensure_build()  # once: what is taken up later stands already
    desk.open()
    load_figures()  # one that cannot be drawn stops the start, not an answer a week later
    follow(desk, index or home())


def _open_warm(settings: AppSettings, rules: Rules, models: Models) -> Assistant:
    from app.rules.net import NetError
    from app.wire import build_assistant
    from ingest.settings import home

    try:
        assistant = build_assistant(
            replace(settings, index=settings.index or home()), rules=rules, models=models
        )
    except NetError as error:
        raise RuleDataError("", "", "", str(error)) from error
    # The first answer of a fresh model takes many times as long as the second: nobody should wait for it.
    assistant.answer(["why does my knee hurt going downhill"])
    return assistant


def _reload_on_hangup(desk: Desk) -> None:
    """Take up the newest build on SIGHUP; questions go on being answered from the old one meanwhile."""
    if hasattr(signal, "SIGHUP"):  # Windows has none
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=desk.reload, daemon=True).start())


def _stop(message: str, status: int) -> NoReturn:
    print(f"kneewise-chat: {message}", file=sys.stderr)
    raise typer.Exit(status)


def main() -> None:
    """Run the command."""
    typer.run(chat)


if __name__ == "__main__":
    main()
