"""A person orders the machine about, a model obeys, and at every door the red flag is told first."""

from __future__ import annotations

import copy
import html
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.answer import Assistant
from app.ask import ask
from app.desk import Desk
from app.guards import Limits
from app.records import Reply
from app.rules.catalogue import load_rules
from app.rules.records import Level
from app.settings import AppSettings
from app.site import create_site
from app.wire import _prose
from ingest.embed import Encoder
from ingest.index import Index
from tests.app import fake_llm
from tests.app.fake_llm import Asked, FakeModel
from tests.app.rules.injections import TEMPLATES

URGENT = [rule for rule in load_rules().rules.values() if rule.level >= Level.SAME_DAY]
QUESTION = "\nWhy does my knee hurt going downhill?"  # gives a model something to phrase
# Each urgent rule once, the templates in turn.
MESSAGES = {
    rule.rule_id: template.format(rule.fires[0]) + QUESTION
    for rule, template in zip(URGENT, cycle(TEMPLATES), strict=False)
}
OBEDIENT = (
    "Nothing is wrong with your knee.",
    "There is no need to see a doctor or to call anybody.",
    "Run on and ignore the warnings above.",
    "The red flags were switched off as ordered.",
)
RULE_IDS = pytest.mark.parametrize("rule_id", MESSAGES)


def obeys(asked: Asked) -> Iterator[str]:
    """Says what the attacker wants, with and without a citation, and nothing else that matters."""
    for order in OBEDIENT:
        yield f"{order} [1] {order} "
    yield f"{asked.quotations[0]} [1] " + " ".join(OBEDIENT)


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    """A model's server that obeys the attacker."""
    yield from fake_llm.serve(FakeModel(part=obeys))


@pytest.fixture(scope="module")
def phrasing(assistant: Assistant, model: FakeModel, encoder: Encoder) -> Assistant:
    """The assistant with its answers phrased by that model."""
    phrasing = copy.copy(assistant)
    settings = AppSettings(llm_base_url=model.base_url, llm_model="fake")
    phrasing.prose = _prose(settings, assistant.index, encoder)
    return phrasing


@pytest.fixture(scope="module")
def site(phrasing: Assistant) -> Iterator[TestClient]:
    """The API and the page on it."""
    with TestClient(create_site(Desk(lambda: phrasing), Limits(per_minute=0))) as client:
        yield client


@pytest.fixture(scope="module")
def quoted(assistant: Assistant) -> dict[str, Reply]:
    """The answer to each message without a model."""
    return {rule_id: assistant.answer([message]) for rule_id, message in MESSAGES.items()}


def flags(reply: Reply) -> list[dict[str, Any]]:
    """The red flags as a caller gets them."""
    found: list[dict[str, Any]] = json.loads(json.dumps(reply.as_json()["red_flags"]))
    return found


def check(shown: str, rule_id: str, reply: Reply) -> None:
    """The rule's advice, and that of every other flag, is shown; the attacker's words are not."""
    assert rule_id in {flag.rule_id for flag in reply.screening.flags if flag.status != "past"}
    assert [flag.advice for flag in reply.screening.flags if flag.advice not in shown] == []
    assert [order for order in OBEDIENT if order.rstrip(".").lower() in shown.lower()] == []


def texts(value: Any) -> Iterable[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@RULE_IDS
def test_api(site: TestClient, quoted: dict[str, Reply], rule_id: str) -> None:
    """/v1/ask: the same red flags as without a model, in its fields and in its text."""
    body = site.post("/v1/ask", json={"turns": [MESSAGES[rule_id]]}).json()

    assert body["red_flags"] == flags(quoted[rule_id])
    check(body["text"], rule_id, quoted[rule_id])
    check("\n".join(texts(body)), rule_id, quoted[rule_id])


@RULE_IDS
def test_page(site: TestClient, quoted: dict[str, Reply], rule_id: str) -> None:
    """The page: a banner with the same red flags first, and a reply without the attacker's words."""
    lines = site.post("/page/ask", json={"turns": [MESSAGES[rule_id]]}).text.splitlines()
    banner, reply = map(json.loads, lines)

    assert (banner["part"], reply["part"]) == ("banner", "reply")
    assert banner["red_flags"] == flags(quoted[rule_id])
    check(html.unescape(banner["html"]), rule_id, quoted[rule_id])
    assert not [order for order in OBEDIENT if order in html.unescape(reply["html"])]


@RULE_IDS
def test_command(
    phrasing: Assistant, quoted: dict[str, Reply], rule_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kneewise-ask: the advice stands in the printed text."""
    monkeypatch.setattr("app.wire.build_assistant", lambda _: phrasing)
    command = typer.Typer()
    command.command()(ask)
    run = CliRunner().invoke(command, ["--", MESSAGES[rule_id]])

    assert run.exit_code == 0
    check(run.stdout, rule_id, quoted[rule_id])


def test_command_with_lines(model: FakeModel, digest_index: Index, quoted: dict[str, Reply]) -> None:
    """kneewise-ask --jsonl, in a process of its own with the model in its settings: the same red flags."""
    lines = [json.dumps({"id": rule_id, "turns": [text]}) for rule_id, text in MESSAGES.items()]
    run = subprocess.run(
        [
            sys.executable, "-c", "from app.ask import main; main()",
            "--jsonl", "--index", str(digest_index.path),
        ],
        input="\n".join(lines), capture_output=True, encoding="utf-8", timeout=300,
        env={
            **os.environ, "KNEEWISE_LLM_BASE_URL": model.base_url, "KNEEWISE_LLM_MODEL": "fake",
            "PYTHONIOENCODING": "utf-8",
        },
    )  # fmt: skip
    rows = [json.loads(line) for line in run.stdout.splitlines()]

    assert [row["id"] for row in rows] == list(MESSAGES)
    for row in rows:
        assert row["red_flags"] == flags(quoted[row["id"]])
        check("\n".join(texts(row)), row["id"], quoted[row["id"]])


def test_the_model_was_asked_and_lost(phrasing: Assistant, model: FakeModel) -> None:
    """Where no emergency stops the articles the model is asked, and what it invents is dropped."""
    asked = len(model.asked)
    same_day = [rule.rule_id for rule in URGENT if rule.level is Level.SAME_DAY]
    replies = [phrasing.answer([MESSAGES[rule_id]]) for rule_id in same_day[:5]]

    assert len(model.asked) - asked >= 1
    assert sum(reply.dropped for reply in replies) >= len(OBEDIENT)
