"""Feedback is kept only where wanted, and without the conversation unless it was sent along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from app.feedback import Feedback, FeedbackFile


def test_it_is_off_by_default(client: TestClient) -> None:
    """Where the operator named no file, the API says so and keeps nothing."""
    response = client.post("/v1/feedback", json={"reason": "wrong"})

    assert response.status_code == 404
    assert "KNEEWISE_FEEDBACK" in response.json()["error"]


def test_one_line_each(tmp_path: Path) -> None:
    """Two words of feedback are two lines that can be read again."""
    file = FeedbackFile(tmp_path / "new" / "feedback.jsonl")
    for reason in ("wrong", "missed_flag"):
        assert file.keep(Feedback.model_validate({"reason": reason, "build": "b"}))

    lines = [json.loads(line) for line in (tmp_path / "new" / "feedback.jsonl").read_text().splitlines()]
    assert [line["reason"] for line in lines] == ["wrong", "missed_flag"]
    assert all(line["turns"] == [] for line in lines)


@pytest.mark.parametrize(
    "word",
    [{}, {"reason": "spam"}, {"reason": "wrong", "name": "x"}, {"reason": "wrong", "passages": ["x"] * 61}],
)
def test_forged_feedback_is_refused(word: dict[str, object]) -> None:
    """Only the four reasons and the known fields are taken, each within its size."""
    with pytest.raises(ValidationError):
        Feedback.model_validate(word)
