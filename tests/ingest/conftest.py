"""A Chroma server of the tests' own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ChromaServer = tuple[str, subprocess.Popen[bytes]]


@pytest.fixture
def start_chroma(tmp_path: Path) -> Iterator[Callable[[str], ChromaServer]]:
    """Starts `chroma run` at an address; each is ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> ChromaServer:
        port = url.rpartition(":")[2]
        chroma = Path(sys.executable).with_name("chroma")
        command = [chroma, "run", "--path", tmp_path / "server", "--host", "127.0.0.1", "--port", port]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        for _ in range(720):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.25)
        return url, started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def chroma_server(start_chroma: Callable[[str], ChromaServer]) -> ChromaServer:
    """A server on a free port: its address, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return start_chroma(f"http://127.0.0.1:{port}")
