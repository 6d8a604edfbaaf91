"""Whether the articles answer a question is judged, and a mixed question is cut into its parts."""

from __future__ import annotations

import pytest

from app.answer import Assistant
from app.evidence import evidence_features, has_subject, load_evidence_weights, parts, probability


def belief(assistant: Assistant, question: str) -> float:
    """How surely the build answers `question`, 0 to 1."""
    read = assistant.understand([question])
    found = assistant.gather(read)
    features = evidence_features(read, found.hits, found.candidates, assistant.ranker)
    return probability(features, load_evidence_weights().weights)


@pytest.mark.parametrize(
    "question",
    [
        "why does my knee hurt going downhill", "how do I do a clamshell", "how long should I hold a stretch",
        "what helps IT band syndrome", "when should I see a doctor about my knee",
    ],
)  # fmt: skip
def test_what_the_articles_say_is_above_the_floor(assistant: Assistant, question: str) -> None:
    """It is answered."""
    assert belief(assistant, question) >= load_evidence_weights().floor


@pytest.mark.parametrize(
    "question",
    [
        "who wrote hamlet",
        "the capital of france",
        "how do I reset my router",
        "xyzzy plugh",
        "best pizza dough",
    ],
)
def test_what_they_do_not_say_is_below_it(assistant: Assistant, question: str) -> None:
    """It is refused, with nothing quoted."""
    assert belief(assistant, question) < load_evidence_weights().floor


def test_the_probability_is_the_logistic_of_the_weighted_sum() -> None:
    """Worked by hand: a sum of 0 is a half, and a feature without a weight counts nothing."""
    assert probability({"bias": 1.0, "a": 2.0, "b": 9.0}, {"bias": -1.0, "a": 0.5}) == 0.5


def test_every_weight_belongs_to_a_feature(assistant: Assistant) -> None:
    """A weight of a name that is never computed would do nothing, silently."""
    read = assistant.understand(["knee"])
    found = assistant.gather(read)
    features = evidence_features(read, found.hits, found.candidates, assistant.ranker)

    assert set(load_evidence_weights().weights) <= set(features)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("which tent and why does my knee hurt", ["which tent", "why does my knee hurt"]),
        ("knee hurts. what helps?", ["knee hurts", "what helps"]),
        ("and then, but also!", []),
        ("", []),
    ],
)
def test_a_question_is_cut_where_it_can_be_asked_alone(question: str, expected: list[str]) -> None:
    """At marks and connecting words; parts of stop words alone are none."""
    assert parts(question) == expected


def test_a_subject_is_something_the_articles_speak_of(assistant: Assistant) -> None:
    """A place, a condition, an exercise; a greeting has none."""
    assert has_subject(assistant.understand(["the outside of my knee"]))
    assert not has_subject(assistant.understand(["good morning"]))


@pytest.mark.parametrize(
    "typed", ["knee replacment or partial?", "is a corticosone injecton worth it", "arthoscopy for a hiker"]
)
def test_what_the_articles_lack_is_known_by_its_slips(assistant: Assistant, typed: str) -> None:
    """A typing error makes no "placement" of a replacement, and no answer of a gap."""
    assert assistant.understand([typed]).foreign
