"""Turn what was read into the article alone: its headings, paragraphs, lists and tables."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from llama_index.core.schema import BaseNode, Document, TransformComponent
from rapidfuzz import fuzz

from ingest import blocks as layout
from ingest import junk, splices
from ingest.records import Article

_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_SAME_TITLE = 88  # per cent; a title line may differ from the metadata in punctuation only


class Clean(TransformComponent):
    """Replace the text of each document by its article in plain Markdown, one line a block."""

    def __call__(self, nodes: Sequence[BaseNode], **_kwargs: Any) -> Sequence[BaseNode]:
        """Clean documents in order; a document may end up empty."""
        return [self._cleaned(node) for node in nodes]

    def _cleaned(self, node: BaseNode) -> Document:
        metadata = dict(node.metadata)
        text = clean(
            node.get_content(),
            title=metadata["title"],
            markdown=metadata.get("format") == "markdown" and "\n#" in f"\n{node.get_content()}",
            saved_page=metadata.get("kind") != "digest" and metadata.get("format") != "record",
        )
        return Document(text=text, metadata=metadata, id_=node.node_id)


def clean(text: str, *, title: str, markdown: bool, saved_page: bool = True) -> str:
    """Return the article in `text` as plain Markdown under `title`.

    Of a `saved_page`, page furniture and broken sentences are left out; other text is kept whole.

    Every line is one heading (`##`), paragraph, list item (`-`, `1.`) or table row (`|`).
    """
    found = layout.parse(_normalise(text), markdown=markdown)
    body = [block for i, block in enumerate(found) if not (i < 3 and _repeats_title(block, title))]
    if saved_page:
        body = splices.mend(junk.article_blocks(body))
    return layout.render(title, body)


def article_of(document: BaseNode) -> Article:
    """Make the record of a cleaned document; its metadata holds the fields of `Article`."""
    text = document.get_content()
    fields = {name: document.metadata.get(name, "") for name in _FIELDS}
    experts = tuple(document.metadata.get("experts", ()))
    return Article(
        text=text, content_hash=hashlib.sha256(text.encode()).hexdigest(), experts=experts, **fields
    )


_FIELDS = (
    "slug", "title", "kind", "author", "publisher", "date", "url", "licence", "audience", "expertise",
)  # fmt: skip


def _normalise(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", " ", text).translate(_INVISIBLE)
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2028", "\n")


def _repeats_title(block: layout.Block, title: str) -> bool:
    if block.kind == "heading" and block.level == 1:
        return True
    if len(block.text) > 2 * len(title) + 20:
        return False
    return (
        block.text.lower().startswith(title.lower())
        or fuzz.ratio(block.text.lower(), title.lower()) >= _SAME_TITLE
    )
