"""Ask any server that answers questions: one of this project, or one that speaks the OpenAI chat protocol."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from eval.errors import SystemUnavailable
from eval.metrics import Row
from eval.questions import load_facts, load_topics
from eval.relevance import Corpus
from ingest.errors import IngestError
from ingest.index import Index
from ingest.opening import open_index

_TIMEOUT_S = 60.0
_PATIENCE = 5
_CHAT, _ASK = "/chat/completions", "/v1/ask"


class Http:
    """A server behind an address.

    Attributes:
        name: Its address.
        corpus: The texts it answers from, where the same build lies on this machine; None otherwise.
    """

    def __init__(
        self, url: str, client: httpx.Client | None = None, *, model: str = "default", api_key: str = ""
    ) -> None:
        """Measure the server at `url`.

        A path that ends with `/chat/completions` or `/v1` is taken for the OpenAI chat protocol, any other
        for `/v1/ask` of this project.
        """
        self.name, self._model = url, model
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = client or httpx.Client(timeout=_TIMEOUT_S, headers=headers)
        base = url.rstrip("/")
        self._chat = base.endswith((_CHAT, "/v1"))
        tail = _CHAT if base.endswith("/v1") else "" if base.endswith((_CHAT, "/ask")) else _ASK
        self._url = base + tail
        self.corpus: Corpus | None = None
        self._about = {"url": self._url}

    @classmethod
    def from_env(cls, url: str, index: Path | None, env: Mapping[str, str] | None = None) -> Http:
        """Reach the server, as `KNEEWISE_SYSTEM_MODEL` and `_API_KEY` say where it asks for them.

        Args:
            url: Its address.
            index: A build that the server may be answering from; None for the current one.
            env: `None` means the process's own.

        Raises:
            SystemUnavailable: Nothing answers at `url`.
        """
        env = os.environ if env is None else env
        model, key = env.get("KNEEWISE_SYSTEM_MODEL", "default"), env.get("KNEEWISE_SYSTEM_API_KEY", "")
        server = cls(url, model=model, api_key=key)
        server.reach(index)
        return server

    def reach(self, index: Path | None = None) -> None:
        """Make sure that something answers, and look into its build where that lies on this machine.

        Raises:
            SystemUnavailable: Nothing answers.
        """
        try:
            ready = self._client.get(httpx.URL(self._url).join("/readyz"))
        except httpx.HTTPError as error:
            raise SystemUnavailable(
                f"--system {self.name}: nothing answers there ({type(error).__name__}); start it first"
            ) from error
        if self._chat or ready.is_error:
            return
        try:
            build = str(ready.json()["build"])
        except (ValueError, KeyError, TypeError):
            return
        self._about["build"] = build
        try:
            found = open_index(index)
        except IngestError:
            return
        if found.build_id == build:
            self.corpus = corpus_of(found)

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        """Post one conversation; a failure of the server is an error reply, so that it counts."""
        try:
            answer, took_ms = self._post(self._payload(turns))
            answer.raise_for_status()
            reply = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            return Row(question_id, {"outcome": "error", "error": f"{type(error).__name__}: {error}"})
        if self._chat:
            reply = _from_chat(reply)
        elif not isinstance(reply, dict):
            reply = {"outcome": "error", "error": "the answer is no JSON object"}
        return Row(question_id, {"timings_ms": {"total": took_ms}, **reply})

    def _post(self, payload: Mapping[str, Any]) -> tuple[httpx.Response, float]:
        """Post, and wait as long as a server asks that counts its questions; tell how long it took in ms."""
        for _ in range(_PATIENCE):
            began = time.perf_counter()
            answer = self._client.post(self._url, json=payload)
            took_ms = (time.perf_counter() - began) * 1000
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            wait_s = answer.headers.get("retry-after", "")
            time.sleep(min(int(wait_s), _TIMEOUT_S) if wait_s.isdigit() else 1)
        return answer, took_ms

    def about(self) -> Mapping[str, str]:
        """Name the address, and the build where the server tells."""
        return self._about

    def _payload(self, turns: Sequence[str]) -> dict[str, Any]:
        if not self._chat:
            return {"turns": list(turns)}
        return {"model": self._model, "messages": [{"role": "user", "content": turn} for turn in turns]}


def _from_chat(answer: Any) -> dict[str, Any]:
    try:
        text = str(answer["choices"][0]["message"]["content"])
    except (KeyError, IndexError, TypeError):
        return {"outcome": "error", "error": "no choices[0].message.content in the answer"}
    return {"outcome": "answer", "text": text, "statements": [{"text": text, "citations": []}]}


def corpus_of(index: Index) -> Corpus:
    """Return the texts of a build, to measure answers against."""
    texts = {slug: article.text for slug, article in index.articles.items()}
    return Corpus(texts, index.passages.values(), load_facts().values(), load_topics())
