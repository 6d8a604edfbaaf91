"""The MCP tool of a running server; Gradio calls itself over real HTTP for it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def test_the_mcp_tool_answers_by_contract(server: Any) -> None:
    """A call over MCP brings the same JSON as the HTTP API, red flags included."""
    call = {"name": "ask_about_knee_pain", "arguments": {"question": "my knee is swollen"}}
    request = urllib.request.Request(
        f"{server.address}/gradio_api/mcp/",
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode(),
        {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        line = next(line for line in response.read().decode().splitlines() if line.startswith("data: "))
    reply = json.loads(json.loads(line.removeprefix("data: "))["result"]["content"][0]["text"])

    assert "swelling" in [flag["id"] for flag in reply["red_flags"]]
