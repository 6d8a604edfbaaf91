"""Open a build for questions, once it is known to be whole and of this version.

Its files are checked before Chroma, whose native code a damaged file can end, sees them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import manifest as manifests
from ingest.errors import IndexMismatch, IndexUnavailable
from ingest.held import HeldVectors
from ingest.index import VECTORS, Index, Vectors, read_strays
from ingest.locate import find_build
from ingest.manifest import Manifest
from ingest.settings import IndexSettings

if TYPE_CHECKING:
    from ingest.store import ChromaVectors


def open_index(path: Path | None = None, settings: IndexSettings | None = None) -> Index:
    """Open a build: `path` itself, or the current one below `path`; `None` means the home folder.

    Raises:
        IndexUnavailable: There is none, it is damaged, or its vector store does not answer.
        IndexMismatch: It was made with another model than `settings` name.
    """
    settings = settings or IndexSettings.from_env()
    build = find_build(path)
    manifest = manifests.read(build)
    check_model(build, manifest, settings)
    if found := manifests.damage(build, manifest):
        raise IndexUnavailable(f"{build} is damaged ({found}): make the index again with `make index`")
    open_store = partial(_open_store, build, manifest)
    held = build / VECTORS
    vectors: Vectors = HeldVectors.read(held, open_store) if held.exists() else open_store()
    return Index(build, manifest, vectors)


def check_model(build: Path, manifest: Manifest, settings: IndexSettings) -> None:
    """Refuse a build whose vectors another model made.

    Raises:
        IndexMismatch: Naming both models.
    """
    made_with = manifest.settings.get("model")
    if made_with != settings.model or (
        settings.model_sha256 and manifest.model_sha256 != settings.model_sha256
    ):
        raise IndexMismatch(
            f"{build} was made with the model {made_with} ({manifest.model_sha256[:12]}), but "
            f"{settings.model} ({settings.model_sha256[:12] or 'any weights'}) is set: run `make index`, or "
            "set KNEEWISE_EMBEDDING_MODEL to the model of the build"
        )
    if manifest.settings.get("answerer_sha256") != settings.answerer_sha256:
        raise IndexMismatch(f"{build} chooses sentences by another model than this version: run `make index`")


def _open_store(build: Path, manifest: Manifest) -> ChromaVectors:
    from ingest.store import ChromaVectors  # Chroma takes a second to import, and small builds do without

    made_with, strays = IndexSettings(**manifest.settings), read_strays(build)
    vectors = ChromaVectors.open(build / manifests.CHROMA, made_with, manifest.collection, strays)
    if vectors.count != manifest.counts["passages"]:
        vectors.close()
        raise IndexUnavailable(
            f"{manifest.collection} has lost passages: make the index again with `make index`"
        )
    return vectors
