"""Take up a new build without a restart: one small file is looked at once a second."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from app.desk import Desk
from app.rules.errors import RuleDataError
from ingest.errors import IngestError
from ingest.locate import find_build

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


def follow(desk: Desk, place: Path, every_s: float = LOOK_EVERY_S) -> threading.Event:
    """Let `desk` take up each build that is switched to below `place`; set the event returned to end it.

    Questions go on being answered from the old build meanwhile, and for as long as the new one
    cannot be opened; the log says why, once.
    """
    ended = threading.Event()
    threading.Thread(target=_look, args=(desk, place, every_s, ended), name="renew", daemon=True).start()
    return ended


def _look(desk: Desk, place: Path, every_s: float, ended: threading.Event) -> None:
    refused: Path | None = None
    while not ended.wait(every_s):
        try:
            serving = find_build(place)
            if serving in (desk.assistant.index.path, refused):
                continue
            refused = serving
            desk.reload()
        except (IngestError, RuleDataError, OSError) as error:
            log.warning("the old build goes on serving: %s", error)
