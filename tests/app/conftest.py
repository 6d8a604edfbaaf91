"""One real assistant and the whole site on it, shared by the tests of the doors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from app.answer import Assistant
    from ingest.embed import Encoder
    from ingest.index import Index


@pytest.fixture(scope="session")
def assistant(digest_index: Index, encoder: Encoder) -> Assistant:
    """The real assistant over the shipped digests."""
    from app.answer import Assistant
    from app.rules.catalogue import load_rules
    from app.rules.net import load_net

    return Assistant(load_rules(), digest_index, encoder, net=load_net())


@pytest.fixture(scope="session")
def client(assistant: Assistant) -> Iterator[TestClient]:
    """The whole site, page included, without a limit on the rate."""
    from starlette.testclient import TestClient

    from app.desk import Desk
    from app.guards import Limits
    from app.site import create_site

    with TestClient(create_site(Desk(lambda: assistant), Limits(per_minute=0))) as client:
        yield client
