"""Settings are read once, and a value that cannot be used names itself and what would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import AppSettings, SettingsError


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert AppSettings.from_env({}) == AppSettings()


def test_an_empty_value_counts_as_unset() -> None:
    """`KNEEWISE_INDEX=` in a file of variables is no path and no error."""
    env = dict.fromkeys(("KNEEWISE_INDEX", "KNEEWISE_MAX_CHARS", "KNEEWISE_AUTH", "KNEEWISE_FEEDBACK"), "")

    assert AppSettings.from_env(env) == AppSettings()


def test_values_are_read() -> None:
    """Each variable reaches its field with its type."""
    settings = AppSettings.from_env(
        {
            "KNEEWISE_INDEX": "/srv/build",
            "KNEEWISE_REGION": "UK",
            "KNEEWISE_MAX_CHARS": "500",
            "KNEEWISE_AUTH": "ann:one:two, bob:x",
            "KNEEWISE_PER_MINUTE": "0",
        }
    )

    assert settings.index == Path("/srv/build")
    assert settings.region == "uk"
    assert settings.max_chars == 500
    assert settings.logins == {"ann": "one:two", "bob": "x"}
    assert settings.per_minute == 0


@pytest.mark.parametrize(
    ("name", "value", "way_out"),
    [
        ("KNEEWISE_REGION", "mars", "all, uk, us, eu"),
        ("KNEEWISE_MAX_CHARS", "many", "whole number"),
        ("KNEEWISE_MAX_CHARS", "0", "above 0"),
        ("KNEEWISE_MAX_CHARS", "-5", "above 0"),
        ("KNEEWISE_LLM_TIMEOUT_S", "1.5", "whole number"),
    ],
)
def test_an_unusable_value_names_variable_value_and_way_out(name: str, value: str, way_out: str) -> None:
    """The message is enough to put it right."""
    with pytest.raises(SettingsError) as caught:
        AppSettings.from_env({name: value})

    assert name in str(caught.value)
    assert value in str(caught.value)
    assert way_out in str(caught.value)


@pytest.mark.parametrize("value", ["ann", "ann:", ":secret", "ann:one,bob"])
def test_a_login_without_name_or_password_is_refused_and_not_repeated(value: str) -> None:
    """The message shows the form and not the password that was typed."""
    with pytest.raises(SettingsError, match="name:password") as caught:
        AppSettings.from_env({"KNEEWISE_AUTH": value})

    assert "secret" not in str(caught.value)
