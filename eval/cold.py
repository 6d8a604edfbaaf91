"""`make bench-cold`: from the start of the process to the page, the rules, and the first answer.

Each start is a new process with a warm disk cache. Processor time stands beside the clock: on a machine
that does other work too, it says what a quiet one would need.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import threading
import time
import urllib.request
from collections.abc import Sequence

from eval.markdown import table
from eval.serving import Chat, chat, cpu_s
from ingest.ensure import ensure_build

_EMERGENCY = "my foot is cold and blue since I fell on my knee"
_QUESTION = "why does my knee hurt going downhill"
_GRADIO = b"gradio_config"
_ROWS = {
    "page": "page served, s",
    "red flags": "red flags of an emergency, s",
    "answer": "first answer, s",
    "gradio": "Gradio's page in place, s",
    "cpu": "processor time until the first answer, s",
    "memory": "memory after the first answer, MB",
    "peak": "memory with Gradio loaded, MB",
}


def measure() -> dict[str, float]:
    """Start the chat once; seconds since the start of the process, and memory in MB, by `_ROWS`."""
    with chat() as server:
        _get(server, "/")
        found = {"page": time.perf_counter() - server.began}
        flags = threading.Thread(target=lambda: found.update({"red flags": _first_part(server)}))
        flags.start()
        reply = _post(server, "/v1/ask", _QUESTION)
        found |= {"answer": time.perf_counter() - server.began, "cpu": cpu_s(server.process.pid)}
        found["memory"] = server.memory_mb()
        if json.loads(reply)["outcome"] != "answer":
            raise AssertionError("the first question was not answered")
        flags.join()
        wait_until_ready(server)
        found |= {"gradio": time.perf_counter() - server.began, "peak": server.memory_mb()}
    return found


def wait_until_ready(server: Chat) -> None:
    """Return when questions are answered and Gradio's page is in place."""
    _post(server, "/v1/ask", _QUESTION)
    while _GRADIO not in _get(server, "/"):
        time.sleep(0.05)


def _first_part(server: Chat) -> float:
    with urllib.request.urlopen(_request(server, "/page/ask", _EMERGENCY), timeout=120) as response:
        first = json.loads(response.readline())
        taken = time.perf_counter() - server.began
        response.read()
    if not first["red_flags"]:
        raise AssertionError("the red flag was not there")
    return taken


def _post(server: Chat, path: str, question: str) -> bytes:
    with urllib.request.urlopen(_request(server, path, question), timeout=120) as response:
        return bytes(response.read())


def _get(server: Chat, path: str) -> bytes:
    with urllib.request.urlopen(server.url + path, timeout=120) as response:
        return bytes(response.read())


def _request(server: Chat, path: str, question: str) -> urllib.request.Request:
    body = json.dumps({"turns": [question]}).encode()
    return urllib.request.Request(server.url + path, body, {"Content-Type": "application/json"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the chat a few times and print the medians."""
    parser = argparse.ArgumentParser(prog="eval.cold", description=__doc__)
    parser.add_argument("--starts", type=int, default=5, help="how often it is started")
    options = parser.parse_args(arguments)
    ensure_build()
    measure()  # fills the disk cache
    runs = [measure() for _ in range(options.starts)]
    rows = [
        [words, f"{statistics.median(r[name] for r in runs):.2f}", f"{min(r[name] for r in runs):.2f}",
         f"{max(r[name] for r in runs):.2f}"]
        for name, words in _ROWS.items()
    ]  # fmt: skip
    print(table(["from the start of the process", "median", "least", "most"], rows))
    print(f"\n{options.starts} starts; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
