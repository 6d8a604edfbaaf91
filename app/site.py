"""Put the doors on one assistant: the HTTP API, the page, and the guards before both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp

from app.answer import Assistant
from app.api import MAX_CHARS, create_api
from app.desk import Desk
from app.guards import Guard, Limits
from app.web.page import mount_page
from app.web.routes import add_routes
from app.web.start import first_screen


def create_site(open_assistant: Callable[[], Assistant], limits: Limits) -> ASGIApp:
    """The whole site as one ASGI application.

    Args:
        open_assistant: Opens the newest build; called once here, and again at each reload.
        limits: What a client may send.
    """
    desk = Desk(open_assistant)
    api = create_api(desk)
    add_routes(api, desk)

    def ask_about_knee_pain(question: str, examined: bool = False) -> dict[str, Any]:
        """Answer a question about knee pain in hiking and running from four articles, red flags first.

        Args:
            question: What the person says, in their own words; the red-flag rules read exactly these.
            examined: Whether the person says that a clinician has examined this knee.
        """
        return desk.answer([question[:MAX_CHARS]], examined=examined).as_json()

    first = first_screen(lambda turns: desk.screen(turns), desk.assistant.rules.disclaimer)
    return Guard(mount_page(api, first, ask_about_knee_pain), limits)
