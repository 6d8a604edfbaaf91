"""Screen a conversation for red flags: which rules fire, how, and what that does to the exercises."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.rules.catalogue import Combination, Rule, Rules
from app.rules.context import ABSENT, GENERAL, PAST, PRESENT, TAKEN_BACK, Spoken, assess, of_another_time
from app.rules.mentions import TOLD, find, is_brief
from app.rules.normalize import Tokens, tokenize
from app.rules.records import ExercisePolicy, Flag, Level, QuickCheck, Screening, Status
from app.rules.second import Net, SecondOpinion

__all__ = ["Net", "Rules", "screen"]

NEAR_TOKENS = 25  # about two short sentences
ATTENDED = "attended"
KNEE_TALK = "knee-talk"
_CERTAINTY = (Status.PRESENT, Status.OTHER_PERSON, Status.HYPOTHETICAL, Status.PAST)


@dataclass(frozen=True, slots=True)
class Heard:
    """A mention in its conversation: `at` counts tokens from the first message on.

    It is `lonely` if its concept wants company and its sentence is long enough to have held some; `kin` if
    it is told of a relative.
    """

    concept_id: str
    status: Status
    turn: int
    at: int
    start: int
    end: int
    lonely: bool = False
    kin: bool = False


def screen(
    turns: Sequence[str], rules: Rules, *, examined: bool = False, net: Net | None = None
) -> Screening:
    """Find the red flags of a conversation.

    Args:
        turns: The person's own messages, oldest first.
        rules: The rule data.
        examined: The person says that a clinician has examined this knee; lifts the holds of `soon` rules.
        net: A second opinion; see `app.rules.second`.
    """
    memory = _Memory(rules, turns)
    for turn, message in enumerate(turns):
        memory.hear(turn, message)
    flags, doubted = memory.flags(), list[Flag]()
    if net is not None:
        opinion = SecondOpinion(turns, rules, net)
        flags, doubted = opinion.revise(flags, memory.denied, memory.literal, memory.withdrawn())
    order = {rule_id: place for place, rule_id in enumerate(rules.rules)}
    flags.sort(key=lambda f: (f.status is Status.PAST, -f.level, order[f.rule_id]))
    live = [flag for flag in flags if flag.status is not Status.PAST]
    return Screening(
        flags=tuple(flags),
        level=max((flag.level for flag in live), default=Level.NONE),
        held=tuple(f.rule_id for f in live if _holds(f, examined)),
        quick_check=memory.unspoken() if not any(f.level is Level.EMERGENCY for f in live) else (),
        emergency_now=any(
            f.level is Level.EMERGENCY and f.status in (Status.PRESENT, Status.OTHER_PERSON) for f in live
        ),
        watch=() if live else memory.watch(),  # beside a flag nothing is ordinary
        doubted=tuple(doubted),
    )


def _holds(flag: Flag, examined: bool) -> bool:
    return flag.policy is not ExercisePolicy.ALLOW and not (examined and flag.level is Level.SOON)


class _Memory:
    """What was said so far, what was taken back, and which emergencies still stand."""

    def __init__(self, rules: Rules, turns: Sequence[str]) -> None:
        self.rules, self.turns = rules, turns
        self.live: list[Heard] = []
        self.denied: dict[str, int] = {}
        self.spoken: set[str] = set()
        self.emergencies: dict[str, Flag] = {}
        self.attended_at = 0
        self.tokens = 0
        self.bodily = False
        self.literally: set[str] = set()  # concepts that nobody means as a way of speaking
        self.standing: set[str] = set()  # rules that hold after what was heard so far
        self.ended: dict[str, int] = {}  # rule -> the last turn that ended it
        self.whose: set[str] = set()  # "own" and "theirs": whose leg was spoken of

    def hear(self, turn: int, message: str) -> None:
        """Take in one message of the person."""
        tokens = self.rules.speller.repair_all(tokenize(message))
        before = len(self.live)
        found = find(tokens, self.rules.index, self.rules.concepts)
        self.bodily |= found.bodily
        self.whose.update(self.rules.context.cues[row].kind for row, _, _ in found.cues)
        then = of_another_time(tokens.words) if found.denied else ()
        for concept_id in sorted(found.denied):
            if any(first <= found.denied[concept_id] < last for first, last in then):
                continue
            before = self._take_back(concept_id, before)
            self.denied[concept_id] = turn
            self.spoken.add(concept_id)
        for spoken in assess(tokens, found, self.rules.context):
            before = self._take(spoken, turn, tokens, before)
        self.tokens += len(tokens.words)
        # Of a single message nothing can end, so its other rules wait for `flags`.
        fired = list(self._fired(None if len(self.turns) > 1 else Level.EMERGENCY))
        for flag in fired:
            if flag.level is Level.EMERGENCY and flag.status in (Status.PRESENT, Status.OTHER_PERSON):
                self.emergencies.setdefault(flag.rule_id, flag)
        standing = {flag.rule_id for flag in fired}
        self.ended.update(dict.fromkeys(self.standing - standing, turn))
        self.standing = standing

    def _take(self, spoken: Spoken, turn: int, tokens: Tokens, before: int) -> int:
        """Remember or take back a mention; returns how many live mentions are of earlier messages."""
        mention, concept = spoken.mention, self.rules.concepts[spoken.mention.concept_id]
        self.spoken.add(concept.concept_id)
        status = spoken.status
        if concept.concept_id == TAKEN_BACK and status != ABSENT:
            kept = [h for h in self.live[:before] if h.turn != turn - 1]
            self.live = kept + self.live[before:]
            return len(kept)
        if status == GENERAL:
            return before
        if status == PAST and concept.standing:
            status = PRESENT
        if status == ABSENT:
            self.denied[concept.concept_id] = turn
            if spoken.resolved:
                earlier = self._take_back(concept.concept_id, before)
                self._take_back(concept.concept_id, len(self.live))
                return earlier
            return self._take_back(concept.concept_id, before)
        if concept.concept_id == ATTENDED:
            self._attended(turn)
            return before
        start, end = tokens.spans[mention.first][0], tokens.spans[mention.last - 1][1]
        at, lonely = (
            self.tokens + mention.first,
            concept.company and mention.last - mention.first <= TOLD and not is_brief(tokens, mention),
        )
        if concept.literal:
            self.literally.update(self.rules.wider[concept.concept_id])
        for name in self.rules.wider[concept.concept_id]:
            self.live.append(Heard(name, Status(status), turn, at, start, end, lonely, spoken.kin))
        return before

    def _take_back(self, concept_id: str, until: int) -> int:
        """Forget the first `until` mentions of a concept and of what is a kind of it; how many stay."""
        kinds = self.rules.kinds[concept_id]
        kept = [h for h in self.live[:until] if h.concept_id not in kinds]
        self.live = kept + self.live[until:]
        return len(kept)

    def _attended(self, turn: int) -> None:
        if turn:
            self.emergencies.clear()
            self.attended_at = turn

    def flags(self) -> list[Flag]:
        """Every flag that stands at the end of the conversation."""
        fired = {flag.rule_id: flag for flag in self._fired() if flag.level}
        return list((fired | self.emergencies).values())

    @property
    def literal(self) -> frozenset[str]:
        """Rules of which something was told that is never a way of speaking."""
        return frozenset(r for r, rule in self.rules.rules.items() if rule.concepts & self.literally)

    def withdrawn(self) -> dict[str, int]:
        """Rules that the person took back whole, and the turn that did: nothing of them still stands."""
        left = {heard.concept_id for heard in self.live}
        return {
            rule_id: turn
            for rule_id, turn in self.ended.items()
            if rule_id not in self.standing and not self.rules.rules[rule_id].concepts & left
        }

    def watch(self) -> tuple[str, ...]:
        """Ordinary patterns that stand at the end of the conversation."""
        return tuple(flag.rule_id for flag in self._fired(Level.NONE) if flag.status is not Status.PAST)

    def _fired(self, level: Level | None = None) -> Iterator[Flag]:
        by_concept: dict[str, list[Heard]] = {}
        # "My father takes warfarin, my knee is sore": what runs in a family counts where the leg is theirs.
        own = "own" in self.whose and "theirs" not in self.whose
        for heard in sorted(self.live, key=lambda h: h.at):
            if (heard.lonely and not self.bodily) or (heard.kin and own):
                continue
            by_concept.setdefault(heard.concept_id, []).append(heard)
        for rule in self.rules.rules.values():
            if level in (None, rule.level):
                spoken = [c for c in rule.when if c.needs[0] in by_concept]
                hits = [h for c in spoken if (h := self._hit(rule, c, by_concept))]
                if hits:
                    yield self._flag(rule, min(hits, key=_doubt))

    def _hit(
        self, rule: Rule, combination: Combination, by_concept: Mapping[str, list[Heard]]
    ) -> Heard | None:
        """The best first mention of a combination that holds, its status that of its least certain part."""
        groups = [by_concept.get(need, []) for need in combination.needs]
        if rule.level is Level.EMERGENCY and self.attended_at:
            groups = [[h for h in group if h.turn >= self.attended_at] for group in groups]
        if not all(groups):
            return None
        surest = [min(group, key=_doubt) for group in groups[1:]]
        best: Heard | None = None
        for heard in groups[0]:
            if any(_nearest(heard, by_concept.get(other, [])) for other in combination.without):
                continue
            partners = [_nearest(heard, group) for group in groups[1:]] if combination.near else surest
            if not all(partners):
                continue
            status = max((h.status for h in (heard, *partners) if h), key=_CERTAINTY.index)
            if best is None or _CERTAINTY.index(status) < _CERTAINTY.index(best.status):
                best = replace(heard, status=status)
        return best

    def _flag(self, rule: Rule, heard: Heard) -> Flag:
        wording = Status.PRESENT if heard.status is Status.PAST else heard.status
        return Flag(
            rule_id=rule.rule_id,
            title=rule.title,
            level=rule.level,
            status=heard.status,
            turn=heard.turn,
            quote=self.turns[heard.turn][heard.start : heard.end],
            start=heard.start,
            end=heard.end,
            advice=rule.advice.get(wording, rule.advice[Status.PRESENT]),
            sources=rule.sources,
            policy=rule.policy,
        )

    def unspoken(self) -> tuple[QuickCheck, ...]:
        """Key flags that the person has said nothing of; none when no knee trouble is spoken of."""
        if not self.spoken & {KNEE_TALK}:
            return ()
        return tuple(
            tap.check
            for tap in self.rules.taps
            if not self.rules.rules[tap.check.rule_id].concepts & self.spoken
        )


def _nearest(heard: Heard, group: Sequence[Heard]) -> Heard | None:
    """The mention of `group` nearest to `heard`, if it is near at all."""
    place = bisect_left(group, heard.at, key=lambda h: h.at)
    around = group[max(0, place - 1) : place + 1]
    best = min(around, key=lambda h: abs(h.at - heard.at), default=None)
    return best if best and abs(best.at - heard.at) <= NEAR_TOKENS else None


def _doubt(heard: Heard) -> tuple[int, int]:
    return _CERTAINTY.index(heard.status), heard.at
