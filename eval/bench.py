"""`make bench`: what an answer costs beside the bare cost of its search, in the same run.

Prints median and 95th percentile in milliseconds. The bare cost is embedding the question and one query
of the vector store; everything else the assistant does has to fit into a multiple of that.
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
from ingest.onnx import Graph
from ingest.settings import IndexSettings

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
    """Time whole answers and their bare searches, taking turns so that both meet the same machine.

    Returns:
        `answer`, `bare` (embedding plus vector query) and `ratio` of each pair, each sorted.
    """

    def bare(question: str) -> object:
        # By the assistant's own encoder: a second copy of the weights would push the first out of the cache.
        return assistant.index.search_dense(assistant.encode(question), _TOP)

    for question in questions:  # warm: models loaded, caches of the process filled
        bare(question)
        assistant.answer([question])
    answers, bares, ratios = [], [], []
    for _ in range(rounds):
        for question in questions:
            base = times_ms(lambda q=question: bare(q), 1)[0]  # type: ignore[misc]
            whole = times_ms(lambda q=question: assistant.answer([q]), 1)[0]  # type: ignore[misc]
            answers.append(whole)
            bares.append(base)
            ratios.append(whole / base)
    return {"answer": sorted(answers), "bare": sorted(bares), "ratio": sorted(ratios)}


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
    ratio = found.pop("ratio")
    rows = [
        [name, f"{statistics.median(ms):.1f}", f"{percentile(ms, 95):.1f}", str(len(ms))]
        for name, ms in found.items()
    ]
    print(table(["what", "median ms", "p95 ms", "runs"], rows))
    share = statistics.median(found["answer"]) / statistics.median(found["bare"])
    print(f"\nA warm answer takes {share:.2f} times its bare search by medians; pairwise {_spread(ratio)}.")
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
