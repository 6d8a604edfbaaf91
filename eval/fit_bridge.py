"""Learn the map from the vector of a question to the vectors of the sentences that answer it.

From `eval/selector/pairs.jsonl`, over the sentences of the digests and, where they are at hand, of the
originals that the digests retell (a digest's sentence stands for the nearest of the same article).

    python -m eval.fit_bridge            # prints what it does on questions and articles left out, writes it
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import torch

from app.answer import Assistant
from app.bridge import Bridge, save_bridge
from app.rank import FEATURES, load_weights
from app.wire import build_assistant
from eval.systems import open_originals

ORIGINALS = Path("../shared/articles")
PAIRS = Path(__file__).parent / "selector" / "pairs.jsonl"
SEED, STEPS, RATE, TEMPERATURE = 0, 60, 2e-3, 0.05
PULL = 0.06  # back to the identity: with less, articles that were left out are answered worse
NEAR = 0.62  # cosine from which a sentence of an original says what one of its digest says
HELD_BACK = ("upper-leg-injuries", "runners-knee-treatment", "three-common-causes")
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pool:
    """The sentences of one build.

    Attributes:
        texts: In the order of the build.
        articles: Slug of each.
        vectors: Shape (sentences, dimension).
        places: (passage id, ordinal) -> row.
    """

    texts: list[str]
    articles: list[str]
    vectors: Matrix
    places: dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Row:
    """One question: its vector, the articles that answer it, and by pool the rows that do."""

    text: str
    vector: Matrix
    articles: frozenset[str]
    answers: tuple[list[int], ...]


def pool_of(assistant: Assistant) -> Pool:
    """Read every sentence of a build."""
    texts: list[str] = []
    articles: list[str] = []
    vectors: list[Matrix] = []
    places: dict[tuple[str, int], int] = {}
    for passage_id, passage in assistant.index.passages.items():
        rows = assistant.index.sentence_vectors(passage_id)
        for ordinal, (sentence, vector) in enumerate(zip(passage.sentences, rows, strict=True)):
            places[passage_id, ordinal] = len(texts)
            texts.append(sentence.text)
            articles.append(passage.article)
            vectors.append(vector)
    return Pool(texts, articles, np.array(vectors, np.float32), places)


def counterparts(first: Pool, second: Pool) -> list[list[int]]:
    """Return, for each sentence of `first`, those of `second` that retell it: same article, near enough."""
    same = np.array(first.articles)[:, None] == np.array(second.articles)[None]
    near = np.where(same, first.vectors @ second.vectors.T, -1.0)
    return [[int(j) for j in np.argsort(-row)[:2] if row[j] >= NEAR] for row in near]


def rows_of(assistant: Assistant, pools: Sequence[Pool]) -> list[Row]:
    """Read the questions and where in each pool their answers stand; the first pool is the digests'."""
    digests = pools[0]
    at = {(a, t): i for i, (a, t) in enumerate(zip(digests.articles, digests.texts, strict=True))}
    retold = [counterparts(digests, other) for other in pools[1:]]
    rows = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        own = [at[a["article"], a["quote"]] for a in pair["answers"] if (a["article"], a["quote"]) in at]
        others = [list(dict.fromkeys(j for i in own for j in table[i])) for table in retold]
        text = assistant.understand([pair["question"]]).search_text
        articles = frozenset(a["article"] for a in pair["answers"])
        rows.append(Row(text, assistant.encode(text), articles, (own, *others)))
    return [row for row in rows if row.answers[0]]


def fit(rows: Sequence[Row], pools: Sequence[Pool], without: str = "") -> Bridge:
    """Return the map under which answers are the nearest sentences; `without` leaves out an article."""
    torch.manual_seed(SEED)
    questions = torch.tensor(np.stack([row.vector for row in rows]))
    size = questions.shape[1]
    matrix, offset = torch.nn.Parameter(torch.eye(size)), torch.nn.Parameter(torch.zeros(size))
    optimizer = torch.optim.Adam([matrix, offset], lr=RATE)
    targets = [_targets(rows, pool, number, without) for number, pool in enumerate(pools)]
    for _ in range(STEPS):
        led = torch.nn.functional.normalize(questions @ matrix + offset, dim=1)
        loss = PULL * ((matrix - torch.eye(size)) ** 2).sum()
        for vectors, wanted in targets:
            log = torch.log_softmax(led @ vectors.T / TEMPERATURE, 1)
            loss = loss - (wanted * log).sum(1).mean() / len(targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return Bridge(matrix.detach().numpy(), offset.detach().numpy())


def _targets(rows: Sequence[Row], pool: Pool, number: int, without: str) -> tuple[torch.Tensor, torch.Tensor]:
    kept = [i for i, article in enumerate(pool.articles) if article != without]
    column = {i: k for k, i in enumerate(kept)}
    wanted = torch.zeros(len(rows), len(kept))
    for r, row in enumerate(rows):
        answers = [column[i] for i in row.answers[number] if i in column]
        wanted[r, answers] = 1 / max(len(answers), 1)
    return torch.tensor(pool.vectors[kept]), wanted


def judge(assistant: Assistant, pool: Pool, number: int, rows: Sequence[Row], bridge: Bridge | None) -> str:
    """Return how often an answer is ranked first, among the first 3, and what share among the first 9."""
    weights = load_weights()
    first = three = share = judged = 0.0
    for row in rows:
        wanted = set(row.answers[number])
        if not wanted:
            continue
        found = assistant.gather(assistant.understand([row.text])).candidates
        led = bridge(row.vector) if bridge else np.zeros_like(row.vector)
        at = [pool.places[c.passage.passage_id, c.ordinal] for c in found]
        scores = [
            sum(weights[f] * c.features[f] for f in FEATURES if f != "answering")
            + weights["answering"] * float(c.vector @ led)
            for c in found
        ]
        ranked = [at[i] for i in np.argsort(-np.array(scores), kind="stable")]
        judged += 1
        first += ranked[0] in wanted
        three += bool(set(ranked[:3]) & wanted)
        share += len(set(ranked[:9]) & wanted) / len(wanted)
    figures = f"first {first / judged:.3f}  in 3 {three / judged:.3f}  recall@9 {share / judged:.3f}"
    return f"{figures}  n={judged:.0f}"


def main() -> None:
    """Fit on most, print what it does on the rest, fit on all, write."""
    with TemporaryDirectory() as scratch:
        _learn([build_assistant(), *_originals(Path(scratch))])


def _originals(scratch: Path) -> list[Assistant]:
    return [open_originals(ORIGINALS, scratch)] if ORIGINALS.is_dir() else []


def _learn(assistants: Sequence[Assistant]) -> None:
    digests = assistants[0]
    pools = [pool_of(assistant) for assistant in assistants]
    rows = rows_of(digests, pools)
    left_out = np.random.default_rng(SEED).random(len(rows)) < 0.2
    splits = [
        (
            article,
            [r for r in rows if article not in r.articles],
            [r for r in rows if r.articles == {article}],
        )
        for article in HELD_BACK
    ]
    seen = [r for r, out in zip(rows, left_out, strict=True) if not out]
    splits.append(("", seen, [r for r, out in zip(rows, left_out, strict=True) if out]))
    for article, learned, unseen in splits:
        bridge = fit(learned, pools, article)
        for number, (assistant, pool) in enumerate(zip(assistants, pools, strict=True)):
            name = f"{'originals' if number else 'digests'}, {article or 'questions'} left out"
            print(f"{name}\n  without {judge(assistant, pool, number, unseen, None)}")
            print(f"  with    {judge(assistant, pool, number, unseen, bridge)}", flush=True)
    save_bridge(fit(rows, pools), digests.index.manifest.model_sha256)


if __name__ == "__main__":
    main()
