"""What can go wrong while an index is built or opened.

IngestError
├── NothingToIndex       no usable article among the inputs
├── BuildLocked          another process is writing this folder; its holder is named
├── EngineUnavailable    the engine that was asked for is not installed or not reachable
├── BuildFailed          a new build did not pass its probe; the old one still serves
├── CorpusError          a corpus file (sources.toml, exercises.toml, ...) is unusable
├── ModelRefused         the embedding model is missing, or is not the one that was asked for
└── IndexUnavailable     no build, a damaged one, or its store cannot be reached
    └── IndexMismatch    the build was made with another model or format

A single article that cannot be read is no error: it is a `Skipped` row of the summary.
"""

from __future__ import annotations


class IngestError(Exception):
    """Base of everything that this package raises on purpose."""


class NothingToIndex(IngestError):
    """No input held an article; nothing was built and the old build still serves."""


class BuildLocked(IngestError):
    """Another process is writing this folder."""


class EngineUnavailable(IngestError):
    """The engine that was asked for is not installed, or its cluster is not reachable."""


class BuildFailed(IngestError):
    """A new build did not pass its probe and was thrown away."""


class CorpusError(IngestError):
    """A file of the corpus is unusable; the message names file, place and value."""


class ModelRefused(IngestError):
    """The embedding model is missing or its weights are not the expected ones."""


class IndexUnavailable(IngestError):
    """There is no build to answer from."""


class IndexMismatch(IndexUnavailable):
    """The build was made with another model or in another format."""
