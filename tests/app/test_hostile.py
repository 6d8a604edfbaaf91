"""Generated requests, valid and malformed, never make the API fail."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from app.answer import Assistant
from app.api import create_api
from app.desk import Desk
from app.feedback import FeedbackFile


@pytest.fixture(scope="session")
def api_schema(assistant: Assistant) -> Any:
    """The OpenAPI description of the API, without the page."""
    api = create_api(Desk(lambda: assistant), FeedbackFile(None))
    return schemathesis.openapi.from_asgi("/openapi.json", api)


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_generated_requests_are_answered(case: Any) -> None:
    """Every answer is a documented kind of answer: no fault of the server, and an error says why."""
    response = case.call()

    assert response.status_code < 500 or response.status_code == 503
    if response.status_code >= 400:
        assert response.json()["error"]
