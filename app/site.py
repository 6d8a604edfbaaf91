"""Put the doors on one assistant: the HTTP API, the page, and the guards before both."""

from __future__ import annotations

import json

from starlette.types import ASGIApp

from app.api import MAX_CHARS, create_api
from app.desk import Desk
from app.feedback import FeedbackFile
from app.guards import Guard, Limits
from app.web.page import mount_page
from app.web.routes import add_routes
from app.web.start import first_screen


def create_site(desk: Desk, limits: Limits, feedback: FeedbackFile | None = None) -> ASGIApp:
    """The whole site as one ASGI application.

    Args:
        desk: Answers the questions.
        limits: What a client may send.
        feedback: Where feedback on answers goes; None for nowhere.
    """
    feedback = feedback or FeedbackFile(None)
    api = create_api(desk, feedback)
    add_routes(api, desk, feedback)

    def ask_about_knee_pain(question: str, examined: bool = False) -> str:
        """Answer a question about knee pain in hiking and running from four articles, red flags first.

        Args:
            question: What the person says, in their own words; the red-flag rules read exactly these.
            examined: Whether the person says that a clinician has examined this knee.
        """
        # As text: Gradio would hand a dictionary on in Python's notation, not as JSON.
        reply = desk.answer([question[:MAX_CHARS]], examined=examined).as_json()
        return json.dumps(reply, ensure_ascii=False)

    first = first_screen(desk.screen, desk.assistant.rules.disclaimer)
    return Guard(mount_page(api, first, ask_about_knee_pain), limits)
