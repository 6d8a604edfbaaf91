"""How a mention is meant: present, absent, hypothetical, another person's, or past.

The field's ConText algorithm with this project's own cues: a cue has a direction, a scope and
terminators; all of them are rows of `context.toml`. Negation binds tightly here: between "no" and
the symptom only words of the bridge may stand, so that "no insurance and my knee is swollen" is
swollen. A cue inside a mention is the mention's own ("can't bear weight") and changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.rules.mentions import Found, Mention
from app.rules.normalize import Tokens

PRESENT, ABSENT, HYPOTHETICAL, OTHER_PERSON, PAST = (
    "present",
    "absent",
    "hypothetical",
    "other_person",
    "past",
)
GENERAL = "general"  # asked about as a word or a subject ("what does the meniscus do?"), of nobody's knee
RESOLVED = "resolved"
TAKEN_BACK = "taken-back"  # the concept of "wrong chat": what the message before said was not meant
AFTER_REACH = 9  # tokens; "the swelling of last winter has by now gone"
BETTER_REACH = 30  # tokens; about two sentences
RELAPSE_REACH = 8  # tokens; "fine after ten minutes but now it is gone again"
TIGHT_REACH = 16  # tokens; a longer chain of "no x, y or z" is not seen in 4,400 messages


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that change how mentions around them are meant.

    Attributes:
        cue_id: Name of the row.
        kind: `absent`, `resolved`, `hypothetical`, `other_person`, `self`, `past`, `now`, `better`,
            `pseudo`, `general`, `fiction`, `family` (an illness in the family, not the person's own),
            `relapse` (undoes a cure told just before), `kin` (a relative has it), `own` and `theirs` (whose
            leg the message is about).
        direction: `forward`, `backward` or `both`: where its mentions stand, seen from the cue.
        scope: `tight` (only bridge words between), `clause`, `sentence` or `message`.
        chain: `noun` or `adjective`: what a list after it may consist of; empty for either.
        only: Concepts that it speaks of; empty for all ("fine after a minute" is said of breath only).
        patterns: Ways to say it.
    """

    cue_id: str
    kind: str
    direction: str
    scope: str
    patterns: tuple[str, ...]
    chain: str = ""
    only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ContextData:
    """The rows of `context.toml`."""

    cues: Mapping[str, Cue]
    bridge_forward: frozenset[str]
    bridge_backward: frozenset[str]
    terminators: Mapping[str, frozenset[str]]
    predicates: frozenset[str]
    past_verbs: frozenset[str]
    present_verbs: frozenset[str]
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A mention and how it is meant."""

    mention: Mention
    status: str
    resolved: bool = False
    kin: bool = False  # told of a relative: a parent's blood thinner is not the writer's


def assess(tokens: Tokens, found: Found, data: ContextData) -> list[Spoken]:
    """Give every mention its status; linear in the length of the message."""
    reading = _Reading(tokens, found, data)
    return [reading.status(mention) for mention in found.mentions]


_NEWS = frozenset([",", "-", ":", "and"])  # "never swelled, now it is swollen": "now" begins something new

KIN_REACH = 6  # tokens between a relative and the illness that the relative has
THEIRS_BEFORE, THEIRS_AFTER = 12, 25  # tokens in which a relative's own knee is looked for
_KNEES = frozenset(["knee", "kneecap", "kneecaps", "joint", "leg"])
_MINE = frozenset(["my", "mine", "me", "own", "our"])
_THEY = frozenset(["he", "hes", "she", "shes", "they", "theyre", "his", "her", "their"])
_SELVES = frozenset(["i", "im", "ive", "me", "mine", "myself"])
_TELL = frozenset(
    ["is", "has", "cant", "wont", "gets", "keeps", "woke", "fell", "now", "still", "isnt", "takes"]
)

_OWN_NO = frozenset(["wont", "cant", "cannot", "couldnt", "just"])  # a mention that says its own no
_FINITE = frozenset(
    ["is", "are", "was", "been", "has", "its", "im", "keeps", "just", "still", "feels"]
)  # a clause


class _Reading:
    """One message with its cues laid out for look-up."""

    def __init__(self, tokens: Tokens, found: Found, data: ContextData) -> None:
        self.words, self.data = tokens.words, data
        self.covered = {t for m in found.mentions for t in range(m.first, m.last)}
        cues = _without_relapsed(_without_pseudo(found.cues, data))
        self.ends: dict[int, list[tuple[Cue, int]]] = {}
        self.begins: dict[int, list[tuple[Cue, int]]] = {}
        for cue, first, last in cues:
            self.ends.setdefault(last, []).append((cue, first))
            self.begins.setdefault(first, []).append((cue, last))
        wide = [c for c in cues if c[0].scope != "tight" and c[0].kind != "better"]
        self.wide = [c for c in wide if not c[0].only]
        self.wide_starts = [first for _, first, _ in self.wide]
        self.limited = [c for c in wide if c[0].only]
        self.better = [first for c, first, _ in cues if c.kind == "better"]
        self.answers = _answers(self.words)
        self.denied = found.denied
        self.around: dict[tuple[int, int], tuple[str, set[str]]] = {}
        self.sentence_of, self.people = self._people(cues)

    def status(self, mention: Mention) -> Spoken:
        """Decide one mention."""
        for first, last, answer in self.answers:
            # "Can you bend it? A: no": what reaches into the answer has taken it in.
            if first <= mention.first and mention.last <= last:
                return Spoken(mention, answer)
        span = mention.first, mention.last
        if span not in self.around:  # many concepts are spoken of in the same words
            self.around[span] = (
                self._tight_before(mention) or self._tight_after(mention),
                self._wide_kinds(mention),
            )
        tight, kinds = self.around[span]
        # "For a quiz: my foot is cold and blue" is somebody's foot all the same.
        if "general" in kinds and not self.named[self.sentence_of[mention.first]]:
            return Spoken(mention, GENERAL)
        if "fiction" in kinds:
            return Spoken(mention, GENERAL)
        limited = self._limited(mention) if self.limited else set()
        if "absent" in limited:
            return Spoken(mention, ABSENT)
        if "family" in limited:
            return Spoken(mention, GENERAL)
        if tight == RESOLVED or "resolved" in kinds:
            return Spoken(mention, ABSENT, resolved=True)
        if tight or "absent" in kinds:
            return Spoken(mention, ABSENT)
        if self._is_over(mention, "past" in kinds):
            return Spoken(mention, ABSENT, resolved=True)
        if "past" in kinds and "now" not in kinds:
            return Spoken(mention, PAST)
        if "kin" in limited:
            return Spoken(mention, OTHER_PERSON, kin=True)
        if self.people[self.sentence_of[mention.first]] == OTHER_PERSON:
            return Spoken(mention, OTHER_PERSON)
        return Spoken(mention, HYPOTHETICAL if "hypothetical" in kinds else PRESENT)

    def _is_over(self, mention: Mention, past: bool) -> bool:
        """Whether the message goes on to say that it healed: told in the past, and well since."""
        later = bisect_left(self.better, mention.first)
        if mention.concept_id in self.data.events and not past:  # "out and back in" counts
            return False
        well = self.better[later] - mention.last if later < len(self.better) else BETTER_REACH + 1
        denied = self.denied.get(mention.concept_id, -1) - mention.last
        if well > BETTER_REACH and not 0 <= denied <= BETTER_REACH:
            return False
        around = self.words[max(0, mention.first - 3) : mention.last]
        return past or (
            any(w in self.data.past_verbs for w in around)
            and not any(w in self.data.present_verbs for w in around)
        )

    def _tight_before(self, mention: Mention) -> str:
        """The kind of a forward cue that binds the mention, walking back over bridge words only."""
        at, comma = mention.first, False
        if self.words[at] in _OWN_NO:  # "not swollen, not locked, just won't go straight"
            return next((cue.kind for cue, _ in self.ends.get(at, ()) if _binds_forward(cue)), "")
        linked = self.words[min(mention.last, len(self.words) - 1)] in (",", "or", "nor")
        while at > 0 and mention.first - at < TIGHT_REACH:
            for cue, first in self.ends.get(at, ()):
                binds = _binds_forward(cue) and first < mention.first
                if binds and (not comma or self._may_chain(mention, cue, linked)):
                    return cue.kind
            word = self.words[at - 1]
            if word in (".", "just") or (word == "now" and at > 1 and self.words[at - 2] in _NEWS):
                return ""
            comma = comma or word == ","
            linked = linked or word in ("or", "nor")
            if word not in self.data.bridge_forward and at - 1 not in self.covered:
                return ""
            at -= 1
        return ""

    def _may_chain(self, mention: Mention, cue: Cue, linked: bool) -> bool:
        """Whether a list reaches the mention: "no heat, swelling" does, "no heat, it swells" does not."""
        if linked or not cue.chain:
            return True
        if cue.chain == "adjective":
            return self.words[mention.first] in self.data.predicates
        comma = mention.first
        while comma > 0 and self.words[comma - 1] != ",":
            comma -= 1
        told = self.words[mention.first : mention.last]
        return self.data.predicates.isdisjoint(told) and _FINITE.isdisjoint(self.words[comma : mention.last])

    def _tight_after(self, mention: Mention) -> str:
        """The kind of a backward cue that binds the mention, walking on over bridge words only."""
        at = mention.last
        while at < len(self.words) and at - mention.last < AFTER_REACH:
            for cue, _ in self.begins.get(at, ()):
                if cue.scope == "tight" and cue.direction != "forward":
                    return cue.kind
            if self.words[at] == "." or (
                self.words[at] not in self.data.bridge_backward and at not in self.covered
            ):
                return ""
            at += 1
        return ""

    def _wide_kinds(self, mention: Mention) -> set[str]:
        """Kinds of the clause and sentence cues whose scope the mention stands in."""
        kinds = set()
        low = bisect_left(self.wide_starts, mention.first - 30)
        high = bisect_left(self.wide_starts, mention.last + 30)
        for cue, first, last in self.wide[low:high]:
            if first < mention.last and mention.first < last:
                # "what does the meniscus do", "years ago and the knee has puffed up"
                if cue.kind in (GENERAL, "now") and first < mention.first:
                    kinds.add(cue.kind)
                continue
            before = last <= mention.first
            if cue.direction == ("backward" if before else "forward"):
                continue
            between = range(last, mention.first) if before else range(mention.last, first)
            if not self._ended(cue, between):
                kinds.add(cue.kind)
        return kinds

    def _limited(self, mention: Mention) -> set[str]:
        """Kinds of the cues that speak of this concept alone and reach the mention."""
        kinds = set()
        for cue, first, last in self.limited:
            if mention.concept_id not in cue.only or (first < mention.last and mention.first < last):
                continue
            before = last <= mention.first
            if cue.direction != ("backward" if before else "forward"):
                between = range(last, mention.first) if before else range(mention.last, first)
                if self._ended(cue, between):
                    continue
                if cue.kind == "family" and not self._in_the_family(mention, between):
                    continue
                kinds.add(cue.kind)
        return kinds

    def _in_the_family(self, mention: Mention, between: range) -> bool:
        """Whether an illness near a relative is that relative's, and the talk of the person's own knee."""
        own = not _SELVES.isdisjoint(self.words)
        return own and len(between) <= KIN_REACH and not self._is_theirs(mention)

    def _is_theirs(self, mention: Mention) -> bool:
        """Whether the talk is of a relative's own knee: "dad has gout and his knee is hot", not "mine"."""
        low, high = max(0, mention.first - THEIRS_BEFORE), min(len(self.words), mention.last + THEIRS_AFTER)
        for at in range(low, high):
            word = self.words[at]
            if word in _KNEES and _MINE.isdisjoint(self.words[max(0, at - 3) : at]):
                return True
            if at >= mention.last and word in _THEY and not _TELL.isdisjoint(self.words[at + 1 : at + 3]):
                return True
        return False

    def _ended(self, cue: Cue, between: Iterable[int]) -> bool:
        stops = self.data.terminators[cue.scope]
        own = self.data.terminators.get(cue.kind, frozenset())
        own |= self.data.terminators.get(cue.cue_id, frozenset())
        return any(self.words[i] in stops or self.words[i] in own for i in between)

    def _people(self, cues: Sequence[tuple[Cue, int, int]]) -> tuple[list[int], list[str]]:
        """For each token its sentence, for each sentence whether it is about another person."""
        sentence_of, sentence = [], 0
        for word in self.words:
            sentence_of.append(sentence)
            sentence += word in (".", "?")
        kinds: list[set[str]] = [set() for _ in range(sentence + 1)]
        named: set[int] = set()
        asked = {t for cue, first, last in cues if cue.kind == GENERAL for t in range(first, last)}
        for cue, first, _ in cues:
            if cue.kind in ("other_person", "self", "they"):
                kinds[sentence_of[first]].add(cue.kind)
                if first not in asked:  # the "I" of "I am revising" names nobody's knee
                    named.add(sentence_of[first])
        self.named = [here in named for here in range(len(kinds))]
        people, person = [], PRESENT
        for here in kinds:
            if "self" in here:
                person = PRESENT
            elif "other_person" in here:
                person = OTHER_PERSON
            people.append(person)
        return sentence_of, people


def _binds_forward(cue: Cue) -> bool:
    return cue.scope == "tight" and cue.direction != "backward"


def _without_pseudo(cues: Sequence[tuple[str, int, int]], data: ContextData) -> list[tuple[Cue, int, int]]:
    """Drop cues that a pseudo-cue covers: "not only swollen" negates nothing."""
    rows = [(data.cues[row], first, last) for row, first, last in cues]
    hidden = {t for cue, first, last in rows if cue.kind == "pseudo" for t in range(first, last)}
    begun = {t for cue, first, last in rows if cue.kind == "pseudo" for t in range(first + 1, last)}
    return [
        (cue, first, last)
        for cue, first, last in rows
        if cue.kind != "pseudo" and first not in (begun if cue.only else hidden)
    ]


def _without_relapsed(cues: Sequence[tuple[Cue, int, int]]) -> list[tuple[Cue, int, int]]:
    """Drop cures that the next words undo: "fine after ten minutes but now it's gone again"."""
    relapses = sorted(first for cue, first, _ in cues if cue.kind == "relapse")
    kept = []
    for cue, first, last in cues:
        cures = cue.kind in ("absent", "resolved") and (cue.only or cue.scope == "message")
        if cures or cue.kind == "better":
            at = bisect_left(relapses, last - 1)
            if at < len(relapses) and relapses[at] < last + RELAPSE_REACH:
                continue
        kept.append((cue, first, last))
    return kept


def _answers(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Questions of a quoted interview ("Q: any swelling? A: no") as (first, last, status by the answer).

    The words of a question alone say nothing: without an answer they are nobody's, unless the person asks in
    their own voice ("Q: my knee is swollen, what now?").
    """
    spans, start = [], None
    for i in range(len(words) - 1):
        if words[i + 1] not in _MARKS:
            continue
        if words[i] in _ASKS:
            if start is not None:
                spans.append((start, i, GENERAL))
            start = i
        elif start is not None and words[i] in _REPLIES:
            answer = _by_answer(words[i + 2 : i + 2 + ANSWER])
            # "Was there any instability after the operation? A: none" says nothing of today.
            then = answer == ABSENT and _tells_of_another_time(words[start + 2 : i])
            spans.append((start, i, GENERAL if then else answer))
            start = None
    if start is not None and words[start] == "q" and _OWN_VOICE.isdisjoint(words[start:]):
        asked = words[start + 2 : start + 2 + SHORT_QUESTION]
        if "?" in asked or not _ASKING.isdisjoint(asked[:1]):
            spans.append((start, len(words), GENERAL))
    return spans


def of_another_time(words: Sequence[str]) -> list[tuple[int, int]]:
    """Questions of a quoted interview about another time, with their answers, as (first, last) tokens."""
    spans: list[tuple[int, int]] = []
    for first, last, _ in _answers(words):
        if _tells_of_another_time(words[first + 2 : last]):
            end = next((at for at in range(last, len(words)) if words[at] == "."), len(words))
            spans.append((first, end))
    return spans


def _tells_of_another_time(question: Sequence[str]) -> bool:
    return not (_WAS.isdisjoint(question[:2]) or _ANOTHER_TIME.isdisjoint(question))


def _by_answer(reply: Sequence[str]) -> str:
    """What an answer makes of its question: the first plain yes or no decides ("yes, no pain though")."""
    for word, following in pairwise((*reply, "")):
        if word in _NO or (word == "wouldnt" and following == "say"):
            return ABSENT
        if word in _SURE:
            return PRESENT
        if word in ("?", "."):
            break
    return PRESENT if any(word in _YES for word in reply) else GENERAL


ANSWER = 5  # tokens of an answer in which its yes or no is looked for
SHORT_QUESTION = 6  # tokens within which a question without an answer shows that it is one
_ASKING = frozenset(
    ["any", "is", "are", "do", "does", "did", "has", "have", "had", "can", "could", "ever", "was"]
)
_WAS = frozenset(["was", "were", "did", "had"])
_ANOTHER_TIME = frozenset(["following", "after", "before", "prior", "back", "previous", "first", "then"])
_MARKS = frozenset([":", "-"])
_ASKS = frozenset(["q", "question"])
_REPLIES = frozenset(["a", "answer", "me"])
_OWN_VOICE = frozenset(["i", "im", "ive", "my", "me"])
_SURE = frozenset(["yes", "yeah", "yep", "yup", "aye", "correct", "definitely"])
_NO = frozenset(
    [
        "no",
        "nope",
        "nah",
        "not",
        "none",
        "never",
        "nothing",
        "neither",
        "havent",
        "hasnt",
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "wasnt",
        "nae",
        "naw",
        "nay",
        "nil",
        "nowt",
        "negative",
    ]
)
_YES = frozenset(
    [
        "yes",
        "yeah",
        "yep",
        "yup",
        "it",
        "i",
        "i've",
        "ive",
        "sometimes",
        "correct",
        "little",
        "bit",
        "definitely",
        "sure",
        "right",
        "mhm",
        "they",
        "a",
        "so",
    ]
)
