"""A quote is found word for word in a digest, by words, meaning and numbers in an original, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pytest

from ingest.chunk import passages
from ingest.knowledge import Quote
from ingest.quotes import Matrix, Quotes
from ingest.records import Article

DIGEST = """# Squats

## How deep?

A chair squat stops at 60 degrees. Hold a chair squat for 20 seconds, then stand up slowly.

## How often?

Do chair squats 3 times a week.
"""
ORIGINAL = """# All about squats

## The chair squat

Squatting to a chair is my favourite. Stop when your knees reach sixty degrees. Stay there, still, for \
twenty seconds! Then you slowly stand.

## The pistol squat

Stop well before it hurts. Nobody needs more than ten.
"""


class WordCountEncoder:
    """Hashes words into 64 buckets: texts that share words are close."""

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed `texts` as unit rows."""
        self.calls += 1
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[crc32(word.strip(".,!").encode()) % 64] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def quotes_of(text: str, kind: str, encoder: WordCountEncoder | None = None) -> Quotes:
    """One article, ready to find quotes in."""
    article = Article("squats", "Squats", text, kind, "")
    cut = passages("squats", text, lambda piece: len(piece.split()), passage_tokens=60)
    return Quotes({"squats": article}, cut, (), encoder.encode if encoder else None)


def test_a_digest_is_quoted_word_for_word() -> None:
    """A distinctive part is widened to its whole sentence, with offsets into the article."""
    span = quotes_of(DIGEST, "digest").find(Quote("squats", "for 20 seconds"))

    assert span is not None
    assert span.text == "Hold a chair squat for 20 seconds, then stand up slowly."
    assert DIGEST[span.start : span.end] == span.text
    assert span.passage_id == "squats:0"


@pytest.mark.parametrize(
    "quote",
    [
        Quote("squats", "Hold a chair squat for 30 seconds, then stand up slowly."),
        Quote("lunges", "for 20 seconds"),
        Quote("squats", "stand up slowly. Do chair squats"),
    ],
    ids=["other words", "other article", "across a heading"],
)
def test_what_a_digest_does_not_say_is_not_found(quote: Quote) -> None:
    """A near miss in a digest is no quote."""
    assert quotes_of(DIGEST, "digest").find(quote) is None


@pytest.mark.parametrize("with_meaning", [False, True])
def test_an_original_says_it_in_other_words(with_meaning: bool) -> None:
    """The sentence that shares words and number is found, and it is the original's own text."""
    quotes = quotes_of(ORIGINAL, "original", WordCountEncoder() if with_meaning else None)

    span = quotes.find(
        Quote("squats", "Hold a chair squat still for 20 seconds, then stand slowly."),
        named=("chair squat",),
        stated=("20 seconds",),
    )

    assert span is not None
    assert "twenty seconds" in span.text
    assert ORIGINAL[span.start : span.end] == span.text


def test_what_an_original_does_not_say_is_not_found() -> None:
    """No sentence is better than a wrong one."""
    quotes = quotes_of(ORIGINAL, "original")

    assert quotes.find(Quote("squats", "Foam rolling the calves helps after long flights.")) is None


def test_an_article_is_embedded_once() -> None:
    """Asking twice calls the encoder once for the original, and never for a digest."""
    encoder = WordCountEncoder()
    original, digest = quotes_of(ORIGINAL, "original", encoder), quotes_of(DIGEST, "digest", encoder)

    for quotes in (original, original, digest):
        quotes.find(Quote("squats", "Hold a chair squat for 20 seconds, then stand up slowly."))

    assert encoder.calls == 1


def test_a_section_holds_its_headings() -> None:
    """What a sentence is about may stand only in the heading above it."""
    quotes = quotes_of(DIGEST, "digest")
    span = quotes.find(Quote("squats", "Do chair squats 3 times a week."))

    assert span is not None
    assert quotes.around(span).names([("often",)])
    assert not quotes.around(span).names([("lung",)])
