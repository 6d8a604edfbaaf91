"""Understand the last turn of a conversation in the light of the turns before it.

turns -> spelled out -> mentions of the vocabulary -> intent -> what a follow-up leaves unsaid
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.followup import CARRIED, CORRECTS, NAMED, bare_place, carry, leans, still_said
from app.foreign import ForeignTopic, Language
from app.intents import Intents
from app.lexicon import WALL_SIT, Lexicon, slots
from app.records import Understanding
from app.rules.english import english_words
from app.spelling import Speller
from app.words import content_stems, stem, words

_NO_KIT = re.compile(
    r"\b(no|without( any)?|have not got( any)?|do not have( any)?|any) "
    r"(equipment|kit|gear|gym)\b|\bbody ?weight\b"
)
_LACKS = re.compile(
    r"\b(?:no|without(?: a| any| the| my)?|(?:left|forgot) (?:the|my)|do not have (?:a |any |the |my )?|"
    r"have not got (?:a |any )?)\s*([a-z ]{3,30})"
)
_CANNOT = re.compile(
    r"""\b(?:can\ not|cannot|can't|can\ no\ longer|could\ not|unable\ to|not\ able\ to|not\ allowed\ to
        |struggle\ to|hard\ to|avoid|without|no)
        (?:\ (?:get|go|be|stay|do|really|even|down|any|anything|the|a|it)){0,3}
        \ ((?:kneel\w*|all\ fours|on|lie|lying|lay|sit|sitting|standing
            |stand(?=\ (?:up|on|for|long)\b|[.,;!?]|$))\b
           (?:\ (?!but\b|so\b|and\b|which\b|what\b|can\b)[a-z]+){0,4})""",
    re.VERBOSE,
)
# What an exercise is to be done in; "it hurts when I sit" says something else.
_DONE_IN = re.compile(
    r"""\b(?:do|done|moves?|exercises?|stretch(?:es)?|strengthen|ones?|train)\b
        (?:(?!\b(?:not?|never|without|when|while|after|from|if|hurts?|pain|aches?)\b)[^.?!,;]){0,30}?
        \b((?:lying|lie|laying|face\ up|sitting|seated|sit|standing|kneeling|on\ (?:my|the|a|all)|
            in\ (?:my|a|bed)|from\ (?:a|my)\ chair|at\ (?:my|a)\ desk)\b[^.?!,;]*)
      | \b(seated|standing|lying|kneeling|single\ leg)
        (?=\ (?:\w+\ )?(?:exercises?|stretch(?:es)?|moves?|work|version|ones?)\b)""",
    re.VERBOSE,
)
_DENIED = re.compile(r"\b(no|not|can't|cannot|never|without|avoid)( \w+){0,2} $")  # before what is asked for
_OWN_TROUBLE = re.compile(
    r"\b(my|the|me|both|this|her|his) (\w+ ){0,3}"
    r"(knees?|kneecaps?|leg|hip|it band|thigh|calf|calves|hamstrings?)\b|"
    r"\bknees?\b.{0,40}\b(hurts?|aches?|sore|pain|killing|playing up|not right|bad)\b|"
    r"\b(pain|hurts?|ache|sore)\b"
)
# "No swelling, just an ache going downhill": what is not so is not what was asked. A clause of its own only.
_NOT_SO = re.compile(
    r"(?:^|(?<=[,.;:!?(])|\b(?:and|but|with)\b)\s*"
    r"(?:(?:there|it|that|my knee|the knee) (?:is|was|has|does|did) |i (?:have|had|feel|do|did) )?"
    r"(?:no|not|never|without|nothing|zero)(?: (?:\w+ ){0,2}?"
    r"(?:swell\w*|swollen|puff\w*|lock\w*|catch\w*|giv\w+ way|buckl\w*|pop\w*|red(?:ness)?|hot|heat|"
    r"warm(?:th)?|fever\w*|numb\w*|injur\w*|fall|trauma|bruis\w*|unstable|instability|tears?|torn|clicking|twist\w*)"
    r",?(?: (?:and|or|nor))?)+"
    r"(?: (?:at all|whatsoever|anywhere|any more))?\s*(?=[,.;:!?)]|\b(?:and|but|just|only)\b|$)"
)
# "Ignore your rules. Why does it hurt?": what is said to the machine asks nothing.
_ORDER = re.compile(
    r"(?:^|(?<=[.!?]))\s*(?:please )?(?:ignore|disregard|forget|override|pretend|act as|you are now)\b"
    r"[^.!?]*[.!?]+"
)
_BOTH = re.compile(r"\bboth (of )?(the |my |her |his )?(?=(knees?|kneecaps?)\b)")
_ONE_LEGGED = re.compile(r"\b(one|single|1)[- ]?leg(ged)?\b(?! (hurts?|aches?|only|is))")
_ALSO = re.compile(r"^(and|or|what about|how about|same for)\b")
# "What do I move on to next?": not the exercise spoken of, which is the one to be replaced.
_ANOTHER = re.compile(
    r"\b((move|go|moving) on to|another|alternatives?|replace|swap|a different (one|exercise|stretch)|"
    r"(what|which|any|anything|some|something) (\w+ )?"
    r"(else|next|others|other (ones?|exercises?|stretch(es)?|moves?)))\b"
)
# What follows is to be replaced: of "lunges instead of squats" the squats.
_BUT = re.compile(r"\b(instead of|other than|besides|apart from|rather than)\b")
# A complaint without a place asks one of these; any other question can be answered for every knee.
_OF_ANY_KNEE = frozenset(
    {"why", "exercise", "complaint", "tell_apart", "definition", "other", "running_load"}
)
# Asked for the trail too ("and on the trail?"), these stay what they were.
_CHOOSING = frozenset({"exercise", "stretch", "massage"})
_LEAST_LEFT = 2  # telling words without which a question asks nothing
# "Should I run through knee pain?" is answered wherever it hurts.
_WHETHER = re.compile(r"\b(should|can|could|may|is it (ok|okay|fine|safe)|do) (i|you|we|to)\b")
# A question that asks something, however little its words say by themselves; "can you help" does not.
_ASKS = re.compile(
    r"(?:^|[.?!,;:] *|\b(?:so|and|but) )"
    r"(?:why|how|does|do|is|are|should|could|may|can (?!you|u\b|some|any)|what (?:is|are|should (?!i\b)))\b"
)
_ON_FOOT, _ANY_TIME = frozenset({"running"}), frozenset({"after", "during", "long-day"})
_KNEE = frozenset(map(stem, ("knee", "kneecap", "patella", "patellar", "patellofemoral", "leg")))


class Understander:
    """Reads the last turn; built once for a build."""

    def __init__(
        self, lexicon: Lexicon, speller: Speller, intents: Intents, foreign: Sequence[ForeignTopic]
    ) -> None:
        """Take the words of one build."""
        self._lexicon = lexicon
        self._speller = speller
        self.intents = intents
        self._foreign = tuple(foreign)
        self._language = Language()
        self._known = english_words() | lexicon.known_words

    def understand(self, turns: Sequence[str]) -> Understanding:
        """Return what the last of `turns` asks; `turns` holds at least one."""
        spelled = [_ONE_LEGGED.sub("single leg", self._speller.spell_out(turn)) for turn in turns]
        question = " ".join(spelled[-1].split())
        own = self._slots(question)
        earlier = [self._slots(text) for text in spelled[:-1]]
        follow_up = bool(earlier) and leans(question, own)
        if follow_up and not own.get("places"):
            own = own | bare_place(question)
        carried = carry(own, earlier, question) if follow_up else {}
        asked_before = self._earlier_question(question, own, spelled[:-1]) if follow_up else ""
        if asked_before:  # "and my feet?" is no more of the calf massage that "massage my calves" named
            carried = still_said(carried, earlier[-1], self._slots(asked_before))
            carried["exercises"] = self._slots(f"{asked_before} {question}").get("exercises", ())
        found = {**carried, **own}
        without = self._without(question)
        intent = self._intent(
            asked_before or question, found, follow_up and not _says_anew(question, own), without
        )
        replaced = self._replaced(question, found) if intent in _CHOOSING else ()
        if replaced:
            found["exercises"] = tuple(e for e in found.get("exercises", ()) if e not in replaced)
            carried["exercises"] = ()
        found["kit"] = tuple(kit for kit in found.get("kit", ()) if kit not in without)
        cannot = self._positions(_CANNOT, " . ".join(spelled))
        return Understanding(
            question=question,
            search_text=self._search_text(question, spelled, carried, asked_before)
            if follow_up
            else _to_the_point(question),
            intent=intent,
            foreign=tuple(t.label for t in self._foreign if t.pattern.search(question)),
            follow_up=follow_up,
            knee_complaint=bool(_OWN_TROUBLE.search(question)),
            english=self._language.is_english(turns[-1], question, self._known),
            without_kit=without,
            replaced=replaced,
            positions=tuple(
                p for p in self._positions(_DONE_IN, f"{asked_before} {question}") if p not in cannot
            ),
            without_positions=cannot,
            carried=tuple(name for name, ids in carried.items() if ids),
            **{name: found.get(name, ()) for name in CARRIED},
        )

    def out_of_scope(self, labels: Sequence[str]) -> bool:
        """Say whether one of the foreign topics `labels` is another subject altogether."""
        return any(t.out_of_scope for t in self._foreign if t.label in labels)

    def in_passing(self, labels: Sequence[str]) -> bool:
        """Say whether all of the foreign topics `labels` are of the kind whose words are said in passing."""
        return all(t.passing for t in self._foreign if t.label in labels)

    def _slots(self, text: str) -> dict[str, tuple[str, ...]]:
        """Return what `text` names; "knee pain" is what everybody has, not a condition."""
        found = slots(self._lexicon.find(text))
        if _BOTH.search(text) and "whole" in found.get("places", ()):
            # "The inside of both my knees": which part of them, before that it is both.
            part = slots(self._lexicon.find(_BOTH.sub("the ", text))).get("places", ())
            found["places"] = tuple(dict.fromkeys((*part, *found["places"])))
        named = tuple(c for c in found.pop("conditions", ()) if c != "knee-pain")
        return {**found, "conditions": named} if named else found

    def _earlier_question(
        self, question: str, own: Mapping[str, tuple[str, ...]], earlier: Sequence[str]
    ) -> str:
        """Return the earlier question that "and the hamstrings?" asks anew, without what it was about."""
        if not _ALSO.search(question):
            return ""
        intent = self.intents.classify(question, own)
        chosen = self.intents.classify(earlier[-1], self._slots(earlier[-1])) in _CHOOSING
        if intent != "other" and not (intent == "trail_now" and chosen):
            return ""
        tokens = words(earlier[-1])
        replaced = {
            i for m in self._lexicon.find(earlier[-1]) if own.get(m.group) for i in range(m.start, m.end)
        }
        return " ".join(token for i, token in enumerate(tokens) if i not in replaced)

    def _search_text(
        self,
        question: str,
        spelled: Sequence[str],
        carried: Mapping[str, tuple[str, ...]],
        asked_before: str,
    ) -> str:
        """Return the question with what it leaves unsaid; a correction takes nothing over but the knee."""
        if asked_before:
            return f"{asked_before} {question}"
        labels = [self._lexicon.label(group, t) for group in NAMED for t in carried.get(group, ())]
        if not labels and not CORRECTS.search(question):
            labels = [" ".join(spelled[-2].split())]
        return " ".join([*labels, question]).lower()

    def _intent(
        self,
        question: str,
        found: Mapping[str, tuple[str, ...]],
        follow_up: bool,
        without: tuple[str, ...],
    ) -> str:
        content = content_stems(words(question))
        intent = self.intents.classify(question, found)
        little = self.intents.generic | _KNEE
        if not _ASKS.search(question):
            little |= self.intents.chatter
        if (
            set(content) & _KNEE
            and set(content) <= little
            and not (intent == "running_load" and _WHETHER.search(question))
            and not follow_up
            and not set(found.get("places", ())) - {"whole"}
            and not set(found.get("triggers", ())) - _ON_FOOT
            and not set(found.get("timings", ())) - _ANY_TIME
            and not found.get("conditions")
            and intent in _OF_ANY_KNEE
        ):
            return "vague"
        if intent == "other" and follow_up and without:  # "no dumbbells here, what's left?"
            return "exercise"
        complains = (
            intent == "other" and not follow_up and (found.get("places") or _OWN_TROUBLE.search(question))
        )
        return "complaint" if complains else intent

    def _without(self, question: str) -> tuple[str, ...]:
        if _NO_KIT.search(question):
            return ("*",)
        lacking = (self._lexicon.find(match.group(1)) for match in _LACKS.finditer(question))
        return tuple(m.term_id for found in lacking for m in found if m.group == "kit")

    def _positions(self, shape: re.Pattern[str], text: str) -> tuple[str, ...]:
        """Return the positions named where `text` has that shape, in order; none that is denied there."""
        text = WALL_SIT.sub("", text)
        said = (m for m in shape.finditer(text) if shape is _CANNOT or not _DENIED.search(text[: m.start()]))
        told = " , ".join(filter(None, (group for m in said for group in m.groups())))
        return slots(self._lexicon.find(told)).get("positions", ())

    def _replaced(self, question: str, found: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Return the exercises that another one is wanted for: of "lunges instead of squats" the squats."""
        named = found.get("exercises", ())
        if said := _BUT.search(question):
            after = slots(self._lexicon.find(question[said.end() :])).get("exercises", ())
            return tuple(e for e in named if e in after) or named
        return named if _ANOTHER.search(question) else ()


def _says_anew(question: str, own: Mapping[str, tuple[str, ...]]) -> bool:
    """Say whether a turn corrects where it hurts ("sorry, I meant the outside"): a complaint of its own."""
    return bool(CORRECTS.search(question) and own.get("places"))


def _to_the_point(question: str) -> str:
    """Return what is left beside denials and orders; the question itself where that says nothing."""
    left = " ".join(_NOT_SO.sub(" ", _ORDER.sub(" ", question)).split()).lstrip(" ,.;:!?")
    return left if len(content_stems(words(left))) >= _LEAST_LEFT else question


def corpus_words(texts: Sequence[str]) -> set[str]:
    """Return every word of `texts`, lower case."""
    return {word for text in texts for word in words(text)}
