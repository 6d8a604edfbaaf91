"""Find the article in a saved web page."""

from __future__ import annotations

from typing import Any


def article(html: str) -> tuple[str, dict[str, Any]]:
    """Return the article of a page as Markdown, empty where none is found, and its metadata."""
    from trafilatura import extract, extract_metadata, load_html

    tree = load_html(html)
    if tree is None:
        return "", {}
    _free_from_layout_tables(tree)
    text = extract(
        tree,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_tables=True,
        favor_recall=True,  # what is too much, `junk` takes away again
    )
    if not text:
        return "", {}
    found = extract_metadata(html, date_config={"extensive_search": False, "original_date": True})
    fields = {
        "title": found.title, "author": found.author, "publisher": found.sitename,
        "date": found.date, "url": found.url,
    }  # fmt: skip
    return text, {name: value for name, value in fields.items() if value}


def _free_from_layout_tables(tree: Any) -> None:
    """Make plain divisions of tables that hold headings or paragraphs: those are layout, not data."""
    for table in list(tree.iter("table")):
        if table.xpath(".//h1 | .//h2 | .//h3 | .//p[string-length() > 80]"):
            for part in table.iter("table", "tbody", "thead", "tr", "td", "th"):
                part.tag = "div"
