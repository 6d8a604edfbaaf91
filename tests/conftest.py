"""What every test shares: nothing is skipped in CI, and no test touches the user's own data."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # imported by the fixtures that need them: most tests need no model
    from ingest.embed import Encoder
    from ingest.index import Index

ROOT = Path(__file__).parent.parent
ORIGINALS = ROOT.parent / "shared" / "articles"


def pytest_configure(config: pytest.Config) -> None:
    """Keep builds and the exported model of all tests in the cache folder of the test run."""
    assert config.cache is not None
    os.environ["KNEEWISE_HOME"] = str(config.cache.mkdir("kneewise-home"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what runs servers and browsers: the many short files of `app` fill the cores to the end."""
    items.sort(key=lambda item: item.path.is_relative_to(ROOT / "tests" / "app"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip into a failure in CI, where every check has what it needs."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def originals() -> Path:
    """The optional folder of original articles beside the project."""
    if not ORIGINALS.is_dir():
        pytest.skip("no ../shared/articles beside the project")
    return ORIGINALS


@pytest.fixture(scope="session")
def originals_dir(originals: Path) -> Path:
    """The same folder, by the name that the ingestion's tests use."""
    return originals


@pytest.fixture(scope="session")
def encoder(digest_home: Path) -> Encoder:
    """The real model, loaded once, after a build has exported its graph: who looks too early finds none."""
    from ingest.embed import load_encoder
    from ingest.settings import IndexSettings

    return load_encoder(IndexSettings())


def _home_of(request: pytest.FixtureRequest, name: str, *paths: Path) -> Path:
    """A folder with a build of the corpus and `paths`, kept while the code and the corpus stand."""
    from ingest.build import build
    from ingest.gather import Inputs
    from ingest.settings import IndexSettings

    code = b"".join(path.read_bytes() for path in sorted((ROOT / "ingest").glob("*.py")))
    cache = request.config.cache
    assert cache is not None
    home = Path(cache.mkdir(f"{name}-{hashlib.sha256(code).hexdigest()[:12]}"))
    build(Inputs(ROOT / "corpus", paths), home, IndexSettings(), wait_s=500)
    return home


@pytest.fixture(scope="session")
def digest_home(request: pytest.FixtureRequest) -> Path:
    """A home folder with a build of the shipped digests."""
    return _home_of(request, "digests")


@pytest.fixture(scope="session")
def originals_index(request: pytest.FixtureRequest, originals: Path) -> Iterator[Index]:
    """The build of the original articles, open."""
    from ingest.opening import open_index

    index = open_index(_home_of(request, "originals", originals))
    yield index
    index.close()


@pytest.fixture(scope="session")
def digest_index(digest_home: Path) -> Iterator[Index]:
    """The build of the shipped digests, open."""
    from ingest.opening import open_index

    index = open_index(digest_home)
    yield index
    index.close()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but those within this machine's own processes (AF_UNIX)."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            raise AssertionError(f"a connection to {address} was tried")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: pytest.fail(f"{host} was looked up"))


@pytest.fixture
def by_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weigh flags by nothing but what the net hears in the whole conversation: below its floor, by chance."""
    import numpy as np

    from app.rules.chance import FEATURES, Weighing

    weights = np.array([[float(name == "whole")] for name in FEATURES])
    limits = dict.fromkeys(("emergency", "same_day", "soon"), 0.5)
    chance = Weighing(FEATURES, weights, np.zeros(1), np.ones(1), 0.0, limits)
    monkeypatch.setattr("app.rules.second.load_chance", lambda: chance)
