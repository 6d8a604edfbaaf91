"""Ask a finished build for everything it should hold, in a process of its own.

`python -m ingest.probe FOLDER` exits 0 when every passage is found; damage that ends the process in
Chroma's native code ends this one, and not the caller.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest.errors import IngestError
from ingest.index import Index
from ingest.lexical import indexed_text, terms

# What Chroma's graph misses is kept beside it (`strays`); but the graph of the last thousand passages may be
# another one each time that it is opened.
_EXACT_BELOW, _LEAST_FOUND = 1_000, 0.99
_ALL_BELOW, _SAMPLE = 5_000, 2_000
_TIMEOUT_S = 900
_NEAR = 50


def probe(build: Path) -> str:
    """Check a build in a subprocess; return what is wrong, empty when nothing is."""
    done = subprocess.run(
        [sys.executable, "-m", "ingest.probe", str(build)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode == 0:
        return ""
    return (
        done.stdout.strip() or f"the probe ended with status {done.returncode}: {done.stderr.strip()[-300:]}"
    )


def main(arguments: Sequence[str]) -> int:
    """Check the build in the folder named; print what is wrong and return 1, or return 0."""
    from ingest.opening import open_index

    try:
        index = open_index(Path(arguments[0]))
        wrong = _compare(index)
    except IngestError as error:
        wrong = str(error)
    if wrong:
        print(wrong)
    return 1 if wrong else 0


def _compare(index: Index) -> str:
    ids = list(index.passages)
    if odd := index.vectors.ids() ^ set(ids):
        return f"the store and the manifest differ in {len(odd)} passages, such as {min(odd)}"
    step = 1 if len(ids) <= _ALL_BELOW else len(ids) // _SAMPLE
    asked = ids[::step]
    unsaid = [i for i in asked if not _found_by_its_words(index, i)]
    for name, lost in (("vector", index.vectors.unfound(asked)), ("word", unsaid)):
        if len(lost) > (0 if len(ids) <= _EXACT_BELOW else len(asked) * (1 - _LEAST_FOUND)):
            return f"{len(lost)} of {len(asked)} passages are not found by {name} search, such as {min(lost)}"
    return ""


def _found_by_its_words(index: Index, passage_id: str) -> bool:
    passage = index.passages[passage_id]
    words = indexed_text(index.articles[passage.article].title, passage)
    if not terms(words):
        return True  # a blank one has none to be found by
    found = index.search_lexical(words, _NEAR)
    # Passages of equal words share a score, and may crowd each other out.
    crowded = len(found) == _NEAR and found[-1][1] > 0.999 * found[0][1]
    return crowded or passage_id in {i for i, _ in found}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
