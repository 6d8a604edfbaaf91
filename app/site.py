"""Put the doors on one desk: the HTTP API, the page, and the guards before both."""

from __future__ import annotations

import json
import threading

from starlette.types import ASGIApp

from app.api import MAX_CHARS, create_api
from app.desk import Desk
from app.feedback import FeedbackFile
from app.guards import Guard, Limits
from app.web.early import Early, plain_page
from app.web.routes import add_routes
from app.web.start import first_screen


def create_site(
    desk: Desk,
    limits: Limits,
    feedback: FeedbackFile | None = None,
    *,
    page_after: threading.Event | None = None,
) -> ASGIApp:
    """The whole site as one ASGI application.

    Args:
        desk: Answers the questions.
        limits: What a client may send.
        feedback: Where feedback on answers goes; None for nowhere.
        page_after: Load Gradio only after this, and serve the same parts as a plain page until then;
            None loads it now.
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

    first = first_screen(desk.screen, desk.rules.disclaimer)

    def mount() -> ASGIApp:
        from app.web.page import mount_page  # Gradio takes two seconds to import

        return mount_page(api, first, ask_about_knee_pain)

    if page_after is None:
        return Guard(mount(), limits)
    return Guard(Early(api, plain_page(first), mount, page_after), limits)
