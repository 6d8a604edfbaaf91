"""What every test shares: nothing is skipped in CI, and no test touches the user's own data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORIGINALS = ROOT.parent / "shared" / "articles"


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
