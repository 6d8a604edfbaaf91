"""Turn what a person typed into tokens, each knowing where it stood in the original.

Invisible characters, look-alike letters, curly quotes, missing spaces and letters spaced out are
undone here, so that no disguise, deliberate or accidental, hides a symptom.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# Letters of other alphabets that look like ours. NFKC already folds full-width and styled letters.
_LOOK_ALIKES = str.maketrans(
    {
        **dict(zip("аеорсухкмтвнзіјѕԁɡһӏոսԝьугп", "aeopcyxkmtbhsijsdghlnuwbyrn", strict=True)),
        **dict(zip("αβεικνορτυχωη", "abeikvoptuxwn", strict=True)),
        **dict(zip("øßıłđð", "osildd", strict=True)),
    }
)
_LEET = str.maketrans("013457@$", "oieastas")
_APOSTROPHES = "'’‘`´ʼ′＇"
_SENTENCE_ENDS = ".!?;。！？；\n\r\u2028\u2029"
_PAUSES = {
    ",": ",",
    "(": ",",
    ")": ",",
    "[": ",",
    "]": ",",
    "…": ",",
    ":": ":",
    "，": ",",
    "/": ",",
    "|": ",",
}
_DASHES = "-–—‐‑‒−"

_WORD = re.compile(r"[a-z0-9]+(?:[@$][a-z]+)?(?:\.[0-9]+)?|.", re.DOTALL)
_NUMBER_UNIT = re.compile(r"([0-9]+)([a-z]{1,12})$")
_HIDDEN_DIGIT = re.compile(r"[a-z]+[013457@$]+[a-z]+$")
_SPELLED_OUT = re.compile(r"(?<![a-z0-9])(?:[a-z][ .*_\x00]){3,}[a-z](?![a-z0-9])")
# An unticked box of a list ("[ ] swelling"); a word of its own, which a cue of the context data reads.
_BOX = re.compile(r"\[[ _]?\]|\[[xX✓✔]\]|[☐☑]")
# Tags of formatting stand for nothing, so that none parts "chest <b>pain</b>"; all else in brackets is read.
_INLINE = re.compile(r"</?(?:b|i|u|s|em|strong|mark|small|span|sub|sup|font|code|del|ins)>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:br|p|div|li|ul|ol|h[1-6]|blockquote|pre|td|tr|table) ?/?>", re.IGNORECASE)
_COMMENT_END = re.compile(r"-{2,}>")
_REPEATED = re.compile(r"([a-z])\1{2,}")
# Said while thinking. "Er" and "mm" are not here: they are a casualty department and a length, too.
_FILLERS = frozenset(["um", "umm", "uh", "uhh", "uhm", "erm", "ehm", "hm", "hmm"])
# Small words that speech stumbles over ("pain at at rest"); any other word said twice is meant so.
_STUTTERED = frozenset((
    "i", "im", "ive", "my", "the", "a", "an", "at", "in", "on", "of", "to", "is", "its", "it", "that", "and",
    "when", "with", "was", "were", "we", "but", "or", "if", "because",
))  # fmt: skip
# After one no clause ends: a comma between it and a filler is a pause for thought.
_UNENDED = _STUTTERED | {"had", "have", "has", "some", "this", "these", "from", "like", "very", "got"}
_CUT_SHORT = _UNENDED | {",", ".", ":", "?"}


Pair = tuple[str, tuple[int, int]]  # a token and where it stands in the original


@dataclass(frozen=True, slots=True)
class Tokens:
    """A message as tokens.

    Attributes:
        words: Lower-case words and the marks `. ? , : -`; ends with `.`.
        spans: For each token its start and end in the original message, in characters.
        text: The tokens, each followed by one space.
        starts: Offset of each token in `text`, in characters.
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    text: str
    starts: tuple[int, ...]


def tokenize(message: str) -> Tokens:
    """Split `message` into tokens after undoing disguises; linear in its length."""
    if "[" in message or "☐" in message:
        message = _BOX.sub(_box, message)
    if ">" in message:
        # As long as they were, so that every word stays where it stood; invisible ones join what they part.
        message = _INLINE.sub(lambda tag: "\u200b" * len(tag.group()), message)
        message = _BLOCK.sub(lambda tag: " " * len(tag.group()), message)
        if "<!--" in message:  # an arrow without it is a dash
            message = _COMMENT_END.sub(lambda end: ":".ljust(len(end.group())), message)
    pairs = list(_without_stumbles(_tokens(message)))
    pairs.append((".", (len(message), len(message))))
    return from_pairs(pairs)


def _box(match: re.Match[str]) -> str:
    """A tick box as one mark as long as it was, so that every word stays where it stood."""
    box = match.group()
    return ("☑" if any(c in box for c in "xX✓✔☑") else "☐").ljust(len(box))


def from_pairs(pairs: list[Pair]) -> Tokens:
    """Assemble tokens from (word, span in the original) pairs."""
    starts, position = [], 0
    for word, _ in pairs:
        starts.append(position)
        position += len(word) + 1
    words = tuple(word for word, _ in pairs)
    return Tokens(words, tuple(span for _, span in pairs), " ".join(words) + " ", tuple(starts))


def _tokens(message: str) -> Iterator[Pair]:
    text, origin = _fold(message)
    for match in _WORD.finditer(text):
        start, end = origin[match.start()], origin[match.end() - 1] + 1
        for word in _spell(match.group()):
            yield word, (start, end)


def _without_stumbles(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Drop what only stands between words in speech ("a pain, um, in my my knee", "I had, uh, a fall")."""
    last, stumbled = ".", False
    for (word, span), (following, _) in pairwise((*pairs, (".", (0, 0)))):
        if word in _FILLERS:
            stumbled = True
        elif word == "," and following in _FILLERS and last in _UNENDED:
            continue
        elif stumbled and word == "," and last in _CUT_SHORT:
            continue  # the second comma around a filler
        else:
            stumbled = False
            if word != last or word not in _STUTTERED:
                yield word, span
            last = word


def _spell(piece: str) -> tuple[str, ...]:
    first = piece[0]
    if first.isalnum():
        return _split_word(piece)
    if first in _SENTENCE_ENDS:
        return ("?" if first in "?？" else ".",)
    if first == "\x00":  # a dash between spaces, marked by _fold
        return ("-",)
    return (_PAUSES[first],) if first in _PAUSES else ()


@lru_cache(maxsize=8192)
def _split_word(word: str) -> tuple[str, ...]:
    if match := _NUMBER_UNIT.match(word):
        return match.group(1), match.group(2)
    if _HIDDEN_DIGIT.match(word):
        word = word.translate(_LEET)
    return (_REPEATED.sub(r"\1\1", word),)


def undisguised(message: str) -> str:
    """Return `message` in plain letters, of the same length: styled and look-alike ones hide no word."""
    if message.isascii():
        return message
    folded = ((char, _fold_char(char)) for char in message)
    return "".join(plain if len(plain) == 1 else char for char, plain in folded)


def _fold(message: str) -> tuple[str, list[int]]:
    """Lower-case, unaccented text and, for each of its characters, the original offset."""
    letters: list[str] = []
    origin: list[int] = []
    for offset, char in enumerate(message):
        for folded in _fold_char(char):
            letters.append(folded)
            origin.append(offset)
    return _join_spelled_out(*_join_apostrophes(letters, origin))


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char in "❌✗✘🚫👎":  # a list of symptoms with ticks and crosses
        return " no, "
    if char == "☐":
        return " unticked "
    if char in "✅✔☑":
        return " yes, "
    if char == "%":
        return " percent "
    if char in "\t\u00a0 ":
        return " "
    if char in "\n\r":
        return "\n"
    if unicodedata.category(char) in ("Cf", "Cc", "Mn", "Me"):
        return ""
    folded = unicodedata.normalize("NFKD", char).lower().translate(_LOOK_ALIKES)
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Me"))
    return kept.replace("'", "")


def _join_apostrophes(letters: list[str], origin: list[int]) -> tuple[str, list[int]]:
    """Drop apostrophes ("can't" is read "cant"), but keep "i'll" from becoming "ill"."""
    out: list[str] = []
    where: list[int] = []
    size = len(letters)
    for i, letter in enumerate(letters):
        if letter == "'":
            if letters[i + 1 : i + 3] == ["l", "l"] and (i + 3 >= size or not letters[i + 3].isalnum()):
                out.append(" ")
                where.append(origin[i])
            continue
        if letter in _DASHES:
            spaced = (
                i == 0 or letters[i - 1] == " " or i + 1 == size or letters[i + 1] == " " or letter in "–—"
            )
            letter = "\x00" if spaced else " "
        out.append(letter)
        where.append(origin[i])
    return "".join(out), where


def _join_spelled_out(text: str, origin: list[int]) -> tuple[str, list[int]]:
    """Join letters typed one by one ("s w o l l e n"); four or more, to spare "plan b"."""
    kept: list[int] = []
    end = 0
    for match in _SPELLED_OUT.finditer(text):
        kept.extend(range(end, match.start()))
        kept.extend(i for i in range(*match.span()) if text[i].isalpha())
        end = match.end()
    if not end:
        return text, origin
    kept.extend(range(end, len(text)))
    return "".join(text[i] for i in kept), [origin[i] for i in kept]
