"""What can be measured: this assistant, a naive pipeline, or any server that answers questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import httpx

from app.answer import Assistant
from app.evidence import evidence_features, load_evidence_weights, probability
from app.settings import AppSettings
from app.wire import build_assistant
from eval.errors import SystemUnavailable
from eval.metrics import Row
from eval.questions import load_facts, load_topics
from eval.relevance import Corpus
from ingest.build import build
from ingest.errors import IngestError
from ingest.gather import Inputs
from ingest.settings import IndexSettings, corpus_folder

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
        self._weights = load_evidence_weights().weights

    def ask(self, question_id: str, turns: Sequence[str]) -> Row:
        """Answer, and tell which passages were found for it."""
        reply = self.assistant.answer(turns).as_json()
        understood = self.assistant.understand(turns)
        if not understood.search_text:
            return Row(question_id, reply)
        found = self.assistant.gather(understood)
        features = evidence_features(understood, found.hits, found.candidates, self.assistant.ranker)
        ids = tuple(hit.passage.passage_id for hit in found.hits[:_RETRIEVED])
        return Row(question_id, reply, ids, probability(features, self._weights))

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
        """Measure the server at `url`; a path `/chat/completions` is taken for a chat model."""
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
    return Corpus(texts, index.passages.values(), load_facts().values(), load_topics())


def open_assistant(index: Path | None, composer: str = "extractive") -> Assistant:
    """Open the assistant over `index`, or over the current build.

    Args:
        index: Build directory; None for the current one.
        composer: `prose` needs a model configured by `KNEEWISE_LLM_*`.

    Raises:
        SystemUnavailable: Says what is missing and how to get it.
    """
    settings = AppSettings.from_env()
    if composer == "prose" and not (settings.llm_base_url and settings.llm_model):
        raise SystemUnavailable("--composer prose needs KNEEWISE_LLM_BASE_URL and KNEEWISE_LLM_MODEL")
    if composer == "extractive":
        settings = replace(settings, llm_base_url="", llm_model="")
    try:
        return build_assistant(replace(settings, index=index or settings.index))
    except IngestError as error:
        raise SystemUnavailable(str(error)) from error


def open_originals(folder: Path, scratch: Path, composer: str = "extractive") -> Assistant:
    """Build the originals of `folder` below `scratch`, without digests, and open the assistant over them.

    Raises:
        SystemUnavailable: The folder is missing or holds no article.
    """
    if not folder.is_dir():
        raise SystemUnavailable(
            f"--originals {folder}: no such folder; name one that holds the original articles"
        )
    try:
        made = build(Inputs(corpus_folder(), (folder,), False), scratch, IndexSettings.from_env())
    except IngestError as error:
        raise SystemUnavailable(str(error)) from error
    return open_assistant(made.path, composer)
