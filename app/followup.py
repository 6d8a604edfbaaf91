"""Resolve follow-ups: what a turn leaves unsaid because an earlier one said it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.words import content_stems, words

Slots = Mapping[str, tuple[str, ...]]
CARRIED = (
    "conditions",
    "places",
    "triggers",
    "timings",
    "exercises",
    "settings",
    "activities",
    "kit",
    "muscles",
    "topics",
)
_LEANS = re.compile(
    r"^(and|so|but|ok|okay|cool|thanks|great|what about|how about|why|how many|how long|how often|sorry|"
    r"which|can i|is it|no |do i|does it|should i)\b|"
    r"\b(it(?! bands?\b)|them|that|those|these|one|ones|each|same|there|instead|too|"
    r"as well|next|left)\b"
)
_ANEW = re.compile(r"^(which|why)\b(?!.*\b(them|that|those|these|ones?|each)\b)")
_KNEE = re.compile(r"\b(knees?|kneecaps?|patella)\b")
CORRECTS = re.compile(r"^(sorry|no,|i meant|i mean|actually|correction)\b")
# What a follow-up is about; where and when it hurts shows in the condition that it fits.
NAMED = ("conditions", "exercises", "kit", "muscles", "places", "triggers")
_BARE_PLACES = (
    (re.compile(r"\b(below|under) (the )?kneecap\b"), "below-kneecap"),
    (re.compile(r"\b(the |on the |at the )(outside|outer side)\b|^(outside|outer side)\b"), "outside"),
    (re.compile(r"\b(the |on the |at the )(inside|inner side)\b|^(inside|inner side)\b"), "inside"),
    (re.compile(r"\b(the |on the |at the )front\b|^front\b"), "front"),
    (re.compile(r"\b(at |in )the back\b|^back\b"), "back"),
)
_ORDINALS = (
    (re.compile(r"\b(first|former)\b"), 0),
    (re.compile(r"\b(second|latter|other)( one)?\b"), 1),
    (re.compile(r"\bthird\b"), 2),
)


def leans(question: str, own: Slots) -> bool:
    """Say whether a question with slots of its `own` still leans on the turns before it."""
    if question.startswith("correction: my knee"):
        return False  # says anew all that holds, as the page's "What I understood" does
    if own.get("places") and _KNEE.search(question):
        return False  # a complaint of its own, whatever "it" it goes on with
    if own.get("conditions") and _ANEW.search(question):
        return False  # which exercises help another condition, not which of those spoken of
    subject = any(own.get(name) for name in ("conditions", "exercises"))
    return not subject or (bool(_LEANS.search(question)) and len(content_stems(words(question))) < 8)


def carry(own: Slots, earlier: Sequence[Slots], question: str) -> dict[str, tuple[str, ...]]:
    """Return the slots that the question leaves unsaid, from the latest turn that says them."""
    carried: dict[str, tuple[str, ...]] = {}
    for name in CARRIED:
        latest = next((slot[name] for slot in reversed(earlier) if slot.get(name)), ())
        if latest and not own.get(name):
            carried[name] = _pick(latest, question)
    if own.get("places"):
        carried.pop("conditions", None)  # a new place may be another condition
    return carried


def still_said(carried: Slots, said: Slots, left: Slots) -> dict[str, tuple[str, ...]]:
    """Return what is carried over without what an earlier turn `said` in words that are not `left` of it."""
    return {
        name: tuple(i for i in ids if i in left.get(name, ()) or i not in said.get(name, ()))
        for name, ids in carried.items()
    }


def bare_place(question: str) -> dict[str, tuple[str, ...]]:
    """Return the place of an answer such as "the outside"; only a follow-up means the knee by it."""
    found = next((place for pattern, place in _BARE_PLACES if pattern.search(question)), None)
    return {"places": (found,)} if found else {}


def _pick(values: tuple[str, ...], question: str) -> tuple[str, ...]:
    """Return the one that "the second one" means, or all."""
    for pattern, ordinal in _ORDINALS:
        if len(values) > 1 and pattern.search(question) and ordinal < len(values):
            return (values[ordinal],)
    return values
