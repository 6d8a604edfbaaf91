"""`make bench`: what an answer costs beside the bare cost of its search, in the same run.

Prints median and 95th percentile in milliseconds. The bare cost is embedding the question and one query
of Chroma; everything else the assistant does has to fit into a multiple of that. Beside it stands the
assistant's own search, which compares the few passages of a small build itself and is faster than Chroma.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from app.answer import Assistant
from app.rules.screen import screen
from eval.markdown import table
from eval.questions import load_questions
from eval.run import percentile
from eval.systems import open_assistant
from ingest.embed import load_encoder
from ingest.held import HeldVectors
from ingest.onnx import Graph
from ingest.settings import IndexSettings
from ingest.store import ChromaVectors

ANSWER, IN_CHROMA, OWN = "answer", "embedding and a query of Chroma", "embedding and the own search"
RATIO = "answer / {}"
_TOP, _SCREENINGS, _WITH_NET = 10, 40, 10
_LENGTHS = {"50 words": 250, "1,000 characters": 1_000, "5,000": 5_000, "20,000": 20_000}
_BATCHES = (1, 2, 4, 8)
_FILLER = "My knee aches on the way down and I walk a lot with a heavy pack over rough ground every week. "


def times_ms(run: Callable[[], object], repeat: int) -> list[float]:
    """Return how long `run` took, sorted, in milliseconds."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        run()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def bench_answers(assistant: Assistant, questions: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """Time whole answers and their searches, taking turns so that all meet the same machine.

    Returns:
        Milliseconds of each `ANSWER` and of each search alone (`IN_CHROMA`, `OWN`), and by `RATIO` of either
        how many times as long as the search its answer took, all sorted.
    """
    held = assistant.index.vectors
    store = held.chroma if isinstance(held, HeldVectors) else held
    assert isinstance(store, ChromaVectors)
    searches: dict[str, Callable[[str], object]] = {
        # By the assistant's own encoder: a second copy of the weights would push the first out of the cache.
        IN_CHROMA: lambda question: store.search_in_store(assistant.encode(question), _TOP),
        OWN: lambda question: assistant.index.search_dense(assistant.encode(question), _TOP),
    }
    for question in questions:  # warm: models loaded, caches of the process filled
        for search in searches.values():
            search(question)
        assistant.answer([question])
    found: dict[str, list[float]] = {name: [] for name in (ANSWER, *searches, *map(RATIO.format, searches))}
    for _ in range(rounds):
        for question in questions:
            for name, search in searches.items():
                (base,) = times_ms(partial(search, question), 1)
                (whole,) = times_ms(partial(assistant.answer, [question]), 1)
                found[name].append(base)
                found[ANSWER].append(whole)
                found[RATIO.format(name)].append(whole / base)
    return {name: sorted(taken) for name, taken in found.items()}


def bench_batches(graph: Graph, questions: Sequence[str], repeat: int = 5) -> dict[int, float]:
    """Return, for each size of batch, the median milliseconds that one question takes, on one thread."""
    taken = {}
    for size in _BATCHES:
        groups = [questions[start : start + size] for start in range(0, len(questions), size)]
        whole = times_ms(lambda groups=groups: [graph.batch(group) for group in groups], repeat)  # type: ignore[misc]
        taken[size] = statistics.median(whole) / len(questions)
    return taken


def bench_screening(assistant: Assistant, repeat: int) -> dict[str, list[float]]:
    """Time the red-flag rules on messages of growing length; the net is timed apart."""
    rows = {}
    for name, length in _LENGTHS.items():
        message = (_FILLER * (length // len(_FILLER) + 1))[:length]
        assistant.screen([message])  # warm: expressions are compiled when they are first wanted
        rows[f"rules, {name}"] = times_ms(partial(screen, [message], assistant.rules), repeat)
        rows[f"rules and net, {name}"] = times_ms(
            partial(assistant.screen, [message]), min(repeat, _WITH_NET)
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark on the current build."""
    parser = argparse.ArgumentParser(prog="eval.bench", description=__doc__)
    parser.add_argument("--questions", type=int, default=40, help="how many questions of the set")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is asked")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    assistant = open_assistant(None)
    opened_s = time.perf_counter() - began
    single = [q.turns[0] for q in load_questions() if q.answerable and len(q.turns) == 1]
    found = bench_answers(assistant, single[: options.questions], options.rounds)
    found |= bench_screening(assistant, _SCREENINGS)
    ratios = {name: found.pop(RATIO.format(name)) for name in (IN_CHROMA, OWN)}
    rows = [
        [name, f"{statistics.median(ms):.1f}", f"{percentile(ms, 95):.1f}", str(len(ms))]
        for name, ms in found.items()
    ]
    print(table(["what", "median ms", "p95 ms", "runs"], rows))
    for name, ratio in ratios.items():
        share = statistics.median(found[ANSWER]) / statistics.median(found[name])
        print(f"\nA warm answer takes {share:.2f} times {name} by medians; pairwise {_spread(ratio)}.")
    graph = load_encoder(IndexSettings.from_env()).graph
    if graph is not None:
        batches = bench_batches(graph, single[: options.questions])
        told = ", ".join(f"{ms:.2f} ms in batches of {size}" for size, ms in batches.items())
        print(f"Embedding takes a question {told}.")
    print(f"Opening the build and the rules took {opened_s:.1f} s.")


def _spread(ratio: Sequence[float]) -> str:
    return f"median {statistics.median(ratio):.2f}, p95 {percentile(ratio, 95):.2f}"


if __name__ == "__main__":
    main()
