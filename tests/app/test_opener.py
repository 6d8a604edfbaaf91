"""The sentence that opens an answer is one that answers when it is read alone."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import app.opener
from app.answer import Assistant
from app.intents import load_intents
from app.opener import MOST, OWN_FEATURES, load_opener, opener_features, openers
from app.rank import FEATURES

FILE = Path(app.opener.__file__).with_name("data") / "opener.toml"
INTENTS = load_intents()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("is stretching bad when I'm cold", "cold"),
        ("sitting at the cinema makes my knees sore, why", "inflammation"),
        ("do donkey kicks need a band or can I just do them on the carpet", "no equipment"),
    ],
)
def test_it_answers(assistant: Assistant, question: str, told: str) -> None:
    """Not the sentence that shares most words."""
    assert told in assistant.answer([question]).statements[0].text


def test_the_network_reads_every_feature() -> None:
    """The file holds a row for each of them, all of one width, and for nothing else."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))

    assert list(data["hidden"]) == [*FEATURES, *OWN_FEATURES]
    assert {len(row) for row in data["hidden"].values()} == {len(data["out"])} == {len(data["hidden_bias"])}


def test_a_missing_row_is_told(tmp_path: Path) -> None:
    """By its name."""
    path = tmp_path / "opener.toml"
    path.write_text("hidden_bias = [0.0]\nout = [1.0]\n[hidden]\nsimilarity = [1.0]\n")

    with pytest.raises(KeyError, match="passage_similarity"):
        load_opener(path)


def test_what_it_reads_is_of_like_size_and_the_best_are_looked_at(assistant: Assistant) -> None:
    """A row for each of the few best sentences; none of them asks or introduces a list."""
    u = assistant.understand(["which exercises help runner's knee"])
    evidence, intent = assistant.gather(u), INTENTS.by_id(u.intent)
    found = openers(evidence.candidates, intent)
    features = opener_features(found, intent, evidence.matching, evidence.before)

    assert 1 < len(found) <= MOST
    assert features.shape == (len(found), len(FEATURES) + len(OWN_FEATURES))
    assert float(np.abs(features).max()) < 10
    assert not any(candidate.sentence.text.endswith(("?", ":")) for candidate in found)


def test_the_words_change_the_choice(assistant: Assistant) -> None:
    """Without them another sentence of the same answer may come first: they are not there for show."""
    opener, changed = load_opener(), 0
    questions = (
        "how do i make the kneeling hip flexor stretch deeper",
        "which band for a beginner",
        "does the ball or the bottle suit feet",
        "why is the outside of my knee sore at mile 3",
    )
    for question in questions:
        u = assistant.understand([question])
        evidence, intent = assistant.gather(u), INTENTS.by_id(u.intent)
        blind = replace(evidence, matching=dict.fromkeys(evidence.matching, 0.5))
        changed += opener.best(evidence.candidates, intent, evidence.matching, {}) is not opener.best(
            blind.candidates, intent, blind.matching, {}
        )

    assert changed


def test_nothing_found_opens_nothing(assistant: Assistant) -> None:
    """And one sentence opens by itself."""
    evidence = assistant.gather(assistant.understand(["what is a compensation pattern"]))
    (best, *_) = evidence.candidates

    assert load_opener().best([], INTENTS.by_id("why"), {}, {}) is None
    assert load_opener().best([best], INTENTS.by_id("why"), {}, {}) is best
