"""A running server takes up a new build by itself."""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.desk import Desk
from app.renew import follow
from ingest import locate, manifest
from ingest.build import build
from ingest.errors import IndexUnavailable
from ingest.gather import Inputs
from ingest.opening import open_index
from ingest.settings import IndexSettings
from tests.serving import ROOT, Server

WITHIN_S = 60


def until(true: Callable[[], bool], within_s: float) -> bool:
    """Wait until something holds, or tell that it does not."""
    end = time.monotonic() + within_s
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two empty builds, the first of which serves."""
    for name in ("one", "two"):
        (tmp_path / "builds" / name).mkdir(parents=True)
    locate.switch(tmp_path, "one")
    return tmp_path


def test_a_switch_is_noticed_and_a_refusal_is_not_repeated(place: Path) -> None:
    """The new build is opened once; where that fails, the old one goes on serving."""
    opened: list[str] = []

    def open_assistant() -> SimpleNamespace:
        found = locate.find_build(place)
        opened.append(found.name)
        if found.name == "three":
            raise IndexUnavailable("damaged")
        return SimpleNamespace(index=SimpleNamespace(build_id=found.name, path=found))

    desk = Desk(open_assistant)  # type: ignore[arg-type]
    ended = follow(desk, place, every_s=0.01)
    locate.switch(place, "two")

    assert until(lambda: desk.assistant.index.build_id == "two", 5)
    (place / "builds" / "three").mkdir()
    locate.switch(place, "three")
    assert until(lambda: "three" in opened, 5)
    threading.Event().wait(0.1)
    ended.set()
    assert opened == ["one", "two", "three"]
    assert desk.assistant.index.build_id == "two"


def asked(server: Server) -> str:
    """Ask one question; return the id of the build that answered."""
    request = urllib.request.Request(
        server.address + "/v1/ask",
        json.dumps({"turns": ["how long do I hold a wall sit?"]}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["build"])


@pytest.mark.slow
def test_a_running_server_answers_from_the_new_build(digest_home: Path, tmp_path: Path) -> None:
    """No restart, no signal: the article added while it runs is in its index a moment later."""
    home = tmp_path / "home"
    shutil.copytree(digest_home, home)
    server = Server(home, tmp_path / "log")
    try:
        before = asked(server)
        extra = tmp_path / "gaiters.txt"
        extra.write_text("Gaiters For Mud\n\n" + "Gaiters keep mud and stones out of the boots. " * 4)
        made = build(Inputs(ROOT / "corpus", (extra,)), home, IndexSettings())

        assert before == manifest.read(digest_home / "builds" / before).build_id != made.build_id
        assert until(lambda: asked(server) == made.build_id, WITHIN_S), (tmp_path / "log").read_text()
    finally:
        server.stop()
    open_index(home).close()
