"""What stands between the network and the application: size, rate, logins, security headers."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's routes for files and other hosts: this page uploads nothing and fetches nothing.
CLOSED = re.compile(
    r"(/gradio_api)?/(upload|upload_progress|file|proxy|stream|component_server|deep_link|runs)\b"
)
OPEN = {"/healthz"}
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may send.

    Attributes:
        body_bytes: Largest request body.
        per_minute: Questions of one client in a minute; 0 sets no limit.
        clients: Clients remembered at once; the least recent is forgotten.
        logins: Name -> password; empty lets everyone in.
    """

    body_bytes: int = 262_144
    per_minute: int = 120
    clients: int = 10_000
    logins: Mapping[str, str] = field(default_factory=dict)


class Guard:
    """ASGI middleware that turns away what `limits` forbid and puts security headers on the rest."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = _Sealed(send)
        refusal = self._refuse(scope)
        if refusal is None:
            received = await _whole_body(receive, self._limits.body_bytes) if _has_body(scope) else receive
            if received is not None:
                await self._app(scope, received, guarded)
                return
            refusal = _error(413, f"The request is larger than {self._limits.body_bytes} bytes.")
        await refusal(scope, receive, guarded)

    def _refuse(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if self._limits.logins and path not in OPEN and not self._knows(Headers(scope=scope)):
            return _error(401, "Please log in.", {"WWW-Authenticate": 'Basic realm="Kneewise"'})
        if CLOSED.match(path):
            return _error(404, "Nothing is uploaded to or fetched through this server.")
        if scope["method"] == "POST" and (wait_s := self._wait(scope)):
            return _error(429, f"Too many questions: try again in {wait_s} s.", {"Retry-After": str(wait_s)})
        return None

    def _knows(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return False
        wanted = self._limits.logins.get(name, "")
        # Compared in constant time; an unknown name takes as long as a wrong password.
        same = secrets.compare_digest(password.encode(), wanted.encode())
        return scheme.lower() == "basic" and bool(wanted) and same

    def _wait(self, scope: Scope) -> int:
        """Seconds until this client may ask again; a token bucket that refills evenly."""
        most = self._limits.per_minute
        if not most:
            return 0
        client, now = (scope.get("client") or ("?", 0))[0], time.monotonic()
        left, since = self._tokens.pop(client, (float(most), now))
        left = min(most, left + (now - since) * most / 60)
        self._tokens[client] = (max(0.0, left - 1), now)
        if len(self._tokens) > self._limits.clients:
            self._tokens.popitem(last=False)
        return 0 if left >= 1 else max(1, round((1 - left) * 60 / most))


class _Sealed:
    """Puts the security headers on a response; a page's own inline scripts are allowed by their hash."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._page = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers:
                self._held = message
                return
            headers["Content-Security-Policy"] = policy()
        elif self._held is not None and message["type"] == "http.response.body":
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(scope=self._held)["Content-Security-Policy"] = policy(self._page)
            await self._send(self._held)
            self._held, message = None, {"type": "http.response.body", "body": self._page}
        await self._send(message)


def policy(page: bytes = b"") -> str:
    """The content security policy of a response: this host only, and the inline scripts that `page` holds."""
    hashes = {base64.b64encode(hashlib.sha256(s).digest()).decode() for s in INLINE_SCRIPT.findall(page)}
    # Gradio compiles its HTML parts in the browser, which needs 'unsafe-eval'; only its page gets it.
    scripts = [f"'sha256-{each}'" for each in sorted(hashes)] + ["'unsafe-eval'"] * bool(hashes)
    return "; ".join((
        "default-src 'self'", " ".join(["script-src 'self'", *scripts]), "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:", "connect-src 'self'", "object-src 'none'", "base-uri 'self'",
        "form-action 'self'", "frame-ancestors 'none'",
    ))  # fmt: skip


def _has_body(scope: Scope) -> bool:
    return scope["method"] not in {"GET", "HEAD", "OPTIONS"}


async def _whole_body(receive: Receive, most: int) -> Receive | None:
    """Read the body up front; None when it is larger than `most` bytes."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            return None
    handed = False

    async def again() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _error(status: int, words: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": words}, status, headers=headers)
