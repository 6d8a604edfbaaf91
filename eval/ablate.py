"""Take one part of retrieval away at a time, and see what it was worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.answer import Assistant
from app.records import Understanding
from app.retrieve import RetrievalSettings, fuse
from eval.intervals import Count, paired_difference, pooled
from eval.markdown import interval, table
from eval.metrics import recall_at
from eval.questions import Question
from eval.ranking import rank_runs
from eval.relevance import Corpus
from eval.systems import corpus_of
from ingest.embed import load_encoder
from ingest.settings import IndexSettings

_TOP = 10
Search = Callable[[Question, Understanding], Sequence[str]]


def ablation(assistant: Assistant, questions: Sequence[Question], seed: int) -> str:
    """Return a Markdown table: recall@5 and nDCG@5 of each variant, and what it loses or gains."""
    corpus = corpus_of(assistant)
    asked = [q for q in questions if q.answerable is not False and corpus.labels(q)]
    understood = {q.id: assistant.understand(q.turns) for q in asked}
    ranked = {
        name: {q.id: tuple(search(q, understood[q.id])) for q in asked}
        for name, search in variants(assistant).items()
    }
    return "\n\n".join(
        [
            f"## Retrieval, {len(asked)} questions",
            table(
                ["variant", "recall@5", "95 %", "nDCG@5", "95 %", "recall@5 against product", "95 %"],
                _rows(ranked, asked, corpus, seed),
            ),
        ]
    )


def variants(assistant: Assistant) -> Mapping[str, Search]:
    """Return each way to search by name; `product` is the one in use."""
    index, encoder = assistant.index, load_encoder(IndexSettings.from_env())
    settings = RetrievalSettings()

    def dense(text: str) -> list[tuple[str, float]]:
        return index.search_dense(encoder.encode_query(text), settings.candidates)

    def lexical(text: str) -> list[tuple[str, float]]:
        return index.search_lexical(text, settings.candidates)

    def fused(text: str) -> Sequence[str]:
        return _ids(fuse(dense(text), lexical(text), settings.dense_weight))

    def product(_: Question, understood: Understanding) -> Sequence[str]:
        return [hit.passage.passage_id for hit in assistant.gather(understood).hits[:_TOP]]

    def by_sentence(_: Question, understood: Understanding) -> Sequence[str]:
        best = sorted(assistant.gather(understood).candidates, key=lambda c: -c.score)
        return list(dict.fromkeys(c.passage.passage_id for c in best))[:_TOP]

    return {
        "dense only": lambda q, _: _ids(dense(q.turns[-1])),
        "lexical only": lambda q, _: _ids(lexical(q.turns[-1])),
        "fused, last turn as typed": lambda q, _: fused(q.turns[-1]),
        "+ spelling and follow-ups": lambda _, u: fused(u.question),
        "product: + synonyms and slots": product,
        "product, then by best sentence": by_sentence,
    }


def _ids(hits: Sequence[tuple[str, float]]) -> list[str]:
    return [passage_id for passage_id, _ in hits[:_TOP]]


def _rows(
    ranked: Mapping[str, Mapping[str, Sequence[str]]], asked: Sequence[Question], corpus: Corpus, seed: int
) -> list[list[str]]:
    product = next(name for name in ranked if name.startswith("product:"))
    base = _recalls(ranked[product], asked, corpus)
    relevant = {q.id: frozenset().union(*corpus.labels(q)) for q in asked}
    scored = rank_runs(ranked, relevant, ["ndcg@5"])
    rows = []
    for name, found in ranked.items():
        recalls = _recalls(found, asked, corpus)
        recall, change = pooled(recalls, seed=seed), paired_difference(base, recalls, seed=seed)
        ndcg = pooled([scores["ndcg@5"] for scores in scored[name].values()], seed=seed)
        difference = [f"{change.value:+.3f}", f"[{change.low:+.3f}, {change.high:+.3f}]"]
        cells = [name, f"{recall.value:.3f}", _interval(recall.low, recall.high)]
        rows.append([*cells, f"{ndcg.value:.3f}", _interval(ndcg.low, ndcg.high), *difference])
    return rows


def _interval(low: float, high: float) -> str:
    return interval({"low": low, "high": high})


def _recalls(found: Mapping[str, Sequence[str]], asked: Sequence[Question], corpus: Corpus) -> list[Count]:
    nothing_found = Count(0, 1)
    return [recall_at(found[q.id], corpus.labels(q), 5) if found[q.id] else nothing_found for q in asked]
