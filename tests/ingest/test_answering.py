"""Sentences are chosen by vectors of their own, which a build keeps and a damaged model never makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.answering import (
    GRAPH,
    MOST_TOKENS,
    TOKEN_DIMENSION,
    load_answerer,
    matches,
    packed_tokens,
    sentence_text,
    vectors_of,
)
from ingest.build import build
from ingest.errors import IndexMismatch, ModelRefused
from ingest.index import ANSWERS, Index
from ingest.inputs import Inputs
from ingest.opening import open_index
from ingest.settings import IndexSettings

QUESTION = "is it ok to scroll my phone while I stretch"


@pytest.fixture
def corpus_of_one(tmp_path: Path) -> Path:
    """A corpus of one short article."""
    folder = tmp_path / "corpus"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "socks.md").write_text(
        "# Socks\n\n## Blisters\n\nA thin liner under a wool sock keeps the skin dry on a long march. "
        "Change both at lunch if the feet are wet.\n"
    )
    return folder


def test_what_answers_lies_nearer_than_what_repeats_the_words() -> None:
    """The point of the model: an answer need not share a word with its question."""
    answerer = load_answerer()
    texts = [
        sentence_text("How should I stretch?", "Give it your whole attention instead of a screen or a chat."),
        sentence_text(
            "What should I pack?", "Carry a phone and a spare battery on every long stretch of trail."
        ),
    ]
    answer, echo = vectors_of(answerer.encode(texts)) @ answerer(QUESTION)

    assert answer > echo


def test_a_text_has_the_same_vector_in_any_company() -> None:
    """A build made in one go and one made in ten choose alike."""
    answerer = load_answerer()
    together = answerer.encode([QUESTION, "Hold it for thirty seconds.", "x" * 400])

    assert np.array_equal(vectors_of(together)[0], answerer(QUESTION))
    assert np.allclose(np.linalg.norm(vectors_of(together), axis=1), 1, atol=1e-5)


def test_a_sentence_is_read_without_its_heading_words() -> None:
    """They lend it their meaning, but nobody's question is met by them."""
    answerer = load_answerer()
    sentence = "Hold it for thirty seconds."
    alone = answerer.read(sentence, sentence=True)
    headed = answerer.read(sentence_text("How long do I stretch?", sentence), sentence=True)

    assert headed.tokens.shape == alone.tokens.shape
    assert not np.allclose(headed.tokens, alone.tokens, atol=1e-2)
    assert headed.weights.sum() == pytest.approx(1, abs=1e-5)


def test_a_bar_in_a_heading_or_a_sentence_is_no_break() -> None:
    """Titles of pages and rows of tables hold some."""
    answerer = load_answerer()
    title = answerer.read(sentence_text("Knee pain | A magazine", "Hold it."), sentence=True)
    row = answerer.read(sentence_text("", "Clamshell | three sets | ten reps"), sentence=True)

    assert len(title.tokens) == len(answerer.read("Hold it.").tokens)
    assert len(row.tokens) == len(answerer.read("Clamshell, three sets, ten reps").tokens)


def test_a_word_that_is_met_counts() -> None:
    """Two sentences on one exercise, of which one says where the band goes."""
    answerer = load_answerer()
    texts = ["Loop the band just above both knees.", "Raise the upper knee toward the ceiling ten times."]
    packed = np.stack([packed_tokens(answerer.read(text, sentence=True).tokens) for text in texts])
    where, other = matches(answerer.read("where does the band go"), packed)

    assert packed.shape == (2, MOST_TOKENS, TOKEN_DIMENSION)
    assert where > other


@pytest.mark.parametrize("text", ["", "?", "knee " * 400])
def test_any_question_can_be_matched(text: str) -> None:
    """Without a word nothing is met; of a very long one the first words are."""
    answerer = load_answerer()
    packed = packed_tokens(answerer.read("knee " * 60, sentence=True).tokens)[None]
    (like,) = matches(answerer.read(text), packed)

    assert 0 <= like <= 1.001


@pytest.mark.parametrize("damage", ["missing", "torn"])
def test_a_damaged_graph_is_refused(damage: str, tmp_path: Path) -> None:
    """It would choose sentences by chance; the error says what to do."""
    graph = tmp_path / "graph.onnx"
    if damage == "torn":
        graph.write_bytes(GRAPH.read_bytes()[:-1])

    with pytest.raises(ModelRefused, match="make train-answerer"):
        load_answerer(graph)


def test_a_build_keeps_them_for_each_sentence(digest_index: Index) -> None:
    """A row for each sentence, in the order of the sentences."""
    assert (digest_index.path / ANSWERS).exists()
    for passage_id, passage in digest_index.passages.items():
        assert digest_index.answer_vectors(passage_id).shape == (len(passage.sentences), 384)


def test_a_large_build_makes_them_when_asked(tmp_path: Path, corpus_of_one: Path) -> None:
    """Beyond `stored_answers` nothing is kept, and the vectors are the same."""
    few = replace(IndexSettings(), stored_answers=0)
    stored = open_index(build(Inputs(corpus_of_one, ()), tmp_path / "a", IndexSettings()).path)
    asked = open_index(build(Inputs(corpus_of_one, ()), tmp_path / "b", few).path)
    (passage_id, *_) = stored.passages

    assert not (asked.path / ANSWERS).exists()
    assert np.allclose(stored.answer_vectors(passage_id), asked.answer_vectors(passage_id), atol=1e-3)
    places, question = [(passage_id, 1), (passage_id, 0)], load_answerer().read(QUESTION)
    assert np.allclose(stored.matches(question, places), asked.matches(question, places), atol=1e-2)
    assert not asked.answering(load_answerer()(QUESTION), 5)
    assert stored.answering(load_answerer()(QUESTION), 1)


def test_a_build_of_another_answerer_is_refused(digest_index: Index) -> None:
    """Vectors of two models are not comparable; to compare them would be to choose by chance."""
    with pytest.raises(IndexMismatch, match="make index"):
        open_index(digest_index.path, replace(IndexSettings(), answerer_sha256="0" * 64))
