"""What a package would bring along is kept out while it is imported, and no longer."""

from __future__ import annotations

import importlib
import json
import sys

import pytest

from ingest.imports import without


def test_a_module_is_missing_inside_alone() -> None:
    """As if it were not installed; afterwards it is imported as ever."""
    sys.modules.pop("colorsys", None)

    with without("colorsys"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("colorsys")

    assert importlib.import_module("colorsys")


def test_what_is_imported_already_stays() -> None:
    """Nothing is taken from who has it."""
    with without("json"):
        assert importlib.import_module("json") is json

    assert sys.modules["json"] is json


def test_a_failed_import_hides_nothing_for_good() -> None:
    """The next one finds the module."""
    with pytest.raises(ZeroDivisionError), without("nobodys_module"):
        raise ZeroDivisionError

    assert "nobodys_module" not in sys.modules
