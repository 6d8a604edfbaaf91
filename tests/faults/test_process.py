"""A build that vanishes under the chat, a worker that is killed, an end under load: red flags still come."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import EMERGENCY, FLAGGED, LONG, PLAIN, ask, flags
from tests.serving import ROOT, Server

PEOPLE = 40 if LONG else 8


@pytest.fixture
def served_copy(digest_home: Path, tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A chat over a copy of the build that may be destroyed."""
    home = tmp_path / "home"
    shutil.copytree(digest_home, home)
    server = Server(home, tmp_path / "log")
    yield server, home
    if server.process.poll() is None:
        server.stop()


def test_a_build_destroyed_while_it_serves(served_copy: tuple[Server, Path]) -> None:
    """Files cut short, then gone: the process lives, the flags come, and the reply says what is missing."""
    server, home = served_copy
    assert ask(server.address, PLAIN)["outcome"] == "answer"

    for path in (home / "builds").rglob("*"):
        if path.is_file():
            os.truncate(path, path.stat().st_size // 2)
    cut = ask(server.address, FLAGGED)
    shutil.rmtree(home / "builds")
    gone = ask(server.address, FLAGGED)
    emergency = ask(server.address, EMERGENCY)

    assert server.process.poll() is None
    for reply in (cut, gone):
        assert {"swelling", "hot-red-joint"} & flags(reply)
        assert reply["outcome"] in ("answer", "no_evidence")
    assert emergency["outcome"] == "seek_care"
    with urllib.request.urlopen(f"{server.address}/healthz", timeout=10) as response:
        assert response.status == 200


def test_answers_in_flight_are_finished_on_sigterm(served_copy: tuple[Server, Path]) -> None:
    """Whoever was being answered gets the whole answer; whoever comes later is not let in."""
    server, _ = served_copy
    whole: list[bool] = []
    cut: list[BaseException] = []
    refused = threading.Event()

    def person() -> None:
        while not refused.is_set():
            try:
                whole.append(ask(server.address, FLAGGED)["outcome"] == "answer")
            except http.client.IncompleteRead as error:
                cut.append(error)
            except OSError:
                refused.set()

    people = [threading.Thread(target=person) for _ in range(PEOPLE)]
    for each in people:
        each.start()
    while len(whole) < 2 * PEOPLE:
        time.sleep(0.05)
    server.process.send_signal(signal.SIGTERM)
    for each in people:
        each.join(60)

    assert cut == []
    assert all(whole)
    assert server.process.wait(30) in (0, -signal.SIGTERM)


def test_a_killed_worker_is_replaced(digest_home: Path, tmp_path: Path) -> None:
    """One of three is killed: the others answer, another takes its place, and none outlives the chat."""
    server = Server(digest_home, tmp_path / "log", arguments=("--workers", "3"))
    try:
        before = workers_of(server.process)
        os.kill(before[0], signal.SIGKILL)
        replies = [ask_again(server.address) for _ in range(40 if LONG else 10)]
        until(lambda: len(workers_of(server.process)) == 3 and before[0] not in workers_of(server.process))
        after = workers_of(server.process)
    finally:
        server.stop()

    assert len(before) == 3
    assert all(flags(reply) and reply["outcome"] == "answer" for reply in replies)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in after))


def test_workers_end_when_their_supervisor_is_killed(digest_home: Path, tmp_path: Path) -> None:
    """Killed outright, the supervisor leaves nobody behind to hold the port."""
    server = Server(digest_home, tmp_path / "log", arguments=("--workers", "2"))
    left = workers_of(server.process)
    server.process.kill()
    server.process.wait(10)

    until(lambda: not any(alive(pid) for pid in left))


def test_workers_that_cannot_start_end_the_chat_with_the_reason(tmp_path: Path) -> None:
    """They are not restarted for ever: the reason is said once, and the status is that of an error."""
    command = [sys.executable, "-m", "app.main", "--port", "0", "--workers", "2", "--index", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert ended.returncode == 1
    assert "make index" in ended.stderr


def ask_again(address: str) -> dict[str, object]:
    """Ask; once more where the connection was that of the worker that was killed."""
    try:
        return ask(address, FLAGGED)
    except OSError:
        return ask(address, FLAGGED)


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The children of a process."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(holds: object) -> None:
    """Wait until `holds()` is true, for two minutes at most."""
    end = time.monotonic() + 120
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)
