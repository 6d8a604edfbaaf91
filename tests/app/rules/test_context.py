"""How mentions are meant: the probe sentences, and the cases that fooled other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.rules.context import assess
from app.rules.mentions import find
from app.rules.normalize import tokenize

PROBES = [
    json.loads(line)
    for line in (Path(__file__).parent / "context_probes.jsonl").read_text("utf-8").splitlines()
]
CONCEPTS = {
    "swelling", "stuck", "meniscus", "giving-way", "heat", "cant-bear-weight", "inner-pain", "fever",
    "numb-foot", "nerve", "numb",
}  # fmt: skip
# Here the probe counts pain as a mention too.
PAIN = {
    "no pain just swelling",
    "no pain but swelling",
    "no pain, no swelling and never locks",
}
MORE = {
    "it has never given way, it just locks": ["absent", "present"],  # the probe leaves the denied mention out
    "If I ignore it will it lock? It's swollen now.": [
        "hypothetical",
        "present",
    ],  # and here the hypothetical one
}


def statuses(text, rules, concepts):
    tokens = rules.speller.repair_all(tokenize(text))
    spoken = assess(tokens, find(tokens, rules.index, rules.concepts), rules.context)
    seen, taken = [], set()
    for one in sorted(spoken, key=lambda s: (s.mention.first, -s.mention.last)):
        span = set(range(one.mention.first, one.mention.last))
        if one.mention.concept_id in concepts and not taken & span:
            seen.append(one.status)
            taken |= span
    return seen


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["text"])
def test_probe(probe, rules):
    """Each mention of a probe sentence is present, absent, hypothetical, another's or past, as labelled."""
    concepts = CONCEPTS | ({"knee-pain"} if probe["text"] in PAIN else set())

    assert statuses(probe["text"], rules, concepts) == MORE.get(probe["text"], probe["mentions"])


@pytest.mark.parametrize(
    "text",
    [
        "It is not only swollen but hot",
        "I have no insurance and my knee is swollen",
        "why isn't the swelling going down?",
        "ice didn't help the swelling",
        "fever no, swollen yes",
        "the swelling went down then came back",
        "it never used to swell but now it does",
        "not a day goes by without swelling",
    ],
)
def test_false_denials_still_fire(text, fired):
    """Words that look like a denial of swelling, and are none."""
    assert "swelling" in fired(text)


@pytest.mark.parametrize(
    "text",
    [
        "no swelling, it never locks, just aches on stairs",
        "neither swollen nor warm",
        "swelling, locking, giving way: none of those",
        "swollen - no, locks - no, gives way - no",
        "It's not swollen and it doesn't lock or give way.",
        "Q: any swelling? A: No.",
        "the swelling has completely gone",
        "My knee was swollen in 2009, healed within days and fine ever since.",
        "swelling ❌ locking ❌",
    ],
)
def test_denials_silence(text, fired):
    """Tight denials and resolutions fire none of what they deny."""
    assert not {"swelling", "locked-knee", "giving-way", "hot-red-knee"} & set(fired(text))


@pytest.mark.parametrize(
    ("text", "concept", "status"),
    [
        ("not swollen, not locked, just won't go straight", "lost-range", "present"),
        ("never swelled before, now it is swollen", "swelling", "present"),
        ("no swelling, knee has been aching for months", "knee-pain", "present"),
        ("no swelling, locking or catching", "catching", "absent"),
        ("I thought it was swollen but it isn't, we compared", "swelling", "absent"),
        ("what does the meniscus do?", "meniscus", "general"),
    ],
)
def test_how_far_a_denial_reaches(text, concept, status, rules):
    """A list of denials ends where something new is said; a question of knowledge is about nobody."""
    tokens = rules.speller.repair_all(tokenize(text))
    found = find(tokens, rules.index, rules.concepts)
    told = [s.status for s in assess(tokens, found, rules.context) if s.mention.concept_id == concept]

    assert told[-1] == status
