"""The real command, `kneewise-chat`, in a process of its own."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
START_WITHIN_S = 240


class Server:
    """`kneewise-chat` in a process of its own."""

    def __init__(
        self, home: Path, log: Path, port: int = 0, settings: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.log = log
        environment = {**os.environ, "KNEEWISE_HOME": str(home), "KNEEWISE_PER_MINUTE": "0"}
        environment |= settings or {}
        _lend_models(home)
        login = base64.b64encode(environment.get("KNEEWISE_AUTH", "").split(",")[0].encode()).decode()
        self._headers = {"Authorization": f"Basic {login}"}
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.main", "--port", str(port), *arguments],
                cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.address = self._wait()

    def _wait(self) -> str:
        began = time.monotonic()
        while time.monotonic() - began < START_WITHIN_S:
            assert self.process.poll() is None, self.log.read_text()
            if found := re.search(r"Kneewise is at (http://\S+)", self.log.read_text()):
                try:
                    self._get(found[1] + "/readyz", 60)
                    if b"gradio_config" in self._get(found[1] + "/", 5):  # a plain page comes before
                        return found[1]
                except OSError:
                    pass
            time.sleep(0.2)
        raise AssertionError(f"not started in {START_WITHIN_S} s:\n{self.log.read_text()}")

    def _get(self, address: str, timeout_s: float) -> bytes:
        request = urllib.request.Request(address, headers=self._headers)
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            body: bytes = response.read()
        return body

    def stop(self) -> None:
        """End the process the way a person does."""
        self.process.terminate()
        self.process.wait(20)


def _lend_models(home: Path) -> None:
    """Lend the encoder that this test run exported: without it a chat imports torch, for eight seconds."""
    exported = Path(os.environ["KNEEWISE_HOME"]) / "models"
    if exported.is_dir():
        with suppress(FileExistsError):
            (home / "models").symlink_to(exported)


@pytest.fixture(scope="session")
def start_chat(
    digest_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts a chat at a port; each is ended after the last test."""
    started: list[Server] = []

    def start_chat(port: int = 0, settings: Mapping[str, str] | None = None) -> Server:
        started.append(Server(digest_home, tmp_path_factory.mktemp("chat") / "log", port, settings))
        return started[-1]

    yield start_chat
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(start_chat: Callable[..., Server]) -> Server:
    """The chat that all tests share that leave it running."""
    return start_chat()
