"""Take one part of retrieval away at a time, and see what it was worth to the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.answer import Assistant
from app.rank import load_weights
from app.records import Understanding
from app.retrieve import HybridSearch, RetrievalSettings
from app.rules.records import Screening
from app.words import content_stems, words
from eval.compare import compare
from eval.intervals import Estimate, pooled
from eval.markdown import interval, table
from eval.metrics import METRICS
from eval.progress import Watch
from eval.questions import Question, load_never
from eval.ranking import MEASURES, rank_runs
from eval.run import ROWS, Measured, ask_all, measure, relevant, words_per_answer
from eval.server import corpus_of
from eval.systems import Kneewise
from ingest.embed import load_encoder
from ingest.settings import IndexSettings

COLUMNS = ("fact_recall", "first_sentence", "citation_precision", "citation_recall", "recall@5", "ndcg@5")
_BY_PASSAGE = {"fused": 1.0}  # sentences in the order of their passages: no score of their own
PRODUCT = "product: + sentence scores"


@dataclass(frozen=True, slots=True)
class Variant:
    """The product with something else in its place.

    Attributes:
        dense_weight: Share of the dense search; 1 for it alone, 0 for the lexical one alone.
        text: What is searched for: the turn `typed`, `understood`, or that `with synonyms`.
        weights: Of the sentence scores.
    """

    dense_weight: float = RetrievalSettings().dense_weight
    text: str = "understood"
    weights: Mapping[str, float] = field(default_factory=load_weights)


class Part(Assistant):
    """The assistant as a variant has it; everything else is the same."""

    def __init__(
        self, whole: Assistant, variant: Variant, screenings: dict[tuple[str, ...], Screening] | None = None
    ) -> None:
        """Answer from the build of `whole`, under its rules; no part changes its `screenings`."""
        encoder = load_encoder(IndexSettings.from_env())
        super().__init__(whole.rules, whole.index, encoder, whole.net)
        self._variant = variant
        settings = RetrievalSettings(dense_weight=variant.dense_weight)
        self._retriever = HybridSearch(whole.index, whole.index.passages, encoder, settings)
        self.ranker.weights = dict(variant.weights)
        self._screenings = {} if screenings is None else screenings

    def screen(self, turns: Sequence[str], *, examined: bool = False) -> Screening:
        """Return what the rules find in `turns`, from memory where another variant was asked the same."""
        if examined:
            return super().screen(turns, examined=examined)
        key = tuple(turns)
        if key not in self._screenings:
            self._screenings[key] = super().screen(turns)
        return self._screenings[key]

    def understand(self, turns: Sequence[str]) -> Understanding:
        """Return what the last of `turns` asks, to be searched for in the variant's words."""
        read = super().understand(turns)
        if self._variant.text == "typed":
            return replace(read, search_text=turns[-1])
        if self._variant.text == "with synonyms":
            more = self._lexicon.synonyms_of(content_stems(words(read.search_text)))
            return replace(read, search_text=" ".join([read.search_text, *more]))
        return read


def variants() -> dict[str, Variant]:
    """Return each variant by name, one part more a row; `product` is the one in use."""
    learned = load_weights()
    return {
        "dense only": Variant(1.0, "typed", _BY_PASSAGE),
        "lexical only": Variant(0.0, "typed", _BY_PASSAGE),
        "fused": Variant(text="typed", weights=_BY_PASSAGE),
        "+ spelling and follow-ups": Variant(weights=_BY_PASSAGE),
        "+ synonyms searched for": Variant(text="with synonyms", weights=_BY_PASSAGE),
        PRODUCT: Variant(),
        "product, synonyms searched for": Variant(text="with synonyms"),
        "product, no synonyms at all": Variant(weights={**learned, "wider_coverage": 0.0}),
        "product, sentences by similarity": Variant(weights={"similarity": 1.0}),
        "product, dense only": Variant(1.0),
        "product, lexical only": Variant(0.0),
    }


def ablation(
    assistant: Assistant,
    questions: Sequence[Question],
    seed: int,
    watch: Watch | None = None,
    parts: Mapping[str, Variant] | None = None,
) -> str:
    """Return Markdown tables: what each variant brings, and how that differs from the product.

    Args:
        assistant: The product.
        questions: What each variant is asked.
        seed: Of every bootstrap.
        watch: Shows progress.
        parts: The variants, `PRODUCT` among them; None for all.
    """
    measured = _measured(assistant, parts or variants(), questions, watch or Watch())
    titles = [METRICS[name].title for name in COLUMNS]
    others = {name: run for name, run in measured.items() if name != PRODUCT}
    return "\n\n".join(
        [
            f"## What each part of retrieval is worth, {len(questions)} questions",
            table(
                ["variant", *titles, "words (median)"],
                [[name, *_figures(run, seed)] for name, run in measured.items()],
            ),
            "Change against the product, with its paired 95 % interval; `*` where that leaves out 0:",
            table(
                ["variant", *titles],
                [[name, *_changes(measured[PRODUCT], run, seed)] for name, run in others.items()],
            ),
        ]
    )


def _measured(
    assistant: Assistant, parts: Mapping[str, Variant], questions: Sequence[Question], watch: Watch
) -> dict[str, Measured]:
    corpus, never = corpus_of(assistant.index), load_never()
    runs = {}
    screenings: dict[tuple[str, ...], Screening] = {}
    for name, variant in parts.items():
        system = Kneewise(Part(assistant, variant, screenings))
        with TemporaryDirectory() as scratch, watch.phase(name, len(questions)) as step:
            rows = ask_all(system, questions, Path(scratch) / ROWS, progress=step)
        runs[name] = measure(questions, rows, corpus, never, rank=False)
    found = {name: {row.id: row.retrieved for row in run.rows} for name, run in runs.items()}
    for name, ranked in rank_runs(found, relevant(questions, corpus), MEASURES).items():
        for question_id, counts in ranked.items():
            runs[name].scores[question_id].update(counts)
    return runs


def _figures(run: Measured, seed: int) -> list[str]:
    cells = []
    for name in COLUMNS:
        counts = [scores[name] for scores in run.scores.values() if name in scores]
        found = pooled(counts, seed=seed, resample=METRICS[name].resample)
        cells.append(f"{found.value:.3f} {_interval(found)}")
    return [*cells, f"{words_per_answer(run).get('median', 0):g}"]


def _changes(product: Measured, run: Measured, seed: int) -> list[str]:
    changes = {change.metric: change for change in compare(product.scores, run, seed=seed).changes}
    return [
        f"{changes[name].difference.value:+.3f} {_interval(changes[name].difference)}"
        f"{'' if changes[name].verdict == 'same' else ' *'}"
        if name in changes
        else ""
        for name in COLUMNS
    ]


def _interval(found: Estimate) -> str:
    return interval({"low": found.low, "high": found.high})
