# ruff: noqa: E501 - markup is easier to read unbroken
"""Twenty saved pages of other layouts: the article is found in each, and nothing around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.clean import Clean
from ingest.load import Skipped, documents, find

TITLE = "How Hikers Keep Their Ankles Strong"
PARAGRAPHS = [
    "Ankles carry a hiker over loose rock all day long. Small muscles of the foot keep each step steady.",
    "Most sprains happen late in the day, when tired legs no longer lift the foot well. Rest before that point.",
    "Stand on one leg while you brush your teeth, and close your eyes once that is easy. Do so for 30 seconds a side.",
    "Walk on your toes and then on your heels across the room. Ten lengths of each will do.",
    "See a doctor when you cannot take four steps on the foot. A bone may be broken.",
]
ITEMS = ["a step or a stair", "a folded towel", "a light elastic band"]
HEADINGS = ["Why Ankles Tire", "Exercises for the Evening", "When to Get Help"]

MENU = ["Home", "Hiking", "Running", "Gear Reviews", "Shop", "Log in"]
FURNITURE: dict[str, tuple[str, list[str]]] = {
    "comments": (
        '<div id="comments" class="comments-area"><h3>2 thoughts on this</h3><ol class="comment-list">'
        "<li class=comment><p>My own ankle snapped in the Alps last year.</p></li>"
        "<li class=comment><p>Try frozen peas, they fixed mine overnight.</p></li></ol>"
        "<h3>Leave a Comment</h3><form><textarea></textarea></form></div>",
        ["snapped in the Alps", "frozen peas", "Leave a Comment"],
    ),
    "bio": (
        '<div class="author-box"><h3>About the Author</h3><p>Robin Example is a certified guide who joined the '
        "team in 2019. Robin lives in Oslo with two dogs.</p></div>",
        ["certified guide", "two dogs", "About the Author"],
    ),
    "shop": (
        '<aside class="widget"><p>Item added to cart.</p><p>Buy now: TrailSock Pro, $19.99, free shipping</p></aside>'
        '<div class="newsletter"><p>Sign up for our newsletter and get weekly tips in your inbox!</p></div>',
        ["added to cart", "TrailSock", "newsletter"],
    ),
    "related": (
        '<div class="related-posts"><h3>Related Posts</h3><ul><li><a href="/a">Ten boots we love</a></li>'
        '<li><a href="/b">Poles compared</a></li></ul></div><div class="cookie-banner"><p>We use cookies to improve '
        "your experience on this site.</p><button>Accept all cookies</button></div>",
        ["Ten boots", "Poles compared", "cookies"],
    ),
}


def body(heading: str = "h2") -> str:
    """The article's own markup."""
    p = [f"<p>{text}</p>" for text in PARAGRAPHS]
    items = "<ul>" + "".join(f"<li>{item}</li>" for item in ITEMS) + "</ul>"
    h = [f"<{heading}>{text}</{heading}>" for text in HEADINGS]
    return f"{p[0]}{h[0]}{p[1]}{h[1]}{p[2]}<p>All you need for it:</p>{items}{p[3]}{h[2]}{p[4]}"


def menu() -> str:
    """A menu of links."""
    return "<nav><ul>" + "".join(f'<li><a href="/{m}">{m}</a></li>' for m in MENU) + "</ul></nav>"


def blog(extra: str) -> str:
    """Header, one column, furniture below."""
    return f"<header>{menu()}</header><div class=site><article><h1>{TITLE}</h1><div class=entry-content>{body()}</div></article>{extra}</div>"


def magazine(extra: str) -> str:
    """Divs without meaning, a sidebar before the text."""
    return f"<div class=top>{menu()}</div><div class=side>{extra}</div><div class=story><div class=hed><h1>{TITLE}</h1></div><div class=txt>{body('h3')}</div></div>"


def semantic(extra: str) -> str:
    """HTML 5 parts named for what they are."""
    return f"{menu()}<main><article><h1>{TITLE}</h1><section>{body()}</section></article></main><aside>{extra}</aside><footer>© 2024 Example Press</footer>"


def table(extra: str) -> str:
    """A page laid out with a table, as of old."""
    return (
        f"<table><tr><td>{menu()}</td></tr><tr><td><h1>{TITLE}</h1>{body()}</td><td>{extra}</td></tr></table>"
    )


def scripted(extra: str) -> str:
    """Scripts, styles and hidden blocks between the parts."""
    script = "<script>var a='stolen words of a script';</script><style>.x{color:red}</style><noscript>Enable scripts</noscript>"
    return f"{script}{menu()}<div id=content><h1>{TITLE}</h1>{script}{body()}{script}</div>{extra}"


LAYOUTS: list[Callable[[str], str]] = [blog, magazine, semantic, table, scripted]


def text_of(path: Path) -> str:
    """Read and clean one page."""
    found = [document for document in documents(find([path])) if not isinstance(document, Skipped)]
    return str(Clean()(found)[0].get_content())


@pytest.mark.parametrize("furniture", FURNITURE)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_the_article_is_found_in_the_page(
    tmp_path: Path, layout: Callable[[str], str], furniture: str
) -> None:
    """Every sentence, heading and list item stays, and no line of the page around it."""
    extra, junk = FURNITURE[furniture]
    page = tmp_path / "page.html"
    page.write_text(
        f"<!doctype html><html><head><title>{TITLE}</title></head><body>{layout(extra)}</body></html>"
    )

    text = text_of(page)

    assert [p for p in PARAGRAPHS if p not in text] == []
    assert [f"- {item}" for item in ITEMS if f"- {item}" not in text] == []
    assert [h for h in HEADINGS if f"# {h}\n" not in text] == []
    assert [line for line in [*junk, "Gear Reviews", "stolen words", "Enable scripts"] if line in text] == []


def test_metadata_comes_from_the_page(tmp_path: Path) -> None:
    """Title, author, publisher and date are read where the page says them."""
    page = tmp_path / "p.html"
    page.write_text(
        f'<html><head><title>{TITLE} - Example Press</title><meta name=author content="Robin Example">'
        '<meta property="og:site_name" content="Example Press"><meta property="og:title" content="'
        + TITLE
        + '">'
        f'<meta property="article:published_time" content="2023-05-04"></head><body>{blog("")}</body></html>'
    )

    found = [document for document in documents(find([page])) if not isinstance(document, Skipped)]

    assert {k: found[0].metadata[k] for k in ("title", "author", "publisher", "date")} == {
        "title": TITLE, "author": "Robin Example", "publisher": "Example Press", "date": "2023-05-04",
    }  # fmt: skip
