"""Feedback on an answer: kept only where the operator asked for it, by default without the conversation."""

from __future__ import annotations

import json
import logging
import threading
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 50_000_000  # a full file takes no more: a stranger cannot fill the disk


class Reason(StrEnum):
    """What is wrong with the answer."""

    WRONG = "wrong"
    UNSUPPORTED = "unsupported"
    MISSED_FLAG = "missed_flag"
    UNCLEAR = "unclear"


class Feedback(BaseModel):
    """One person's word on one answer; `turns` only where the person ticked that they may be kept."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    build: str = Field(default="", max_length=80)
    outcome: str = Field(default="", max_length=20)
    passages: list[Annotated[str, StringConstraints(max_length=200)]] = Field(default=[], max_length=60)
    turns: list[Annotated[str, StringConstraints(max_length=20_000)]] = Field(default=[], max_length=50)


class FeedbackFile:
    """Appends feedback to a file of JSON lines; does nothing where no file is named."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether the operator turned feedback on."""
        return self._path is not None

    def keep(self, feedback: Feedback) -> bool:
        """Append `feedback`; False where it is not wanted, the file is full, or the disk takes no more."""
        if self._path is None:
            return False
        line = json.dumps({"when": int(time.time()), **feedback.model_dump(mode="json")}) + "\n"
        try:
            return self._append(self._path, line)
        except OSError as error:
            log.error("feedback is lost: %s takes no more (%s)", self._path, error.strerror)
            return False

    def _append(self, path: Path, line: str) -> bool:
        with self._lock:
            if path.exists() and path.stat().st_size > MAX_FILE_BYTES:
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as out:
                out.write(line)
        return True
