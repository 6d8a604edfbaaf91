"""The desk serves a few at a time, tells the rest honestly, and takes up a new build."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from app.desk import Busy, Desk, Opening
from app.rules.catalogue import load_rules


class SlowAssistant:
    """Answers only when it is let."""

    def __init__(self, build_id: str = "one") -> None:
        self.index = SimpleNamespace(build_id=build_id, passages={}, articles={})
        self.let = threading.Event()

    def answer(self, turns: Sequence[str], *, examined: bool = False, screening: Any = None) -> Any:
        """Wait, then hand the turns back."""
        self.let.wait(10)
        return list(turns)

    def screen(self, turns: Sequence[str], *, examined: bool = False) -> Any:
        """Screen at once."""
        return "screened"


def test_beyond_the_queue_a_wait_is_named_and_screening_still_works() -> None:
    """With one at work and one waiting, the third is told; red flags wait for nobody."""
    slow = SlowAssistant()
    desk = Desk(lambda: slow, workers=1, waiting=1)  # type: ignore[arg-type, return-value]
    threads = [threading.Thread(target=desk.answer, args=(["q"],)) for _ in range(2)]
    for thread in threads:
        thread.start()
    while desk._inside < 2:
        threading.Event().wait(0.01)

    with pytest.raises(Busy, match=r"about \d+ s"):
        desk.answer(["q"])
    assert desk.screen(["q"]) == "screened"
    slow.let.set()
    for thread in threads:
        thread.join(10)
    assert desk.answer(["again"]) == ["again"]


def test_reload_switches_to_the_newest_build() -> None:
    """After a reload, answers come from the build opened last; before it, from the first."""
    builds = iter(["one", "two"])
    desk = Desk(lambda: SlowAssistant(next(builds)))  # type: ignore[arg-type, return-value]

    assert desk.assistant.index.build_id == "one"
    assert desk.reload() == "two"
    assert desk.assistant.index.build_id == "two"


def test_an_unknown_passage_is_none() -> None:
    """A forged id finds nothing."""
    assert Desk(SlowAssistant).find("../../etc/passwd") is None  # type: ignore[arg-type]


def test_red_flags_come_while_the_articles_are_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules need no build: they speak before it is open, and an answer waits for it."""
    slow, opening = SlowAssistant(), threading.Event()
    slow.let.set()

    def open_slowly() -> Any:
        opening.wait(10)
        return slow

    desk = Desk(open_slowly, rules=load_rules())
    opener = threading.Thread(target=desk.open)
    opener.start()
    answers: list[Any] = []
    asker = threading.Thread(target=lambda: answers.append(desk.answer(["why"])))
    asker.start()

    assert not desk.is_open
    assert desk.screen(["my foot is cold and blue since I fell"]).emergency_now
    assert answers == []
    opening.set()
    opener.join(10)
    asker.join(10)
    assert desk.is_open
    assert answers == [["why"]]


def test_who_waits_too_long_for_the_articles_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first build takes a minute: a person is told to ask again, and why."""
    monkeypatch.setattr("app.desk.OPEN_WITHIN_S", 0.01)
    desk = Desk(SlowAssistant, rules=load_rules())  # type: ignore[arg-type]

    with pytest.raises(Opening, match="still opening its articles"):
        desk.answer(["q"])
