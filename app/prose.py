"""Let a language model phrase the quotations of a draft; it decides nothing.

quotations -> prompt -> stream -> sentences -> checks -> draft; whatever goes wrong, the quotations stand.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.bans import Bans, load_bans
from app.cited import TooLittle, cited_sentences
from app.prompt import Prompt, load_prompt
from app.records import Draft, DraftStatement, Outcome, Understanding
from app.retrieve import Hit
from app.support import Support
from app.words import words
from ingest.records import Span

_log = logging.getLogger(__name__)
Stream = Callable[[str, str], Iterator[str]]
# Letters, digits and plain punctuation: nothing that Markdown or HTML would act on.
_PLAIN = re.compile(r"[\w\s.,;:!?'\"()’‘“”–—/%°é+-]+")
_MAX_PASSAGES = 4


@dataclass(frozen=True, slots=True)
class ProseLimits:
    """How much of a model's answer is read and shown.

    Attributes:
        sentences: Shown at most.
        read_sentences: Read at most; a model that goes on is taken for endless.
        read_chars: The same in characters.
    """

    sentences: int = 8
    read_sentences: int = 15
    read_chars: int = 4000


class Phraser:
    """Phrases drafts with one model, checked sentence by sentence."""

    def __init__(
        self,
        stream: Stream,
        support: Support,
        fallback_note: str,
        prompt: Prompt | None = None,
        bans: Bans | None = None,
        limits: ProseLimits | None = None,
    ) -> None:
        """Take what streams an answer to (instructions, material), and what checks its sentences.

        `stream` raises any exception for an answer that is not whole; `fallback_note` is shown then.
        """
        self._stream, self._support, self._fallback_note = stream, support, fallback_note
        self.prompt = prompt or load_prompt()
        self._bans = bans or load_bans()
        self._limits = limits or ProseLimits()

    def phrase(
        self, understanding: Understanding, draft: Draft, evidence: Sequence[Hit], held: bool
    ) -> Draft:
        """Return the draft in the model's words; as it was, with a note, where too little of them holds.

        A disagreement of the articles stays in their own words: phrased, one side can swallow the other.
        """
        if draft.outcome is not Outcome.ANSWER or not draft.statements:
            return draft
        if any(statement.lead for statement in draft.statements):
            return draft
        reader = _Reader(self._support, self._bans, self._limits, draft, held)
        try:
            # A held exercise is not even shown to the model.
            pieces = self._stream(*self._ask(understanding, draft, () if held else evidence))
            statements = reader.read(pieces)
        except Exception as error:  # whatever the failure, it must not cost the reader the answer
            _log.warning("quotations shown instead of prose: %s", type(error).__name__)
            note = " ".join(filter(None, (draft.note, self._fallback_note)))
            return replace(draft, note=note, dropped=len(reader.dropped), prompt=self.prompt.digest)
        return replace(
            draft,
            statements=statements,
            composer="prose",
            dropped=len(reader.dropped),
            prompt=self.prompt.digest,
        )

    def _ask(self, u: Understanding, draft: Draft, evidence: Sequence[Hit]) -> tuple[str, str]:
        """Fill in the prompt; material is quoted as JSON, so that none of it can end its quotation."""
        quotations = (f"[{n}] {_quoted(s.span.text)}" for n, s in enumerate(draft.statements, 1))
        passages = (_quoted(hit.passage.text) for hit in evidence[:_MAX_PASSAGES])
        values = {
            "question": _quoted(u.question),
            "evidence": "\n".join(quotations),
            "passages": "\n".join(passages) or "(none)",
            "sentences": str(self._limits.sentences),
        }
        return self.prompt.system.format(**values), self.prompt.user.format(**values)


class _Reader:
    """Reads one answer and keeps what holds."""

    def __init__(self, support: Support, bans: Bans, limits: ProseLimits, draft: Draft, held: bool) -> None:
        self._support, self._bans, self._limits, self._held = support, bans, limits, held
        self._spans = [statement.span for statement in draft.statements]
        self.dropped: list[tuple[str, str]] = []

    def read(self, pieces: Iterable[str]) -> tuple[DraftStatement, ...]:
        """Return the sentences that hold, in order.

        Raises:
            TooLittle: The first one does not hold, none does, or there is no end.
        """
        kept: dict[str, DraftStatement] = {}
        for count, (sentence, numbers) in enumerate(cited_sentences(pieces, self._limits.read_chars)):
            if count >= self._limits.read_sentences:
                raise TooLittle("more sentences than any answer has")
            spans, objection = self._carried(sentence, numbers)
            if objection:
                self.dropped.append((sentence, objection))
            else:
                statement = DraftStatement(spans[0], text=sentence, also=tuple(spans[1:]))
                kept.setdefault(" ".join(words(sentence)), statement)
            if not kept:
                raise TooLittle("the first sentence does not hold")
        if not kept:
            raise TooLittle("no sentence at all")
        return tuple(kept.values())[: self._limits.sentences]

    def _carried(self, sentence: str, numbers: Sequence[int]) -> tuple[list[Span], str]:
        """Return the cited spans that carry the sentence, or why it is not shown."""
        if not numbers or not all(0 < number <= len(self._spans) for number in numbers):
            return [], "cites nothing that it was given"
        if objection := self._form(sentence):
            return [], objection
        cited = list(dict.fromkeys(self._spans[number - 1] for number in numbers))
        if self._bans.quoted_only.hits(sentence) and all(words(s.text) != words(sentence) for s in cited):
            return [], self._bans.quoted_only.reason
        objections = {span: self._support.objection(sentence, span) for span in cited}
        spans = [span for span in cited if not objections[span]]
        return spans, "" if spans else objections[cited[0]]

    def _form(self, sentence: str) -> str:
        """Return what is wrong with a sentence whatever it cites."""
        if not _PLAIN.fullmatch(sentence) or not sentence[0].isupper() or sentence[-1] not in ".!":
            return "is not a plain sentence"
        for ban in self._bans.unsafe:
            if ban.hits(sentence):
                return ban.reason
        if self._held and self._support.names_exercise(sentence):
            return "names an exercise that is held back"
        return ""


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
