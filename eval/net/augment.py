"""Make new training messages out of old ones: typing errors, one message inside another, a sentence alone."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from eval.net.bank import Message

TYPING_SHARE = 0.25  # of the messages; ablation in the model's card.md
MIXING_SHARE = 0.25
ALONE_SHARE = 0.3  # of the benign messages that a sentence may stand for
ALONE_WORDS = 4  # of the shortest such sentence
# Their sentences alone may well be flags: one tells what the next denies or takes back.
_UNDONE = frozenset(
    ["negation", "resolution", "resolved", "other_person", "hypothetical", "mixed", "ambiguous"]
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
EDITED_WORDS = 0.15  # of a message's words

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}


def augment(messages: list[Message], chance: random.Random) -> list[Message]:
    """Give each message a chance of typing errors and of company; `messages` is left as it was."""
    return [_vary(message, messages, chance) for message in messages]


def _vary(message: Message, others: list[Message], chance: random.Random) -> Message:
    if chance.random() < ALONE_SHARE:
        message = alone(message, chance)
    elif chance.random() < MIXING_SHARE:
        message = mix(message, chance.choice(others), chance)
    if chance.random() < TYPING_SHARE:
        message = replace(message, turns=tuple(mistype(turn, chance) for turn in message.turns))
    return message


def alone(message: Message, chance: random.Random) -> Message:
    """Let one sentence of a benign message stand for it: the guard reads a sentence by itself, too.

    A message that is not benign, or benign only by what it denies or takes back, is returned as it is.
    """
    if not message.benign or len(message.turns) > 1 or message.kind in _UNDONE:
        return message
    said = [s for s in _SENTENCE_END.split(message.turns[0]) if len(s.split()) >= ALONE_WORDS]
    return replace(message, turns=(chance.choice(said),)) if len(said) > 1 else message


def mix(first: Message, second: Message, chance: random.Random) -> Message:
    """Tell two messages in one breath: every rule of either holds.

    Where one denies what the other reports, what the whole says is unclear: `first` is returned alone.
    """
    if first.must & second.must_not or second.must & first.must_not:
        return first
    turns = [*first.turns, *second.turns] if chance.random() < 0.5 else [*second.turns, *first.turns]
    return replace(
        first,
        turns=(" ".join(turns),),
        must=first.must | second.must,
        must_not=first.must_not | second.must_not,
        benign=first.benign and second.benign,
    )


def mistype(text: str, chance: random.Random) -> str:
    """Type `text` in a hurry: swapped, lost, doubled and neighbouring letters, lost apostrophes."""
    if chance.random() < 0.3:
        text = text.replace("'", "").replace("’", "").replace(",", "")
    words = text.split(" ")
    for index, word in enumerate(words):
        if len(word) > 3 and chance.random() < EDITED_WORDS:
            words[index] = _slip(word, chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    slips = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + chance.choice(_NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :],
    )
    return chance.choice(slips)
