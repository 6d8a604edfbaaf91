"""Counts of one answer, worked out by hand."""

from __future__ import annotations

from typing import Any

from eval.intervals import Count
from eval.metrics import Row, recall_at, score
from eval.questions import Fact, Question, RedFlags
from eval.relevance import Corpus

HALF_MINUTE = Fact(id="hold", patterns=("half a minute",), articles=("knees",))
POLES = Fact(id="poles", patterns=(r"\bpoles?\b",), articles=("knees",))


def asked(**labels: Any) -> Question:
    """One question with the labels of a test."""
    return Question(id="q", turns=("how long?",), **labels)


def test_fact_is_brought_whatever_the_typography(answered: Any) -> None:
    """Replies carry curly apostrophes, patterns straight ones."""
    fact = Fact(id="knee", patterns=("runner's knee",))

    counts = score(asked(facts=(fact,)), answered("It is Runner\u2019s Knee."), None)

    assert counts["fact_recall"] == Count(1, 1)


def test_safety_net_cannot_stand_in_for_an_answer(answered: Any) -> None:
    """The net stands under every reply and names many facts."""
    row = answered("Something else.", safety_net="Wait half a minute.")

    counts = score(asked(facts=(HALF_MINUTE,)), row, None)

    assert counts["fact_recall"] == Count(0, 1)


def test_quote_must_stand_at_its_offsets(corpus: Corpus, answered: Any, cite: Any) -> None:
    """A quote that exists elsewhere is still a broken citation."""
    right, shifted = cite("half a minute"), cite("half a minute", n=2, shift=1)
    elsewhere = cite("Poles help", n=3)

    counts = score(asked(), answered("x", citations=[right, shifted, elsewhere]), corpus)

    assert counts["citation_validity"] == Count(1, 3)


def test_citation_recall_counts_facts_that_are_cited(corpus: Corpus, answered: Any, cite: Any) -> None:
    """Two facts, one passage cited: half."""
    row = answered("Hold it.", citations=[cite("half a minute")])

    counts = score(asked(facts=(HALF_MINUTE, POLES)), row, corpus)

    assert counts["citation_recall"] == Count(1, 2)
    assert counts["citation_precision"] == Count(1, 1)


def test_citation_beside_the_point_costs_precision(corpus: Corpus, answered: Any, cite: Any) -> None:
    """Poles say nothing about how long to hold."""
    row = answered("Use poles.", citations=[cite("Poles help", passage_id="knees:1")])

    counts = score(asked(facts=(HALF_MINUTE,)), row, corpus)

    assert counts["citation_precision"] == Count(0, 1)


def test_refusals_are_counted_both_ways() -> None:
    """Refusing an answerable question and answering an unanswerable one are different faults."""
    refused = Row("q", {"outcome": "no_evidence"})

    wrong, right = score(asked(answerable=True), refused, None), score(asked(answerable=False), refused, None)

    assert wrong["false_refusals"] == Count(1, 1)
    assert wrong["refusal_precision"] == Count(0, 1)
    assert right["refusal_recall"] == Count(1, 1)
    assert right["refusal_precision"] == Count(1, 1)


def test_error_earns_nothing(answered: Any) -> None:
    """A crash is not a question left out: its facts count as missed."""
    counts = score(asked(facts=(HALF_MINUTE,)), Row("q", {"outcome": "error", "error": "x"}), None)

    assert counts["completed"] == Count(0, 1)
    assert counts["fact_recall"] == Count(0, 1)


def test_flags_of_the_past_are_neither_found_nor_false(answered: Any) -> None:
    """What has healed is spoken of, not raised."""
    labels = asked(red_flags=RedFlags(must=("swelling",), benign=True))
    flag = {"id": "swelling", "level": "soon", "status": "past", "advice": ""}

    counts = score(labels, answered("x", red_flags=[flag]), None)

    assert counts["flag_recall"] == Count(0, 1)
    assert counts["false_alarms"] == Count(0, 1)


def test_forbidden_text_is_looked_for_in_the_whole_reply(answered: Any) -> None:
    """Debris in a heading is debris too."""
    row = answered("Fine.", text="Fine. Leave a comment")

    assert score(asked(), row, None, ["leave a comment"])["clean_text"] == Count(0, 1)


def test_exercises_count_by_name(answered: Any) -> None:
    """A card fits by any of the patterns; others cost precision."""
    cards = [{"id": "wall-sit", "name": "Wall sit"}, {"id": "plank", "name": "Plank"}]
    labels = asked(exercises=("wall[- ]sit", "leg press"), exercises_min=1)

    counts = score(labels, answered("x", exercises=cards), None)

    assert counts["exercises"] == Count(1, 1)
    assert counts["exercise_precision"] == Count(1, 2)


def test_recall_looks_no_further_than_k() -> None:
    """The sixth passage does not count among five."""
    found = ["a", "b", "c", "d", "e", "f"]

    assert recall_at(found, [{"e"}, {"f"}], 5) == Count(1, 2)


def test_labels_that_a_corpus_lacks_are_left_out(corpus: Corpus) -> None:
    """Another corpus may state the fact; this one cannot be blamed for not finding it."""
    stranger = Fact(id="moon", patterns=("moon",), articles=("knees",))

    assert corpus.labels(asked(facts=(stranger, POLES))) == [frozenset({"knees:1"})]
