"""Find what a message speaks of: mentions of the lexicon's concepts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from app.rules.normalize import Tokens
from app.rules.patterns import Index

GATE_REACH = 14  # tokens around a mention, in its sentence, in which body parts are looked for
CLAIM_REACH = 7  # another body part this near claims it where no knee is named
BOUND = 3  # another body part this near claims it whatever else is named ("the ankle is swollen")
THING_BEFORE, THING_AFTER = 4, 3  # tokens in which a tent pole or a tyre claims it
WIDE_BEFORE, WIDE_AFTER = 8, 4  # the same in a message without any part of a body


# Words that end the reach of a thing: what follows them has another subject.
THING_STOPS_AFTER = frozenset(
    [
        ".",
        "?",
        ",",
        ":",
        "-",
        "and",
        "but",
        "when",
        "on",
        "in",
        "after",
        "from",
        "by",
        "with",
        "since",
        "so",
        "because",
        "like",
        "as",
        "off",
        "at",
        "to",
        "into",
        "onto",
        "down",
        "out",
        "while",
        "before",
        "under",
        "over",
    ]
)
# Other parts that belong to the leg: they do not claim what may be said of all of it ("the pain in my calf").
LOWER = frozenset(
    [
        "ankle",
        "ankles",
        "calf",
        "calves",
        "flexor",
        "flexors",
        "foot",
        "feet",
        "glute",
        "glutes",
        "groin",
        "hamstring",
        "heel",
        "hip",
        "hips",
        "toe",
        "toes",
    ]
)
MEASURES = frozenset(["size", "than"])
SENTENCE_ENDS = frozenset(".?")
PARTNERS = 3  # words between two parts that share one predicate
PARTNER_WORDS = frozenset(["and", "a", "an", "the", "my", "his", "her", "one", "both", "left", "right"])
THING_STOPS = THING_STOPS_AFTER | frozenset(
    ["i", "my", "it", "its", "then", "he", "she", "they", "his", "her", "like", "as"]
)
SHORT = 6  # tokens; a sentence this short speaks of what the talk is about ("red and hot")
SHORT_QUESTION = 3  # the same of a question, which is more often about something else
TOLD = 3  # tokens; a mention this long says enough by itself ("hot to the touch")
# Words by which a sentence shows that it speaks of a knee: its parts, what stands for them, complaints.
ANCHORS = frozenset(
    [
        "knee",
        "kneecap",
        "patella",
        "joint",
        "joints",
        "leg",
        "legs",
        "shin",
        "calf",
        "thigh",
        "scar",
        "wound",
        "cap",
        "skin",
        "touch",
        "side",
        "inside",
        "front",
        "back",
        "it",
        "its",
        "this",
        "that",
        "mine",
        "mines",
        "one",
        "she",
        "he",
        "shes",
        "hes",
        "degrees",
        "angle",
        "bend",
        "bent",
        "straight",
        "straighten",
        "swelling",
        "swollen",
        "swelled",
        "swell",
        "puffy",
        "sore",
        "pain",
        "hurts",
        "hurt",
        "painful",
        "ache",
        "tender",
        "limp",
        "bruise",
        "injury",
        "inflamed",
        "hinge",
        "crouched",
        "squat",
        "squatted",
    ]
)


WELL = "no-complaint"
NO_REACH = 2  # tokens after a no in which a complaint is denied
_NO = frozenset(["no", "not", "never", "without", "nor", "neither", "dont", "doesnt", "nothing"])
# Words that give a name company: parts of the leg and complaints.
BODILY = frozenset(
    """
    knee kneecap kneecaps patella joint joints leg legs shin shins calf thigh tibia bone hip bum buttock
    foot feet spot tuhod tknee hurt hurts hurting pain pains painful paining ache aches aching achy achey
    sore soreness tender swollen swelling swelled swells puffy hot red stiff stiffness locked locking limp
    limping numb tingling tingle burning stabbing sharp throbbing throbs injury injured twisted weak bruise
    bruised fever rash ring bullseye flare flared lump cramp crampy hobble hobbling agony bite bitten bit
    sheet bedsheet duvet grief trauma accident reactive think reckon could might worried mine
    """.split()  # noqa: SIM905 - a list of sixty words reads better so
)


@dataclass(frozen=True, slots=True)
class Concept:
    """Something a person may speak of, such as swelling or a fever.

    Attributes:
        concept_id: Name used by rules.
        patterns: Ways to say it, in the pattern language.
        denials: Ways to say that it is not so ("I can bear weight"); they take back what was said before.
        unless: Ways to say something else with the same words; they mask the mention.
        is_a: Wider concepts that a mention also counts as.
        site: `knee` when another body part or a thing next to it claims it; `leg` when a part above the hips
            or a thing does; `body` when only a thing does.
        standing: A lasting fact about the person (diabetes); the past tense does not end it.
        company: A name heard in much other talk ("gout"): it counts only beside a word of a knee or a
            complaint, in this message or another.
        event: It happened and counts even where all is well again ("the kneecap slipped, fine now").
        anchored: Its words are as common elsewhere ("hot"): its sentence must speak of a knee or a complaint.
        literal: Never taken for a way of speaking, however sure the second net is ("better off without me").
    """

    concept_id: str
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    is_a: tuple[str, ...] = ()
    site: str = ""
    standing: bool = False
    anchored: bool = False
    company: bool = False
    event: bool = False
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a concept is spoken of: tokens `first` up to, not including, `last`."""

    concept_id: str
    first: int
    last: int


@dataclass(slots=True)
class Found:
    """All that the lexicon found in one message.

    Attributes:
        mentions: Mentions of concepts, in the order of the text.
        denied: Concepts that the message says are not so, with the token where it does.
        cues: Context cues as (cue id, first token, token after the last).
        bodily: Whether a word of a knee or a complaint is said that is neither denied nor well.
        sites: Nouns as (kind, token): `knee`, `other` and `body` (parts), `thing` and `stuff`.
    """

    mentions: list[Mention] = field(default_factory=list)
    denied: dict[str, int] = field(default_factory=dict)
    cues: list[tuple[str, int, int]] = field(default_factory=list)
    sites: list[tuple[str, int]] = field(default_factory=list)
    bodily: bool = False


def find(tokens: Tokens, index: Index, concepts: Mapping[str, Concept]) -> Found:
    """Find concepts, cues and body parts in a message."""
    found = Found()
    longest: dict[tuple[str, int], int] = {}
    masks: dict[str, list[tuple[int, int]]] = {}
    idioms: set[int] = set()
    for name, first, last in index.find(tokens):
        kind, _, row = name.partition(":")
        if kind == "concept":
            longest[row, first] = max(last, longest.get((row, first), 0))
        elif kind == "mask":
            masks.setdefault(row, []).append((first, last))
        elif kind == "idiom":
            idioms.update(range(first, last))
        elif kind == "cue":
            found.cues.append((row, first, last))
        elif kind == "denial":
            found.denied[row] = first
        else:
            found.sites.append((row, first))
    found.mentions = _unmasked(longest, masks, idioms)
    found.bodily = _is_bodily(tokens.words, [m for m in found.mentions if m.concept_id == WELL])
    nouns = _Nouns(tokens, found.sites)
    found.mentions = [m for m in found.mentions if nouns.leave(m, concepts[m.concept_id])]
    return found


def is_brief(tokens: Tokens, mention: Mention) -> bool:
    """Whether the mention's sentence says little else, so that what it means is what the talk is about."""
    before, after = tokens.words[: mention.first], tokens.words[mention.last :]
    start = next((mention.first - n for n, word in enumerate(reversed(before)) if word in SENTENCE_ENDS), 0)
    end = next((mention.last + n for n, word in enumerate(after) if word in SENTENCE_ENDS), len(tokens.words))
    asks = end < len(tokens.words) and tokens.words[end] == "?"
    # The mark at its end counts; "lyme?" is about the leg, "which foods raise uric acid?" about food.
    return end - start < (SHORT_QUESTION if asks else SHORT)


def _is_bodily(words: tuple[str, ...], well: list[Mention]) -> bool:
    """Whether a knee or a complaint is spoken of, and not only as well or in a no."""
    quiet = {at for m in well for at in range(m.first, m.last)}
    return any(
        word in BODILY and at not in quiet and _NO.isdisjoint(words[max(0, at - NO_REACH) : at])
        for at, word in enumerate(words)
    )


def _unmasked(
    longest: Mapping[tuple[str, int], int], masks: Mapping[str, list[tuple[int, int]]], idioms: set[int]
) -> list[Mention]:
    covered = {row: {t for first, last in spans for t in range(first, last)} for row, spans in masks.items()}
    nothing: set[int] = set()
    mentions = []
    ends: dict[str, int] = {}
    for (row, first), last in sorted(longest.items(), key=lambda item: (item[0][1], -item[1])):
        if last <= ends.get(row, 0):  # inside a longer mention of the same concept
            continue
        span = range(first, last)
        if not (covered.get(row, nothing).isdisjoint(span) and idioms.isdisjoint(span)):
            continue
        ends[row] = last
        mentions.append(Mention(row, first, last))
    return mentions


class _Nouns:
    """The nouns of a message that may claim a symptom for themselves."""

    def __init__(self, tokens: Tokens, sites: list[tuple[str, int]]) -> None:
        self.words, self.sites = tokens.words, sites
        self.bodily = self._with_partners([site for site in sites if site[0] in ("knee", "other")])
        # Kit, food or weather, and no part of a body at all: then it claims a symptom further off.
        self.wide = {kind for kind, _ in sites} <= {"stuff", "thing"}

    def _with_partners(self, sites: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Parts named in one breath with the knee count as the knee ("my knee and ankle are swollen")."""
        named = list(sites)
        for i, ((kind, first), (other, last)) in enumerate(pairwise(sites)):
            if kind != other and self._joined(first, last):
                named[i : i + 2] = ("knee", first), ("knee", last)
        return named

    def _joined(self, first: int, last: int) -> bool:
        between = self.words[first + 1 : last]
        return len(between) <= PARTNERS and "and" in between and PARTNER_WORDS.issuperset(between)

    def leave(self, mention: Mention, concept: Concept) -> bool:
        """Whether the nouns around leave the mention to the knee; none named means the knee."""
        if concept.anchored and not self._is_anchored(mention):
            return False
        site = concept.site
        if not site or not self.sites:
            return True
        if self._is_a_thing(mention):
            return False
        if site == "body":
            return True
        near = self._nearby(mention, LOWER if site == "leg" else frozenset())
        # A part in the mention's own words ("foot stayed, body turned") is part of what it says.
        own = mention.last - mention.first >= TOLD
        other = min((d for kind, d in near if kind == "other" and not (own and not d)), default=GATE_REACH)
        knee = min((d for kind, d in near if kind == "knee"), default=GATE_REACH)
        if knee <= other:
            return True
        if other <= BOUND:
            return knee <= other + 1
        return knee < GATE_REACH or other > CLAIM_REACH

    def _is_anchored(self, mention: Mention) -> bool:
        """Whether the sentence speaks of a knee or a complaint around the mention, or says little else."""
        start = self._back(mention.first, GATE_REACH, SENTENCE_ENDS)
        end = self._on(mention.last, GATE_REACH, SENTENCE_ENDS)
        return (
            end - start <= SHORT
            or mention.last - mention.first >= TOLD
            or not ANCHORS.isdisjoint(self.words[start : mention.first])
            or not ANCHORS.isdisjoint(self.words[mention.last : end])
        )

    def _is_a_thing(self, mention: Mention) -> bool:
        """Whether the nearest noun is kit, weather or a road ("the strap gave way"), and no body part."""
        wordy = mention.last - mention.first > 1
        if wordy and self._between(self.sites, mention.first, mention.last):  # "the knee shimmies" on a bike
            return False
        before, after = (WIDE_BEFORE, WIDE_AFTER) if self.wide else (THING_BEFORE, THING_AFTER)
        start = self._back(mention.first, before, THING_STOPS)
        end = self._on(mention.last, after, THING_STOPS_AFTER)
        claimants = self._between(self.sites, start, mention.first) + self._between(
            self.sites, mention.last, end
        )
        things = {token for kind, token in claimants if kind == "thing"}
        kinds = {kind for kind, token in claimants if kind != "stuff" or token not in things}
        return kinds <= {"thing", "stuff"} and ("thing" in kinds or (self.wide and bool(kinds)))

    def _nearby(self, mention: Mention, passed: frozenset[str]) -> list[tuple[str, int]]:
        """(kind, distance) of body parts in the mention's sentence, at most `GATE_REACH` tokens away."""
        start = self._back(mention.first, GATE_REACH, SENTENCE_ENDS)
        end = self._on(mention.last, GATE_REACH, SENTENCE_ENDS)
        return [
            (kind, self._distance(mention, token))
            for kind, token in self._between(self.bodily, start, end)
            if kind == "knee" or not (self.words[token] in passed or self._is_a_measure(token))
        ]

    def _is_a_measure(self, token: int) -> bool:
        """Whether a part is only what the knee is measured by ("the size of my head")."""
        return any(word in MEASURES for word in self.words[max(0, token - 3) : token])

    def _distance(self, mention: Mention, token: int) -> int:
        """Tokens to a noun; behind a comma it has its own predicate ("ankle swollen, knee fine")."""
        if token < mention.last:
            return max(0, mention.first - token)
        behind = "," in self.words[mention.last : token]
        return token - mention.last + 1 + (BOUND if behind else 0)

    def _back(self, token: int, reach: int, stops: frozenset[str]) -> int:
        lowest = max(0, token - reach)
        while token > lowest and self.words[token - 1] not in stops:
            token -= 1
        return token

    def _on(self, token: int, reach: int, stops: frozenset[str]) -> int:
        highest = min(len(self.words), token + reach)
        while token < highest and self.words[token] not in stops:
            token += 1
        return token

    def _between(self, sites: list[tuple[str, int]], start: int, end: int) -> list[tuple[str, int]]:
        low = bisect_left(sites, start, key=lambda s: s[1])
        return sites[low : bisect_left(sites, end, key=lambda s: s[1])]
