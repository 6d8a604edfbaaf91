"""Things break under a running chat; KNEEWISE_FAULTS=long (`make faults`) breaks them for longer."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any

from tests.app.conftest import assistant, client

__all__ = ["assistant", "client"]

LONG = os.environ.get("KNEEWISE_FAULTS") == "long"
FLAGGED = "my knee is swollen and hot since yesterday, how long do I hold a wall sit"
EMERGENCY = "my foot is cold and blue since I fell on my knee"
PLAIN = "how long do I hold a wall sit"


def ask(address: str, question: str, timeout_s: float = 60) -> dict[str, Any]:
    """Post one question to a running chat; the reply, or what its error says."""
    body = json.dumps({"turns": [question]}).encode()
    request = urllib.request.Request(f"{address}/v1/ask", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            found: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        found = {"outcome": "error", "status": error.code, **json.load(error)}
    return found


def flags(reply: dict[str, Any]) -> set[str]:
    """Ids of the red flags in a reply."""
    return {flag["id"] for flag in reply.get("red_flags", ())}
