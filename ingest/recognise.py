"""Tell of which digest a saved article is the original, so that it takes the digest's place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from llama_index.core.schema import Document
from rapidfuzz import fuzz, utils

_SAME_TITLE = 90  # per cent; a saved page may differ in punctuation or carry its site's name
_HEAD_CHARS = 400
_PEOPLE = 2


def recognise(document: Document, digests: Iterable[Mapping[str, Any]]) -> Document:
    """Return `document`, with the slug and the missing metadata of its digest where it has one.

    Told by slug, by title, or by the people: author and experts, two or more, all named in the text.
    """
    for digest in digests:
        if (
            digest["slug"] == document.metadata["slug"]
            or _same_title(document, digest)
            or _same_people(document, digest)
        ):
            known = {
                name: value
                for name, value in digest.items()
                if name not in ("kind", "licence", "format", "path")
            }
            own = {name: value for name, value in document.metadata.items() if value and name != "slug"}
            if document.metadata.get("title_guessed"):
                own.pop("title", None)
            metadata = {**known, **own}
            return Document(text=document.get_content(), metadata=metadata, id_=digest["slug"])
    return document


def _same_title(document: Document, digest: Mapping[str, Any]) -> bool:
    full = f"{digest['title']} {digest.get('subtitle', '')}".strip()
    head = document.get_content()[:_HEAD_CHARS].strip().split("\n", 1)[0]
    own = document.metadata["title"]
    return any(
        fuzz.ratio(said, title, processor=utils.default_process) >= _SAME_TITLE
        for said in (own, f"{own} {document.metadata.get('subtitle', '')}", head)
        for title in {full, digest["title"]}
    )


def _same_people(document: Document, digest: Mapping[str, Any]) -> bool:
    people = [digest.get("author", ""), *digest.get("experts", ())]
    # "Kimberly Kaiser, M.D." is "Kimberly Kaiser" in running text.
    names = [name.split(",")[0] for name in people if " " in name]
    return len(names) >= _PEOPLE and all(name in document.get_content() for name in names)
