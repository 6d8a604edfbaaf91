"""Find sentences into which other text of the page was spliced: what cannot be read is not guessed.

Each signal alone occurs in sound prose; a sentence with two is broken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest import sentences
from ingest.blocks import Block
from ingest.junk import furniture

_RUN = 6  # words; sentences of one article share shorter runs by chance
_BROKEN = 2
_TORN_WORDS = 9  # a shorter line without a stop may be a label
_ENDS = re.compile(r"""[.!?…:]["'”’)\]*]*$""")
_WORD = re.compile(r"[\w'’%-]+")
_SAYS = r"(?:says|said|explains|notes|adds|suggests)"
_QUOTE_LOST = re.compile(rf"“[^”]*\b[A-Z]\w+ {_SAYS},? [^”]*”")
_ATTRIBUTION_INSIDE = re.compile(
    rf",”? [A-Z]\w+ {_SAYS} (?!she|he|that|this|it|they|you|we|the|a|an|to)[a-z]"
    rf"|,”? [A-Z]\w+ {_SAYS}, which\b"
)
# Two speakers' words are seldom led in alike.
_SAID = re.compile(rf"\w+ \w+, [A-Z]\w+ {_SAYS}\b")
_BREADCRUMB = re.compile(r"\b[A-Z]\w+ [-–|>»/] [A-Z]\w+\.?$")
_DANGLING = re.compile(r"\b(?:of|the|a|an|and|or|your|from|than|most|as|because)[.!?]$")
_MIDDLE_CAPITAL = re.compile(r"(?<=[a-z] )([A-Z][a-z]{3,})")
_LABEL = re.compile(r"^[^.:]{1,60}:\s+")
_LEANS_ON_LOST = re.compile(r"^(?:So|But|And|Or|Nor|Then),? ")
_ANNOUNCES = re.compile(
    r"^Here (?:are|is) (?:(?:some|several|a few|a couple|\w+ (?:other|more|simple|great|easy)|other)\b)", re.I
)
_FIGURE = re.compile(r"\s*\((?:see )?(?:#|fig(?:ure|\.)? ?|photo |image )\d[^()]*\)", re.I)
_DEPENDS_ON_LIST = re.compile(
    r"^(?:Pick|Choose|Select|Try) (?:just )?(?:a couple|one|two|some|any|a few)\b", re.I
)


def mend(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks without broken or pointless sentences; a block may vanish."""
    spans = {i: _texts(block) for i, block in enumerate(blocks) if block.kind in ("paragraph", "item")}
    repeated = _repeated_runs([s for texts in spans.values() for s in texts])
    lower = Counter(word for block in blocks for word in _WORD.findall(block.text) if word.islower())
    mended: list[Block] = []
    for i, block in enumerate(blocks):
        if i not in spans:
            mended.append(block)
            continue
        following = blocks[i + 1] if i + 1 < len(blocks) else None
        kept = _sound(spans[i], repeated, lower, following, paragraph=block.kind == "paragraph")
        if kept:
            mended.append(replace(block, text=" ".join(kept)))
    return mended


def _texts(block: Block) -> list[str]:
    text = _FIGURE.sub("", block.text).strip("*_ ")
    return [text[a:b] for a, b in sentences.split(text)]


def _sound(
    texts: Sequence[str],
    repeated: Counter[tuple[str, ...]],
    lower: Counter[str],
    following: Block | None,
    *,
    paragraph: bool,
) -> list[str]:
    defects = [_defects(text, repeated, lower) for text in texts]
    if texts and texts[0][:1].islower():
        defects[0] += 1  # the paragraph's beginning is lost
    broken = [count >= _BROKEN for count in defects]
    # One splice seldom comes alone: beside a broken sentence, one signal is enough.
    beside = [any(broken[max(0, i - 1) : i + 2]) for i in range(len(texts))]
    broken = [bad or (near and count >= 1) for bad, near, count in zip(broken, beside, defects, strict=True)]
    kept: list[str] = []
    lost = False
    for position, text in enumerate(texts):
        last = position == len(texts) - 1
        gone = (
            broken[position]
            or (last and paragraph and _is_torn(text))
            or furniture().sentences.search(text.replace("’", "'")) is not None
            or (lost and _LEANS_ON_LOST.match(text) is not None)
            or _announces_nothing(text, following if last else None, texts[position + 1 : position + 2])
        )
        if not gone:
            kept.append(text)
        lost = gone
    return kept


def _is_torn(text: str) -> bool:
    return len(text.split()) >= _TORN_WORDS and not _ENDS.search(text)


def _defects(text: str, repeated: Counter[tuple[str, ...]], lower: Counter[str]) -> int:
    said = _LABEL.sub("", text)
    capitals = [word for word in _MIDDLE_CAPITAL.findall(said) if lower[word.lower()]]
    return (
        any(repeated[run] for run in _runs(text))
        + 2 * bool(_BREADCRUMB.search(text))
        + 2 * bool(_QUOTE_LOST.search(text))
        + bool(_ATTRIBUTION_INSIDE.search(text))
        + any(repeated[said] for said in _led_in(text))
        + bool(_DANGLING.search(text))
        + bool(capitals and _follows_no_break(said, capitals[0]))
    )


def _follows_no_break(text: str, word: str) -> bool:
    """A capital in the middle is a new sentence's start where no name is; `knee strength Patellofemoral`."""
    return not re.search(rf"[“\"(:]\s?{word}|{word}['’]s? ", text)


def _repeated_runs(texts: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Runs of words that different sentences share; sentences that are equal as a whole do not count."""
    different = {" ".join(_words(text)): text for text in texts}.values()
    seen = Counter(run for text in different for run in {*_runs(text), *_led_in(text)})
    return Counter({run: count for run, count in seen.items() if count > 1})


def _led_in(text: str) -> Iterator[tuple[str, ...]]:
    return (tuple(_words(said)) for said in _SAID.findall(text))


def _words(text: str) -> list[str]:
    return [word.replace("’", "").replace("'", "").lower() for word in _WORD.findall(text)]


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _words(text)
    return zip(*(words[i:] for i in range(_RUN)), strict=False)


def _announces_nothing(text: str, following: Block | None, after: Sequence[str]) -> bool:
    """Tell whether a sentence leads into a list that the page no longer holds."""
    if _DEPENDS_ON_LIST.match(text):
        return following is None or following.kind != "item"
    if not _ANNOUNCES.match(text) or text.endswith(":") or ": " in text:
        return False
    return bool(after) or following is None or following.kind != "item"
