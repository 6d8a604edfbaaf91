"""The assistant is wired from the settings, and what is missing or does not fit is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import AppSettings
from app.wire import build_assistant
from ingest.errors import IndexMismatch, IndexUnavailable
from ingest.index import Index
from ingest.settings import BUNDLED_MODEL, IndexSettings


def test_the_chosen_build_answers(digest_index: Index) -> None:
    """Settings alone are enough to answer from the build they name."""
    assistant = build_assistant(AppSettings(index=digest_index.path, max_chars=300), IndexSettings())

    reply = assistant.answer(["why does my knee hurt going downhill"])

    assert reply.build == digest_index.build_id
    assert reply.statements


def test_a_build_of_another_model_names_both(digest_index: Index) -> None:
    """The error says which model made the build, which one is set, and what to do."""
    other = IndexSettings(model="/models/other-minilm", model_sha256="")

    with pytest.raises(IndexMismatch) as caught:
        build_assistant(AppSettings(index=digest_index.path), other)

    assert BUNDLED_MODEL in str(caught.value)
    assert "/models/other-minilm" in str(caught.value)
    assert "make index" in str(caught.value)


def test_a_build_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    """A path without a build is an error that names `make index`."""
    with pytest.raises(IndexUnavailable, match="make index"):
        build_assistant(AppSettings(index=tmp_path / "nothing"), IndexSettings())
