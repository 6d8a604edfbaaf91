"""`make baseline`: measure what the committed baseline stands for, and write it anew.

Runs the product on the digests, and on the originals where they lie beside the project, and the naive
pipeline on the digests; keeps summaries and scores, not rows and pages, for their size.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from eval.compare import SCORES
from eval.errors import EvalError
from eval.evaluate import ORIGINALS, OUT, Options, evaluate
from eval.markdown import share, table, with_interval
from eval.run import SUMMARY

BASELINE = Path(__file__).with_name("results") / "baseline"
SYSTEMS = "systems.md"
_KEPT = (SUMMARY, SCORES, "report.md")
_COLUMNS = ("fact_recall", "first_sentence", "citation_precision", "citation_recall", "refusal_recall")


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the baseline's table.

    Attributes:
        name: For people.
        command: That measures it.
        options: The same, for this process.
    """

    name: str
    command: str
    options: Options


def standings(originals: Path = ORIGINALS) -> list[Standing]:
    """Return what is measured, the product on the digests first."""
    found = [Standing("Kneewise, digests", "kneewise-eval", Options(out=OUT / "baseline"))]
    lean = Options(guard=False, ragas=False)
    if originals.is_dir():
        options = replace(lean, out=OUT / "originals", corpus="originals", originals=originals)
        found.append(Standing("Kneewise, originals", "kneewise-eval --corpus originals", options))
    options = replace(lean, out=OUT / "naive", system="naive")
    return [*found, Standing("naive LlamaIndex pipeline, digests", "kneewise-eval --system naive", options)]


def systems_table(summaries: Sequence[tuple[Standing, dict[str, Any]]]) -> str:
    """Return a Markdown table of the systems side by side, with what they were made with."""
    first = summaries[0][1]["about"]
    head = ["system", *(name.replace("_", " ") for name in _COLUMNS), "words (median)", "command"]
    rows = [
        [
            standing.name,
            *(
                with_interval(summary["metrics"][name]) if name in summary["metrics"] else share(None)
                for name in _COLUMNS
            ),
            f"{summary['words'].get('median', 0):,g}",
            f"`{standing.command}`",
        ]
        for standing, summary in summaries
    ]
    made = f"Made {first['made']} at commit {first['commit']}, build {first['build']}."
    return f"{table(head, rows)}\n\n{made}\n"


def renew(folder: Path = BASELINE, console: Console | None = None) -> bool:
    """Measure, and replace the files of `folder` if every gate holds.

    Returns:
        Whether it was replaced.

    Raises:
        EvalError: Something cannot be measured; nothing is replaced then.
    """
    summaries = []
    for standing in standings():
        outcome = evaluate(standing.options, console=console)
        if not outcome.passed:
            failed = [gate["metric"] for gate in outcome.summary["gates"] if not gate["passed"]]
            print(f"{standing.name}: {', '.join(failed)} fail; the baseline stays as it is", file=sys.stderr)
            return False
        summaries.append((standing, outcome.summary))
    folder.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        shutil.copy(summaries[0][0].options.out / name, folder / name)
    (folder / SYSTEMS).write_text(systems_table(summaries), encoding="utf-8")
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the baseline was renewed."""
    parser = argparse.ArgumentParser(prog="eval.renew", description=__doc__)
    parser.add_argument("--out", type=Path, default=BASELINE, help="folder to renew (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        return 0 if renew(options.out, Console(stderr=True)) else 1
    except EvalError as error:
        print(f"eval.renew: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
