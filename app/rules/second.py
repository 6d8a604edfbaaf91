"""The second net's opinion on a conversation: what to ask about, and which alarms rest on chance words.

The rules hear words, the net hears meaning. Whether a flag of the rules rests on chance words ("hot take:
lunges") is weighed by a small network (`app.rules.chance`) from what the net hears in the conversation, in
the message, its sentence, its clause and the few words around the mention, and what else is heard there: so
neither small talk nor a change of topic drowns a sign. What is plainly a flag to the net in the whole always
stands, an emergency in its message or sentence, too; so does what is said beside orders to the machine, what
puts a word right, and what is never a way of speaking; a lesser flag that is half heard in the whole stands
unless it is most unlikely. An emergency that is withheld is still told, as a condition: `doubted`. What only
the net finds is weighed in the same way, by a network of its own, and asked about (`possible`), never
asserted, unless the person took it back: whole, as the rules heard, or, short of an emergency, so that the
whole conversation is below the rule's floor. Without the net the rules stand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from app.rules.catalogue import Rules
from app.rules.chance import (
    CUES,
    HALF_HEARD,
    LOWEST,
    MOST,
    REACHES,
    is_half_heard,
    load_chance,
    load_finds,
    log_odds,
)
from app.rules.context import TAKEN_BACK
from app.rules.mentions import Found, find
from app.rules.normalize import tokenize, undisguised
from app.rules.records import Flag, Level, Reading, Status

Net = Callable[[str], Reading]

QUOTE_CHARS = 160
# So sure of a rule, the net has read what speaks against it too ("not swollen, but the kneecap slid off").
SURE = 0.9
# Of its limit, below which what one message plainly told is withheld for the sake of another: where that has
# words that can take it back, and where it has none.
TAKEN_BACK_SHARE, PLAIN_SHARE = 0.5, 0.15
LEG = frozenset({"knee-talk", "leg-part", "foot"})
THINGS = frozenset({"other", "thing", "stuff"})  # kinds of nouns that are no leg
UNKNOWN = 20.0  # the margin of a rule of which a net says nothing: it stands
STOPS = " .!\n"
LONG = 40  # words of a message: of longer ones the weighing has learned little
FAR = 300  # words of a message of which it has learned nothing
SENTENCES = 64  # of a text of thousands of scraps no more are read one by one
_SENTENCE_END = re.compile(r"[.!?\n]+")
_CLAUSE_END = re.compile(r"[.!?\n,;:–—]+|\s-\s|\b(?:and|but|so|lol|ha(?:ha)+|anyway|which)\b", re.IGNORECASE)
# Words of who gives orders to the machine, or wraps a sign in a tale: where one occurs, nothing is withheld.
# "I would say that" orders nothing, and "[NAME]" is a name blacked out.
_ORDERS = re.compile(
    r"""\b(
      (ignor|forget)\w*\ (all|any|every\w*|the|your|previous|prior|above|earlier|instructions?|rules?)
    | disregard\w* | overrid\w* | (?<!immune\ )(?<!nervous\ )system | prompts? | instructions? | assistant
    | chatbot | language\ model | jailbreak | root\ (access|mode|user) | admin
    | (developer|debug)\ mode | pretend | act\ as | role\ ?play\w* | you\ are\ (now|an?)
    | (?<!\bi\ )(?<!\bi'd\ )(?<!\bthey\ )(?<!\bwe\ )(?<!would\ you\ )(?<!i\ would\ )(?<!i\ could\ )
      (?<!i\ can\ )
      (say|print|output|respond|reply|answer|write|translate|summari[sz]e|repeat)(\ \w+)?
      \ (that|only|with|nothing|no|exercises?|all|ok|just|this|the|as|in)
    | do\ not\ (mention|show|say|warn|tell|flag|raise) | no\ (warnings?|flags?|alerts?)
    | red\ flags? | warnings? | disclaimers? | banner | disabled? | all\ is\ (well|fine|ok)
    | novel | screenplay | fiction\w* | end\ of\ (message|input)
    )\b | <\W*\w+\W*> | [{}`] | // | \#{2,}
    | \[(?!(NAME|DATE|LOCATION|PLACE|CITY|CONTACT|AGE)\])[A-Z/ ]{3,}\]""",
    re.IGNORECASE | re.VERBOSE,
)

# Who corrects a word means the next one: "wrong word, I meant it locked".
_MEANT = re.compile(r"\b(?:mea?nt|correction|should (?:have said|say|read))\b[^.!?\n]{0,30}$", re.IGNORECASE)

# Who speaks so may take back what another message told, beside the cues of `context.toml`.
_CORRECTS = re.compile(r"\b(?:meant?|ment|auto-?correct\w*|oops|typo)\b", re.IGNORECASE)
_TAKES_BACK = frozenset(
    (
        "absent",
        "resolved",
        "better",
        "past",
        "hypothetical",
        "other_person",
        "kin",
        "theirs",
        "family",
        "fiction",
    )
)


class SecondOpinion:
    """What a net makes of one conversation; reads each text once."""

    def __init__(self, turns: Sequence[str], rules: Rules, net: Net) -> None:
        self._told, self._rules, self._net = turns, rules, net
        self._turns = [undisguised(turn) for turn in turns]
        self._readings: dict[str, Reading] = {}
        self._finds: dict[str, Found] = {}

    def revise(
        self,
        flags: Sequence[Flag],
        denied: Mapping[str, int],
        literal: Collection[str],
        withdrawn: Mapping[str, int],
    ) -> tuple[list[Flag], list[Flag]]:
        """Return the flags that stand with those that only the net found, and the emergencies in doubt.

        Args:
            flags: What the rules found.
            denied: Concept to the last turn in which the person said that it is not so.
            literal: Rules of which something was told that is never a way of speaking.
            withdrawn: Rule to the turn in which the person took it back whole; only what is told from then on
                is asked about.
        """
        raised = {flag.rule_id for flag in flags}
        chance = [flag for flag in flags if flag.rule_id not in literal and self._is_chance(flag, raised)]
        standing = [flag for flag in flags if flag not in chance]
        # What was withheld of one turn may be heard in another, and an old trouble be told of today.
        known = {flag.rule_id for flag in standing if flag.status is not Status.PAST}
        past = {flag.rule_id for flag in standing} - known
        doubted = [self._as_condition(flag) for flag in chance if flag.level is Level.EMERGENCY]
        possible = list(self._possible(known, past, denied, withdrawn))
        asked = {flag.rule_id for flag in possible}
        told = [flag for flag in standing if flag.status is not Status.PAST or flag.rule_id not in asked]
        return told + possible, doubted

    def _as_condition(self, flag: Flag) -> Flag:
        advice = self._rules.rules[flag.rule_id].advice[Status.HYPOTHETICAL]
        return replace(flag, status=Status.HYPOTHETICAL, advice=advice)

    def _is_chance(self, flag: Flag, raised: Collection[str]) -> bool:
        if _ORDERS.search(self._whole()) or _MEANT.search(self._turns[flag.turn][: flag.start]):
            return False
        if self._belief(self._whole(), flag.rule_id) >= SURE:
            return False
        plain = self._belief(self._turns[flag.turn], flag.rule_id) >= SURE
        plainly_there = self._belief(self._bare(flag), flag.rule_id) >= SURE
        if flag.level is Level.EMERGENCY and (plain or plainly_there):
            return False
        if flag.level is Level.SAME_DAY and plainly_there and len(self._turns[flag.turn].split()) > FAR:
            return False
        weighing, level = load_chance(), flag.level.word
        share = 1.0
        if is_half_heard(self._margin(self._whole(), flag.rule_id), level):
            share = min(1.0, HALF_HEARD / weighing.limits[level])
        if plain:  # "I heard a pop // it was the champagne" has no word that takes anything back
            share = min(share, TAKEN_BACK_SHARE if self._may_be_taken_back(flag.turn) else PLAIN_SHARE)
        return weighing.is_chance(self.heard(flag, raised), level, share)

    def _may_be_taken_back(self, turn: int) -> bool:
        """Whether another message has words for it; after a mere "lol" the net, too, hears less of a sign."""
        others = [text for other, text in enumerate(self._turns) if other != turn]
        return any(_CORRECTS.search(text) or self._takes_back(text) for text in others)

    def _takes_back(self, text: str) -> bool:
        return self._undoing(text) > 0

    def _undoing(self, text: str) -> int:
        """How many words of a text deny, end, imagine or take back."""
        found = self._find(text)
        cued = sum(self._rules.context.cues[row].kind in _TAKES_BACK for row, _, _ in found.cues)
        return cued + sum(mention.concept_id == TAKEN_BACK for mention in found.mentions)

    def _loudest(self) -> float:
        """How probable the likeliest rule of all is, in the conversation or in one of its messages."""
        return max(self._read(text).loudest for text in (self._whole(), *self._turns))

    def _margin(self, text: str, rule_id: str) -> float:
        return self._read(text).margins.get(rule_id, UNKNOWN)

    def heard(self, flag: Flag, raised: Collection[str]) -> dict[str, float]:
        """What the net hears in and around a mention, as `app.rules.chance.FEATURES`.

        Args:
            flag: The mention.
            raised: Every rule that the rules raised in the conversation.
        """
        turn, said, clause = self._turns[flag.turn], self._said(flag), self._clause(flag)
        texts = {
            "whole": [self._whole()],
            "turn": [turn],
            "sentence": [said],
            "neighbours": [self._said(flag, neighbours=1)],
            "clause": [clause],
            "spelled": [self._spelled(turn)],
            "sentences": self._sentences(),
            "turns": self._turns,
            **{f"words{reach}": [self._words(flag, reach)] for reach in REACHES},
        }
        return {
            **{name: max(self._margin(text, flag.rule_id) for text in own) for name, own in texts.items()},
            "loudest": float(log_odds(self._loudest())),
            "clause_loudest": float(log_odds(self._read(clause).loudest)),
            "others": max(self._others(text, flag.rule_id) for text in (self._whole(), *self._turns)),
            "sentence_others": self._others(said, flag.rule_id),
            "rivals": max(
                (self._margin(self._whole(), other) for other in raised if other != flag.rule_id),
                default=LOWEST,
            ),
            "turns_told": math.log1p(len(self._turns)),
            "other_person": float(flag.status is Status.OTHER_PERSON),
            "hypothetical": float(flag.status is Status.HYPOTHETICAL),
            "leg": float(_names_a_leg(self._find(said))),
            "urgent": float(flag.level is Level.EMERGENCY),
            "soon": float(flag.level is Level.SOON),
            "length": math.log1p(min(LONG, len(turn.split()))),
            "mention": math.log1p(len(flag.quote.split())),
            "undone": min(MOST, self._undoing(self._whole()) - self._undoing(said)),
            "undone_later": float(self._may_be_taken_back(flag.turn)),
        }

    def heard_alone(self, rule_id: str, standing: int) -> dict[str, float]:
        """What the net hears of a rule that only it finds, as `app.rules.chance.ALONE`.

        Args:
            rule_id: The rule.
            standing: How many flags of the rules stand.
        """
        rule, whole = self._rules.rules[rule_id], self._whole()
        sentences = self._sentences() or [whole]
        clauses = self._clauses() or [whole]
        best = max(sentences, key=lambda text: self._margin(text, rule_id))
        found, there = self._find(whole), self._find(best)
        mentions = sum(mention.concept_id in rule.concepts for mention in found.mentions)
        said = {f"{name}_there": self._cued(there, kinds) for name, kinds in CUES.items()}
        margins = {
            "whole": [whole],
            "turn": self._turns,
            "last_turn": self._turns[-1:],
            "sentence": [best],
            "clause": clauses,
        }
        return {
            **{name: max(self._margin(text, rule_id) for text in own) for name, own in margins.items()},
            "clauses": sum(self._belief(clause, rule_id) for clause in clauses),
            "others": self._others(whole, rule_id),
            "clause_others": max(self._others(clause, rule_id) for clause in clauses),
            "rules": float(len(self._read(whole).found)),
            "mentions": min(MOST, mentions),
            **{name: self._cued(found, kinds) for name, kinds in CUES.items()},
            "unsaid": float(any(concept in found.denied for concept in rule.concepts)),
            **said,
            "asked": float(any(f"{best}?" in turn for turn in self._turns)),
            "leg": float(_names_a_leg(there)),
            "leg_told": float(_names_a_leg(found)),
            "things": min(MOST, sum(kind in THINGS for kind, _ in found.sites)),
            "bodily": float(found.bodily),
            "standing": min(MOST, standing),
            "turns_told": math.log1p(len(self._turns)),
            "urgent": float(rule.level is Level.EMERGENCY),
            "soon": float(rule.level is Level.SOON),
            "length": math.log1p(len(whole.split())),
            "sentence_length": math.log1p(len(best.split())),
        }

    def _cued(self, found: Found, kinds: Collection[str]) -> float:
        return min(MOST, sum(self._rules.context.cues[row].kind in kinds for row, _, _ in found.cues))

    def _others(self, text: str, rule_id: str) -> float:
        """How loudly any other rule is heard in a text."""
        margins = self._read(text).margins
        return max((margin for other, margin in margins.items() if other != rule_id), default=LOWEST)

    def _find(self, text: str) -> Found:
        if text not in self._finds:
            tokens = self._rules.speller.repair_all(tokenize(text))
            self._finds[text] = find(tokens, self._rules.index, self._rules.concepts)
        return self._finds[text]

    def _sentences(self) -> list[str]:
        told = (text for turn in self._turns for text in _SENTENCE_END.split(turn) if text.strip())
        return list(islice(told, SENTENCES))

    def _clauses(self) -> list[str]:
        told = (text.strip() for turn in self._turns for text in _CLAUSE_END.split(turn))
        return list(islice(filter(None, told), SENTENCES))

    def _spelled(self, turn: str) -> str:
        return " ".join(self._rules.speller.repair_all(tokenize(turn)).words)

    def _said(self, flag: Flag, neighbours: int = 0) -> str:
        """The sentence in which a flag was heard, with so many before and after it."""
        start, end = self._sentence(flag, neighbours)
        return self._turns[flag.turn][start:end]

    def _bare(self, flag: Flag) -> str:
        """Its sentence without the full stop, at which a few words sound like a title to the net."""
        return self._said(flag).rstrip(STOPS)

    def _sentence(self, flag: Flag, neighbours: int = 0) -> tuple[int, int]:
        turn = self._turns[flag.turn]
        ends = [match.end() for match in _SENTENCE_END.finditer(turn)]
        before = [0, *(end for end in ends if end <= flag.start)]
        after = [*(end for end in ends if end >= flag.end), len(turn)]
        return before[max(0, len(before) - 1 - neighbours)], after[min(neighbours, len(after) - 1)]

    def _words(self, flag: Flag, reach: int) -> str:
        """A mention and so many words on either side, of its own sentence."""
        turn, (start, end) = self._turns[flag.turn], self._sentence(flag)
        before, after = turn[start : flag.start].split(), turn[flag.end : end].split()
        mention = turn[flag.start : flag.end]
        return " ".join((*before[max(0, len(before) - reach) :], mention, *after[:reach]))

    def _clause(self, flag: Flag) -> str:
        """The clause in which a flag was heard: of "haha toes are grey lol" the toes."""
        turn = self._turns[flag.turn]
        cuts = list(_CLAUSE_END.finditer(turn))
        start = max((cut.end() for cut in cuts if cut.end() <= flag.start), default=0)
        end = min((cut.start() for cut in cuts if cut.start() >= flag.end), default=len(turn))
        return turn[start:end].strip()

    def candidates(self) -> list[str]:
        """Return the rules that the net may have found, in the whole or in a message by itself."""
        texts = (self._whole(), *self._turns)  # a change of topic drowns what an earlier turn told
        return list(dict.fromkeys(rule_id for text in texts for rule_id in self._read(text).found))

    def _possible(
        self, known: set[str], past: set[str], denied: Mapping[str, int], withdrawn: Mapping[str, int]
    ) -> Iterator[Flag]:
        for rule_id in self.candidates():
            rule = self._rules.rules.get(rule_id)
            if rule is None or not rule.level or rule_id in known:
                continue
            turn = self._turn_of(rule_id, withdrawn.get(rule_id, 0))
            if turn is None:
                continue
            unsaid = {concept for concept, when in denied.items() if when >= turn}
            doubtful = rule_id in past or rule.concepts & unsaid
            if doubtful and self._belief(self._whole(), rule_id) < SURE:
                continue
            drowned = rule.level is not Level.EMERGENCY and self._margin(self._whole(), rule_id) < 0
            if drowned and self._may_be_taken_back(turn):
                continue
            if self._heard_by_chance(rule_id, len(known)):
                continue
            quote = self._told[turn][:QUOTE_CHARS]
            yield Flag(
                rule_id, rule.title, rule.level, Status.POSSIBLE, turn, quote, 0, len(quote),
                rule.advice[Status.POSSIBLE], rule.sources, rule.policy,
            )  # fmt: skip

    def _heard_by_chance(self, rule_id: str, standing: int) -> bool:
        whole = self._read(self._whole())
        if rule_id not in whole.margins or whole.found.get(rule_id, 0.0) >= SURE:
            return False  # a net that knows no floors withholds nothing
        level = self._rules.rules[rule_id].level
        # As with the rules' flags: neither a change of topic nor an order to the machine hides an emergency.
        told = _ORDERS.search(self._whole()) or any(self._belief(t, rule_id) >= SURE for t in self._turns)
        if level is Level.EMERGENCY and told:
            return False
        return load_finds().is_chance(self.heard_alone(rule_id, standing), level.word)

    def _turn_of(self, rule_id: str, since: int) -> int | None:
        """The first turn from `since` on in which the net hears the rule by itself.

        Where nothing was taken back (`since` is 0) and only the whole tells of it, the last.
        """
        turns = range(since, len(self._turns))
        heard = (turn for turn in turns if rule_id in self._read(self._turns[turn]).found)
        return next(heard, None if since else len(self._turns) - 1)

    def _whole(self) -> str:
        """The conversation as the net learned to read it: it hears what was taken back."""
        return " . ".join(self._turns)

    def _belief(self, text: str, rule_id: str) -> float:
        return self._read(text).found.get(rule_id, 0.0)

    def _read(self, text: str) -> Reading:
        if text not in self._readings:
            self._readings[text] = self._net(text)
        return self._readings[text]


def _names_a_leg(found: Found) -> bool:
    """Whether a part of a leg is named: then its words are hardly a way of speaking."""
    return any(mention.concept_id in LEG for mention in found.mentions)
