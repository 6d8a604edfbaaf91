"""Tell which passages of a build belong to a question, and whether a citation is what it claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eval.questions import Fact, PassageLabel, Question, fold
from ingest.records import Passage


class Corpus:
    """The texts that answers are measured against."""

    def __init__(
        self,
        articles: Mapping[str, str],
        passages: Iterable[Passage],
        facts: Iterable[Fact] = (),
        topics: Mapping[str, str] | None = None,
    ) -> None:
        """Keep `articles` (slug -> text), `passages`, all `facts` known, and patterns of `topics`."""
        self._articles = articles
        self._facts = tuple(facts)
        self._topics = topics or {}
        self.passages = {passage.passage_id: passage for passage in passages}
        self._folded = {pid: fold(f"{' '.join(p.headings)}\n{p.text}") for pid, p in self.passages.items()}
        self._found: dict[str, frozenset[str]] = {}

    def recut(self, passages: Iterable[Passage]) -> Corpus:
        """Return the same texts cut into other passages."""
        return Corpus(self._articles, passages, self._facts, self._topics)

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

    def is_to_the_point(self, citation: Mapping[str, Any], question: Question) -> bool:
        """Say whether a citation leads to what was asked about.

        It does when its passage is labelled, or when its quote states an expected fact or one of the same
        topic, names that topic, or names an exercise that fits.
        """
        if any(citation.get("passage_id") in label for label in self.labels(question)):
            return True
        topics = {topic for fact in question.facts for topic in fact.topics}
        quote = fold(citation.get("quote", ""))
        patterns = [*question.exercises, *(self._topics[topic] for topic in topics & self._topics.keys())]
        facts = [*question.facts, *(fact for fact in self._facts if topics & set(fact.topics))]
        return any(re.search(p, quote) for p in patterns) or any(fact.shows_in(quote) for fact in facts)

    def holds(self, citation: Mapping[str, Any]) -> bool:
        """Say whether a citation's quote stands at its offsets, within the passage that it names."""
        text = self._articles.get(citation.get("article", ""))
        passage = self.passages.get(citation.get("passage_id", ""))
        start, end = citation.get("start", -1), citation.get("end", -1)
        if text is None or passage is None or passage.article != citation["article"]:
            return False
        inside = passage.start <= start < end <= passage.end
        return inside and text[start:end] == citation.get("quote")
