"""A small corpus, and the real assistant over the shipped digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eval.metrics import Row
from eval.relevance import Corpus
from ingest.records import Passage

if TYPE_CHECKING:
    from app.answer import Assistant
    from ingest.embed import Encoder
    from ingest.index import Index

TEXT = "Hold a wall sit for half a minute. Poles help some people."


@pytest.fixture
def corpus() -> Corpus:
    """One article of two sentences, one passage each."""
    cut = TEXT.index("Poles")
    return Corpus({"knees": TEXT}, [passage(0, 0, cut - 1, "Wall sit"), passage(1, cut, len(TEXT), "Gear")])


def passage(number: int, start: int, end: int, heading: str) -> Passage:
    """Cut a passage out of the small article."""
    return Passage(
        f"knees:{number}", "knees", heading, (heading,), TEXT[start:end], start, end, (), content_hash=""
    )


@pytest.fixture
def cite() -> Any:
    """Make a citation of the small article's words."""

    def make(quote: str, n: int = 1, passage_id: str = "knees:0", shift: int = 0) -> dict[str, Any]:
        start = TEXT.index(quote) + shift
        return {
            "n": n,
            "article": "knees",
            "passage_id": passage_id,
            "quote": quote,
            "start": start,
            "end": start + len(quote),
        }

    return make


@pytest.fixture
def answered() -> Any:
    """Make a row whose reply states `texts`, each citing its number."""

    def make(*texts: str, **fields: Any) -> Row:
        statements = [{"text": text, "citations": [n]} for n, text in enumerate(texts, 1)]
        reply = {"outcome": "answer", "statements": statements, "citations": [], "exercises": [], **fields}
        return Row("q", reply)

    return make


@pytest.fixture(scope="session")
def assistant(digest_index: Index, encoder: Encoder) -> Assistant:
    """The real assistant over the shipped digests."""
    from app.answer import Assistant
    from app.rules.catalogue import load_rules
    from app.rules.net import load_net

    return Assistant(load_rules(), digest_index, encoder, net=load_net())
