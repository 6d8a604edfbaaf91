"""The HTTP API: ask a question, read a passage, see whether the service is well."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.exceptions import HTTPException as AnyHTTPException

from app import metrics
from app.desk import Busy, Desk, Opening
from app.export import FORMATS
from app.feedback import Feedback, FeedbackFile

# Longer messages than this are no question; the screening still reads every character of those it takes.
MAX_CHARS, MAX_TURNS = 20_000, 50

Turn = Annotated[str, StringConstraints(max_length=MAX_CHARS)]


class Conversation(BaseModel):
    """A conversation whose last turn is to be answered."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"turns": ["why does my knee hurt going downhill"]}]},
    )

    id: str | None = Field(default=None, max_length=200, description="Handed back as it came.")
    turns: list[Turn] = Field(
        min_length=1, max_length=MAX_TURNS, description="The person's messages, oldest first."
    )
    examined: bool = Field(
        default=False, description="The person says that a clinician has examined this knee."
    )


class PlanRequest(Conversation):
    """A conversation whose last turn asks for a plan, and how to take it along."""

    format: Literal["md", "html", "ics"] = Field(
        default="ics", description="Markdown, a page to print, or a calendar file."
    )


class InertJSON(JSONResponse):
    """JSON that holds no markup, even where a browser should take it for a page."""

    def render(self, content: Any) -> bytes:
        """Write `content` as UTF-8."""
        return inert(json.dumps(content, ensure_ascii=False, separators=(",", ":"))).encode()


def inert(text: str) -> str:
    """Write the angle brackets and ampersands of JSON `text` as escapes; it means the same."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def create_api(desk: Desk, feedback: FeedbackFile) -> FastAPI:
    """Build the API that answers from `desk`; the page is mounted into it by `app.site`."""
    api = FastAPI(
        title="Kneewise",
        description="Cited answers about knee pain, red flags first. General information, not a diagnosis.",
        version="1",
        default_response_class=InertJSON,
        docs_url=None,  # the stock page loads its scripts from another host
        redoc_url=None,
    )
    _add_answers(api, desk)
    _add_feedback(api, feedback)
    _add_health(api, desk)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(AnyHTTPException, _refused)
    api.add_exception_handler(Busy, _busy)
    return api


def _add_answers(api: FastAPI, desk: Desk) -> None:
    @api.post("/v1/ask", summary="Answer the last turn of a conversation")
    def ask(conversation: Conversation) -> dict[str, Any]:
        with metrics.answering() as record:
            reply = desk.answer(conversation.turns, examined=conversation.examined)
            record(reply)
        return {"id": conversation.id, **reply.as_json()}

    @api.post("/v1/plan", summary="Take a plan along: Markdown, a page to print, a calendar file")
    def plan(conversation: PlanRequest) -> Response:
        reply = desk.answer(conversation.turns, examined=conversation.examined)
        if reply.plan is None:
            raise HTTPException(404, "No plan came of this conversation: its last turn has to ask for one.")
        media_type, write = FORMATS[f".{conversation.format}"]
        name = f'attachment; filename="my-knee-plan.{conversation.format}"'
        return Response(write(reply.plan), media_type=media_type, headers={"Content-Disposition": name})

    @api.get("/v1/passages/{passage_id}", summary="Read a passage that an answer cites")
    def passage(passage_id: str) -> dict[str, Any]:
        found = desk.find(passage_id)
        if found is None:
            raise HTTPException(404, f"There is no passage {passage_id[:80]!r} in this build.")
        part, article = found
        about = ("slug", "title", "author", "publisher", "date", "kind", "url", "licence")
        return {
            "passage_id": part.passage_id,
            "article": {name: getattr(article, name) for name in about},
            "heading": part.heading,
            "headings": list(part.headings),
            "text": part.text,
            "start": part.start,
            "end": part.end,
            "sentences": [{"text": s.text, "start": s.start, "end": s.end} for s in part.sentences],
            "build": desk.assistant.index.build_id,
        }


def _add_feedback(api: FastAPI, feedback: FeedbackFile) -> None:
    @api.post("/v1/feedback", status_code=204, summary="Say what is wrong with an answer")
    def take(word: Feedback) -> Response:
        if not feedback.wanted:
            raise HTTPException(404, "Feedback is turned off here; the operator may set KNEEWISE_FEEDBACK.")
        if not feedback.keep(word):
            raise HTTPException(507, "No more feedback can be kept.")
        return Response(status_code=204)


def _add_health(api: FastAPI, desk: Desk) -> None:
    @api.get("/healthz", summary="Whether the process answers at all")
    async def healthy() -> dict[str, str]:  # needs no thread, which waiting questions may hold
        return {"status": "ok"}

    @api.get("/readyz", summary="Whether questions can be answered, and from which build")
    def ready() -> Any:
        if not desk.is_open:
            return InertJSON({"status": "not ready", "error": "the articles are being opened"}, 503)
        index = desk.assistant.index
        state = {"status": "ready", "build": index.build_id, "passages": len(index.passages)}
        try:
            # The store and the model are asked, not assumed; the question is nobody's.
            evidence = desk.assistant.gather(desk.assistant.understand(["knee"]))
        except Exception as error:  # whatever is broken, the probe says so instead of failing itself
            return InertJSON({**state, "status": "not ready", "error": str(error)[:200]}, 503)
        if not evidence.hits:
            return InertJSON({**state, "status": "not ready", "error": "the store holds nothing"}, 503)
        return state

    @api.get("/metrics", summary="Counters and timings for Prometheus", response_class=PlainTextResponse)
    def measured() -> Response:
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [_problem(one) for one in error.errors()]
    return InertJSON({"error": "; ".join(problems[:5]), "problems": problems[:20]}, 422)


def _problem(one: Any) -> str:
    # The value itself is left out: it may be a question, and questions are nobody else's business.
    place = ".".join(str(part) for part in one["loc"] if part != "body") or "body"
    return f"{place[:100]}: {one['msg']}"


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)
    return InertJSON({"error": error.detail}, error.status_code, headers=error.headers)


async def _busy(_: Request, error: Exception) -> Response:
    assert isinstance(error, Busy)
    status = 503 if isinstance(error, Opening) else 429
    return InertJSON({"error": str(error)}, status, headers={"Retry-After": str(error.wait_s)})
