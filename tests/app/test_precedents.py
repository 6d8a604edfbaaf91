"""What answered a question before answers one that is like it; and nothing else is touched by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.answer import Assistant
from app.opener import key_of
from app.precedents import FEATURES, WIDTH, Precedents, fingerprint, load_precedents, precedents_of, save
from app.rules.records import ExercisePolicy
from ingest.errors import ModelRefused

ANSWERED, LIKE, UNLIKE, SHARE = range(len(FEATURES))
SENTENCES = ("Do the clamshell.", "Hold it for 30 seconds.", "Nobody judged this one.")


def unit(*parts: float) -> np.ndarray:
    """A vector of unit length that begins with `parts`."""
    vector = np.zeros(384, np.float32)
    vector[: len(parts)] = parts
    return vector / np.linalg.norm(vector)


@pytest.fixture
def judged() -> Precedents:
    """The first question was answered by the first sentence and not by the second; the other the reverse."""
    clam, hold = map(fingerprint, SENTENCES[:2])
    told = [(clam, 0, 1.0), (hold, 0, -0.3), (clam, 1, 0.0), (hold, 1, 1.0)]
    return precedents_of(np.stack([unit(1, 0, 0), unit(0, 1, 0)]), told)


def test_the_like_question_decides(judged: Precedents) -> None:
    """Its answer is worth most, and what did not answer it is worth less than nothing."""
    found = judged.features(judged.likeness(unit(0.95, 0.3)), SENTENCES)

    assert found.shape == (3, len(FEATURES))
    assert found[0, ANSWERED] > 0.3 > 0 > found[1, ANSWERED]
    assert found[0, LIKE] == pytest.approx(0.954, abs=0.01)
    assert found[1, UNLIKE] == pytest.approx(0.954, abs=0.01)
    assert found[0, SHARE] > 0.8


def test_what_nobody_judged_is_neither_helped_nor_harmed(judged: Precedents) -> None:
    """Zeros, as for every sentence of an article that is new."""
    found = judged.features(judged.likeness(unit(1)), SENTENCES)

    assert not found[2].any()
    assert not judged.features(judged.likeness(unit(1)), SENTENCES[2:]).any()
    assert judged.features(judged.likeness(unit(1)), []).shape == (0, len(FEATURES))


def test_a_question_left_out_counts_for_nothing(judged: Precedents) -> None:
    """So that what is measured on it is not read off its own judgement."""
    likeness = judged.likeness(unit(1))
    found = judged.features(likeness, SENTENCES, but={0})

    assert found[0, ANSWERED] == pytest.approx(0.0, abs=1e-3)
    assert found[0, LIKE] == 0.0
    assert likeness[0] == pytest.approx(1.0, abs=1e-5)  # the caller's own stays as it was


def test_they_are_read_as_they_were_written(
    judged: Precedents, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Up to a byte a number; another answerer's are passed over, and a damaged file is told."""
    path = tmp_path / "precedents.npz"
    save(judged, path)
    first = path.read_bytes()
    read = load_precedents(path)
    question = unit(0.9, 0.4)
    save(judged, path)

    assert path.read_bytes() == first
    assert read.features(read.likeness(question), SENTENCES) == pytest.approx(
        judged.features(judged.likeness(question), SENTENCES), abs=0.02
    )
    with np.load(path) as file:
        changed = {**file, "answerer": np.array("0" * 64)}
    other = tmp_path / "other.npz"
    np.savez_compressed(other, **changed)
    foreign = load_precedents(other)
    assert not foreign.features(foreign.likeness(question), SENTENCES).any()
    assert "passed over" in caplog.text
    other.write_bytes(first[:200])
    load_precedents.cache_clear()
    with pytest.raises(ModelRefused, match=r"other\.npz.*fit_opener"):
        load_precedents(other)


def test_those_that_ship_speak_of_the_articles(assistant: Assistant) -> None:
    """Nearly every sentence of the digests was judged, and no text of any article is kept."""
    shipped = load_precedents()
    sentences = {
        fingerprint(sentence.text)
        for passage in assistant.index.passages.values()
        for sentence in passage.sentences
    }

    assert len(shipped.questions) > 4_000  # none is passed over
    assert len(sentences & shipped.judged.keys()) > 0.9 * len(sentences)
    assert shipped.questions.shape[1] == WIDTH
    assert all(len(name) == 16 for name in shipped.judged)


def test_they_change_which_sentence_opens(assistant: Assistant) -> None:
    """Of these questions some would open otherwise without them."""
    changed = 0
    for question in (
        "is there a exercise for that inner quad muscle by the kneecap",
        "is it ok to roll on my air mattress",
        "knee aches in front when I sit in the cinema, what is that a sign of",
        "how long should an isometric hold be for patellar tendon pain",
    ):
        u = assistant.understand([question])
        evidence = assistant.gather(u)
        assert evidence.before
        with_them, without = (
            assistant.composer.chosen(u, each, ExercisePolicy.ALLOW)[0][0]
            for each in (evidence, replace(evidence, before={}))
        )
        changed += key_of(with_them) != key_of(without)

    assert changed
