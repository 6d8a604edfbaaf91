"""The two stages that take the time, cleaning and embedding, behind one interface: here, or on a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document, TextNode, TransformComponent

from ingest.cache import Matrix, VectorCache
from ingest.chunk import Chunk, CountTokens
from ingest.clean import Clean, article_of
from ingest.embed import Encoder, cached
from ingest.index import read_articles
from ingest.load import Skipped, Source, documents
from ingest.recognise import recognise
from ingest.records import Article
from ingest.settings import IndexSettings
from ingest.vectorize import Embed

# More texts at a time sort into more even batches; this many fill some 100 MB.
WINDOW_CHARACTERS = 1_500_000
_LEAST_WORDS = 20
Encode = Callable[[Sequence[str]], Matrix]
# An article with its file, or why there is none.
Cleaned = tuple[Article, str] | Skipped


class Engine(Protocol):
    """What runs the stages; every engine gives the same articles and passages in the same order."""

    def clean(
        self, found: Iterable[Source | Skipped], digests: Sequence[Mapping[str, Any]]
    ) -> Iterator[Cleaned]:
        """Read and clean each source; `digests` are told by an original and hand it their metadata."""

    def embed(
        self, articles: Path, settings: IndexSettings, encoder: Encoder, cache: VectorCache
    ) -> Iterator[list[TextNode]]:
        """Cut the articles of a file of JSON lines and embed them; yields nodes with their vectors."""


class Here:
    """Runs the stages in this process, a window of articles at a time."""

    def clean(
        self, found: Iterable[Source | Skipped], digests: Sequence[Mapping[str, Any]]
    ) -> Iterator[Cleaned]:
        """Read and clean each source."""
        return clean(documents(found), digests)

    def embed(
        self, articles: Path, settings: IndexSettings, encoder: Encoder, cache: VectorCache
    ) -> Iterator[list[TextNode]]:
        """Cut and embed the articles of a file."""
        stages = pipeline(settings, encoder.count_tokens, cached(encoder, cache))
        return _ahead(run(stages, read_articles(articles, *part)) for part in windows(articles))


def _ahead(windows: Iterator[list[TextNode]]) -> Iterator[list[TextNode]]:
    """Make the next window while the last one is stored."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, windows, None)
        while (window := coming.result()) is not None:
            coming = pool.submit(next, windows, None)
            yield window


def clean(read: Iterable[Document | Skipped], digests: Sequence[Mapping[str, Any]] = ()) -> Iterator[Cleaned]:
    """Clean each document; one that holds no article becomes `Skipped`."""
    stage = IngestionPipeline(transformations=[Clean()], disable_cache=True)
    for document in read:
        if isinstance(document, Skipped):
            yield document
            continue
        path = str(document.metadata["path"])
        article = article_of(stage.run(documents=[recognise(document, digests)])[0])
        if len(article.text.split()) >= _LEAST_WORDS:
            yield article, path
        else:
            yield Skipped(path, "no article is left without the page's furniture")


def pipeline(settings: IndexSettings, count_tokens: CountTokens, encode: Encode) -> IngestionPipeline:
    """Return the stages from article to vector."""
    stages: list[TransformComponent] = [Chunk(settings.passage_tokens, count_tokens), Embed(encode)]
    return IngestionPipeline(transformations=stages, disable_cache=True)


def run(stages: IngestionPipeline, window: Iterable[Article]) -> list[TextNode]:
    """Put articles through the stages of `pipeline`."""
    texts = [Document(text=article.text, id_=article.slug) for article in window]
    return [node for node in stages.run(documents=texts) if isinstance(node, TextNode)]


def windows(articles: Path, characters: int = WINDOW_CHARACTERS) -> Iterator[tuple[int, int]]:
    """Divide a file of articles, one a line, into byte ranges of about `characters` of text each."""
    start = end = size = 0
    with articles.open("rb") as lines:
        for line in lines:
            end += len(line)
            size += len(json.loads(line)["text"])
            if size >= characters:
                yield start, end
                start, size = end, 0
    if end > start:
        yield start, end
