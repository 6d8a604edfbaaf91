"""Settings whose change means a restart, read from the environment in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class SettingsError(ValueError):
    """A variable of the environment has a value that cannot be used; names it and what would do."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """How this process answers.

    Attributes:
        index: Build directory to answer from; None for the current build under `KNEEWISE_HOME`.
        region: Whose emergency numbers are shown: `all`, `uk`, `us` or `eu`.
        max_chars: Longest message that is answered; longer ones are still screened in full.
        llm_base_url: OpenAI-compatible endpoint that may phrase answers; empty for none.
        llm_model: Its model.
        llm_api_key: Its key.
        llm_timeout_s: How long one of its answers may take.
        logins: Name -> password of those who may use the chat; empty lets everyone in.
        per_minute: Questions that one client may ask in a minute; 0 sets no limit.
        feedback: File that feedback is appended to; None turns feedback off.
    """

    index: Path | None = None
    region: str = "all"
    max_chars: int = 4000
    llm_base_url: str = ""
    llm_model: str = ""
    llm_api_key: str = ""
    llm_timeout_s: float = 20.0
    logins: Mapping[str, str] = field(default_factory=dict)
    per_minute: int = 120
    feedback: Path | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> AppSettings:
        """Read `KNEEWISE_*`.

        Raises:
            SettingsError: A value cannot be used.
        """
        env = os.environ if env is None else env
        region = env.get("KNEEWISE_REGION", "all").lower()
        if region not in ("all", "uk", "us", "eu"):
            raise SettingsError(f"KNEEWISE_REGION is {region!r}; it must be one of all, uk, us, eu")
        index = env.get("KNEEWISE_INDEX", "")
        return cls(
            index=Path(index) if index else None,
            region=region,
            max_chars=_number(env, "KNEEWISE_MAX_CHARS", 4000),
            llm_base_url=env.get("KNEEWISE_LLM_BASE_URL", ""),
            llm_model=env.get("KNEEWISE_LLM_MODEL", ""),
            llm_api_key=env.get("KNEEWISE_LLM_API_KEY", ""),
            llm_timeout_s=float(_number(env, "KNEEWISE_LLM_TIMEOUT_S", 20)),
            logins=_logins(env.get("KNEEWISE_AUTH", "")),
            per_minute=0
            if env.get("KNEEWISE_PER_MINUTE") == "0"
            else _number(env, "KNEEWISE_PER_MINUTE", 120),
            feedback=Path(env["KNEEWISE_FEEDBACK"]) if env.get("KNEEWISE_FEEDBACK") else None,
        )


def _logins(text: str) -> dict[str, str]:
    pairs = [pair.strip().partition(":") for pair in text.split(",") if pair.strip()]
    if not all(name and password for name, _, password in pairs):
        raise SettingsError("KNEEWISE_AUTH must read name:password, several parted by commas")
    return {name: password for name, _, password in pairs}


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isdigit() or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number above 0")
    return int(text)
