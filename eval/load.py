"""`make load-curve`: answers a second and how long they take, from one person to more than can be served.

Everyone asks again as soon as the answer is there, so 100 people here are some thousand who read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from eval.cold import wait_until_ready
from eval.markdown import table
from eval.run import percentile
from eval.serving import chat

PEOPLE = (1, 5, 20, 50, 100, 200)
QUESTIONS = (
    "why does my knee hurt going downhill",
    "the inside of my knee hurts and it is a bit puffy",
    "how long do I hold a wall sit",
    "outside of my knee hurts at the same mile every run",
    "which exercises can I do at camp",
    "should I rest or keep running",
    "I fell and now my foot is cold and blue",
    "what tent should I buy",
)
_TIMEOUT_S = 60.0


@dataclass
class Crowd:
    """What a number of people met.

    Attributes:
        people: How many asked at a time.
        seconds: How long each answer took, sorted.
        refused: Requests that were told to come back, with how long that takes.
        failed: Requests that got neither.
        lasted_s: How long they asked.
    """

    people: int
    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    lasted_s: float = 0.0


async def crowd(url: str, people: int, lasting_s: float) -> Crowd:
    """Let `people` ask for so long, each again as soon as an answer has come."""
    found = Crowd(people)
    began = time.perf_counter()
    await asyncio.gather(*(_person(url, n, began + lasting_s, found) for n in range(people)))
    found.lasted_s = time.perf_counter() - began
    found.seconds.sort()
    return found


async def _person(url: str, number: int, until: float, found: Crowd) -> None:
    asked = number
    while time.perf_counter() < until:
        began = time.perf_counter()
        try:
            status, body, wait_s = await asyncio.wait_for(
                ask(url, QUESTIONS[asked % len(QUESTIONS)]), _TIMEOUT_S
            )
        except (OSError, ValueError, EOFError, TimeoutError):
            found.failed += 1
            continue
        asked += 1
        if status == 200 and json.loads(body)["outcome"] != "error":
            found.seconds.append(time.perf_counter() - began)
        elif status == 429 and wait_s > 0:
            found.refused += 1
            await asyncio.sleep(min(wait_s, max(0.0, until - time.perf_counter())))
        else:
            found.failed += 1


async def ask(url: str, question: str) -> tuple[int, bytes, float]:
    """Post one question over a connection of its own; status, body, and the seconds of `Retry-After`."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        body = json.dumps({"turns": [question]}).encode()
        writer.write(
            f"POST /v1/ask HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if len(answer) != int(headers["content-length"]):
        raise EOFError("the answer was cut short")
    return int(lines[0].split()[1]), answer, float(headers.get("retry-after", 0))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every crowd against one server and print a table."""
    parser = argparse.ArgumentParser(prog="eval.load", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=15, help="how long each crowd asks")
    parser.add_argument("--workers", type=int, default=1, help="processes that serve")
    options = parser.parse_args(arguments)
    rows = []
    with chat("--workers", str(options.workers)) as server:
        wait_until_ready(server)
        for people in options.people:
            found = asyncio.run(crowd(server.url, people, options.seconds))
            median = statistics.median(found.seconds) if found.seconds else float("nan")
            p95 = percentile(found.seconds, 95) if found.seconds else float("nan")
            rows.append([
                str(people), f"{len(found.seconds) / found.lasted_s:.1f}", f"{median:.3f}", f"{p95:.3f}",
                str(found.refused), str(found.failed), f"{server.memory_mb():.0f}",
            ])  # fmt: skip
    names = ["people", "answers a second", "median s", "p95 s", "told to wait (429)", "failed", "memory MB"]
    print(table(names, rows))


if __name__ == "__main__":
    main()
