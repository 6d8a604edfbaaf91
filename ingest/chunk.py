"""Cut cleaned articles into passages by heading and sentence, within what the model reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.schema import BaseNode, TextNode, TransformComponent
from pydantic import PrivateAttr

from ingest import sentences
from ingest.records import Article, Passage, Sentence

CountTokens = Callable[[str], int]
_MARK = re.compile(r"(?:#{1,6} |- |\d{1,2}\. |\| ?)")
# Costs of where to cut, against the squared deviation from even sizes: chosen by reading the passages.
_CUT_IN_BLOCK, _CUT_AFTER_LEAD = 0.15, 0.6
_LONGEST_PATH_SHARE = 3  # a heading path takes at most a third of a passage


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence with what decides where passages may end."""

    start: int
    end: int
    tokens: int
    opens_block: bool
    after_lead: bool  # the sentence before it announces it with a colon


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[str, ...]
    units: tuple[_Unit, ...]


class Chunk(TransformComponent):
    """Documents in, one `TextNode` per passage out; the node's id is the passage's."""

    passage_tokens: int
    _count: CountTokens = PrivateAttr()

    def __init__(self, passage_tokens: int, count_tokens: CountTokens, **kwargs: Any) -> None:
        super().__init__(passage_tokens=passage_tokens, **kwargs)  # type: ignore[call-arg]
        self._count = count_tokens

    def __call__(self, nodes: Sequence[BaseNode], **_kwargs: Any) -> Sequence[BaseNode]:
        """Return the passages of all documents, in order."""
        return [
            node_of(passage)
            for node in nodes
            for passage in passages(
                node.node_id, node.get_content(), self._count, passage_tokens=self.passage_tokens
            )
        ]


def passages(slug: str, text: str, count_tokens: CountTokens, *, passage_tokens: int) -> list[Passage]:
    """Cut one article's cleaned text.

    Returns:
        Passages in order. None spans a heading, each holds whole sentences, and its heading path
        and text together are at most `passage_tokens` model tokens.
    """
    cut: list[Passage] = []
    for section in _sections(text, count_tokens, passage_tokens):
        path = embedding_prefix(section.headings)
        budget = passage_tokens - (count_tokens(path) if path else 0)
        for piece in _divide(section.units, budget):
            cut.append(_passage(slug, len(cut), text, section.headings, piece))
    return cut


def embedding_prefix(headings: Sequence[str]) -> str:
    """Return what is put before a passage's text when it is embedded."""
    return "".join(f"{heading.rstrip('.:')}. " for heading in headings)


def embedding_text(passage: Passage) -> str:
    """Return the words of a passage as the model reads them, list marks removed."""
    return embedding_prefix(passage.headings) + " ".join(sentence.text for sentence in passage.sentences)


def node_of(passage: Passage) -> TextNode:
    """Carry a passage through a LlamaIndex pipeline."""
    metadata = {
        "article": passage.article,
        "heading": passage.heading,
        "headings": json.dumps(passage.headings, ensure_ascii=False),
        "sentences": json.dumps([[s.start, s.end] for s in passage.sentences]),
        "content_hash": passage.content_hash,
    }
    return TextNode(
        id_=passage.passage_id,
        text=passage.text,
        metadata=metadata,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
    )


def passage_of(node: TextNode) -> Passage:
    """Undo `node_of`."""
    start = node.start_char_idx or 0
    spans = json.loads(node.metadata["sentences"])
    return Passage(
        passage_id=node.node_id,
        article=node.metadata["article"],
        heading=node.metadata["heading"],
        headings=tuple(json.loads(node.metadata["headings"])),
        text=node.text,
        start=start,
        end=node.end_char_idx or start,
        sentences=tuple(Sentence(node.text[a - start : b - start], a, b) for a, b in spans),
        content_hash=node.metadata["content_hash"],
    )


def verify_offsets(article: Article, passage: Passage) -> bool:
    """Tell whether a passage and its sentences are exactly the article's text at their offsets."""
    return article.text[passage.start : passage.end] == passage.text and all(
        article.text[sentence.start : sentence.end] == sentence.text for sentence in passage.sentences
    )


def _sections(text: str, count: CountTokens, limit: int) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    units: list[_Unit] = []
    for start, line in _lines(text):
        level = len(line) - len(line.lstrip("#"))
        if not (level and line[level : level + 1] == " "):
            units += _units(line, start, count, limit, lead=_ends_in_colon(text, units))
            continue
        if units:
            yield _Section(_titles(path, count, limit), tuple(units))
            units = []
        if level > 1:  # level 1 is the article's title, which its record holds
            path = [step for step in path if step[0] < level] + [(level, line[level + 1 :].strip())]
    if units:
        yield _Section(_titles(path, count, limit), tuple(units))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield start, line.rstrip()
        start += len(line)


def _titles(path: Sequence[tuple[int, str]], count: CountTokens, limit: int) -> tuple[str, ...]:
    titles = tuple(title for _, title in path)
    while len(titles) > 1 and count(embedding_prefix(titles)) > limit // _LONGEST_PATH_SHARE:
        titles = titles[1:]
    return titles


def _ends_in_colon(text: str, units: Sequence[_Unit]) -> bool:
    return bool(units) and text[units[-1].end - 1] == ":"


def _units(line: str, start: int, count: CountTokens, limit: int, *, lead: bool) -> list[_Unit]:
    mark = _MARK.match(line)
    skip = mark.end() if mark else 0
    body = line[skip:]
    units: list[_Unit] = []
    for a, b in sentences.split(body):
        for c, d, tokens in _fit(body, a, b, count, limit - limit // _LONGEST_PATH_SHARE):
            shift = start + skip
            first = not units
            units.append(_Unit(shift + c, shift + d, tokens, first, first and lead))
    return units


def _fit(text: str, start: int, end: int, count: CountTokens, limit: int) -> list[tuple[int, int, int]]:
    """Divide a sentence that is longer than a passage may be, at blanks, into even parts; count each."""
    tokens = count(text[start:end])
    if tokens <= limit:
        return [(start, end, tokens)]
    blanks = [match.start() for match in re.finditer(r"\s", text[start:end])]
    middle = (end - start) // 2
    cut = start + (min(blanks, key=lambda blank: abs(blank - middle)) if blanks else middle)
    after = cut + 1 if blanks else cut
    return _fit(text, start, cut, count, limit) + _fit(text, after, end, count, limit)


def _divide(units: Sequence[_Unit], budget: int) -> list[Sequence[_Unit]]:
    """Cut a section into the fewest passages that fit, of even size, at the best places."""
    total = sum(unit.tokens for unit in units)
    if total <= budget:
        return [units]
    aim = total / -(-total // budget)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * len(units)
    for end in range(1, len(units) + 1):
        size = 0
        for start in range(end - 1, -1, -1):
            size += units[start].tokens
            if size > budget and start < end - 1:
                break
            cost = best[start][0] + (size / aim - 1) ** 2 + _cut_cost(units, start)
            if cost < best[end][0]:
                best[end] = (cost, start)
    return _pieces(units, [start for _, start in best])


def _cut_cost(units: Sequence[_Unit], start: int) -> float:
    if start == 0:
        return 0.0
    unit = units[start]
    return _CUT_AFTER_LEAD if unit.after_lead else 0.0 if unit.opens_block else _CUT_IN_BLOCK


def _pieces(units: Sequence[_Unit], starts: Sequence[int]) -> list[Sequence[_Unit]]:
    pieces: list[Sequence[_Unit]] = []
    end = len(units)
    while end > 0:
        pieces.insert(0, units[starts[end] : end])
        end = starts[end]
    return pieces


def _passage(
    slug: str, ordinal: int, text: str, headings: tuple[str, ...], units: Sequence[_Unit]
) -> Passage:
    start, end = units[0].start, units[-1].end
    identity = "\n".join([*headings, "", text[start:end]])
    return Passage(
        passage_id=f"{slug}:{ordinal}",
        article=slug,
        heading=headings[-1] if headings else "",
        headings=headings,
        text=text[start:end],
        start=start,
        end=end,
        sentences=tuple(Sentence(text[unit.start : unit.end], unit.start, unit.end) for unit in units),
        content_hash=hashlib.sha256(identity.encode()).hexdigest(),
    )
