"""See an article as blocks: headings, paragraphs, list items; and write it back as plain Markdown.

text -> blocks -> (junk goes) -> one line per block
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

_MARKDOWN_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*$")
_BULLET = re.compile(r"^(?:[-*+•◦▪‣·–—]\s*[–—•]?\s*)(?=\S)")
_NUMBERED = re.compile(r"^(\d{1,2})[.)]\s+(?=\S)")
_LINK = re.compile(r"!?\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)")
_EMPHASIS = re.compile(r"(\*\*|__|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|`)")
_TERMINAL = re.compile(r"""[.!?…:;,]["'”’)\]*]*$""")
_WRAPPED_LINE_CHARS = range(55, 101)
_HEADING_CHARS, _HEADING_WORDS, _PLAIN_HEADING_WORDS = 90, 13, 8
_SMALL_WORDS = frozenset(
    "a an the and or nor but for of in on at to by from with as is vs via into your you it its".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item or table row.

    Attributes:
        kind: `heading`, `paragraph`, `item` or `row`.
        text: Its words on one line, without marks.
        level: Of a heading, from 1; else 0.
        number: Of a numbered item or heading; 0 where there is none.
        group: Blocks that stood together without an empty line between them share it.
        indent: Blanks before it, in characters.
        inferred: Whether it is a heading by its look alone.
    """

    kind: str
    text: str
    level: int = 0
    number: int = 0
    group: int = 0
    indent: int = 0
    inferred: bool = False


def parse(text: str, *, markdown: bool) -> list[Block]:
    """Divide `text` into blocks; in plain text, headings are told by their look."""
    lines = _unwrap(text.splitlines(), markdown=markdown)
    blocks: list[Block] = []
    group = 0
    for line in lines:
        if not line.strip():
            group += 1
            continue
        blocks.append(replace(_block(line, markdown=markdown), group=group))
    blocks = [block for block in blocks if block.text]
    return blocks if not blocks or any(b.kind == "heading" for b in blocks) else _find_headings(blocks)


def render(title: str, blocks: Iterable[Block]) -> str:
    """Write blocks as Markdown: one line each, an empty line between all but neighbouring items."""
    out = [f"# {title}"]
    kinds = ["heading"]
    for block in blocks:
        close = block.kind in ("item", "row") and kinds[-1] == block.kind
        out.append(("" if close else "\n") + _line(block))
        kinds.append(block.kind)
    return "\n".join(out) + "\n"


def is_title_case(text: str) -> bool:
    """Tell whether every word but the small ones starts with a capital or a digit."""
    words = [word.strip("“”\"'‘’()[]&–—-:") for word in text.split()]
    big = [word for word in words if word and word.lower() not in _SMALL_WORDS]
    return bool(big) and sum(not word[0].islower() for word in big) >= max(1, round(0.8 * len(big)))


def plain(text: str) -> str:
    """Remove inline Markdown: links keep their words, emphasis its words."""
    text = _LINK.sub(r"\1", text)
    return re.sub(r"\s+", " ", _EMPHASIS.sub("", text)).strip()


def _line(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * max(2, block.level)} {block.text}"
    if block.kind == "item":
        return f"{block.number}. {block.text}" if block.number else f"- {block.text}"
    return block.text


def _block(line: str, *, markdown: bool) -> Block:
    indent = len(line) - len(line.lstrip())
    if match := _MARKDOWN_HEADING.match(line):
        return Block("heading", plain(match.group(2)), level=len(match.group(1)))
    stripped = line.strip()
    if stripped.startswith("|"):
        return Block("row", plain(stripped) if re.search(r"\w", stripped) else "")
    if match := _BULLET.match(stripped):
        return Block("item", plain(stripped[match.end() :]), indent=indent)
    if match := _NUMBERED.match(stripped):
        return Block("item", plain(stripped[match.end() :]), number=int(match.group(1)), indent=indent)
    if re.fullmatch(r"[\W_]*", stripped):
        return Block("paragraph", "")
    return Block("paragraph", plain(stripped) if markdown else re.sub(r"\s+", " ", stripped), indent=indent)


def _unwrap(lines: Sequence[str], *, markdown: bool) -> list[str]:
    """Join the lines of paragraphs that were wrapped at a column."""
    long = [len(line.rstrip()) for line in lines if len(line.split()) > 8]
    wrapped = (
        bool(long) and sum(n in _WRAPPED_LINE_CHARS for n in long) >= 0.6 * len(long) and max(long) <= 120
    )
    if not (markdown or wrapped):
        return list(lines)
    out: list[str] = []
    last = ""
    for line in lines:
        if out and _continues(out[-1], last, line, wrapped=wrapped):
            out[-1] = f"{out[-1].rstrip()} {line.strip()}"
        else:
            out.append(line)
        last = line
    return out


def _continues(before: str, last: str, line: str, *, wrapped: bool) -> bool:
    """Tell whether `line` goes on with the block `before`, whose last line was `last`."""
    starts_block = (
        _MARKDOWN_HEADING.match(line) or _BULLET.match(line.strip()) or _NUMBERED.match(line.strip())
    )
    if not before.strip() or not line.strip() or starts_block or line.lstrip().startswith("|"):
        return False
    if _MARKDOWN_HEADING.match(before) or before.lstrip().startswith("|"):
        return False
    return not wrapped or line.lstrip()[:1].islower() or not _breaks(last.strip(), line.strip())


def _breaks(before: str, line: str) -> bool:
    """Tell whether wrapped text starts anew at `line`: below a heading or above one, after a short line."""
    ended = _TERMINAL.search(before) is not None
    if not ended and is_title_case(before) and len(before) <= _HEADING_CHARS:
        return True
    if ended and is_title_case(line) and not _TERMINAL.search(line) and len(line.split()) <= _HEADING_WORDS:
        return True
    return len(before) <= _WRAPPED_LINE_CHARS.start - 10


def _find_headings(blocks: Sequence[Block]) -> list[Block]:
    """Mark the headings of plain text: short lines without a final stop that something stands under."""
    candidates = [_looks_like_heading(block) for block in blocks]
    numbered = _numbered_headings(blocks)
    found = [
        replace(block, kind="heading", level=2, inferred=True) if numbered[i] or candidates[i] else block
        for i, block in enumerate(blocks)
    ]
    return [_with_number(block) for block in found]


def _looks_like_heading(block: Block) -> bool:
    return (
        block.kind == "paragraph"
        and len(block.text) <= _HEADING_CHARS
        and 1
        <= len(block.text.split())
        <= (_HEADING_WORDS if is_title_case(block.text) else _PLAIN_HEADING_WORDS)
        and not block.text[:1].islower()
        and (not _TERMINAL.search(block.text) or (block.text.endswith("?") and is_title_case(block.text)))
    )


def _numbered_headings(blocks: Sequence[Block]) -> list[bool]:
    """Numbered lines that paragraphs stand under are headings; neighbouring ones are a list."""
    flags = [
        block.number > 0 and len(block.text.split()) <= _HEADING_WORDS and not _TERMINAL.search(block.text)
        for block in blocks
    ]
    followed = [after.kind == "paragraph" for _, after in pairwise(blocks)] + [False]
    return [flag and under for flag, under in zip(flags, followed, strict=True)]


def _with_number(block: Block) -> Block:
    if block.kind == "heading" and block.number:
        return replace(block, text=f"{block.number}. {block.text}", number=0)
    return block
