"""Leave out what stands on a page around its article: menus, shares, shops, captions, bios, comments."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.blocks import Block, is_title_case

_BIO_WORDS = 3
_MENU_RUN, _MENU_WORDS = 4, 4
_TAIL = 0.5  # an end of the article in its first half is more likely a stray line
_ENDS_SENTENCE = re.compile(r"""[.!?…:]["'”’)\]*]*$""")
_PERSON = re.compile(
    r"^(?:(?:Dr|Prof)\. )?[A-Z][\w'-]+(?: [A-Z][\w.'-]*){1,3}(?:,[^.]{0,60})?,? (?:is|was|has|joined)\b|^Hi\b"
)


@dataclass(frozen=True, slots=True)
class Furniture:
    """The patterns of furniture.toml, one expression a group."""

    ends: re.Pattern[str]
    sections: re.Pattern[str]
    lines: re.Pattern[str]
    sentences: re.Pattern[str]
    biography: tuple[re.Pattern[str], ...]


@cache
def furniture() -> Furniture:
    """Read the patterns, once."""
    raw = tomllib.loads((Path(__file__).parent / "data" / "furniture.toml").read_text(encoding="utf-8"))
    joined = {
        name: re.compile("|".join(raw[name]), re.I) for name in ("ends", "sections", "lines", "sentences")
    }
    return Furniture(**joined, biography=tuple(re.compile(p, re.I) for p in raw["biography"]))


def article_blocks(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks that are the article's, in order."""
    kept = _without_tail(list(blocks))
    kept = _without_captions(kept)
    kept = [block for block in kept if not _is_junk(block)]
    kept = _without_sections(kept)
    kept = _without_menus(kept)
    return _without_empty_headings(kept)


def _straight(text: str) -> str:
    return text.replace("’", "'").strip("*_ ")


def _without_tail(blocks: list[Block]) -> list[Block]:
    """Cut from the comments or the author's box on."""
    words = [len(block.text.split()) for block in blocks]
    total, before = sum(words), 0
    for i, block in enumerate(blocks):
        if furniture().ends.search(_straight(block.text)) and before >= _TAIL * total * _is_short(block):
            # A long comment thread may be more than the article; a heading of its own ends either.
            return blocks[:i]
        before += words[i]
    return blocks


def _is_short(block: Block) -> float:
    return 0.2 if re.match(r"^\d+ (thought|comment|response|repl)", block.text, re.I) else 1.0


def _without_captions(blocks: list[Block]) -> list[Block]:
    """Drop the words of pictures: short lines without a stop that head nothing.

    They are told by what the page's real headings do: those stand alone and, in most pages, in Title Case.
    """
    sizes = Counter(block.group for block in blocks)
    headings = [i for i, block in enumerate(blocks) if block.kind == "heading" and block.level == 2]
    if not headings:
        return blocks
    alone = sum(sizes[blocks[i].group] == 1 for i in headings) >= 0.8 * len(headings)
    titled = sum(is_title_case(blocks[i].text) for i in headings) >= 0.7 * len(headings)
    gone: set[int] = set()
    for i in headings:
        if alone and sizes[blocks[i].group] == 2:
            gone |= {
                j for j in (i, i + 1, i - 1) if 0 <= j < len(blocks) and blocks[j].group == blocks[i].group
            }
        elif titled and not is_title_case(blocks[i].text) and _heads_nothing(blocks, i):
            gone.add(i)
    return [block for i, block in enumerate(blocks) if i not in gone]


def _heads_nothing(blocks: Sequence[Block], i: int) -> bool:
    return i + 1 == len(blocks) or blocks[i + 1].kind == "heading"


def _without_sections(blocks: Sequence[Block]) -> list[Block]:
    kept: list[Block] = []
    inside = 0  # level of the junk section that we are in
    for block in blocks:
        if block.kind == "heading":
            junk = furniture().sections.search(_straight(block.text)) is not None
            inside = block.level if junk else 0 if block.level <= (inside or block.level) else inside
        if not inside:
            kept.append(block)
    return kept


def _is_junk(block: Block) -> bool:
    text = _straight(block.text)
    words = len(text.split())
    if words <= 40 and furniture().lines.search(text):
        return True
    return (
        bool(_PERSON.search(text)) and sum(bool(p.search(text)) for p in furniture().biography) >= _BIO_WORDS
    )


def _without_menus(blocks: Sequence[Block]) -> list[Block]:
    """Drop runs of bare labels (menus, tag clouds), but no list below article text."""
    kept: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, Block("paragraph", "End.")]:
        if _is_label(block):
            run.append(block)
            continue
        led = bool(kept) and (kept[-1].text.endswith(":") or all(b.kind == "item" for b in run))
        if led or len(run) < _MENU_RUN:
            kept += run
        run = []
        kept.append(block)
    return kept[:-1]


def _is_label(block: Block) -> bool:
    short = len(block.text.split()) <= _MENU_WORDS and not _ENDS_SENTENCE.search(block.text)
    return short and (block.kind in ("item", "paragraph") or block.inferred)


def _without_empty_headings(blocks: Sequence[Block]) -> list[Block]:
    """Drop headings under which nothing is left."""
    kept: list[Block] = []
    for block in [*blocks, Block("heading", "", level=1)]:
        while (
            kept and block.kind == "heading" and kept[-1].kind == "heading" and block.level <= kept[-1].level
        ):
            if not _is_parent(kept[-1], block):
                kept.pop()
            else:
                break
        kept.append(block)
    return kept[:-1]


def _is_parent(upper: Block, lower: Block) -> bool:
    """In plain text all headings look alike, so a heading right above another may be its parent."""
    return lower.level == upper.level == 2 and lower.text != ""
