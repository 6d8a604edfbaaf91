"""Speak to a language model over the OpenAI-compatible protocol: Ollama, llama.cpp, vLLM, hosted services."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator

import httpx
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.llms.openai_like import OpenAILike

_MAX_TOKENS = 900  # some eight sentences of prose, several times over
_DONE = object()


class ModelError(RuntimeError):
    """The model gave no whole answer in time; says why."""


class ChatModel:
    """One model behind one address."""

    def __init__(self, base_url: str, model: str, api_key: str = "", timeout_s: float = 20.0) -> None:
        """Keep the address; nothing is sent before the first question.

        Args:
            base_url: Of the server, such as `http://127.0.0.1:11434/v1`.
            model: As the server names it.
            api_key: Empty where the server wants none.
            timeout_s: How long one whole answer may take.
        """
        self._base_url, self._model, self.timeout_s = base_url, model, timeout_s
        # An empty key would be looked up in the environment and sent to whatever server this is.
        self._api_key = api_key or "none"

    def stream(self, system: str, user: str) -> Iterator[str]:
        """Yield the answer in pieces as they come.

        Raises:
            ModelError: The server cannot be reached, answers with an error or nonsense, breaks off,
                or is not done after `timeout_s` seconds, however lively the stream.
        """
        deadline = time.monotonic() + self.timeout_s
        pieces: queue.Queue[object] = queue.Queue(maxsize=64)
        client = httpx.Client(timeout=self.timeout_s)
        stop = threading.Event()
        arguments = (client, [ChatMessage(role="system", content=system), ChatMessage(content=user)])
        threading.Thread(target=self._read, args=(*arguments, pieces, stop), daemon=True).start()
        try:
            yield from _until(pieces, deadline, self.timeout_s)
        finally:
            stop.set()
            client.close()  # ends a reader whose server drips on

    def _read(
        self,
        client: httpx.Client,
        messages: list[ChatMessage],
        pieces: queue.Queue[object],
        stop: threading.Event,
    ) -> None:
        """Put the pieces, then `_DONE` or what went wrong."""
        finish = None
        try:
            for response in self._llm(client).stream_chat(messages):
                _put(pieces, response.delta or "", stop)
                finish = _finish_reason(response) or finish
                if stop.is_set():
                    return
            last: object = _DONE if finish == "stop" else ModelError(f"the answer ended by {finish}")
        except Exception as error:  # whatever the library makes of broken input
            last = ModelError(f"{type(error).__name__}: {error}")
        _put(pieces, last, stop)

    def _llm(self, client: httpx.Client) -> OpenAILike:
        return OpenAILike(
            model=self._model,
            api_base=self._base_url,
            api_key=self._api_key,
            is_chat_model=True,
            temperature=0.0,
            max_tokens=_MAX_TOKENS,
            max_retries=0,
            timeout=self.timeout_s,
            http_client=client,  # type: ignore[call-arg] # its base class takes it, undeclared
        )


def _until(pieces: queue.Queue[object], deadline: float, timeout_s: float) -> Iterator[str]:
    while True:
        try:
            piece = pieces.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise ModelError(f"no whole answer within {timeout_s:g} s") from None
        if piece is _DONE:
            return
        if isinstance(piece, ModelError):
            raise piece
        yield str(piece)


def _put(pieces: queue.Queue[object], piece: object, stop: threading.Event) -> None:
    """Put a piece, unless nobody reads any more."""
    while not stop.is_set():
        try:
            return pieces.put(piece, timeout=0.2)
        except queue.Full:
            continue
    return None


def _finish_reason(response: ChatResponse) -> str | None:
    choices = getattr(response.raw, "choices", None) or []
    return choices[0].finish_reason if choices else None
