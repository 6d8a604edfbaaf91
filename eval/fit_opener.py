"""Learn which sentence opens an answer: `python -m eval.fit_opener`, writes `app/data/opener.toml`.

Learns from `eval/selector/first.jsonl`, where readers judged sentences one at a time beside a question, and
from the questions that the answerer was never shown; over the digests and, where they lie beside the project,
the originals. Prints how often the sentence put first answers by the readers' judgement, on those questions
that no other model has learned from, fold by fold left out, beside the sentence that the ranking has first.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.answer import Assistant
from app.intents import load_intents
from app.opener import OWN_FEATURES, opener_features, openers
from app.rank import FEATURES
from app.rules.records import ExercisePolicy
from eval.answerer.rows import fingerprint, judged, read_judged, retold
from eval.evaluate import ORIGINALS
from eval.systems import open_assistant, open_originals
from eval.train_answerer import pairs_held_back

OUT = Path(__file__).parents[1] / "app" / "data" / "opener.toml"
INTENTS = load_intents()
SEED, FOLDS = 13, 5
FIRST = 1  # the reading that the answerer has not learned from (`eval.train_answerer.judged_parts`)
UNITS, EPOCHS, RATE, DECAY, DROPPED, BATCH = 16, 20, 3e-3, 0.05, 0.2, 32
MEMBERS = 4  # networks of that size, from different seeds, side by side in one
NAMES = (*FEATURES, *OWN_FEATURES)
KINDS = {  # of features, left out in turn by --ablate
    "words compared": ("matching", "matching_less"),
    "the answerer": ("answering", "answering_less", "score", "share"),
    "shapes": ("opens", "aside", "words", "cue"),
}
WORTH = {"y": 1.0, "p": 0.15, "n": 0.0}
LISTED = 0.7  # from this worth on an answer of a pair may stand first


@dataclass(frozen=True, slots=True)
class Case:
    """One question over one corpus.

    Attributes:
        question: Its turns; the same over two corpora belong to one fold.
        features: Shape (sentences, features), as `app.opener` reads them, best ranked first.
        worth: How well each answers when read first, 0 to 1.
        reading: 1 or 2 where readers judged them one by one, 0 for a pair.
    """

    question: tuple[str, ...]
    features: NDArray[np.float64]
    worth: NDArray[np.float64]
    reading: int


def cases_of(assistant: Assistant, *, originals: bool) -> list[Case]:
    """Gather the sentences that may open the answer to each judged question."""
    told = retold()
    asked: list[tuple[tuple[str, ...], dict[tuple[str, str], float], int]] = []
    for row in read_judged():
        if (row["corpus"] == "originals") == originals:
            worth = {(a, name): WORTH[v] for a, name, v in row["judged"]}
            asked.append((tuple(row["turns"]), worth, row["reading"]))
    for pair in pairs_held_back():
        listed: dict[tuple[str, str], float] = {}
        for value, answer in judged(pair):
            article, digest = answer["article"], fingerprint(answer["quote"])
            for name in told.get((article, digest), ()) if originals else (digest,):
                listed.setdefault((article, name), max(value, LISTED) if value > 0.5 else value)
        asked.append(((pair["question"],), listed, 0))
    found = (_case(assistant, *one) for one in asked)
    return [case for case in found if case is not None]


def _case(
    assistant: Assistant, turns: tuple[str, ...], worth: dict[tuple[str, str], float], reading: int
) -> Case | None:
    u = assistant.understand(turns)
    if u.intent == "vague":
        return None
    evidence, intent = assistant.gather(u), INTENTS.by_id(u.intent)
    own = openers(assistant.composer.fitting(evidence.candidates, u, evidence, ExercisePolicy.ALLOW), intent)
    if not own:
        return None
    features = opener_features(own, intent, evidence.matching)
    names = [(c.passage.article, fingerprint(c.sentence.text)) for c in own]
    known = [i for i, name in enumerate(names) if not reading or name in worth]
    values = np.array([worth.get(names[i], 0.0) for i in known])
    return Case(turns, features[known], values, reading) if len(known) > 1 and values.max() > 0 else None


class _Net(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(features, UNITS), nn.Linear(UNITS, 1, bias=False)
        self.dropout = nn.Dropout(DROPPED)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        worth: torch.Tensor = self.out(self.dropout(torch.tanh(self.hidden(features))))[:, 0]
        return worth


@dataclass(frozen=True, slots=True)
class Fitted:
    """What `app.opener.Opener` reads: the networks side by side, on features as they are."""

    hidden: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    out: NDArray[np.float64]

    def worth(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the network gives each sentence."""
        given: NDArray[np.float64] = np.tanh(features @ self.hidden + self.hidden_bias) @ self.out
        return given


def fit(cases: Sequence[Case], seed: int) -> Fitted:
    """Fit networks that put a sentence first with a probability as high as it is worth."""
    every = np.concatenate([case.features for case in cases])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    rows = [
        (torch.tensor((c.features - mean) / spread).float(), torch.tensor(c.worth / c.worth.max()).float())
        for c in cases
    ]
    nets = [_fit_one(rows, every.shape[1], seed + member) for member in range(MEMBERS)]
    hidden = np.concatenate([net.hidden.weight.detach().numpy().T for net in nets], 1) / spread[:, None]
    bias = np.concatenate([net.hidden.bias.detach().numpy() for net in nets]) - mean @ hidden
    return Fitted(hidden, bias, np.concatenate([net.out.weight.detach().numpy()[0] for net in nets]))


def _fit_one(rows: Sequence[tuple[torch.Tensor, torch.Tensor]], features: int, seed: int) -> _Net:
    torch.manual_seed(seed)
    chance, net = random.Random(seed), _Net(features)
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    order = list(rows)
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for start in range(0, len(order), BATCH):
            group = order[start : start + BATCH]
            chosen = [torch.softmax(net(x), 0) @ worth for x, worth in group]
            loss = -torch.log(torch.stack(chosen) + 1e-6).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return net.eval()


def left_out(cases: Sequence[Case]) -> dict[int, NDArray[np.float64]]:
    """Return what the sentences of the first reading are given by networks that never saw their question."""
    questions = sorted({case.question for case in cases if case.reading == FIRST})
    random.Random(SEED).shuffle(questions)
    fold = {question: place % FOLDS for place, question in enumerate(questions)}
    given = {}
    for part in range(FOLDS):
        fitted = fit([c for c in cases if fold.get(c.question) != part], SEED)
        for number, case in enumerate(cases):
            if case.reading == FIRST and fold[case.question] == part:
                given[number] = fitted.worth(case.features)
    return given


def write(fitted: Fitted, path: Path) -> None:
    """Write the network as `app.opener.load_opener` reads it."""
    lines = ["# The network of app/opener.py; written by `python -m eval.fit_opener`."]
    lines += [
        f"{name} = {_listed(values)}"
        for name, values in (("hidden_bias", fitted.hidden_bias), ("out", fitted.out))
    ]
    lines += ["", "[hidden]"]
    lines += [f"{name} = {_listed(row)}" for name, row in zip(NAMES, fitted.hidden, strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _listed(values: NDArray[np.float64]) -> str:
    return "[" + ", ".join(f"{value:.4f}" for value in values) + "]"


def main() -> None:
    """Fit, print what it does on questions left out, and write the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    parser.add_argument("--ablate", action="store_true", help="print them without each kind of feature, too")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the networks are so small that two threads wait for each other
    groups = {"digests": cases_of(open_assistant(None), originals=False)}
    if ORIGINALS.is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            groups["originals"] = cases_of(open_originals(ORIGINALS, Path(scratch)), originals=True)
    _report(groups, "the opener")
    for name, columns in KINDS.items() if options.ablate else ():
        less = {corpus: [_without(case, columns) for case in cases] for corpus, cases in groups.items()}
        _report(less, f"without {name}")
    if not options.dry_run:
        write(fit([case for cases in groups.values() for case in cases], SEED), OUT)


def _report(groups: Mapping[str, Sequence[Case]], name: str) -> None:
    cases = [case for group in groups.values() for case in group]
    given, start = left_out(cases), 0
    for corpus, group in groups.items():
        numbers = [i for i in range(start, start + len(group)) if i in given]
        start += len(group)
        ranked = np.mean([cases[i].worth[0] == 1 for i in numbers])
        opened = np.mean([cases[i].worth[int(given[i].argmax())] == 1 for i in numbers])
        best = np.mean([cases[i].worth.max() == 1 for i in numbers])
        print(
            f"{corpus}, {len(numbers)} questions: the sentence put first answers: as ranked {ranked:.3f}, "
            f"{name} {opened:.3f}; any of those judged {best:.3f}",
            flush=True,
        )


def _without(case: Case, columns: Sequence[str]) -> Case:
    features = case.features.copy()
    features[:, [NAMES.index(column) for column in columns]] = 0.0
    return replace(case, features=features)


if __name__ == "__main__":
    main()
