"""Tell which passages of a build belong to a question, and whether a citation is what it claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eval.questions import Fact, PassageLabel, Question, fold
from ingest.records import Passage


class Corpus:
    """The texts that answers are measured against."""

    def __init__(self, articles: Mapping[str, str], passages: Iterable[Passage]) -> None:
        """Keep `articles` (slug -> text) and their `passages`."""
        self._articles = articles
        self.passages = {passage.passage_id: passage for passage in passages}
        self._folded = {pid: fold(f"{' '.join(p.headings)}\n{p.text}") for pid, p in self.passages.items()}
        self._found: dict[str, frozenset[str]] = {}

    def stating(self, fact: Fact) -> frozenset[str]:
        """Return the ids of passages that state `fact`."""
        if fact.id not in self._found:
            self._found[fact.id] = frozenset(
                pid
                for pid, text in self._folded.items()
                if (not fact.articles or self.passages[pid].article in fact.articles) and fact.shows_in(text)
            )
        return self._found[fact.id]

    def labels(self, question: Question) -> list[frozenset[str]]:
        """Return, for each fact and passage label of `question`, the passages any of which would do.

        A label that nothing in this corpus meets is left out: another corpus may hold it.
        """
        sets = [self.stating(fact) for fact in question.facts]
        sets += [self._labelled(label) for label in question.passages]
        return [ids for ids in sets if ids]

    def _labelled(self, label: PassageLabel) -> frozenset[str]:
        return frozenset(
            pid
            for pid, passage in self.passages.items()
            if passage.article == label.article
            and (label.heading is None or re.search(label.heading, fold(" ".join(passage.headings))))
        )

    def holds(self, citation: Mapping[str, Any]) -> bool:
        """Say whether a citation's quote stands at its offsets, within the passage that it names."""
        text = self._articles.get(citation.get("article", ""))
        passage = self.passages.get(citation.get("passage_id", ""))
        start, end = citation.get("start", -1), citation.get("end", -1)
        if text is None or passage is None or passage.article != citation["article"]:
            return False
        inside = passage.start <= start < end <= passage.end
        return inside and text[start:end] == citation.get("quote")
