"""Read the models that an answer needs, beside whatever else a start has to do.

Reading them is mostly outside the interpreter, so that another core does it.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from ingest.settings import IndexSettings

if TYPE_CHECKING:  # the page is served before they are imported
    from app.rules.net import Net
    from ingest.answering import Answerer
    from ingest.embed import Encoder


class Models(NamedTuple):
    """Models that are being read.

    Attributes:
        net: The second net of the rules; None where there is none.
        answerer: Chooses sentences.
        encoder: Embeds questions.
    """

    net: Future[Net | None]
    answerer: Future[Answerer]
    encoder: Future[Encoder]


def start_models(settings: IndexSettings) -> Models:
    """Begin to read them, each in a thread of its own; what goes wrong is told by their futures."""
    pool = ThreadPoolExecutor(len(Models._fields), thread_name_prefix="models")
    models = Models(pool.submit(_net), pool.submit(_answerer), pool.submit(_encoder, settings))
    pool.shutdown(wait=False)
    return models


def _net() -> Net | None:
    from app.rules.net import load_net

    return load_net()


def _answerer() -> Answerer:
    from ingest.answering import load_answerer

    return load_answerer()


def _encoder(settings: IndexSettings) -> Encoder:
    from ingest.embed import load_encoder

    encoder = load_encoder(settings)
    encoder.graph  # noqa: B018 - opened here, not when the first question comes
    return encoder
