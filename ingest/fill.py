"""Fill the folder of a new build from its gathered articles.

articles -> passages -> vectors in Chroma -> sentence vectors -> what a search holds -> knowledge -> words
-> manifest
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from llama_index.core.schema import TextNode

from ingest import index as layout
from ingest import manifest
from ingest.answering import load_answerer, tokens_in, vectors_of
from ingest.cache import Matrix, VectorCache
from ingest.chunk import passage_of
from ingest.curate import load_conflicts, load_exercises, load_vocabulary
from ingest.embed import Encoder, cached, load_encoder
from ingest.engine import Engine
from ingest.errors import BuildFailed, IndexUnavailable
from ingest.gather import (
    CONFLICTS_FILE,
    EXERCISES_FILE,
    VOCABULARY_FILE,
    Gathered,
    Inputs,
    own_paths,
)
from ingest.held import write_held
from ingest.knowledge import Conflict, Entry, Knowledge, Vocabulary
from ingest.lexical import Lexical, indexed_text
from ingest.metadata import sources
from ingest.records import Passage
from ingest.resolve import resolve
from ingest.settings import IndexSettings
from ingest.store import ChromaVectors
from ingest.summary import Progress

# Unused sentences (12 kB each, with their words) that the cache may hold beside as many as are used.
_SPARE_ANSWERS = 1_000

Encode = Callable[[Sequence[str]], Matrix]
Curated = tuple[Sequence[Entry], Vocabulary, Sequence[Conflict]]


def fill(
    staged: Path,
    inputs: Inputs,
    gathered: Gathered,
    settings: IndexSettings,
    out: Path,
    progress: Progress,
    engine: Engine,
) -> int:
    """Make everything of a build but its place.

    Args:
        staged: Folder that holds the gathered articles; all else is written beside them.
        inputs: What the reader named.
        gathered: What was made of it.
        settings: Of the build.
        out: Folder whose vector cache is used.
        progress: Told of what is done.
        engine: Runs the stages that take the time.

    Returns:
        How many texts the model read; cached ones are not read again.
    """
    curated = _curated(inputs.corpus)  # first: a mistake in them should not cost the embedding
    encoder = load_encoder(settings)
    try:
        encoder.export()
    except RuntimeError as error:  # torch's word for a full disk
        raise BuildFailed(
            f"the query encoder cannot be written ({error}); the old build still serves"
        ) from error
    with closing(VectorCache(_cache_path(out, encoder), encoder.dimension)) as cache:
        encode = cached(encoder, cache)
        nodes = engine.embed(staged / layout.ARTICLES, settings, encoder, cache)
        collection = collection_name(gathered.build_id, out)
        counts = {"articles": len(gathered.hashes), **_keep(nodes, staged, settings, collection, progress)}
        if counts["sentences"] <= settings.stored_sentences:
            _embed_sentences(staged, counts["sentences"], encoder.dimension, encode, progress)
        if counts["sentences"] <= settings.stored_answers:
            _embed_answers(staged, out)
        knowledge = _resolve_knowledge(staged, inputs.corpus, curated, encode)
        cache.trim()
    _keep_for_search(staged, settings, collection)
    _index_words(staged)
    (staged / layout.KNOWLEDGE).write_text(knowledge.to_json(), encoding="utf-8")
    _stamp(staged, inputs, gathered, settings, encoder, counts, collection, knowledge)
    return encoder.embedded


def collection_name(build_id: str, out: Path) -> str:
    """Name the collection of a build; two folders on one Chroma server never share one."""
    return f"{collection_prefix(out)}{build_id}"


def collection_prefix(out: Path) -> str:
    """Return what the names of the collections of all builds below `out` begin with."""
    place = hashlib.sha256(f"{socket.gethostname()}:{out.resolve()}".encode()).hexdigest()
    return f"kneewise-{place[:8]}-"


def _keep(
    windows: Iterator[list[TextNode]],
    staged: Path,
    settings: IndexSettings,
    collection: str,
    progress: Progress,
) -> dict[str, int]:
    """Write passages and their vectors, in order; count them and their sentences."""
    counts = {"passages": 0, "sentences": 0}
    vectors = ChromaVectors.create(staged / manifest.CHROMA, settings, collection)
    with closing(vectors), (staged / layout.PASSAGES).open("w", encoding="utf-8") as file:
        for nodes in windows:
            vectors.add(nodes)
            cut = [passage_of(node) for node in nodes]
            file.writelines(map(layout.passage_line, cut))
            counts["passages"] += len(cut)
            counts["sentences"] += sum(len(passage.sentences) for passage in cut)
            progress("embed", counts["passages"], None)
    return counts


def _keep_for_search(staged: Path, settings: IndexSettings, collection: str) -> None:
    """Keep beside the finished store what a search needs of it.

    Of a small one all vectors, which are compared one by one; of a large one the ids of the passages that a
    search of it misses, so that it brings them too.
    """
    ids = [passage.passage_id for passage in layout.read_passages(staged / layout.PASSAGES)]
    try:
        with closing(ChromaVectors.open(staged / manifest.CHROMA, settings, collection)) as vectors:
            if held := vectors.held():
                write_held(staged / layout.VECTORS, *held)
                return
            strays = vectors.unfound(ids)
    except IndexUnavailable as error:  # a server that was killed meanwhile
        raise BuildFailed(f"{error}; the old build still serves") from error
    (staged / layout.STRAYS).write_text(json.dumps(strays))


def _embed_sentences(staged: Path, rows: int, dimension: int, encode: Encode, progress: Progress) -> None:
    head = {"descr": "<f4", "fortran_order": False, "shape": (rows, dimension)}
    done = 0
    # Not through a memory map: on a full disk that ends the process instead of raising.
    with (staged / layout.SENTENCES).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head)
        for batch in _batches(layout.read_passages(staged / layout.PASSAGES), 200):
            vectors = encode(layout.sentence_texts(batch))
            file.write(vectors.astype("<f4").tobytes())
            done += len(vectors)
            progress("sentences", done, rows)


def _embed_answers(staged: Path, out: Path) -> None:
    """Keep by what sentences answer, vectors and words, in half precision: no other order, half the room."""
    answerer = load_answerer()
    texts = layout.answer_texts(list(layout.read_passages(staged / layout.PASSAGES)))
    with closing(VectorCache(out / "cache" / f"{answerer.sha256[:12]}.answers", answerer.width)) as cache:
        new = [text for text in dict.fromkeys(texts) if text not in cache]
        if new:
            cache.put(new, answerer.encode(new))
        rows = cache.get(texts)
        for name, kept in ((layout.ANSWERS, vectors_of(rows)), (layout.TOKENS, tokens_in(rows))):
            with (staged / name).open("wb") as file:
                np.save(file, kept.astype(np.float16))
        cache.trim(_SPARE_ANSWERS)


def _batches(passages: Iterator[Passage], size: int) -> Iterator[list[Passage]]:
    batch: list[Passage] = []
    for passage in passages:
        batch.append(passage)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _index_words(staged: Path) -> None:
    titles = {article.slug: article.title for article in layout.read_articles(staged / layout.ARTICLES)}
    ids: list[str] = []

    def texts() -> Iterator[str]:
        for passage in layout.read_passages(staged / layout.PASSAGES):
            ids.append(passage.passage_id)
            yield indexed_text(titles[passage.article], passage)

    Lexical.build(texts(), ids).save(staged / layout.LEXICAL)


def _resolve_knowledge(staged: Path, corpus: Path, curated: Curated, encode: Encode) -> Knowledge:
    # The curated files cite the shipped articles alone; a large corpus need not be held for them.
    cited = {row["slug"] for row in sources(corpus) if "slug" in row}
    return resolve(
        *curated,
        {a.slug: a for a in layout.read_articles(staged / layout.ARTICLES) if a.slug in cited},
        [p for p in layout.read_passages(staged / layout.PASSAGES) if p.article in cited],
        encode=encode,
    )


def _curated(corpus: Path) -> Curated:
    """Read the curated files of a corpus; one without them has no exercises and no words."""
    if not (corpus / VOCABULARY_FILE).is_file():
        return (), Vocabulary(*[()] * len(fields(Vocabulary))), ()
    vocabulary = load_vocabulary(corpus / VOCABULARY_FILE)
    exercises, conflicts = corpus / EXERCISES_FILE, corpus / CONFLICTS_FILE
    return (
        load_exercises(exercises, vocabulary) if exercises.is_file() else (),
        vocabulary,
        load_conflicts(conflicts) if conflicts.is_file() else (),
    )


def _stamp(
    staged: Path,
    inputs: Inputs,
    gathered: Gathered,
    settings: IndexSettings,
    encoder: Encoder,
    counts: dict[str, int],
    collection: str,
    knowledge: Knowledge,
) -> None:
    files, database = manifest.fingerprints(staged)
    manifest.Manifest(
        build_id=gathered.build_id,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=settings.as_dict(),
        model_sha256=encoder.sha256,
        dimension=encoder.dimension,
        articles=gathered.hashes,
        counts=counts,
        collection=collection,
        skipped=tuple((skip.source, skip.reason) for skip in gathered.skipped),
        notes=(*gathered.notes, *map(str, knowledge.dropped)),
        paths=tuple(str(path.resolve()) for path in own_paths(inputs)),
        with_digests=inputs.with_digests,
        files=files,
        database=database,
    ).write(staged)


def _cache_path(out: Path, encoder: Encoder) -> Path:
    return out / "cache" / f"{encoder.sha256[:12]}.vectors"
