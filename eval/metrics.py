"""Count what one reply brought, kept back and got wrong.

Every metric is a `Count` per question: successes out of chances, none where the question's labels say
nothing about it. Nothing here asks a model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.intervals import Count
from eval.questions import Question, fold
from eval.relevance import Corpus

REFUSALS = ("no_evidence", "out_of_scope")
_NO_ALARM = ("none", "watch")  # levels that ask for self-care, not for a doctor
_NOTHING = Count(0, 0)


@dataclass(frozen=True, slots=True)
class Metric:
    """What a figure means and how it is shown.

    Attributes:
        title: For people.
        meaning: One sentence: which share of what.
        lower_is_better: Direction.
        resample: Bootstrap over questions instead of Wilson.
    """

    title: str
    meaning: str
    lower_is_better: bool = False
    resample: bool = False


METRICS: Mapping[str, Metric] = {
    "completed": Metric("Completed", "questions that got a reply and no error"),
    "recall@5": Metric("Recall@5", "facts stated by one of the first 5 passages found", resample=True),
    "recall@10": Metric("Recall@10", "facts stated by one of the first 10 passages found", resample=True),
    "ndcg@5": Metric("nDCG@5", "ranking of the first 5 passages found (ranx)", resample=True),
    "mrr": Metric("MRR", "reciprocal rank of the first relevant passage (ranx)", resample=True),
    "fact_recall": Metric("Fact recall", "expected facts found in statements and exercises", resample=True),
    "first_sentence": Metric(
        "First sentence answers", "answers whose first statement states an expected fact"
    ),
    "cited": Metric("Cited", "answers that carry a citation"),
    "citation_validity": Metric(
        "Citation validity", "quotes that stand at their offsets in the build", resample=True
    ),
    "citation_precision": Metric(
        "Citation precision", "citations that lead to what was asked about", resample=True
    ),
    "citation_recall": Metric("Citation recall", "facts for which a stating passage is cited", resample=True),
    "exercises": Metric("Exercises found", "questions that got enough of the fitting exercises"),
    "exercise_precision": Metric(
        "Exercise precision", "exercises shown that fit the question", resample=True
    ),
    "clean_text": Metric("No forbidden text", "replies without page debris or other forbidden text"),
    "clarify": Metric("Clarify", "questions asked back where, and only where, expected"),
    "refusal_recall": Metric("Refusal recall", "unanswerable questions that were refused"),
    "refusal_precision": Metric("Refusal precision", "refusals that were right"),
    "false_refusals": Metric(
        "False refusals", "answerable questions that were refused", lower_is_better=True
    ),
    "flag_recall": Metric("Red-flag recall", "expected red flags found", resample=True),
    "false_alarms": Metric(
        "False alarms", "benign questions with a red flag, or flags that may not be", lower_is_better=True
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it was answered.

    Attributes:
        id: Id of the question.
        reply: The reply, as in the JSON contract.
        retrieved: Ids of the passages found, best first; empty where the system does not tell.
        evidence: The system's own probability that it holds an answer; None where it does not tell.
        turns: What was asked, so that a row can be told from one of another question set.
    """

    id: str
    reply: Mapping[str, Any]
    retrieved: tuple[str, ...] = ()
    evidence: float | None = None
    turns: tuple[str, ...] = ()


def body(reply: Mapping[str, Any]) -> str:
    """Return what answers the question, folded: statements, exercises, advice of flags, the question back.

    The standing safety net is left out, so that it cannot stand in for an answer.
    """
    parts = [s.get("text", "") for s in reply.get("statements", ())]
    parts += [json.dumps(e, ensure_ascii=False) for e in reply.get("exercises", ())]
    parts += [f.get("advice", "") for f in reply.get("red_flags", ())]
    parts.append((reply.get("clarify") or {}).get("question", ""))
    return fold(" ".join(parts))


def score(question: Question, row: Row, corpus: Corpus | None, never: Sequence[str] = ()) -> dict[str, Count]:
    """Count every metric of one question, ranking aside.

    Args:
        question: Its labels.
        row: How it was answered.
        corpus: The build answered from; None leaves out what needs it.
        never: Patterns that no reply may contain.
    """
    reply = row.reply
    if reply.get("outcome", "error") == "error":
        # An error earns nothing, and so fails whatever the question has labels for.
        return {
            "completed": Count(0, 1),
            **{name: Count(0, c.n) for name, c in _answer(question, {}).items()},
        }
    counts = {
        "completed": Count(1, 1),
        **_answer(question, reply),
        **_refusal(question, reply),
        **_flags(question, reply),
    }
    counts["clean_text"] = _clean(reply, (*question.must_not, *never))
    if corpus is not None:
        counts |= _citations(question, reply, corpus)
        counts |= {f"recall@{k}": recall_at(row.retrieved, corpus.labels(question), k) for k in (5, 10)}
    return {name: count for name, count in counts.items() if count.n}


def recall_at(retrieved: Sequence[str], labels: Sequence[Collection[str]], k: int) -> Count:
    """Count the labels met by one of the first `k` of `retrieved`; no chance without labels or passages."""
    if not retrieved or not labels:
        return _NOTHING
    first = set(retrieved[:k])
    return Count(sum(bool(first & set(label)) for label in labels), len(labels))


def refused(reply: Mapping[str, Any]) -> bool:
    """Say whether the reply declines to answer."""
    return reply.get("outcome") in REFUSALS


def _answer(question: Question, reply: Mapping[str, Any]) -> dict[str, Count]:
    if question.answerable is False:
        return {}
    text, statements = body(reply), reply.get("statements", ())
    counts = {"fact_recall": Count(sum(fact.shows_in(text) for fact in question.facts), len(question.facts))}
    if question.facts:
        first = fold(statements[0]["text"]) if statements else ""
        counts["first_sentence"] = Count(any(fact.shows_in(first) for fact in question.facts), 1)
        excused = reply.get("outcome") in ("seek_care", "clarify")
        counts["cited"] = Count(bool(reply.get("citations")) or excused, 1)
    if question.exercises_min:
        counts["exercises"] = Count(_exercises_found(question, reply) >= question.exercises_min, 1)
    if question.clarify is not None:
        counts["clarify"] = Count(bool(reply.get("clarify")) == question.clarify, 1)
    cards = reply.get("exercises", ())
    if question.exercises and cards:
        counts["exercise_precision"] = Count(sum(_fits(card, question) for card in cards), len(cards))
    return counts


def _exercises_found(question: Question, reply: Mapping[str, Any]) -> int:
    text = " ".join(_name(card) for card in reply.get("exercises", ())) + " " + body(reply)
    return sum(bool(re.search(pattern, text)) for pattern in question.exercises)


def _name(card: Mapping[str, Any]) -> str:
    return fold(f"{card.get('name', '')} {card.get('id', '').replace('-', ' ')}")


def _fits(card: Mapping[str, Any], question: Question) -> bool:
    return any(re.search(pattern, _name(card)) for pattern in question.exercises)


def _refusal(question: Question, reply: Mapping[str, Any]) -> dict[str, Count]:
    if question.answerable is None:
        return {}
    declined = refused(reply)
    counts = {"refusal_precision": Count(not question.answerable, 1)} if declined else {}
    counts["false_refusals" if question.answerable else "refusal_recall"] = Count(declined, 1)
    return counts


def _flags(question: Question, reply: Mapping[str, Any]) -> dict[str, Count]:
    wanted = question.red_flags
    if wanted is None:
        return {}
    flags = [f for f in reply.get("red_flags", ()) if f.get("status") != "past"]
    active = {f["id"] for f in flags}
    alarming = {f["id"] for f in flags if f.get("level") not in _NO_ALARM}
    counts = {"flag_recall": Count(len(active & set(wanted.must)), len(wanted.must))}
    if wanted.benign or wanted.must_not:
        counts["false_alarms"] = Count(bool(alarming if wanted.benign else active & set(wanted.must_not)), 1)
    return counts


def _clean(reply: Mapping[str, Any], patterns: Sequence[str]) -> Count:
    text = fold(reply.get("text", "")) or body(reply)
    return Count(not any(re.search(pattern, text) for pattern in patterns), 1)


def _citations(question: Question, reply: Mapping[str, Any], corpus: Corpus) -> dict[str, Count]:
    citations = reply.get("citations", ())
    counts = {"citation_validity": Count(sum(map(corpus.holds, citations)), len(citations))}
    labels = corpus.labels(question)
    if question.answerable is False or not labels or not citations:
        return counts
    # Citations of exercise cards are judged by whether the exercise fits.
    stated = {n for s in reply.get("statements", ()) for n in s.get("citations", ())}
    judged = [c for c in citations if c["n"] in stated]
    right = sum(corpus.is_to_the_point(c, question) for c in judged)
    counts["citation_precision"] = Count(right, len(judged))
    cited = {c.get("passage_id") for c in citations}
    counts["citation_recall"] = Count(sum(bool(cited & label) for label in labels), len(labels))
    return counts
