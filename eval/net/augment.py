"""Make new training messages out of old ones: typing errors, company, a sentence alone, small talk, ends."""

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
ENDED_SHARE = 0.5  # of the turns end in another way than they were written
ENDS = ("", "", "", ".", ".", ".", ".", "!", "...", " :)")
EDITED_WORDS = 0.15  # of a message's words
TOLD_WORDS = 30  # of the longest message that is told again in small talk
LATER_SHARE = 0.2  # of what is told again stands in one message, the small talk in another
PHRASE_SHARE = 0.4  # of the rest stands in a phrase, else between pieces of ordinary messages
PIECE_WORDS = (2, 3, 4, 5, 7, 9, 12, 16)
JOINTS = (" ", " ", ". ", ", ", ", ", " and ", " but ", " so ", " - ", "\n", " btw ", ", also ", " oh and ")
# None is of `eval.fit_chance`, which looks whether signs are heard in phrases that no net has learned.
PHRASES = (
    "morning all, {}, have a good one",
    "{}. Unrelated, does anyone know if the shop in town does resoling?",
    "thanks so much for the stretches, {}",
    "we did the ridge today and the views were mega, {}, kids loved it",
    "{} - what socks would you go for?",
    "evening. {} and is it ok to swim instead",
    "sorry for the essay, {}",
    "{} 😂😂 getting old",
    "right so {} but apart from that brilliant weekend",
    "just wondering about step height, {}",
    "{}, my wife says hi",
    "cheers for last time, poles arrived. {}",
    "{}. Also my dog ate my insole.",
    "can you explain the bridge again? {}",
    "{} and how many sets of the clam",
    "thx 🙏 {} which leg first?",
    "not sure it matters, {}, do I still warm up first?",
    "{} anyhow is cycling better than rowing",
    "is it true squats are bad? {}",
    "hello from sunny Lisbon! {} what a place",
    "{}!!! anyway wish me luck for sunday",
    "bit of background: office job, two kids, {}",
    "great app, dark mode pls. {}",
    "{}. The bus leaves at 4 so quick answer please",
    "on the train home now, {}, eating crisps",
    "{}, and my boots are still wet from tuesday haha",
    "loving the new trainers but {}",
    "ps {} but dont let that distract from my question about bands",
    "do you sell gift cards? also {}",
    "{}. How long is a rest day supposed to be lol",
    "my physio mate recommended this site. {} so here I am",
    "three things: I like tea, {}, and I need a new rucksack",
    "{} ok enough about me, what about heel drops",
    "weather was foul, tent leaked, {}, best trip ever",
    "happy new year! {} so resolutions start monday",
    "ur advice on lunges was spot on ta. {}",
    "{}. Oh and what length of pole for 5ft 4",
    "thinking of doing couch to 5k, {}, which week do i start",
    "{} (sent from the pub)",
    "how often to foam roll, and {}, and is ice better than heat",
)

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


def in_small_talk(messages: list[Message], share: float, chance: random.Random) -> list[Message]:
    """Tell a share of the short messages again among words that mean nothing: they drown what is said in few.

    What is denied or taken back is left alone: the words around it may undo that.
    """
    single = [m for m in messages if len(m.turns) == 1 and m.kind not in _UNDONE]
    plain = [m.turns[0] for m in single if m.benign]
    short = [m for m in single if len(m.turns[0].split()) <= TOLD_WORDS]
    told = chance.sample(short, int(share * len(short)))
    return [
        _before_or_after(m, plain, chance) if chance.random() < LATER_SHARE else _among(m, plain, chance)
        for m in told
    ]


def _before_or_after(message: Message, plain: list[str], chance: random.Random) -> Message:
    turns = [message.turns[0], chance.choice(plain)]
    return replace(message, turns=tuple(turns if chance.random() < 0.75 else turns[::-1]))


def _among(message: Message, plain: list[str], chance: random.Random) -> Message:
    said = message.turns[0].rstrip(" .!?")
    if chance.random() < PHRASE_SHARE:
        return replace(message, turns=(chance.choice(PHRASES).format(said),))
    sides = chance.choice(("before", "after", "both"))
    if sides != "after":
        words = chance.choice(plain).split()[: chance.choice(PIECE_WORDS)]
        said = " ".join(words).rstrip(" .,?!") + chance.choice(JOINTS) + said
    if sides != "before":
        words = chance.choice(plain).split()[-chance.choice(PIECE_WORDS) :]
        said += chance.choice(JOINTS) + " ".join(words)
    return replace(message, turns=(said,))


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


def end(message: Message, chance: random.Random) -> Message:
    """End its turns in another way by chance: a full stop, or none, says nothing of a knee.

    A question is left one.
    """
    return replace(message, turns=tuple(_end(turn, chance) for turn in message.turns))


def _end(turn: str, chance: random.Random) -> str:
    if turn.rstrip().endswith("?") or chance.random() >= ENDED_SHARE:
        return turn
    return (turn.rstrip(" .!\n") or turn) + chance.choice(ENDS)


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
