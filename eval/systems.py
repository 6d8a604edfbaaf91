"""What can be measured: this assistant, a naive pipeline, or any server that answers questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol

from app.answer import Assistant
from app.evidence import evidence_features, load_evidence_weights, probability
from app.retrieve import RetrievalSettings
from app.settings import AppSettings
from app.wire import build_assistant
from eval.errors import SystemUnavailable
from eval.metrics import Row
from eval.relevance import Corpus
from eval.server import Http, corpus_of
from ingest.build import build
from ingest.errors import IngestError
from ingest.gather import Inputs
from ingest.settings import IndexSettings, corpus_folder

_RETRIEVED = 10


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
    """The assistant itself, in this process.

    Attributes:
        floor: Probability of an answer under which it abstains.
    """

    name = "kneewise"

    def __init__(self, assistant: Assistant) -> None:
        """Measure `assistant`; it is asked once more for the ranking behind each answer."""
        self.assistant = assistant
        self.corpus: Corpus | None = corpus_of(assistant.index)
        evidence = load_evidence_weights()
        self.floor, self._weights = evidence.floor, evidence.weights

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
        """Name the build, the composer and the settings of both."""
        index = self.assistant.index
        kinds = sorted({article.kind for article in index.articles.values()})
        composer = "prose" if self.assistant.prose else "extractive"
        settings = {
            **{name: index.manifest.settings[name] for name in ("model", "passage_tokens")},
            **asdict(RetrievalSettings()),
            "evidence_floor": self.floor,
        }
        told = ", ".join(f"{name}={value}" for name, value in settings.items())
        return {"build": index.build_id, "corpus": "+".join(kinds), "composer": composer, "settings": told}


def open_system(
    name: str, index: Path | None, composer: str, originals: Path | None, scratch: Path
) -> System:
    """Open what `--system` names.

    Args:
        name: `kneewise`, `naive` or a server's address.
        index: Build directory; None for the current one.
        composer: `extractive` or `prose`.
        originals: Folder to build and answer from instead; None for the build.
        scratch: Where that build goes.

    Raises:
        SystemUnavailable: Says what is missing and how to get it.
    """
    if "://" in name:
        return Http.from_env(name, index)
    if name not in ("kneewise", "naive"):
        raise SystemUnavailable(f"--system {name!r}: kneewise, naive or an http address is expected")
    assistant = open_originals(originals, scratch, composer) if originals else open_assistant(index, composer)
    if name == "naive":
        from eval.naive import Naive  # llama-index takes seconds to import

        return Naive(assistant)
    return Kneewise(assistant)


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
