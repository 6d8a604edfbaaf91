"""Bring the articles of a build together: the digests, and what takes their place or joins them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.engine import Cleaned, Engine, Here, clean
from ingest.index import article_line
from ingest.inputs import Inputs, own_paths
from ingest.load import Skipped, documents, find
from ingest.records import Article
from ingest.settings import FORMAT, IndexSettings
from ingest.similar import Sketches
from ingest.summary import Progress, silent

__all__ = ["Gathered", "Inputs", "gather", "own_paths"]

EXERCISES_FILE, VOCABULARY_FILE, CONFLICTS_FILE = "exercises.toml", "vocabulary.toml", "conflicts.toml"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Articles written down, ready to be cut.

    Attributes:
        build_id: Hash of everything the build depends on.
        hashes: Slug -> content hash, in order.
        own: How many came from the reader's paths.
        skipped: Inputs that gave no article.
        notes: Articles that are nearly the same.
    """

    build_id: str
    hashes: dict[str, str]
    own: int
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...] = ()


def gather(
    inputs: Inputs,
    settings: IndexSettings,
    target: Path,
    progress: Progress = silent,
    engine: Engine | None = None,
) -> Gathered:
    """Read, clean and write all articles to `target`, one a line, holding none but the digests.

    The reader's own articles come first; a digest is left out when one of them has its slug or title.
    """
    desk = _Desk(settings)
    folder = inputs.corpus / "articles"
    read = list(documents(find([folder], "digest"))) if folder.is_dir() else []
    known = [document.metadata for document in read if not isinstance(document, Skipped)]
    digests = {article.slug: (article, path) for article, path in desk.taken(clean(read))}
    with target.open("w", encoding="utf-8") as file:
        for article, path in desk.taken((engine or Here()).clean(find(inputs.paths), known)):
            if desk.accept(article, path):
                digests.pop(article.slug, None)
                file.write(desk.last)
            progress("read", len(desk.hashes), None)
        own = len(desk.hashes)
        for article, path in digests.values() if inputs.with_digests else ():
            if desk.accept(article, path):
                file.write(desk.last)
    for name in (EXERCISES_FILE, VOCABULARY_FILE, CONFLICTS_FILE):
        desk.add_file(inputs.corpus / name)
    return Gathered(desk.build_id(), desk.hashes, own, tuple(desk.skipped), tuple(desk.notes))


class _Desk:
    """Where articles are checked against those already taken."""

    def __init__(self, settings: IndexSettings) -> None:
        self.hashes: dict[str, str] = {}
        self.skipped: list[Skipped] = []
        self.notes: list[str] = []
        self.last = ""
        self._sketches = Sketches()
        self._of_text: dict[str, str] = {}
        self._digest = hashlib.sha256(json.dumps([FORMAT, settings.as_dict()], sort_keys=True).encode())

    def taken(self, cleaned: Iterable[Cleaned]) -> Iterator[tuple[Article, str]]:
        """Yield the articles with their files; note what is skipped."""
        for one in cleaned:
            if isinstance(one, Skipped):
                self.skipped.append(one)
            else:
                yield one

    def accept(self, article: Article, path: str) -> bool:
        """Take an article unless its slug or its text is taken already."""
        if article.slug in self.hashes:
            self.skipped.append(Skipped(path, f"the slug {article.slug!r} is that of another article"))
            return False
        # The title line is no part of what an article says.
        body = article.text.partition("\n")[2]
        text = hashlib.sha256(body.encode()).hexdigest()
        if (twin := self._of_text.get(text)) is not None:
            self.skipped.append(Skipped(path, f"the same text as {twin!r}"))
            return False
        if twin := self._sketches.add(article.slug, body):
            self.notes.append(f"{article.slug!r} is nearly the same text as {twin!r}")
        self.hashes[article.slug] = article.content_hash
        self._of_text[text] = article.slug
        self.last = article_line(article)
        self._digest.update(self.last.encode())
        return True

    def add_file(self, path: Path) -> None:
        """Let the content of a file be part of the build's identity."""
        self._digest.update(path.read_bytes() if path.is_file() else b"")

    def build_id(self) -> str:
        """Return the hash of all that was accepted and added."""
        return self._digest.hexdigest()[:16]
