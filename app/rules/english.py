"""Which words are English, for those who repair the others."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def english_words() -> frozenset[str]:
    """Return some 82,000 English words in lower case: those of symspellpy's frequency list."""
    text = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    return frozenset(text.split()[::2])


@cache
def joined_contractions() -> frozenset[str]:
    """Return those of them that have an apostrophe, without it: "dont"."""
    return frozenset(word.replace("'", "") for word in english_words() if "'" in word)
