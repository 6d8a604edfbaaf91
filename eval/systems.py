"""What can be measured: this assistant, a naive pipeline, or any server that answers questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx

from app.answer import Assistant
from app.settings import AppSettings
from app.wire import build_assistant
from eval.errors import SystemUnavailable
from eval.metrics import Row
from eval.relevance import Corpus
from ingest.errors import IngestError

_RETRIEVED = 10
_TIMEOUT_S = 60.0


class System(Protocol):
    """Something that answers conversations.

    Attributes:
        name: As shown in the report.
        corpus: The build it answers from; None where it cannot be looked into.
    """

    name: str
    corpus: Corpus | None

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        """Answer the last of `turns`."""

    def about(self) -> Mapping[str, str]:
        """Settings and versions that explain the figures."""


class Kneewise:
    """The assistant itself, in this process."""

    name = "kneewise"

    def __init__(self, assistant: Assistant) -> None:
        """Measure `assistant`; it is asked once more for the ranking behind each answer."""
        self.assistant = assistant
        self.corpus: Corpus | None = corpus_of(assistant)

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        """Answer, and tell which passages were found for it."""
        reply = self.assistant.answer(turns).as_json()
        understood = self.assistant.understand(turns)
        hits = self.assistant.gather(understood).hits[:_RETRIEVED] if understood.search_text else []
        return Row(question_id, reply, tuple(hit.passage.passage_id for hit in hits))

    def about(self) -> Mapping[str, str]:
        """Name the build and the composer."""
        index = self.assistant.index
        kinds = sorted({article.kind for article in index.articles.values()})
        composer = "prose" if self.assistant.prose else "extractive"
        return {"build": index.build_id, "corpus": "+".join(kinds), "composer": composer}


class Http:
    """A server that speaks this project's `/v1/ask`, or the OpenAI chat protocol."""

    corpus: Corpus | None = None

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        """Measure the server at `url`: `.../v1/chat/completions` is taken for a chat model, else `/v1/ask` is asked."""
        self.name = url
        self._client = client or httpx.Client(timeout=_TIMEOUT_S)
        self._chat = url.rstrip("/").endswith("/chat/completions")
        self._url = url if self._chat or url.rstrip("/").endswith("/ask") else url.rstrip("/") + "/v1/ask"

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        """Post one conversation; a failure of the server is an error reply, so that it counts."""
        try:
            answer = self._client.post(self._url, json=self._payload(turns))
            answer.raise_for_status()
            reply = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            return Row(question_id, {"outcome": "error", "error": f"{type(error).__name__}: {error}"})
        return Row(question_id, _from_chat(reply) if self._chat else reply)

    def about(self) -> Mapping[str, str]:
        """Name the address."""
        return {"url": self._url}

    def _payload(self, turns: Sequence[str]) -> dict[str, Any]:
        if not self._chat:
            return {"turns": list(turns)}
        return {"model": "default", "messages": [{"role": "user", "content": turn} for turn in turns]}


def _from_chat(answer: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return {"outcome": "error", "error": "no choices[0].message.content in the answer"}
    return {"outcome": "answer", "text": text, "statements": [{"text": text, "citations": []}]}


def corpus_of(assistant: Assistant) -> Corpus:
    """Return the texts that `assistant` answers from."""
    index = assistant.index
    texts = {slug: article.text for slug, article in index.articles.items()}
    return Corpus(texts, index.passages.values())


def open_assistant(index: Path | None) -> Assistant:
    """Open the assistant over `index`, or over the current build.

    Raises:
        SystemUnavailable: Says what is missing and how to get it.
    """
    try:
        return build_assistant(AppSettings(index=index))
    except IngestError as error:
        raise SystemUnavailable(str(error)) from error
