"""Whatever comes from a person or an article is text on the page, never markup."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.answer import Assistant
from app.web import render

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>",
    "' onmouseover='x", "javascript:alert(1)", "{{ 7*7 }}", "</q></section><h1>", "&lt;b&gt;", "<!--", "]]>",
]  # fmt: skip


def filled(value: Any, words: str) -> Any:
    """`value` with `words` put into every text that a person or an article may have written."""
    if isinstance(value, dict):
        kept = {"level", "status", "outcome", "kind", "policy", "composer", "build", "url"}
        return {key: each if key in kept else filled(each, words) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, words) for each in value]
    return words if isinstance(value, str) else value


@pytest.mark.parametrize("words", HOSTILE)
def test_no_field_of_a_reply_becomes_markup(assistant: Assistant, words: str) -> None:
    """Hostile words in each text field of two real replies leave the page's tags as they were."""
    for question in ("why does my knee hurt going downhill", "my knee is a bit puffy, which exercises help"):
        body = assistant.answer([question]).as_json()
        plain, hostile = (
            render.banner(each["red_flags"])
            + render.reply(each, examined=False, none_of_these=words, feedback=True)
            for each in (filled(body, "word"), filled(body, words))
        )

        assert tags(hostile) == tags(plain)


def test_an_empty_card_field_is_absent(assistant: Assistant) -> None:
    """What no article gives is not on the card."""
    body = assistant.answer(["why does my knee hurt going downhill"]).as_json()
    body["exercises"] = [{"id": "x", "name": "X", "dose": "", "steps": [], "where": [], "citations": []}]
    html = render.reply(body, examined=False, none_of_these="")

    assert "caution" not in html
    assert "No count given" in html


def test_addresses_of_passages_are_quoted() -> None:
    """An odd id cannot break out of its address."""
    assert render.passage_address('a"b/c:1', 1, 2) == "/passages/a%22b%2Fc:1?start=1&end=2"


def tags(html: str) -> list[str]:
    """The opening tags of `html`, without the values of their attributes."""
    return [re.sub(r'="[^"]*"', "=", tag) for tag in re.findall(r"<[a-zA-Z][^>]*>", html)]
