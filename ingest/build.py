"""Make a build beside the old one, prove it, and only then let it serve.

gather -> chunk -> embed -> Chroma -> lexical index -> knowledge -> manifest -> probe -> switch
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document, TextNode

from ingest import index as layout
from ingest import locate, manifest
from ingest.cache import Matrix, VectorCache
from ingest.chunk import Chunk, passage_of
from ingest.curate import load_conflicts, load_exercises, load_vocabulary
from ingest.embed import Embed, Encoder, cached, load_encoder
from ingest.errors import BuildFailed, BuildLocked, IndexUnavailable, NothingToIndex
from ingest.gather import (
    CONFLICTS_FILE,
    EXERCISES_FILE,
    VOCABULARY_FILE,
    Gathered,
    Inputs,
    gather,
    windows,
)
from ingest.knowledge import Conflict, Entry, Knowledge, Vocabulary
from ingest.lexical import Lexical, indexed_text
from ingest.lock import writer
from ingest.probe import probe
from ingest.records import Article, Passage
from ingest.resolve import resolve
from ingest.settings import IndexSettings, corpus_folder, home
from ingest.store import ChromaVectors, check_model
from ingest.summary import Progress, Summary, changes, silent

Encode = Callable[[Sequence[str]], Matrix]
Curated = tuple[Sequence[Entry], Vocabulary, Sequence[Conflict]]
_WINDOW_CHARACTERS = 1_000_000
_STAGING = "staging"
_CACHE_SLACK = 4  # the cache is rewritten when it holds this many times what the build uses


def build(
    inputs: Inputs,
    out: Path,
    settings: IndexSettings,
    progress: Progress = silent,
    *,
    wait_s: float = 0,
) -> Summary:
    """Make the build of `inputs` below `out` and let it serve; one that stands already is not made again.

    Raises:
        NothingToIndex: No input holds an article.
        BuildLocked: Another process is writing below `out`.
        BuildFailed: The new build did not pass its probe; the old one still serves.
    """
    began = time.monotonic()
    with writer(out, wait_s):
        before = _current_manifest(out)
        staged = _fresh_folder(out)
        gathered = gather(inputs, settings, staged / layout.ARTICLES, progress)
        _require_articles(inputs, gathered)
        final = locate.builds_folder(out) / gathered.build_id
        embedded = 0
        built = not _is_sound(final)
        if built:
            embedded = _fill(staged, inputs, gathered, settings, out, progress)
            _publish(staged, final, progress)
        locate.switch(out, gathered.build_id)
        locate.prune(out)
        shutil.rmtree(out / _STAGING, ignore_errors=True)
    stamp = manifest.read(final)
    return Summary(
        build_id=stamp.build_id,
        path=final,
        built=built,
        **stamp.counts,
        embedded=embedded,
        changes=changes(before.articles if before else {}, stamp.articles),
        skipped=gathered.skipped,
        notes=stamp.notes,
        seconds=time.monotonic() - began,
    )


def ensure_build(out: Path | None = None, *, corpus: Path | None = None, progress: Progress = silent) -> Path:
    """Return the current build, made first where it is missing, stale or damaged.

    While another process builds, a sound build that stands is returned as it is.

    Raises:
        IngestError: It cannot be made; see `build`.
    """
    out = out or home()
    settings = IndexSettings.from_env()
    sound = _sound_build(out, settings)
    try:
        return build(default_inputs(corpus), out, settings, progress, wait_s=0 if sound else 600).path
    except BuildLocked:
        if sound is None:
            raise
        return sound


def default_inputs(corpus: Path | None = None) -> Inputs:
    """Return what is indexed when nothing is named: the digests and the reader's own copies."""
    corpus = corpus or corpus_folder()
    originals = corpus / "originals"
    return Inputs(corpus, (originals,) if originals.is_dir() else ())


def _require_articles(inputs: Inputs, gathered: Gathered) -> None:
    own_wanted = any(path != inputs.corpus / "originals" for path in inputs.paths)
    if not gathered.hashes or (own_wanted and not gathered.own):
        reasons = "; ".join(f"{s.source}: {s.reason}" for s in gathered.skipped[:5]) or "no file found"
        raise NothingToIndex(
            f"no article in {', '.join(map(str, inputs.paths)) or inputs.corpus} ({reasons})"
        )


def _fill(
    staged: Path,
    inputs: Inputs,
    gathered: Gathered,
    settings: IndexSettings,
    out: Path,
    progress: Progress,
) -> int:
    """Make everything of a build but its place; return how many texts the model read."""
    curated = _curated(inputs.corpus)  # first: a mistake in them should not cost the embedding
    encoder = load_encoder(settings)
    with closing(VectorCache(_cache_path(out, encoder), encoder.dimension)) as cache:
        encode = cached(encoder, cache)
        collection = f"kneewise-{gathered.build_id}"
        counts = _cut_and_embed(staged, settings, encoder, encode, collection, progress)
        if counts["sentences"] <= settings.stored_sentences:
            _embed_sentences(staged, counts["sentences"], encoder.dimension, encode, progress)
        knowledge = _resolve_knowledge(staged, curated, encode)
    _index_words(staged)
    encoder.export()
    (staged / layout.KNOWLEDGE).write_text(knowledge.to_json(), encoding="utf-8")
    _stamp(staged, gathered, settings, encoder, counts, collection, knowledge)
    return encoder.embedded


def _cut_and_embed(
    staged: Path,
    settings: IndexSettings,
    encoder: Encoder,
    encode: Encode,
    collection: str,
    progress: Progress,
) -> dict[str, int]:
    pipeline = IngestionPipeline(
        transformations=[Chunk(settings.passage_tokens, encoder.count_tokens), Embed(encode)],
        disable_cache=True,
    )
    counts = {"articles": 0, "passages": 0, "sentences": 0}
    vectors = ChromaVectors.create(staged / manifest.CHROMA, settings, collection)
    with closing(vectors), (staged / layout.PASSAGES).open("w", encoding="utf-8") as file:
        for window in windows(layout.read_articles(staged / layout.ARTICLES), _WINDOW_CHARACTERS):
            nodes = [
                node for node in pipeline.run(documents=_documents(window)) if isinstance(node, TextNode)
            ]
            vectors.add(nodes)
            cut = [passage_of(node) for node in nodes]
            file.writelines(map(layout.passage_line, cut))
            counts["articles"] += len(window)
            counts["passages"] += len(cut)
            counts["sentences"] += sum(len(passage.sentences) for passage in cut)
            progress("embed", counts["passages"], None)
    return counts


def _documents(articles: Sequence[Article]) -> list[Document]:
    return [Document(text=article.text, id_=article.slug) for article in articles]


def _embed_sentences(staged: Path, rows: int, dimension: int, encode: Encode, progress: Progress) -> None:
    matrix = np.lib.format.open_memmap(staged / layout.SENTENCES, "w+", np.float32, (rows, dimension))
    done = 0
    for batch in _batches(layout.read_passages(staged / layout.PASSAGES), 200):
        vectors = encode(layout.sentence_texts(batch))
        matrix[done : done + len(vectors)] = vectors
        done += len(vectors)
        progress("sentences", done, rows)
    matrix.flush()


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
    titles = {article.slug: article for article in layout.read_articles(staged / layout.ARTICLES)}
    passages = list(layout.read_passages(staged / layout.PASSAGES))
    texts = (indexed_text(titles[passage.article], passage) for passage in passages)
    Lexical.build(texts, [passage.passage_id for passage in passages]).save(staged / layout.LEXICAL)


def _resolve_knowledge(staged: Path, curated: Curated, encode: Encode) -> Knowledge:
    return resolve(
        *curated,
        {article.slug: article for article in layout.read_articles(staged / layout.ARTICLES)},
        layout.read_passages(staged / layout.PASSAGES),
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
        notes=tuple(map(str, knowledge.dropped)),
        files=files,
        database=database,
    ).write(staged)


def _publish(staged: Path, final: Path, progress: Progress) -> None:
    progress("probe", 0, None)
    if wrong := probe(staged):
        raise BuildFailed(f"the new build did not pass its probe and was dropped: {wrong}")
    shutil.rmtree(final, ignore_errors=True)
    final.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(final)


def _fresh_folder(out: Path) -> Path:
    staged = out / _STAGING / "build"
    shutil.rmtree(out / _STAGING, ignore_errors=True)  # what a killed run left; its vectors are in the cache
    staged.mkdir(parents=True)
    return staged


def _cache_path(out: Path, encoder: Encoder) -> Path:
    return out / "cache" / f"{encoder.sha256[:12]}.vectors"


def _current_manifest(out: Path) -> manifest.Manifest | None:
    try:
        return manifest.read(locate.find_build(out))
    except IndexUnavailable:
        return None


def _is_sound(build: Path) -> bool:
    try:
        return not manifest.damage(build, manifest.read(build))
    except IndexUnavailable:
        return False


def _sound_build(out: Path, settings: IndexSettings) -> Path | None:
    try:
        found = locate.find_build(out)
        check_model(found, manifest.read(found), settings)
    except IndexUnavailable:
        return None
    return found if _is_sound(found) else None
