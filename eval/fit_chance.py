"""Learn which flags rest on chance words: `python -m eval.fit_chance`.

Writes `app/rules/model/chance.toml` for flags of the rules, `finds.toml` for what only the net hears. They
are learned from what the net hears in and around them in messages that it has not learned from (what it
has learned it is too sure of), and in true and false ones wrapped in small talk: in phrases and in
pieces of messages; and in true ones beside other signs. Prints what would be withheld, by networks
that never saw the message or the phrase: of true signs as little as may be, of false ones as much. Where the
net is trained anew, messages it has not seen must be named anew (`UNSEEN`).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.rules.catalogue import Rules, load_rules
from app.rules.chance import (
    ALONE,
    CHANCE,
    FEATURES,
    FINDS,
    HALF_HEARD,
    HIGHEST,
    LOWEST,
    Weighing,
    is_half_heard,
)
from app.rules.net import Net, load_net
from app.rules.records import Flag, Reading, Status
from app.rules.screen import screen
from app.rules.second import SecondOpinion
from eval.net.bank import Message, read_messages

# Hands of `fresh` that the shipped net has not learned from; W62, W63, W81, W86, W103, W104, W193 and W194
# only score.
UNSEEN = tuple(f"W{n}" for n in range(184, 193))
# Beside them, of what only the net hears: it is rare, and its network needs more of it.
UNSEEN_TOO = ("W127", "W128", "W182", "W183")
SEED, FOLDS = 17, 4
UNITS, STEPS, RATE, DECAY = 16, 400, 1e-2, 5e-2
MEMBERS = 5  # networks of that size, from different seeds, side by side in one
WRAPPED = 0.35  # weight of evidence in small talk: there is more of it than of messages
# Chosen on `tune`, the hands that only score, `indirect.jsonl` and signs in small talk (`card.md`): where one
# flag more withheld would cost a true one.
LIMITS = {"emergency": 0.4, "same_day": 0.4, "soon": 0.85}
# Of what only the net hears: more is found so than by any one reading, and less cried (`card.md`).
FIND_LIMITS = {"emergency": 0.15, "same_day": 0.2, "soon": 0.5}
TRUE_WORDS, FALSE_WORDS = 14, 30  # longest message that is wrapped in a phrase
BEFORE_OR_AFTER = (0, 0, 1, 2, 3, 5, 8, 12)  # words of an ordinary message on one side
JOINTS = (" ", " ", " ", ", ", " and ", " but ", " so ")
# How often a text is wrapped.
IN_PHRASES, IN_PIECES, IN_COMPANY, IN_SENTENCES, FALSE_IN_PIECES = 3, 2, 2, 3, 3
STOPS = (". ", ". ", ", ", " and ")  # what joins two signs
BEFORE = 0.7  # how often a sign comes before the ordinary message
FRAMES = (
    "haha {} lol",
    "{} lol, which exercises?",
    "{}, anyway which trainers should I buy?",
    "{} lol thanks",
    "quick q: {} - also are poles any good?",
    "omg {} haha what a day, great views though",
    "Love this site! {} but whatever, how many clamshells?",
    "so yeah {} and then we had pizza, do bands help?",
    "not a big deal but {} lol",
    "{} (my mate says I'm being dramatic) which stretches are best",
    "loving the trail, {}, still got great photos tho",
    "hey hope you're well, {}, anyway what stretches for calves",
    "honestly no biggie {} still love hiking though",
    "guys {} what shoes do you like",
    "just fyi {} thanks for the tips on poles",
    "reading your blog on the bus {} which bands are good",
    "loved the article {} keep up the great work",
    "so yesterday on my lovely walk with the dog {} and what a sunset we had",
    "lmao {} need new boots",
    "hi team {} best stretches for calves please",
    "{} whatever, more importantly which sandals?",
    "can i still do planks btw {} cheers",
    "ok random {} but the wall sits are going great",
    "{} weird day haha, how long is a set meant to take",
)


PIECES = len(FRAMES)
COMPANY = PIECES + 1
TURNS = PIECES + 2
SENTENCES = PIECES + 3


@dataclass(frozen=True, slots=True)
class Row:
    """One flag that the rules raise, or that only the net hears.

    Attributes:
        heard: As `app.rules.chance.FEATURES`, or as `ALONE` there.
        true: Whether it is one by the labels.
        level: Of its rule.
        frame: Place of the phrase around it; -1 where there is none, `PIECES` in pieces of messages,
            `COMPANY` beside another sign, `TURNS` in a message before or after an ordinary one,
            `SENTENCES` in a sentence so.
        part: Which of `FOLDS` it belongs to.
        tuned: Whether it is of `tune`, which is never learned from.
    """

    heard: tuple[float, ...]
    true: bool
    level: str
    frame: int
    part: int
    tuned: bool = False


class Reader:
    """Reads flags with a net that remembers what it has read."""

    def __init__(self, rules: Rules, net: Net) -> None:
        self.rules = rules
        self._net = net
        self._known: dict[str, Reading] = {}

    def __call__(self, text: str) -> Reading:
        """Read a text."""
        if text not in self._known:
            self._known[text] = self._net(text)
        return self._known[text]

    def flags(self, turns: Sequence[str]) -> list[Flag]:
        """Return what the rules alone raise, and the net knows."""
        flags = screen(turns, self.rules).flags
        known = set(self._net.rule_ids)
        return [f for f in flags if f.status is not Status.PAST and f.level and f.rule_id in known]

    def row(
        self, turns: Sequence[str], flag: Flag, true: bool, part: int, frame: int = -1, tuned: bool = False
    ) -> Row:
        """Read one flag; the arguments are those of `Row`."""
        opinion = SecondOpinion(turns, self.rules, self)
        heard = opinion.heard(flag, {raised.rule_id for raised in self.flags(turns)})
        return Row(tuple(heard[name] for name in FEATURES), true, flag.level.word, frame, part, tuned)

    def found_alone(self, turns: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Return what only the net hears in a conversation, by rule, as `app.rules.chance.ALONE`."""
        raised = {flag.rule_id for flag in screen(turns, self.rules).flags}
        standing = len({flag.rule_id for flag in self.flags(turns)})
        opinion = SecondOpinion(turns, self.rules, self)
        return {
            rule_id: tuple(heard[name] for name in ALONE)
            for rule_id in opinion.candidates()
            if rule_id not in raised
            for heard in [opinion.heard_alone(rule_id, standing)]
        }

    def found_row(
        self, turns: Sequence[str], rule_id: str, true: bool, part: int, frame: int
    ) -> Iterator[Row]:
        """Read one rule, where only the net hears it."""
        heard = self.found_alone(turns).get(rule_id)
        if heard:
            yield Row(heard, true, self.rules.rules[rule_id].level.word, frame, part)

    def row_of(self, turns: Sequence[str], rule_id: str, true: bool, part: int, frame: int) -> Iterator[Row]:
        """Read the flag of one rule in a conversation, where it is raised there."""
        for flag in self.flags(turns):
            if flag.rule_id == rule_id:
                yield self.row(turns, flag, true, part, frame)


class SmallTalk:
    """Wraps a sign in words that tell of nothing, or of another sign."""

    def __init__(self, messages: Sequence[str], signs: Sequence[str], rng: random.Random) -> None:
        self._messages, self._signs, self._rng = messages, signs, rng

    def phrase(self, text: str, frame: int) -> str:
        """Put `text` into one of `FRAMES`."""
        return FRAMES[frame].format(text.rstrip(" .!?"))

    def pieces(self, text: str) -> str:
        """Put `text` between the beginning of one ordinary message and the end of another."""
        before = after = 0
        while before + after < 2:
            before, after = self._rng.choice(BEFORE_OR_AFTER), self._rng.choice(BEFORE_OR_AFTER)
        wrapped = text.rstrip(" .!?")
        if before:
            start = " ".join(self._rng.choice(self._messages).split()[:before]).rstrip(" .,?!")
            wrapped = start + self._rng.choice(JOINTS) + wrapped
        if after:
            end = " ".join(self._rng.choice(self._messages).split()[-after:])
            wrapped += self._rng.choice(JOINTS) + end
        return wrapped

    def company(self, text: str) -> str:
        """Put `text` before or after another sign."""
        both = [text.rstrip(" .!?"), self._rng.choice(self._signs).rstrip(" .!?")]
        self._rng.shuffle(both)
        return self._rng.choice(STOPS).join(both)

    def turns(self, text: str) -> list[str]:
        """Tell `text` in a message before or after an ordinary one."""
        both = [text, self._rng.choice(self._messages)]
        return both if self._rng.random() < BEFORE else both[::-1]

    def sentences(self, text: str) -> str:
        """Tell `text` in a sentence before, after or between ordinary messages."""
        told = [text, self._rng.choice(self._messages)]
        place = self._rng.choice(("before", "after", "between"))
        if place == "after":
            told.reverse()
        elif place == "between":
            told.insert(0, self._rng.choice(self._messages))
        return ". ".join(said.strip(" .") for said in told) + "."

    def frames(self, count: int) -> list[int]:
        """Return the places of so many different phrases."""
        return self._rng.sample(range(len(FRAMES)), count)


def rows_of(reader: Reader, messages: Sequence[Message], talk: SmallTalk) -> Iterator[Row]:
    """Read the judged flags of messages, and of short ones again in small talk."""
    for number, message in enumerate(messages):
        part, text = number % FOLDS, message.turns[0]
        for flag, true in _judged(reader, message):
            yield reader.row(message.turns, flag, true, part)
            if len(message.turns) > 1:
                continue
            if len(text.split()) <= (TRUE_WORDS if true else FALSE_WORDS):
                (frame,) = talk.frames(1)
                yield from reader.row_of([talk.phrase(text, frame)], flag.rule_id, true, part, frame)
            for _ in range(1 if true else FALSE_IN_PIECES):
                yield from reader.row_of([talk.pieces(text)], flag.rule_id, true, part, PIECES)
            yield from reader.row_of(talk.turns(text), flag.rule_id, true, part, TURNS)
            yield from reader.row_of([talk.sentences(text)], flag.rule_id, true, part, SENTENCES)


def rows_of_tune(reader: Reader, messages: Sequence[Message]) -> Iterator[Row]:
    """Read the judged flags of messages that are never learned from."""
    for message in messages:
        for flag, true in _judged(reader, message):
            yield reader.row(message.turns, flag, true, 0, tuned=True)


def _judged(reader: Reader, message: Message) -> Iterator[tuple[Flag, bool]]:
    for flag in reader.flags(message.turns):
        true = _truth(message, flag.rule_id)
        if true is not None:
            yield flag, true


def _truth(message: Message, rule_id: str) -> bool | None:
    """Say whether a rule holds by the labels; None where they do not tell."""
    if rule_id in message.must:
        return True
    return False if message.benign or rule_id in message.must_not else None


def rows_of_finds(
    reader: Reader, messages: Sequence[Message], talk: SmallTalk, tuned: bool = False
) -> Iterator[Row]:
    """Read what only the net hears in messages, and of short ones again in small talk."""
    for number, message in enumerate(messages):
        part, text = number % FOLDS, message.turns[0]
        for rule_id, heard in reader.found_alone(message.turns).items():
            true = _truth(message, rule_id)
            if true is None:
                continue
            yield Row(heard, true, reader.rules.rules[rule_id].level.word, -1, part, tuned)
            if len(message.turns) > 1 or tuned:
                continue
            if len(text.split()) <= (TRUE_WORDS if true else FALSE_WORDS):
                (frame,) = talk.frames(1)
                yield from reader.found_row([talk.phrase(text, frame)], rule_id, true, part, frame)
            yield from reader.found_row([talk.pieces(text)], rule_id, true, part, PIECES)
            yield from reader.found_row(talk.turns(text), rule_id, true, part, TURNS)


def rows_of_evidence(reader: Reader, talk: SmallTalk) -> Iterator[Row]:
    """Read each rule's own evidence, alone, in small talk and in company."""
    for rule in reader.rules.rules.values():
        for number, text in enumerate(rule.fires if rule.level else ()):
            part = number % FOLDS
            yield from reader.row_of([text], rule.rule_id, True, part, -1)
            for frame in talk.frames(IN_PHRASES):
                yield from reader.row_of([talk.phrase(text, frame)], rule.rule_id, True, part, frame)
            for _ in range(IN_PIECES):
                yield from reader.row_of([talk.pieces(text)], rule.rule_id, True, part, PIECES)
            for _ in range(IN_COMPANY):
                yield from reader.row_of([talk.company(text)], rule.rule_id, True, part, COMPANY)
            yield from reader.row_of(talk.turns(text), rule.rule_id, True, part, TURNS)
            for _ in range(IN_SENTENCES):
                yield from reader.row_of([talk.sentences(text)], rule.rule_id, True, part, SENTENCES)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two networks.

    Attributes:
        features: What it is given.
        limits: Level -> probability below which a flag is withheld.
        path: Its file.
        hands: Writers of the messages that it learns from.
    """

    features: tuple[str, ...]
    limits: Mapping[str, float]
    path: Path
    hands: tuple[str, ...] = UNSEEN

    def withholds(self, row: Row, truth: float) -> bool:
        """Whether a flag is withheld that is so likely to be true."""
        limit = self.limits[row.level]
        if self.features == FEATURES and is_half_heard(row.heard[FEATURES.index("whole")], row.level):
            limit = min(limit, HALF_HEARD)
        return truth < limit


OF_RULES = Kind(FEATURES, LIMITS, CHANCE)
OF_NET = Kind(ALONE, FIND_LIMITS, FINDS, (*UNSEEN, *UNSEEN_TOO))


def fit(rows: Sequence[Row], kind: Kind, seed: int = SEED) -> Weighing:
    """Fit networks that tell true flags from chance words, side by side in one."""
    features = np.clip(np.array([row.heard for row in rows]), LOWEST, HIGHEST)
    mean, spread = features.mean(0), features.std(0) + 1e-6
    given = torch.from_numpy((features - mean) / spread).float()
    true = torch.tensor([float(row.true) for row in rows])
    weight = torch.tensor([WRAPPED if row.frame >= 0 else 1.0 for row in rows])
    nets = [_fit_one(given, true, weight, seed + member) for member in range(MEMBERS)]
    hidden = np.concatenate([_numbers(net[0].weight).T for net in nets], 1) / spread[:, None]
    bias = np.concatenate([_numbers(net[0].bias) for net in nets]) - mean @ hidden
    out = np.concatenate([_numbers(net[2].weight)[0] for net in nets]) / MEMBERS
    out_bias = float(np.mean([_numbers(net[2].bias) for net in nets]))
    return Weighing(kind.features, hidden, bias, out, out_bias, kind.limits)


def _fit_one(given: torch.Tensor, true: torch.Tensor, weight: torch.Tensor, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(given.shape[1], UNITS), nn.Tanh(), nn.Linear(UNITS, 1))
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    for _ in range(STEPS):
        losses = nn.functional.binary_cross_entropy_with_logits(net(given)[:, 0], true, reduction="none")
        loss = (losses * weight).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return net


def _numbers(weights: object) -> NDArray[np.float64]:
    assert isinstance(weights, torch.Tensor)
    return weights.detach().numpy().astype(np.float64)


def truth_left_out(rows: Sequence[Row], kind: Kind) -> NDArray[np.float64]:
    """Return the probability that each flag is true, by networks that never saw its message or wrapping."""
    features, told = np.array([row.heard for row in rows]), np.zeros(len(rows))
    for part in range(FOLDS):
        learned = [row for row in rows if not row.tuned and part not in (row.part, _part_of(row.frame))]
        own = np.array([row.part == part for row in rows])
        told[own] = fit(learned, kind).truth(features[own])
    return told


def _part_of(frame: int) -> int:
    """Return the part with which a phrase is left out; -1 where there is none."""
    return frame % FOLDS if 0 <= frame < PIECES else -1


def report(rows: Sequence[Row], told: NDArray[np.float64], kind: Kind) -> Iterator[str]:
    """Yield lines that say what is withheld, by level and kind of message."""
    yield "| level | flags | of | withheld |"
    yield "|---|---|---|---|"
    kinds: dict[str, Callable[[Row], bool]] = {
        "true, in messages": lambda r: r.true and r.frame < 0 and not r.tuned,
        "true, in messages of `tune`": lambda r: r.true and r.tuned,
        "true, in phrases": lambda r: r.true and 0 <= r.frame < PIECES,
        "true, in pieces of messages": lambda r: r.true and r.frame == PIECES,
        "true, beside another sign": lambda r: r.true and r.frame == COMPANY,
        "true, beside an ordinary message": lambda r: r.true and r.frame in (TURNS, SENTENCES),
        "false, in messages": lambda r: not r.true and r.frame < 0 and not r.tuned,
        "false, in messages of `tune`": lambda r: not r.true and r.tuned,
        "false, wrapped in small talk": lambda r: not r.true and r.frame >= 0,
    }
    for level in kind.limits:
        for name, wanted in kinds.items():
            own = [i for i, row in enumerate(rows) if row.level == level and wanted(row)]
            withheld = sum(kind.withholds(rows[i], told[i]) for i in own)
            yield f"| {level} | {name} | {len(own)} | {withheld} |"


def write(chance: Weighing, path: Path) -> None:
    """Write the network as `app.rules.chance.load_chance` reads it."""
    lines = [
        "# A network of app/rules/chance.py; written by `python -m eval.fit_chance`.",
        f"hidden_bias = {_listed(chance.hidden_bias)}",
        f"out = {_listed(chance.out)}",
        f"out_bias = {chance.out_bias:.4f}",
        "",
        "# Probability that a flag is true, below which it rests on chance words.",
        "[limits]",
        *(f"{level} = {limit}" for level, limit in chance.limits.items()),
        "",
        "[hidden]",
        *(f"{name} = {_listed(row)}" for name, row in zip(chance.features, chance.hidden, strict=True)),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _listed(values: NDArray[np.float64]) -> str:
    return "[" + ", ".join(f"{value:.4f}" for value in values) + "]"


def unseen(hands: Collection[str] = UNSEEN) -> list[Message]:
    """Return messages of those hands, which the shipped net has not learned from."""
    return [m for m in read_messages("fresh") if m.message_id.partition("-")[0] in hands]


def ordinary(reader: Reader) -> list[str]:
    """Return messages in which the rules hear nothing, rightly."""
    single = [m for m in read_messages("asked") if m.benign and len(m.turns) == 1]
    return [m.turns[0] for m in single if not reader.flags(m.turns)]


def signs() -> list[str]:
    """Return messages that tell of a sign, whichever."""
    return [m.turns[0] for m in read_messages("train", "dev") if m.must and len(m.turns) == 1]


def main() -> None:
    """Fit, print what is withheld by networks that never saw it, and write the networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the networks are so small that two threads wait for each other
    net = load_net()
    if net is None:
        raise SystemExit("there is no net to weigh by: run `make train-net` first")
    reader = Reader(load_rules(), net)
    for kind in (OF_RULES, OF_NET):
        rows = gather(kind, reader)
        print(f"{kind.path.name}:\n", *report(rows, truth_left_out(rows, kind), kind), sep="\n")
        if not options.dry_run:
            write(fit([row for row in rows if not row.tuned], kind), kind.path)


def gather(kind: Kind, reader: Reader) -> list[Row]:
    """Read all that one of the networks learns from, and is told by."""
    talk = SmallTalk(ordinary(reader), signs(), random.Random(SEED))
    tune, messages = read_messages("tune"), unseen(kind.hands)
    if kind is OF_NET:
        return [*rows_of_finds(reader, messages, talk), *rows_of_finds(reader, tune, talk, tuned=True)]
    return [
        *rows_of(reader, messages, talk),
        *rows_of_tune(reader, tune),
        *rows_of_evidence(reader, talk),
    ]


if __name__ == "__main__":
    main()
