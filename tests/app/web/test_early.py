"""The page is there before Gradio is, with the same parts, and gives way to Gradio's without a restart."""

from __future__ import annotations

import threading
import time

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from app.rules.catalogue import load_rules
from app.rules.screen import screen
from app.web.early import Early, plain_page
from app.web.start import first_screen

PARTS = ("ask", "thread-body", "strip", "reader", "plan", "history-list")  # what page.js waits for


def until(holds: object) -> None:
    """Wait until `holds()` is true."""
    for _ in range(500):
        if holds():  # type: ignore[operator]
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_the_plain_page_has_every_part_that_the_scripts_look_for() -> None:
    """The map, the field, the thread and the dialogs are there, and nothing has to be loaded for them."""
    rules = load_rules()
    page = plain_page(first_screen(lambda turns: screen(turns, rules), rules.disclaimer))

    assert [part for part in PARTS if f'id="{part}"' not in page] == []
    assert "knee-map" in page
    assert page.count("/page/page.js") >= 1
    assert rules.disclaimer.split(".")[0] in page


def test_gradio_is_mounted_after_the_signal_and_not_before() -> None:
    """Until then the plain page is served; the interface answers all the while."""
    api, after, mounts = FastAPI(), threading.Event(), []

    @api.get("/healthz")
    def healthy() -> str:
        return "ok"

    def mount() -> ASGIApp:
        mounts.append(threading.current_thread())
        return PlainTextResponse("gradio")

    with TestClient(Early(api, "<p>plain</p>", mount, after)) as client:
        assert client.get("/").text == "<p>plain</p>"
        assert client.get("/healthz").json() == "ok"
        assert mounts == []
        after.set()
        until(lambda: client.get("/").text == "gradio")

    assert len(mounts) == 1
    assert mounts[0] is not threading.main_thread()


def test_a_gradio_that_cannot_be_loaded_leaves_the_plain_page() -> None:
    """The page does all of its work without it."""
    after, tried = threading.Event(), threading.Event()

    def mount() -> ASGIApp:
        tried.set()
        raise ImportError("no gradio here")

    with TestClient(Early(FastAPI(), "<p>plain</p>", mount, after)) as client:
        after.set()
        assert tried.wait(5)
        assert client.get("/").text == "<p>plain</p>"


def test_a_server_that_ends_early_does_not_wait_for_gradio() -> None:
    """Stopped before the signal, it ends without mounting anything."""
    mounts: list[int] = []
    with TestClient(Early(FastAPI(), "", lambda: mounts.append(1), threading.Event())):  # type: ignore[arg-type, func-returns-value, return-value]
        pass

    assert mounts == []
