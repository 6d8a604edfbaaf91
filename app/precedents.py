"""Questions that were judged before: a sentence that answered one of them answers another that is like it.

"Is there one for the teardrop muscle?" and "what works the VMO" are far from "Strengthening the VMO also
belongs to the treatment" and near each other. The questions are those of `eval/selector`, their sentences
judged by readers; what is kept is their vectors (`ingest.answering`) and the fingerprints of the sentences,
so that no article is repeated. A sentence that nobody judged is neither helped nor harmed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.cache import Vector
from ingest.errors import ModelRefused
from ingest.settings import ANSWERER_SHA256

Matrix = npt.NDArray[np.float64]

FEATURES = ("answered", "answered_like", "unanswered_like", "answered_share")
# How fast a judged question counts less the less it is like the one asked; .1 and .2 choose alike.
_WIDTH = 0.1
_DOUBT = 0.05  # weight of knowing nothing, beside what the judged questions weigh
_GOOD, _BAD = 0.5, 0.1  # worth from which a sentence answered, and up to which it did not
_WORD = re.compile(r"[a-z0-9]+")
_FILE = Path(__file__).with_name("data") / "precedents.npz"
_LARGEST = 127  # of a signed byte


@lru_cache(maxsize=50_000)
def fingerprint(text: str) -> str:
    """Name a sentence by its words, so that none of an original's need be written down."""
    return hashlib.sha256(" ".join(_WORD.findall(text.lower())).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Precedents:
    """Questions, and how well sentences answered them.

    Attributes:
        questions: Shape (questions, 384), unit rows, as the answerer embeds them.
        judged: Fingerprint of a sentence -> rows of `questions`, and its worth for each, -0.3 to 1.
    """

    questions: npt.NDArray[np.float32]
    judged: Mapping[str, tuple[npt.NDArray[np.intp], Matrix]]

    def features(self, question: Vector, sentences: Sequence[str], but: Collection[int] = ()) -> Matrix:
        """Return how each sentence answered questions like this one; zeros where nobody judged it.

        The sum of its worth for them, the likeness of the nearest that it answered and of the nearest that
        it did not, and its mean worth; near questions count more.

        Args:
            question: As the answerer embeds it.
            sentences: Those that may answer it.
            but: Rows of `questions` that count for nothing.

        Returns:
            Shape (len(sentences), len(FEATURES)).
        """
        found = np.zeros((len(sentences), len(FEATURES)))
        for place, sentence in enumerate(sentences):
            rows, worth = self.judged.get(fingerprint(sentence), (None, None))
            if rows is None or worth is None:
                continue
            if but:
                kept = [i for i, row in enumerate(rows.tolist()) if row not in but]
                rows, worth = rows[kept], worth[kept]
            if len(rows):
                found[place] = _told(self.questions[rows] @ question, worth)
        return found


def _told(like: Vector, worth: Matrix) -> tuple[float, float, float, float]:
    weights = np.exp((like - 1.0) / _WIDTH)
    total, good, bad = float(weights @ worth), like[worth > _GOOD], like[worth <= _BAD]
    return (
        total,
        float(good.max(initial=0.0)),
        float(bad.max(initial=0.0)),
        total / (float(weights.sum()) + _DOUBT),
    )


def precedents_of(questions: npt.NDArray[np.float32], told: Iterable[tuple[str, int, float]]) -> Precedents:
    """Gather (fingerprint of a sentence, row of `questions`, worth)."""
    judged: dict[str, tuple[list[int], list[float]]] = {}
    for name, row, worth in told:
        rows, worths = judged.setdefault(name, ([], []))
        rows.append(row)
        worths.append(worth)
    return Precedents(
        questions, {name: (np.array(rows), np.array(worth)) for name, (rows, worth) in judged.items()}
    )


def save(precedents: Precedents, path: Path = _FILE) -> None:
    """Write them as `load_precedents` reads them, vectors in signed bytes; the same input, the same bytes."""
    largest = np.abs(precedents.questions).max(axis=1, keepdims=True)
    names = sorted(precedents.judged)
    sizes = [len(precedents.judged[name][0]) for name in names]
    np.savez_compressed(
        path,
        answerer=np.array(ANSWERER_SHA256),
        questions=np.round(precedents.questions / largest * _LARGEST).astype(np.int8),
        sentences=np.array(names),
        sizes=np.array(sizes, np.int32),
        rows=np.concatenate([precedents.judged[name][0] for name in names]).astype(np.int32),
        worth=np.concatenate([precedents.judged[name][1] for name in names]).astype(np.float32),
    )


@lru_cache(maxsize=1)
def load_precedents(path: Path = _FILE) -> Precedents:
    """Return the judged questions that ship with the project.

    Raises:
        ModelRefused: Their vectors are another answerer's.
    """
    with np.load(path) as file:
        if (found := str(file["answerer"])) != ANSWERER_SHA256:
            raise ModelRefused(
                f"{path}: its vectors are of the answerer {found}, not {ANSWERER_SHA256}: "
                "run `python -m eval.fit_opener`"
            )
        questions = file["questions"].astype(np.float32)
        questions /= np.linalg.norm(questions, axis=1, keepdims=True)
        ends = np.cumsum(file["sizes"])[:-1]
        rows, worth = np.split(file["rows"], ends), np.split(file["worth"].astype(float), ends)
        names = file["sentences"].tolist()
    return Precedents(questions, dict(zip(names, zip(rows, worth, strict=True), strict=True)))
