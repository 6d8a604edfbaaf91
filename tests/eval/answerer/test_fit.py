"""The answerer learns: a few steps bring a question nearer to its answer than to a look-alike."""

from __future__ import annotations

import pytest

from eval.answerer import fit as fitting
from eval.answerer.fit import AnswerNet, embed, fit, hardest, judge
from eval.answerer.rows import Pool, Row
from eval.net.model import load_tokenizer

POOL = Pool(
    "huts",
    (
        "Which hut has a stove? | The upper hut is heated.",
        "Which hut has water? | Fill your bottles at the lower hut.",
        "Stoves | A stove weighs a lot, and which one to buy is a matter of taste.",
    ),
)
ROWS = [Row("where can I warm up", 0, {0: 1.0}), Row("where do I find a drink", 0, {1: 1.0})]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows need no long training."""
    monkeypatch.setattr(fitting, "EPOCHS", 3)


def test_training_raises_what_answers() -> None:
    """After training both questions find their sentence first."""
    tokenizer = load_tokenizer()

    assert judge(fit(tokenizer, [POOL], ROWS, seed=1), tokenizer, [POOL], ROWS)["first"] == 1.0


def test_the_hardest_are_wrong_ones_nearest_first() -> None:
    """What the net would wrongly show first is what it is taught against; an answer is never among it."""
    tokenizer, net = load_tokenizer(), AnswerNet().eval()
    for row, hard in zip(ROWS, hardest(net, tokenizer, [POOL], ROWS), strict=True):
        scores = (embed(net, tokenizer, POOL.texts) @ embed(net, tokenizer, [row.question])[0]).tolist()

        assert not set(hard) & set(row.answers)
        assert hard == sorted(hard, key=lambda i: -scores[i])


def test_a_question_without_an_answer_is_kept_away() -> None:
    """What no sentence says lies farther from all of them than before."""
    tokenizer, asked = load_tokenizer(), Row("which hut takes dogs", 0, {})

    def nearest(net: AnswerNet) -> float:
        return float((embed(net, tokenizer, POOL.texts) @ embed(net, tokenizer, [asked.question])[0]).max())

    net = fit(tokenizer, [POOL], [*ROWS, asked], seed=1)

    assert nearest(net) < nearest(AnswerNet().eval())
    assert judge(net, tokenizer, [POOL], [*ROWS, asked])["none near"] == pytest.approx(1 / 3)
