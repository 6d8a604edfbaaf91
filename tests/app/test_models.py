"""The models are read beside the rest of a start, and what goes wrong with one is told by who asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.models import start_models
from app.rules import net
from app.rules.net import NetError
from app.settings import AppSettings
from app.wire import build_assistant
from ingest.errors import ModelRefused
from ingest.index import Index
from ingest.settings import IndexSettings


def test_an_assistant_takes_the_models_that_were_started(digest_index: Index) -> None:
    """None of them is read twice."""
    models = start_models(IndexSettings())

    assistant = build_assistant(AppSettings(index=digest_index.path), IndexSettings(), models=models)

    assert assistant.net is models.net.result()
    assert assistant.answer(["do poles help on the way down"]).statements


def test_a_damaged_net_is_told_by_its_future(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are there all the same."""
    (tmp_path / net.MANIFEST).write_text((net.MODEL_FOLDER / net.MANIFEST).read_text())
    monkeypatch.setattr(net, "MODEL_FOLDER", tmp_path)

    models = start_models(IndexSettings())

    with pytest.raises(NetError, match="missing"):
        models.net.result()
    assert models.answerer.result()


def test_a_model_that_is_not_there_is_told_by_its_future() -> None:
    """With the way out."""
    models = start_models(IndexSettings(model="/no/such/model", model_sha256=""))

    with pytest.raises(ModelRefused):
        models.encoder.result()
