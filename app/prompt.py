"""The prompt file of prose mode, checked and hashed."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from pathlib import Path

_VARIABLES = frozenset({"question", "evidence", "passages", "sentences"})


class PromptError(ValueError):
    """The prompt file names a variable that nothing fills in, or lacks one; names it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked with.

    Attributes:
        system: Its instructions.
        user: The question and its material; variables are filled in.
        digest: SHA-256 of the file, hex.
    """

    system: str
    user: str
    digest: str


def load_prompt(path: Path | None = None) -> Prompt:
    """Read a prompt file: instructions, a line of `====`, then the question's part.

    Raises:
        PromptError: A variable is unknown or missing.
    """
    path = path or Path(__file__).with_name("data") / "prompts" / "answer.txt"
    text = path.read_text(encoding="utf-8")
    system, _, user = text.partition("\n====\n")
    found = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    if found != _VARIABLES:
        wrong = sorted(found ^ _VARIABLES)[0]
        raise PromptError(f"{path}: variable {wrong!r}; it must have exactly {', '.join(sorted(_VARIABLES))}")
    return Prompt(system, user, hashlib.sha256(text.encode()).hexdigest())
