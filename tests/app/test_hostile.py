"""Generated requests, valid and malformed, never make the API fail."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from app.answer import Assistant
from app.api import create_api
from app.desk import Desk
from app.feedback import FeedbackFile

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
REQUESTS = {POSITIVE: 20, NEGATIVE: 70}  # three operations take a body: 210 malformed requests
# What takes no body, or any text as its id, has nothing that could be malformed.
OPERATIONS = [
    ("/v1/ask", "POST", POSITIVE),
    ("/v1/ask", "POST", NEGATIVE),
    ("/v1/plan", "POST", POSITIVE),
    ("/v1/plan", "POST", NEGATIVE),
    ("/v1/feedback", "POST", POSITIVE),
    ("/v1/feedback", "POST", NEGATIVE),
    ("/v1/passages/{passage_id}", "GET", POSITIVE),
    ("/readyz", "GET", POSITIVE),
]


@pytest.fixture(scope="session")
def schema(assistant: Assistant) -> Any:
    """The OpenAPI description of the API, without the page."""
    api = create_api(Desk(lambda: assistant), FeedbackFile(None))
    return schemathesis.openapi.from_asgi("/openapi.json", api)


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_generated_requests_are_answered(schema: Any, path: str, method: str, mode: GenerationMode) -> None:
    """No request makes the server fail, and every refusal says why."""

    @settings(
        max_examples=REQUESTS[mode], deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call()

        assert response.status_code < 500
        assert response.status_code < 400 or response.json()["error"]

    check()
