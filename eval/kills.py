"""`make kills`: end the ingestion with `kill -9` at random moments and look whether anything was lost.

After each kill the index must open and answer as that build did before; after every few kills a run is
let finish, which must embed exactly what the killed ones had not.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest import locate
from ingest.build import build
from ingest.cache import VectorCache
from ingest.embed import load_encoder
from ingest.errors import IngestError
from ingest.inputs import Inputs
from ingest.opening import open_index
from ingest.probe import probe
from ingest.settings import IndexSettings, corpus_folder

_QUESTIONS = ("how long do I hold a wall sit", "why do my knees hurt downhill", "which hut has a stove")
_TOP = 5
_KILLS_A_CHANGE = 5
_HUTS = 40  # paragraphs of each new article: its embedding takes long enough to be interrupted
# Imported once, so that a kill meets the work and not the imports.
_LOADED = ("ingest.build", "torch", "sentence_transformers")


Ranked = list[tuple[str, float]]


@dataclass
class Found:
    """What a rehearsal saw.

    Attributes:
        kills: Runs that were ended before they were done.
        switched: How many of them had let the new build serve already.
        finished: Runs that were let finish.
        embedded: Texts that the finished runs put through the model.
        saved: Texts that they took over from the killed ones.
        wrong: What should never be, one line each.
    """

    kills: int = 0
    switched: int = 0
    finished: int = 0
    embedded: int = 0
    saved: int = 0
    wrong: list[str] = field(default_factory=list)


class Rehearsal:
    """A corpus that grows, its builds, and how each of them answered when it was whole."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Make a first build of the digests, and a second of one more article to learn what it takes."""
        self._corpus, self._mine, self._out = folder / "corpus", folder / "mine", folder / "out"
        shutil.copytree(corpus_folder(), self._corpus, ignore=shutil.ignore_patterns("originals"))
        self._mine.mkdir()
        self._chance = random.Random(seed)
        self._encoder = load_encoder(IndexSettings())
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(list(_LOADED))
        self._answers: dict[str, list[tuple[Ranked, Ranked]]] = {}
        self._changes = 0
        self.found = Found()
        for _ in range(2):
            self._change()
            began, before = time.monotonic(), self._held()
            self._start().join()
            self._seconds, self._texts = time.monotonic() - began, self._held() - before
        self.look()

    def run(self, kills: int) -> Found:
        """End `kills` runs, a few after each change of the corpus; then one may finish."""
        while self.found.kills < kills:
            self._change()
            before = self._held()
            for _ in range(min(_KILLS_A_CHANGE, kills - self.found.kills)):
                self._kill()
            self._finish(before)
        return self.found

    def _kill(self) -> None:
        serving, held = locate.current_id(self._out), self._held()
        run = self._start()
        time.sleep(self._chance.uniform(0, self._seconds))
        run.kill()
        run.join()
        self.found.kills += 1
        self.found.switched += locate.current_id(self._out) != serving
        if self._held() < held:
            self.found.wrong.append(f"kill {self.found.kills}: {held - self._held()} vectors are lost")
        self.look()

    def _finish(self, held: int) -> None:
        saved = self._held() - held
        self._start().join()
        made = self._held() - held - saved
        self.found.finished += 1
        self.found.saved += saved
        self.found.embedded += made
        if made + saved != self._texts:
            self.found.wrong.append(
                f"change {self._changes}: {saved} texts were embedded before the kills and {made} after, "
                f"{self._texts} in all were to be"
            )
        if (self._out / "staging").exists():
            self.found.wrong.append(f"change {self._changes}: a half-made build is left")
        self.look()
        if trouble := probe(locate.find_build(self._out)):
            self.found.wrong.append(f"change {self._changes}: {trouble}")

    def look(self) -> None:
        """Open what serves, ask it, and compare with what it said when it was made."""
        try:
            index = open_index(self._out)
        except IngestError as error:
            self.found.wrong.append(f"kill {self.found.kills}: {error}")
            return
        said = [
            (index.search_lexical(asked, _TOP), index.search_dense(self._encoder.encode_query(asked), _TOP))
            for asked in _QUESTIONS
        ]
        known = self._answers.setdefault(index.build_id, said)
        if known != said:
            was, now = next((a, b) for a, b in zip(known, said, strict=True) if a != b)
            self.found.wrong.append(
                f"kill {self.found.kills}: build {index.build_id} answers differently: {was}, now {now}"
            )
        index.close()

    def _start(self) -> multiprocessing.process.BaseProcess:
        run = self._processes.Process(target=_build, args=(self._corpus, self._mine, self._out))
        run.start()
        return run

    def _change(self) -> None:
        self._changes += 1
        huts = (
            f"Hut {n} of valley {self._changes} has {n + 2} beds. It keeps a stove for {n + 1} guests."
            for n in range(_HUTS)
        )
        text = "".join(f"## Hut {n}\n\n{line}\n\n" for n, line in enumerate(huts))
        (self._mine / f"valley-{self._changes}.md").write_text(f"# Valley {self._changes}\n\n{text}")

    def _held(self) -> int:
        files = list((self._out / "cache").glob("*.vectors"))
        return len(VectorCache(files[0], self._encoder.dimension, writable=False)) if files else 0


def _build(corpus: Path, mine: Path, out: Path) -> None:
    build(Inputs(corpus, (mine,)), out, IndexSettings())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the rehearsal saw; 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m eval.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="runs to end")
    parser.add_argument("--seed", type=int, default=8, help="of the moments")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = Rehearsal(Path(folder), options.seed).run(options.count)
    print(
        f"{found.kills} runs ended at random moments, {found.switched} of them after the switch\n"
        f"{found.finished} runs let finish: {found.embedded} texts embedded, {found.saved} taken over\n"
        f"{len(found.wrong)} wrong answers, lost builds, lost or repeated vectors"
    )
    for line in found.wrong:
        print(line, file=sys.stderr)
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
