"""The second net's opinion on a conversation: what to ask about, and which alarms rest on chance words.

The rules hear words, the net hears meaning. A flag of the rules stands unless the net is all but certain
that nobody speaks of such a thing ("hot take: lunges") in the conversation, in the message, and in its plain
words where it may be disguised, and hardly hears it in the sentence with its neighbours; and a sentence that
is plainly a flag when read alone always stands, as does a clause, unless it is a soon rule's. So nothing that
is told elsewhere hides a flag, and no change of topic ends one; beside orders to the machine nothing is
withheld. A same-day flag stands too where anything else is heard loudly, and where its sentence names a part
of a leg unless the net is as sure as it ever is of every sentence of the conversation. Of an emergency it
must be sure of every sentence in any case, and what is withheld is still told, as a condition: `doubted`.
What only the net finds is asked about (`possible`), never asserted. Without the net the rules stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from app.rules.catalogue import Rules
from app.rules.mentions import find
from app.rules.normalize import tokenize
from app.rules.records import Flag, Level, Reading, Status

Net = Callable[[str], Reading]

QUOTE_CHARS = 160
# So sure of a rule, the net has read the denial beside it too ("not swollen, but the kneecap slid off"), and
# a sentence needs no other to be a flag. What it finds of soon rules, whose threshold is higher, always is.
SURE = 0.9
LEG = frozenset({"knee-talk", "leg-part", "foot"})
# An emergency is in doubt only where nothing else is heard from `QUIET` on, from `SILENCE` if a leg is named.
QUIET, SILENCE = 0.1, 0.02
_SENTENCE_END = re.compile(r"[.!?\n]+")
_CLAUSE_END = re.compile(r"[.!?\n,;:–—]+|\s-\s|\b(?:and|but|so|lol|ha(?:ha)+|anyway|which)\b", re.IGNORECASE)
# Words of who gives orders to the machine, or wraps a sign in a tale: where one occurs, nothing is withheld.
_ORDERS = re.compile(
    r"""\b(
      ignor\w* | disregard\w* | overrid\w* | forget\ (all|any|every\w*|the|your|previous|prior)
    | system | prompts? | instructions? | assistant | chatbot | language\ model | jailbreak | root | admin
    | (developer|debug)\ mode | pretend | act\ as | role\ ?play\w* | you\ are\ (now|an?)
    | (say|print|output|respond|reply|answer|write|translate|summari[sz]e|repeat)(\ \w+)?
      \ (that|only|with|nothing|no|exercises?|all|ok|just|this|the|as|in)
    | do\ not\ (mention|show|say|warn|tell|flag|raise) | no\ (warnings?|flags?|alerts?)
    | red\ flags? | warnings? | disclaimers? | banner | disabled? | all\ is\ (well|fine|ok)
    | novel | screenplay | fiction\w* | end\ of\ (message|input)
    )\b | <\W*\w+\W*> | \[[A-Z/ ]{3,}\] | [{}`] | // | \#{2,}""",
    re.IGNORECASE | re.VERBOSE,
)


class SecondOpinion:
    """What a net makes of one conversation; reads each text once."""

    def __init__(self, turns: Sequence[str], rules: Rules, net: Net) -> None:
        self._turns, self._rules, self._net = turns, rules, net
        self._readings: dict[str, Reading] = {}

    def revise(
        self, flags: Sequence[Flag], denied: Mapping[str, int], literal: Collection[str]
    ) -> tuple[list[Flag], list[Flag]]:
        """Return the flags that stand with those that only the net found, and the emergencies in doubt.

        Args:
            flags: What the rules found.
            denied: Concept to the last turn in which the person said that it is not so.
            literal: Rules of which something was told that is never a way of speaking.
        """
        chance = [flag for flag in flags if flag.rule_id not in literal and self._is_chance(flag)]
        standing = [flag for flag in flags if flag not in chance]
        # What was withheld of one turn may be heard in another.
        known = {flag.rule_id for flag in standing}
        doubted = [self._as_condition(flag) for flag in chance if flag.level is Level.EMERGENCY]
        return standing + list(self._possible(known, denied)), doubted

    def _as_condition(self, flag: Flag) -> Flag:
        advice = self._rules.rules[flag.rule_id].advice[Status.HYPOTHETICAL]
        return replace(flag, status=Status.HYPOTHETICAL, advice=advice)

    def _is_chance(self, flag: Flag) -> bool:
        rule_id, urgent = flag.rule_id, flag.level is Level.EMERGENCY
        said, prompt = self._said(flag), flag.level >= Level.SAME_DAY
        alone = (said, self._clause(flag)) if prompt else (said,)
        if _ORDERS.search(self._whole()) or any(self._belief(text, rule_id) >= SURE for text in alone):
            return False
        if rule_id not in self._read(self._said(flag, neighbours=1)).faint:
            return False
        leg = prompt and self._names_a_leg(said)
        if prompt and self._loudest() >= (SILENCE if leg else QUIET):
            return False
        readings = (self._read(text) for text in self._around(flag, urgent or leg))
        return all(rule_id in (reading.silent if leg else reading.unheard) for reading in readings)

    def _loudest(self) -> float:
        """How probable the likeliest rule of all is, in the conversation or in one of its messages."""
        return max(self._read(text).loudest for text in (self._whole(), *self._turns))

    def _names_a_leg(self, text: str) -> bool:
        """Whether a part of a leg is named: then its words are hardly a way of speaking."""
        tokens = self._rules.speller.repair_all(tokenize(text))
        mentions = find(tokens, self._rules.index, self._rules.concepts).mentions
        return any(mention.concept_id in LEG for mention in mentions)

    def _around(self, flag: Flag, urgent: bool) -> Iterator[str]:
        """The texts that have to agree before a flag is withheld."""
        turn = self._turns[flag.turn]
        yield self._whole()
        yield turn
        if urgent:  # whatever else is told of it, in any turn, each sentence by itself
            yield from self._turns
            yield from filter(str.strip, chain.from_iterable(map(_SENTENCE_END.split, self._turns)))
        if urgent or not turn.isascii():
            yield " ".join(self._rules.speller.repair_all(tokenize(turn)).words)

    def _said(self, flag: Flag, neighbours: int = 0) -> str:
        """The sentence in which a flag was heard, with so many before and after it."""
        turn = self._turns[flag.turn]
        ends = [match.end() for match in _SENTENCE_END.finditer(turn)]
        before = [0, *(end for end in ends if end <= flag.start)]
        after = [*(end for end in ends if end >= flag.end), len(turn)]
        return turn[before[max(0, len(before) - 1 - neighbours)] : after[min(neighbours, len(after) - 1)]]

    def _clause(self, flag: Flag) -> str:
        """The clause in which a flag was heard: of "haha toes are grey lol" the toes."""
        turn = self._turns[flag.turn]
        cuts = list(_CLAUSE_END.finditer(turn))
        start = max((cut.end() for cut in cuts if cut.end() <= flag.start), default=0)
        end = min((cut.start() for cut in cuts if cut.start() >= flag.end), default=len(turn))
        return turn[start:end].strip()

    def _possible(self, known: set[str], denied: Mapping[str, int]) -> Iterator[Flag]:
        texts = (self._whole(), *self._turns)  # a change of topic drowns what an earlier turn told
        for rule_id in dict.fromkeys(rule_id for text in texts for rule_id in self._read(text).found):
            rule = self._rules.rules.get(rule_id)
            if rule is None or not rule.level or rule_id in known:
                continue
            turn = self._turn_of(rule_id)
            unsaid = {concept for concept, when in denied.items() if when >= turn}
            if rule.concepts & unsaid and self._belief(self._whole(), rule_id) < SURE:
                continue
            quote = self._turns[turn][:QUOTE_CHARS]
            yield Flag(
                rule_id, rule.title, rule.level, Status.POSSIBLE, turn, quote, 0, len(quote),
                rule.advice[Status.POSSIBLE], rule.sources, rule.policy,
            )  # fmt: skip

    def _turn_of(self, rule_id: str) -> int:
        """The first turn in which the net hears the rule by itself; else the last one."""
        heard = (turn for turn, text in enumerate(self._turns) if rule_id in self._read(text).found)
        return next(heard, len(self._turns) - 1)

    def _whole(self) -> str:
        """The conversation as the net learned to read it: it hears what was taken back."""
        return " . ".join(self._turns)

    def _belief(self, text: str, rule_id: str) -> float:
        return self._read(text).found.get(rule_id, 0.0)

    def _read(self, text: str) -> Reading:
        if text not in self._readings:
            self._readings[text] = self._net(text)
        return self._readings[text]
