"""Build the assistant once, from the settings."""

from __future__ import annotations

from app.answer import Assistant
from app.rules.catalogue import load_rules
from app.rules.net import load_net
from app.settings import AppSettings
from ingest.build import ensure_build
from ingest.embed import load_encoder
from ingest.settings import IndexSettings
from ingest.store import open_index


def build_assistant(
    settings: AppSettings | None = None, index_settings: IndexSettings | None = None
) -> Assistant:
    """Return an assistant over the chosen build, or the current one, made first where it is missing.

    Raises:
        RuleDataError: A rule is wrong; names file, rule and field.
        IndexUnavailable: The chosen build cannot be opened; says how to make one.
        IndexMismatch: It was made with another model; names both.
    """
    settings = settings or AppSettings.from_env()
    index_settings = index_settings or IndexSettings.from_env()
    rules = load_rules(region=settings.region)
    path = settings.index or ensure_build()
    index = open_index(path, index_settings)
    encoder = load_encoder(index_settings)
    return Assistant(rules, index, encoder, net=load_net(), max_chars=settings.max_chars)
