"""Questions that were judged before: a sentence that answered one of them answers another that is like it.

"Is there one for the teardrop muscle?" and "what works the VMO" are far from "Strengthening the VMO also
belongs to the treatment" and near each other. The questions are those of `eval/selector`, their sentences
judged by readers; what is kept is their vectors (`ingest.answering`) and the fingerprints of the sentences,
so that no article is repeated. Of a sentence that nobody judged it says nothing.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ingest.cache import Vector
from ingest.errors import ModelRefused
from ingest.settings import ANSWERER_SHA256

Matrix = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

log = logging.getLogger(__name__)
FEATURES = ("answered", "answered_like", "unanswered_like", "answered_share")
ANSWERED = FEATURES.index("answered")
WIDTH = 128  # of 384 numbers: nearly all in which questions differ, for a third of the work
# How fast a judged question counts less the less it is like the one asked.
_REACH = 0.1
_DOUBT = 0.05  # weight of knowing nothing, beside what the judged questions weigh
_GOOD, _BAD = 0.5, 0.1  # worth from which a sentence answered, and up to which it did not
_WORD = re.compile(r"[a-z0-9]+")
_FILE = Path(__file__).with_name("data") / "precedents.npz"
_ALONE = 8_192  # numbers of a matrix that OpenBLAS multiplies without a second thread
_LARGEST = 127  # of a signed byte


@lru_cache(maxsize=50_000)
@lru_cache(maxsize=50_000)
def fingerprint(text: str) -> str:
    """Name a sentence by its words, so that none of an original's need be written down."""
    return hashlib.sha256(" ".join(_WORD.findall(text.lower())).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Precedents:
    """Questions, and how well sentences answered them.

    Attributes:
        axes: Shape (`WIDTH`, 384), orthonormal: the directions in which the questions differ most.
        questions: Shape (questions, `WIDTH`), as the answerer embeds them, along `axes`.
        judged: Fingerprint of a sentence -> rows of `questions`, and its worth for each, -0.3 to 1.
    """

    axes: Vectors
    questions: Vectors
    judged: Mapping[str, tuple[npt.NDArray[np.intp], Matrix]]

    def likeness(self, question: Vector) -> Vector:
        """Return the cosine similarity of a question, as the answerer embeds it, to each judged one."""
        like: Vector = _product(self.questions, _product(self.axes, question))
        return like

    def features(self, likeness: Vector, sentences: Sequence[str], but: Collection[int] = ()) -> Matrix:
        """Return how each sentence answered questions like this one; zeros where nobody judged it.

        The sum of its worth for them, the likeness of the nearest that it answered and of the nearest that
        it did not, and its mean worth; near questions count more.

        Args:
            likeness: Of the question to the judged ones.
            sentences: Those that may answer it.
            but: Rows of `questions` that count for nothing.

        Returns:
            Shape (len(sentences), len(FEATURES)).
        """
        found = np.zeros((len(sentences), len(FEATURES)))
        judged = [self.judged.get(fingerprint(sentence)) for sentence in sentences]
        places = [place for place, known in enumerate(judged) if known is not None]
        if not places:
            return found
        weights = np.exp((likeness - 1.0) / _REACH)
        if but:
            away = list(but)
            weights[away], likeness = 0.0, likeness.copy()
            likeness[away] = 0.0
        known = [one for one in judged if one is not None]
        rows, worth = (np.concatenate(parts) for parts in zip(*known, strict=True))
        starts = list(accumulate((len(own) for own, _ in known[:-1]), initial=0))
        like, weight = likeness[rows], weights[rows]
        total = np.add.reduceat(weight * worth, starts)
        found[places] = np.column_stack(
            [
                total,
                np.maximum.reduceat(np.where(worth > _GOOD, like, 0.0), starts),
                np.maximum.reduceat(np.where(worth <= _BAD, like, 0.0), starts),
                total / (np.add.reduceat(weight, starts) + _DOUBT),
            ]
        )
        return found


def _product(rows: Vectors, vector: Vector) -> Vector:
    """Multiply a matrix by a vector, a few rows at a time.

    One large product would wake the threads of the BLAS, which then wait in a busy loop beside the models.
    """
    if not len(rows):
        return np.zeros(0, np.float32)
    step = max(1, _ALONE // rows.shape[1])
    whole = len(rows) // step * step
    blocks = rows[:whole].reshape(-1, step, rows.shape[1]) @ vector
    return np.concatenate([blocks.ravel(), rows[whole:] @ vector])


def precedents_of(questions: Vectors, told: Iterable[tuple[str, int, float]]) -> Precedents:
    """Gather judged questions.

    Args:
        questions: Shape (questions, 384), as the answerer embeds them.
        told: Fingerprint of a sentence, row of `questions`, worth.
    """
    judged: dict[str, tuple[list[int], list[float]]] = {}
    for name, row, worth in told:
        rows, worths = judged.setdefault(name, ([], []))
        rows.append(row)
        worths.append(worth)
    axes = np.linalg.svd(questions, full_matrices=False)[2][:WIDTH]
    return Precedents(
        axes,
        questions @ axes.T,
        {name: (np.array(rows), np.array(worth)) for name, (rows, worth) in judged.items()},
    )


def save(precedents: Precedents, path: Path = _FILE) -> None:
    """Write them as `load_precedents` reads them; the same input, the same bytes."""
    names = sorted(precedents.judged)
    judged = [precedents.judged[name] for name in names]
    np.savez_compressed(
        path,
        answerer=np.array(ANSWERER_SHA256),
        axes=precedents.axes.astype(np.float16),
        questions=np.round(precedents.questions * _LARGEST).astype(np.int8),
        sentences=np.array(names),
        sizes=np.array([len(rows) for rows, _ in judged], np.int32),
        rows=np.concatenate([rows for rows, _ in judged]).astype(np.int32),
        worth=np.concatenate([worth for _, worth in judged]).astype(np.float16),
    )


@lru_cache(maxsize=1)
def load_precedents(path: Path = _FILE) -> Precedents:
    """Return the judged questions that ship with the project.

    Raises:
        ModelRefused: The file is missing or damaged; names it and the way out.
    """
    way_out = "restore it from the repository, or run `python -m eval.fit_opener`"
    try:
        with np.load(path) as file:
            if str(file["answerer"]) != ANSWERER_SHA256:
                # As while a new answerer is learned: nothing is known yet of what its vectors are like.
                log.warning("%s belongs to another answerer and is passed over: %s", path, way_out)
                return Precedents(np.zeros((WIDTH, 384), np.float32), np.zeros((0, WIDTH), np.float32), {})
            questions = file["questions"].astype(np.float32) / _LARGEST
            ends = np.cumsum(file["sizes"])[:-1]
            rows = np.split(file["rows"].astype(np.intp), ends)
            worth = np.split(file["worth"].astype(float), ends)
            judged = dict(zip(file["sentences"].tolist(), zip(rows, worth, strict=True), strict=True))
            return Precedents(file["axes"].astype(np.float32), questions, judged)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ModelRefused(f"{path} is missing or damaged ({type(error).__name__}): {way_out}") from error
