"""Learn which sentence opens an answer: `python -m eval.fit_opener`.

Writes `app/data/opener.toml`, and beside it `precedents.npz`: the questions of `eval/selector` with what
readers judged of sentences. A question is no precedent of its own, nor is any of a fold that is left out.

Learns from `eval/selector/first.jsonl`, where readers judged sentences one at a time beside a question, and
from the questions that the answerer was never shown; over the digests and, where they lie beside the project,
the originals. Prints how often the sentence put first answers by the readers' judgement, on those questions
that no other model has learned from, fold by fold left out, beside the sentence that the ranking has first;
and the same without precedents, as it is with articles on which nobody judged.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.answer import Assistant
from app.intents import load_intents
from app.opener import OWN_FEATURES, opener_features, openers
from app.precedents import FEATURES as PRECEDENTS
from app.precedents import Precedents, fingerprint, precedents_of, save
from app.rank import FEATURES
from app.rules.records import ExercisePolicy
from eval.answerer.rows import judged, pairs, read_judged, retold
from eval.evaluate import ORIGINALS
from eval.systems import open_assistant, open_originals
from eval.train_answerer import pairs_held_back
from ingest.answering import load_answerer

OUT = Path(__file__).parents[1] / "app" / "data" / "opener.toml"
INTENTS = load_intents()
SEED, FOLDS = 13, 5
ONLY_HERE = (1, 3)  # readings that no other model has learned from (`eval.train_answerer.judged_parts`)
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
AS_PRECEDENT = {"y": 1.0, "p": 0.0, "n": -0.3}
Question = tuple[str, ...]  # its turns


@dataclass(frozen=True, slots=True)
class Case:
    """One question over one corpus.

    Attributes:
        question: The same over two corpora belong to one fold.
        likeness: Shape (judged questions,), of the question to each.
        sentences: Those that may be read first, best ranked first.
        features: Shape (sentences, features), as `app.opener` reads them without precedents.
        worth: How well each answers when read first, 0 to 1.
        reading: 1 to 3 where readers judged them one by one, 0 for a pair.
    """

    question: Question
    likeness: NDArray[np.float32]
    sentences: tuple[str, ...]
    features: NDArray[np.float64]
    worth: NDArray[np.float64]
    reading: int


@dataclass(frozen=True, slots=True)
class Before:
    """Precedents, and which of their rows each question has."""

    precedents: Precedents
    rows: Mapping[Question, frozenset[int]]

    def beside(self, case: Case, but: Collection[Question]) -> Case:
        """Return `case` with the features of the precedents, without its own question and those of `but`."""
        rows = set[int]().union(*(self.rows.get(question, ()) for question in {case.question, *but}))
        features = case.features.copy()
        features[:, -len(PRECEDENTS) :] = self.precedents.features(case.likeness, case.sentences, rows)
        return replace(case, features=features)


def precedents(assistant: Assistant) -> Before:
    """Gather every judged question, with what its sentences are in the originals where it is known."""
    told, answerer = retold(), load_answerer()
    listed: list[tuple[Question, dict[tuple[str, str], float], str]] = [
        (tuple(row["turns"]), {(a, name): AS_PRECEDENT[v] for a, name, v in row["judged"]}, row["corpus"])
        for row in read_judged()
    ]
    for pair in pairs():
        worth: dict[tuple[str, str], float] = {}
        for value, answer in judged(pair):
            worth.setdefault((answer["article"], fingerprint(answer["quote"])), value)
        listed.append(((pair["question"],), worth, "digests"))
    vectors, rows = list[NDArray[np.float32]](), dict[Question, set[int]]()
    judgements = dict[tuple[str, int], float]()
    for number, (question, worth, corpus) in enumerate(listed):
        vectors.append(answerer.read(assistant.understand(question).search_text).vector)
        rows.setdefault(question, set()).add(number)
        for (article, name), value in worth.items():
            others = told.get((article, name), ()) if corpus == "digests" else ()
            for one in (name, *others):
                judgements[one, number] = max(value, judgements.get((one, number), value))
    gathered = precedents_of(np.stack(vectors), ((name, row, v) for (name, row), v in judgements.items()))
    return Before(gathered, {question: frozenset(own) for question, own in rows.items()})


def cases_of(assistant: Assistant, before: Before, *, originals: bool) -> list[Case]:
    """Gather the sentences that may open the answer to each judged question."""
    told = retold()
    asked: list[tuple[Question, dict[tuple[str, str], float], int]] = []
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
    found = (_case(assistant, before, *one) for one in asked)
    return [case for case in found if case is not None]


def _case(
    assistant: Assistant, before: Before, turns: Question, worth: dict[tuple[str, str], float], reading: int
) -> Case | None:
    u = assistant.understand(turns)
    if u.intent == "vague":
        return None
    evidence, intent = assistant.gather(u), INTENTS.by_id(u.intent)
    own = openers(assistant.composer.fitting(evidence.candidates, u, evidence, ExercisePolicy.ALLOW), intent)
    if not own:
        return None
    features = opener_features(own, intent, evidence.matching, {})
    names = [(c.passage.article, fingerprint(c.sentence.text)) for c in own]
    known = [i for i, name in enumerate(names) if not reading or name in worth]
    values = np.array([worth.get(names[i], 0.0) for i in known])
    if len(known) < 2 or not values.max():
        return None
    likeness = before.precedents.likeness(load_answerer().read(u.search_text).vector)
    sentences = tuple(own[i].sentence.text for i in known)
    return Case(turns, likeness, sentences, features[known], values, reading)


class _Net(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(features, UNITS), nn.Linear(UNITS, 1, bias=False)
        self.dropout = nn.Dropout(DROPPED)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        worth: torch.Tensor = self.out(self.dropout(torch.tanh(self.hidden(features))))[..., 0]
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
    most = max(len(case.worth) for case in cases)
    features = torch.zeros(len(cases), most, every.shape[1])
    worth, there = torch.zeros(len(cases), most), torch.zeros(len(cases), most, dtype=torch.bool)
    for number, case in enumerate(cases):
        count = len(case.worth)
        features[number, :count] = torch.from_numpy((case.features - mean) / spread).float()
        worth[number, :count] = torch.from_numpy(case.worth / case.worth.max()).float()
        there[number, :count] = True
    nets = [_fit_one(features, worth, there, seed + member) for member in range(MEMBERS)]
    hidden = np.concatenate([net.hidden.weight.detach().numpy().T for net in nets], 1) / spread[:, None]
    bias = np.concatenate([net.hidden.bias.detach().numpy() for net in nets]) - mean @ hidden
    return Fitted(hidden, bias, np.concatenate([net.out.weight.detach().numpy()[0] for net in nets]))


def _fit_one(features: torch.Tensor, worth: torch.Tensor, there: torch.Tensor, seed: int) -> _Net:
    """Fit one network.

    Args:
        features: Shape (cases, sentences, features), standardised; zeros where a case has no more sentences.
        worth: Shape (cases, sentences), the best of a case 1.
        there: Shape (cases, sentences), whether there is a sentence.
        seed: Of the weights, the order and what is dropped.
    """
    torch.manual_seed(seed)
    net = _Net(features.shape[2])
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        for group in torch.split(torch.randperm(len(features)), BATCH):
            told = net(features[group]).masked_fill(~there[group], -torch.inf)
            chosen = (torch.softmax(told, 1) * worth[group]).sum(1)
            loss = -torch.log(chosen + 1e-6).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return net.eval()


def fit_beside(cases: Sequence[Case], before: Before, but: Collection[Question], seed: int) -> Fitted:
    """Fit on every case twice, with its precedents and without: most articles will have none."""
    return fit([*(before.beside(case, but) for case in cases), *cases], seed)


def left_out(cases: Sequence[Case], before: Before) -> dict[int, tuple[int, int]]:
    """Return which sentence of each case of `ONLY_HERE` is put first, with precedents and without.

    By networks that never saw the question, and with none of the questions left out as a precedent.
    """
    questions = sorted({case.question for case in cases if case.reading in ONLY_HERE})
    random.Random(SEED).shuffle(questions)
    fold = {question: place % FOLDS for place, question in enumerate(questions)}
    put = {}
    for part in range(FOLDS):
        away = [question for question, place in fold.items() if place == part]
        fitted = fit_beside([c for c in cases if fold.get(c.question) != part], before, away, SEED)
        for number, case in enumerate(cases):
            if case.reading in ONLY_HERE and fold[case.question] == part:
                both = (before.beside(case, away), case)
                known, unknown = (int(fitted.worth(each.features).argmax()) for each in both)
                put[number] = known, unknown
    return put


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
    assistant = open_assistant(None)
    before = precedents(assistant)
    groups = {"digests": cases_of(assistant, before, originals=False)}
    if ORIGINALS.is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            other = open_originals(ORIGINALS, Path(scratch))
            groups["originals"] = cases_of(other, before, originals=True)
    _report(groups, before, "the opener")
    for name, columns in KINDS.items() if options.ablate else ():
        less = {corpus: [_without(case, columns) for case in cases] for corpus, cases in groups.items()}
        _report(less, before, f"without {name}")
    if not options.dry_run:
        write(fit_beside([case for cases in groups.values() for case in cases], before, (), SEED), OUT)
        save(before.precedents)


def _report(groups: Mapping[str, Sequence[Case]], before: Before, name: str) -> None:
    cases = [case for group in groups.values() for case in group]
    put, start = left_out(cases, before), 0
    for corpus, group in groups.items():
        numbers = [i for i in range(start, start + len(group)) if i in put]
        start += len(group)
        ranked = np.mean([cases[i].worth[0] == 1 for i in numbers])
        known, unknown = (np.mean([cases[i].worth[put[i][which]] == 1 for i in numbers]) for which in (0, 1))
        best = np.mean([cases[i].worth.max() == 1 for i in numbers])
        print(
            f"{corpus}, {len(numbers)} questions: the sentence put first answers: as ranked {ranked:.3f}, "
            f"{name} {known:.3f}, and knowing no precedent {unknown:.3f}; any of those judged {best:.3f}",
            flush=True,
        )


def _without(case: Case, columns: Sequence[str]) -> Case:
    features = case.features.copy()
    features[:, [NAMES.index(column) for column in columns]] = 0.0
    return replace(case, features=features)


if __name__ == "__main__":
    main()
