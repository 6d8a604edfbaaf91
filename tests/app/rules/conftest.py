"""What the tests of the rules share: the rules themselves, and a question put to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.rules.catalogue import Rules, load_rules
from app.rules.net import Net, load_net
from app.rules.screen import screen


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture(scope="session")
def net() -> Net:
    """The net as shipped."""
    loaded = load_net()
    assert loaded is not None
    return loaded


@pytest.fixture(scope="session")
def fired(rules: Rules) -> Callable[..., dict[str, str]]:
    """Screens a conversation; gives each rule that fired with its status."""

    def ask(*turns: str) -> dict[str, str]:
        return {flag.rule_id: flag.status.value for flag in screen(turns, rules).flags}

    return ask
