"""The page's own addresses: the answer as a stream, the reader, shared passages, the offline page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from app import metrics
from app.api import Conversation, inert
from app.desk import Busy, Desk
from app.feedback import FeedbackFile
from app.records import Outcome, Reply
from app.rules.records import Screening, Status
from app.web import reader, render

STATIC = Path(__file__).parent / "static"

Offset = Annotated[int, Query(ge=0, le=100_000_000)]


def add_routes(api: FastAPI, desk: Desk, feedback: FeedbackFile) -> None:
    """Add the page's addresses to `api`; Gradio's own are mounted after them."""
    pages = APIRouter(include_in_schema=False)
    _add_answers(pages, desk, feedback.wanted)
    _add_reader(pages, desk)
    _add_documents(pages, api, desk)
    api.include_router(pages)
    api.mount("/page/fonts", StaticFiles(directory=_fonts(), check_dir=False))
    api.mount("/page", StaticFiles(directory=STATIC))


def _fonts() -> Path:
    """Gradio's own fonts, which are there before it is loaded: to find a package is not to import it."""
    gradio = find_spec("gradio")
    assert gradio is not None
    assert gradio.origin is not None
    return Path(gradio.origin).parent / "templates/frontend/static/fonts/SourceSansPro"


def _add_answers(pages: APIRouter, desk: Desk, feedback: bool) -> None:
    @pages.post("/page/ask")
    def ask(conversation: Conversation) -> StreamingResponse:
        return StreamingResponse(_parts(desk, conversation, feedback), media_type="application/x-ndjson")


def _parts(desk: Desk, conversation: Conversation, feedback: bool) -> Iterator[str]:
    """One JSON object a line: the banner as soon as the rules have spoken, then the reply."""
    turns, examined = conversation.turns, conversation.examined
    with metrics.answering() as record:
        opening = not desk.is_open  # before screening: the desk may open meanwhile
        screening = desk.screen(turns, examined=examined)
        yield _banner(screening)
        try:
            screened = None if opening else screening  # once, unless the second net was not there yet
            reply = desk.answer(turns, examined=examined, screening=screened)
        except Busy as busy:
            doubted = (flag.advice for flag in screening.doubted)  # no banner has told of them
            yield _line(part="error", error=" ".join((*doubted, str(busy))))
            return
        record(reply)
    if reply.screening.flags != screening.flags:
        yield _banner(reply.screening)
    body = reply.as_json()
    none_of_these = desk.rules.none_of_these(reply.screening.quick_check)
    html = render.reply(body, examined=examined, none_of_these=none_of_these, feedback=feedback)
    yield _line(part="reply", html=html, reply=body)


def _banner(screening: Screening) -> str:
    flags = Reply(Outcome.ANSWER, screening).as_json()["red_flags"]
    return _line(part="banner", html=render.banner(flags), red_flags=flags)


def _line(**part: Any) -> str:
    return inert(json.dumps(part)) + "\n"


def _add_reader(pages: APIRouter, desk: Desk) -> None:
    @pages.get("/page/reader/{passage_id}")
    def read(passage_id: str, start: Offset = 0, end: Offset = 0) -> HTMLResponse:
        return _article(desk, "article.html", passage_id, (start, end))

    @pages.get("/passages/{passage_id}")
    def shared(passage_id: str, start: Offset = 0, end: Offset = 0) -> HTMLResponse:
        return _article(desk, "passage.html", passage_id, (start, end))


def _article(desk: Desk, template: str, passage_id: str, marked: tuple[int, int]) -> HTMLResponse:
    found = desk.find(passage_id)
    if found is None:
        return _missing()
    passage, article = found
    span = (passage.start, passage.end)
    inside = span[0] <= marked[0] < marked[1] <= span[1]
    blocks = reader.lay_out(article.text, span, marked if inside else span)
    about = {name: getattr(article, name) for name in ("title", "author", "publisher", "date", "kind", "url")}
    return HTMLResponse(render.render(template, article=about, blocks=blocks))


def _missing() -> HTMLResponse:
    words = "The index may have been made again since this link was copied. Ask again to find the passage."
    return HTMLResponse(render.render("problem.html", heading="No such passage", message=words), 404)


def _add_documents(pages: APIRouter, api: FastAPI, desk: Desk) -> None:
    @pages.get("/page/offline")
    def offline() -> HTMLResponse:
        rules = desk.rules
        rows = [
            {"title": r.title, "level": r.level.word, "advice": r.advice[Status.PRESENT]}
            for r in rules.rules.values()
        ]
        return HTMLResponse(render.render("offline.html", rules=rows, safety_net=rules.safety_net))

    @pages.get("/docs")
    def docs() -> HTMLResponse:
        return HTMLResponse(render.render("docs.html", paths=api.openapi()["paths"]))

    @pages.get("/manifest.json")
    def manifest() -> FileResponse:
        return FileResponse(STATIC / "manifest.json", media_type="application/manifest+json")

    @pages.get("/sw.js")
    def service_worker() -> FileResponse:
        # Served from the top, since a worker only sees the addresses beneath its own.
        fresh = {"Cache-Control": "no-cache"}
        return FileResponse(STATIC / "sw.js", media_type="text/javascript", headers=fresh)
