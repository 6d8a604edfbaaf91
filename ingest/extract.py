"""Get the text out of a file: `.txt .md .html .pdf .jsonl`, UTF-8 or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from charset_normalizer import from_bytes

from ingest import metadata, pages, pdf
from ingest.errors import CorpusError

MAX_BYTES = 50_000_000
_LONGEST_LINE = 10_000_000
_BINARY_SHARE = 0.02


class UnreadableError(Exception):
    """A file that holds no readable article; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one article before it is cleaned.

    Attributes:
        text: Plain text or Markdown.
        format: `plain`, `markdown`, or `record` for the text of a data set, which has no page around it.
        fields: Metadata found in the file itself.
    """

    text: str
    format: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> Iterator[Extracted | UnreadableError]:
    """Yield the articles of a file: one, but for `.jsonl`, which holds one a line.

    A line of such a file that cannot be read comes as the error it is, and the next ones follow.

    Raises:
        UnreadableError: Empty, too large, binary, or damaged.
    """
    size = path.stat().st_size
    if size == 0:
        raise UnreadableError("empty")
    suffix = path.suffix.lower()
    if size > MAX_BYTES and suffix != ".jsonl":
        raise UnreadableError(f"{size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read")
    yield from READERS[suffix](path)


def decode(data: bytes) -> str:
    """Decode text of unknown encoding, UTF-8 first.

    Raises:
        UnreadableError: The bytes are not text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = from_bytes(data[:200_000]).best()
        if guess is None:
            raise UnreadableError("binary, or in an unknown encoding") from None
        text = data.decode(guess.encoding, errors="replace")
    odd = sum(char < " " and char not in "\t\n\r\f\v" for char in text) + text.count("\ufffd")
    if odd > _BINARY_SHARE * len(text):
        raise UnreadableError("binary, not text")
    if not text.strip():
        raise UnreadableError("empty")
    return text


def _plain(path: Path) -> Iterator[Extracted]:
    yield Extracted(decode(path.read_bytes()), "plain")


def _markdown(path: Path) -> Iterator[Extracted]:
    yield Extracted(decode(path.read_bytes()), "markdown")


def _page(path: Path) -> Iterator[Extracted]:
    try:
        text, fields = pages.article(decode(path.read_bytes()))
    except (ValueError, TypeError, AttributeError, RecursionError, LookupError) as error:  # of the extractor
        raise UnreadableError(f"no page that can be read ({type(error).__name__})") from error
    if not text.strip():
        raise UnreadableError("no article is found in the page")
    yield Extracted(text, "markdown", fields)


def _pdf(path: Path) -> Iterator[Extracted]:
    try:
        found = pdf.read(path)
    except pdf.PdfError as error:
        raise UnreadableError(str(error)) from error
    yield Extracted(found.pop("text"), "plain", found)


def _records(path: Path) -> Iterator[Extracted | UnreadableError]:
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                try:
                    yield _record(line, number)
                except UnreadableError as error:
                    yield error


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one that is too long its beginning, one byte longer than may be read."""
    while line := file.readline(_LONGEST_LINE + 1):
        end = line
        while len(end) > _LONGEST_LINE and not end.endswith(b"\n"):
            end = file.readline(_LONGEST_LINE + 1)
        yield line


def _record(line: bytes, number: int) -> Extracted:
    if len(line) > _LONGEST_LINE:
        raise UnreadableError(f"line {number}: more than {_LONGEST_LINE / 1e6:.0f} MB")
    try:
        row = json.loads(line)
        text, name = row["text"], row.get("id", number)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError(f"line {number} is not a JSON object with a 'text'") from error
    if not isinstance(text, str) or not text.strip():
        raise UnreadableError(f"line {number}: 'text' must be text, not {text!r:.40}")
    try:
        fields = metadata.check({k: v for k, v in row.items() if k != "text" and v}, f"line {number}")
    except CorpusError as error:
        raise UnreadableError(str(error)) from error
    return Extracted(metadata.printable(text), "record", {"slug": metadata.slug_of(str(name)), **fields})


READERS: Mapping[str, Callable[[Path], Iterator[Extracted | UnreadableError]]] = {
    ".txt": _plain,
    ".text": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _page,
    ".htm": _page,
    ".pdf": _pdf,
    ".jsonl": _records,
}
