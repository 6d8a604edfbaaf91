"""Questions, and which sentences of which article answer them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.precedents import fingerprint
from ingest.answering import sentence_text
from ingest.records import Passage

FOLDER = Path(__file__).parents[1] / "selector"
WORTH = (1.0, 0.6, 0.4, 0.4, 0.3, 0.3)  # of the answers of a pair that stand best first
BEST, GOOD = 1.0, 0.4  # where those are named that may be read first


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences that compete to answer.

    Attributes:
        name: `digests`, `originals`, or the subject of an article of the training set.
        texts: As the encoder reads them, with their headings.
    """

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)  # known by itself, so that it can be a key
class Row:
    """A question in a pool: row of the pool -> how well it answers, in (0, 1]; empty where none does."""

    question: str
    pool: int
    answers: Mapping[int, float]


def read_articles(path: Path = FOLDER / "articles.jsonl") -> list[tuple[str, Pool, list[dict[str, Any]]]]:
    """Read the articles written for training, each a pool of its own, with its questions."""
    articles = []
    for row in _lines(path):
        texts = tuple(sentence_text(heading, text) for heading, text in row["sentences"])
        articles.append((row["subject"], Pool(row["subject"], texts), row["questions"]))
    return articles


def rows_of_article(number: int, questions: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Turn the questions of one training article, pool `number`, into rows."""
    return [
        Row(str(q["q"]), number, dict.fromkeys(q["good"], GOOD) | dict.fromkeys(q["best"], BEST))
        for q in questions
    ]


def pool_of(name: str, passages: Iterable[Passage]) -> tuple[Pool, dict[tuple[str, str], int]]:
    """Read every sentence of a build: its pool, and (article, fingerprint) -> row."""
    texts: list[str] = []
    places: dict[tuple[str, str], int] = {}
    for passage in passages:
        for sentence in passage.sentences:
            places.setdefault((passage.article, fingerprint(sentence.text)), len(texts))
            texts.append(sentence_text(passage.heading, sentence.text))
    return Pool(name, tuple(texts)), places


def pairs() -> list[dict[str, Any]]:
    """Read the questions about the four articles, answered by sentences of the digests."""
    return list(_lines(FOLDER / "pairs.jsonl"))


def judged(pair: Mapping[str, Any]) -> list[tuple[float, Mapping[str, str]]]:
    """Return how well each answer of a pair answers, in (0, 1], with the answer."""
    answers = pair["answers"]
    if "best" not in pair:
        return list(zip(WORTH, answers, strict=False))
    return [(BEST if place < pair["best"] else GOOD, answer) for place, answer in enumerate(answers)]


def read_judged() -> list[dict[str, Any]]:
    """Read the questions beside which readers judged single sentences."""
    return list(_lines(FOLDER / "first.jsonl"))


def rows_of_judged(
    rows: Iterable[Mapping[str, Any]], pool: int, places: Mapping[tuple[str, str], int], corpus: str
) -> dict[Row, list[int]]:
    """Find the judged sentences of one corpus in its pool: the rows, with those that do not answer."""
    found = {}
    for row in rows:
        told = {places[a, name]: v for a, name, v in row["judged"] if (a, name) in places}
        right, wrong = (
            {i: BEST for i, v in told.items() if v == "y"},
            [i for i, v in told.items() if v != "y"],
        )
        if row["corpus"] == corpus and right and wrong:
            found[Row(" . ".join(row["turns"]).lower(), pool, right)] = wrong
    return found


def unanswerable() -> list[str]:
    """Read the questions that none of the four articles answers."""
    return (FOLDER / "unanswerable.txt").read_text(encoding="utf-8").splitlines()


def retold() -> dict[tuple[str, str], tuple[str, ...]]:
    """Read which sentences of an original say what a sentence of its digest says, all by fingerprint."""
    return {
        (row["article"], row["digest"]): tuple(row["original"]) for row in _lines(FOLDER / "retold.jsonl")
    }


def rows_of_pairs(
    asked: Sequence[Mapping[str, Any]], pool: int, places: Mapping[tuple[str, str], int], originals: bool
) -> list[Row]:
    """Find the answers of `asked` in a pool: the digests' own sentences, or what they retell."""
    told = retold() if originals else {}
    rows = []
    for pair in asked:
        answers: dict[int, float] = {}
        for worth, answer in judged(pair):
            article, digest = answer["article"], fingerprint(answer["quote"])
            for name in told.get((article, digest), ()) if originals else (digest,):
                if (article, name) in places:
                    answers.setdefault(places[article, name], worth)
        if answers:
            rows.append(Row(str(pair["question"]), pool, answers))
    return rows


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
