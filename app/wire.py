"""Build the assistant once, from the settings."""

from __future__ import annotations

import gc
import logging
import sys

from app.answer import Assistant
from app.batch import BatchingEncoder
from app.lexicon import Lexicon
from app.models import Models, start_models
from app.prose import Phraser
from app.rules.catalogue import Rules, load_rules
from app.settings import AppSettings
from app.starting import uncollected
from app.support import Support
from app.templates import load_templates
from ingest.cores import cores
from ingest.embed import Encoder
from ingest.ensure import ensure_build
from ingest.index import Index
from ingest.opening import open_index
from ingest.settings import IndexSettings, home

log = logging.getLogger(__name__)

# Screening and searching hand the interpreter to each other; Python's 5 ms is as long as a whole answer.
_SWITCH_S = 0.0005


def build_assistant(
    settings: AppSettings | None = None,
    index_settings: IndexSettings | None = None,
    rules: Rules | None = None,
    models: Models | None = None,
) -> Assistant:
    """Return an assistant over the chosen build, or the current one, made first where it is missing.

    Args:
        settings: Of the app; None takes the environment's.
        index_settings: Of the index; None takes the environment's.
        rules: Those read already, if any.
        models: Those being read already, if any.

    Raises:
        RuleDataError: A rule is wrong; names file, rule and field.
        IndexUnavailable: The chosen build cannot be opened; says how to make one.
        IndexMismatch: It was made with another model; names both.
    """
    sys.setswitchinterval(_SWITCH_S)
    settings = settings or AppSettings.from_env()
    index_settings = index_settings or IndexSettings.from_env()
    rules = rules or load_rules(region=settings.region)
    path = settings.index or ensure_build()
    models = models or start_models(index_settings)
    with uncollected():
        index = open_index(path, index_settings)
        encoder = models.encoder.result()
        encoder.look_again()
        if encoder.graph is None:
            folder = home() / "models"
            log.warning("no graph of the encoder in %s: torch embeds questions, more slowly", folder)
        prose = _prose(settings, index, encoder)
        together = BatchingEncoder(encoder.encode_batch, runs=cores())
        assistant = Assistant(
            rules, index, together, net=models.net.result(), prose=prose, max_chars=settings.max_chars,
            answerer=models.answerer.result(),
        )  # fmt: skip
    _keep_for_good()
    return assistant


def _keep_for_good() -> None:
    """Spare the collector what stays for good: looking through it took 0.2 s of some questions."""
    if gc.get_freeze_count():  # the assistant before this one may go
        gc.unfreeze()
        gc.collect()
    gc.freeze()


def _prose(settings: AppSettings, index: Index, encoder: Encoder) -> Phraser | None:
    """Return what phrases answers, where a model is configured."""
    if not (settings.llm_base_url and settings.llm_model):
        return None
    from app.llm import ChatModel  # takes a second to import, and most run without

    model = ChatModel(settings.llm_base_url, settings.llm_model, settings.llm_api_key, settings.llm_timeout_s)
    support = Support(Lexicon(index.vocabulary, index.exercises), encoder, index.exercises)
    return Phraser(model.stream, support, load_templates().say("notes", "prose_fallback"))
