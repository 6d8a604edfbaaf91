"""Find the article in a saved web page."""

from __future__ import annotations

from typing import Any


def article(html: str) -> tuple[str, dict[str, Any]]:
    """Return the article of a page as Markdown, empty where none is found, and its metadata."""
    from trafilatura import bare_extraction

    found = bare_extraction(
        html,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_tables=True,
        favor_recall=True,  # what is too much, `junk` takes away again
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None or isinstance(found, dict) or not found.text:
        return "", {}
    fields = {
        "title": found.title, "author": found.author, "publisher": found.sitename,
        "date": found.date, "url": found.url,
    }  # fmt: skip
    return found.text, {name: value for name, value in fields.items() if value}
