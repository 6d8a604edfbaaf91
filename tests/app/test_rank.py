"""Every sentence of the passages found gets a score, and it can be read how."""

from __future__ import annotations

import numpy as np
import pytest

from app.answer import Assistant
from app.rank import FEATURES, load_weights, stack

QUESTION = "how do I do a donkey kick"


def test_every_sentence_of_every_hit_is_scored_once(assistant: Assistant) -> None:
    """None is lost on the way, best first."""
    found = assistant.gather(assistant.understand([QUESTION]))
    places = [(c.passage.passage_id, c.ordinal) for c in found.candidates]

    assert len(places) == len(set(places)) == sum(len(hit.passage.sentences) for hit in found.hits)
    assert [c.score for c in found.candidates] == sorted((c.score for c in found.candidates), reverse=True)


def test_a_score_is_the_weighted_sum_of_its_features(assistant: Assistant) -> None:
    """Nothing hidden is added."""
    weights = load_weights()
    for found in assistant.gather(assistant.understand([QUESTION])).candidates[:10]:
        assert found.score == pytest.approx(sum(weights[name] * found.features[name] for name in FEATURES))


def test_features_are_finite_and_of_one_size(assistant: Assistant) -> None:
    """Each is about 0 to 1, so that its weight can be read."""
    for question in (QUESTION, "xyzzy", "my knee " * 200):
        for found in assistant.gather(assistant.understand([question])).candidates:
            values = np.array(list(found.features.values()))
            assert np.isfinite(values).all()
            assert np.abs(values).max() < 4


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (QUESTION, "donkey"),
        ("how many sets of runner's knee exercises", "sets"),
        ("what is pain on the outside of the knee at the same mile", "IT band"),
    ],
)
def test_the_best_sentence_is_about_the_question(assistant: Assistant, question: str, word: str) -> None:
    """It names what was asked for."""
    best = assistant.gather(assistant.understand([question])).candidates[0]

    assert word in best.sentence.text


def test_rare_words_tell_more_than_common_ones(assistant: Assistant) -> None:
    """`knee` is everywhere in the articles, `clamshell` is not."""
    assert assistant.ranker.idf("clamshel") > assistant.ranker.idf("knee")
    assert assistant.ranker.knows("knee")
    assert not assistant.ranker.knows("xyzzi")


def test_the_weights_are_those_of_the_features() -> None:
    """One weight for each feature, as the learned file gives them."""
    assert set(load_weights()) == set(FEATURES)


def test_no_candidates_stack_to_an_empty_matrix() -> None:
    """Two dimensions, whatever their number."""
    assert stack([]).shape == (0, 0)
