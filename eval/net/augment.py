"""Make new training messages out of old ones: typing errors, and one message inside another."""

from __future__ import annotations

import random
from dataclasses import replace

from eval.net.bank import Message

TYPING_SHARE = 0.25  # of the messages; ablation in the model's card.md
MIXING_SHARE = 0.25
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
    if chance.random() < MIXING_SHARE:
        message = mix(message, chance.choice(others), chance)
    if chance.random() < TYPING_SHARE:
        message = replace(message, turns=tuple(mistype(turn, chance) for turn in message.turns))
    return message


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
