"""Words are compared on top of the answerer: the map is learned, attached, and taken off again."""

from __future__ import annotations

import numpy as np
import pytest

from eval.answerer import matching
from eval.answerer.matching import attach, fit, judge, plain
from eval.answerer.rows import Pool, Row, pool_of, read_judged, rows_of_judged
from ingest.answering import GRAPH, TOKEN_DIMENSION, answerer_of, matches, packed_tokens
from ingest.index import Index

POOL = Pool(
    "huts",
    (
        "Huts | The upper hut has a stove and blankets.",
        "Huts | At the lower hut a spring fills your bottles.",
        "Huts | Both huts are locked from October on.",
        "Huts | The warden sells maps, soup and batteries.",
        "Huts | Dogs sleep outside, under the roof of the woodshed.",
        "Huts | The path between the huts takes three hours.",
        "Huts | Snow lies on the pass until June.",
        "Huts | Book a bunk by telephone, a week ahead.",
    ),
)
ROWS = [
    Row("where is it warm at night", 0, {0: 1.0}),
    Row("can I get a drink of water", 0, {1: 1.0}),
    Row("when are they closed", 0, {2: 1.0}),
    Row("where does my dog stay", 0, {4: 1.0}),
]


def test_it_learns_and_leaves_the_vectors_as_they_are() -> None:
    """Each question finds its sentence, and the vector of the whole text is the same, bit for bit."""
    shipped = GRAPH.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "EPOCHS", 6)
        graph = attach(plain(shipped), fit(plain(shipped), [POOL], ROWS, seed=1))
    text = POOL.texts[0]

    assert judge(graph, [POOL], ROWS, 1.0)["and words"] == 1.0
    assert np.array_equal(answerer_of(graph)(text), answerer_of(shipped)(text))
    assert answerer_of(graph).read(text, sentence=True).tokens.shape[1] == TOKEN_DIMENSION


def test_what_is_attached_comes_off_again() -> None:
    """So that the map can be learned anew for the shipped graph."""
    shipped = GRAPH.read_bytes()
    once = plain(shipped)

    assert plain(once) == once
    assert len(once) < len(shipped)


def test_what_readers_found_wrong_is_kept_apart() -> None:
    """A sentence that was judged not to answer is what the question is taught against, and no other one."""
    graph = plain(GRAPH.read_bytes())

    def ahead(rival: int, judged_wrong: int) -> float:
        """By how much the answer of the first row is liked more than `rival`."""
        learned = fit(graph, [POOL], ROWS[:1], seed=1, judged_wrong={ROWS[0]: [judged_wrong]})
        answerer = answerer_of(attach(graph, learned))
        told = [answerer.read(POOL.texts[i], sentence=True).tokens for i in (0, rival)]
        right, wrong = matches(answerer.read(ROWS[0].question), np.stack([packed_tokens(t) for t in told]))
        return float(right - wrong)

    for rival, other in ((2, 5), (5, 2)):
        assert ahead(rival, judged_wrong=rival) > ahead(rival, judged_wrong=other)


def test_judged_sentences_stand_in_the_digests(digest_index: Index) -> None:
    """A digest that was reworded would silently unteach what readers judged."""
    places = pool_of("digests", digest_index.passages.values())[1]
    rows = [row for row in read_judged() if row["corpus"] == "digests"]
    named = [(article, name) for row in rows for article, name, _ in row["judged"]]
    found = rows_of_judged(rows, 0, places, "digests")

    assert set(named) <= places.keys()
    assert len(found) > 700
    assert all(set(row.answers).isdisjoint(wrong) for row, wrong in found.items())
