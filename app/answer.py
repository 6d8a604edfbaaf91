"""Answer the last turn of a conversation.

screen -> understand -> retrieve -> compose -> verify -> render, in that order; screening needs nothing
that can be down, and nothing after it can change what it found.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar

from app.choose import ExerciseChooser, SelectionSettings, choose_sentences, infer_conditions
from app.compose import Composer, Evidence, strictest
from app.evidence import (
    EvidenceWeights,
    evidence_features,
    has_subject,
    load_evidence_weights,
    parts,
    probability,
)
from app.foreign import load_foreign
from app.headed import Header
from app.intents import Intent, load_intents
from app.lexicon import Lexicon
from app.naming import Namer
from app.opener import Before, key_of, load_opener
from app.plan import make_plan
from app.precedents import load_precedents
from app.rank import Candidate, Ranker, load_weights
from app.records import Draft, Outcome, Reply, Understanding
from app.relevance import load_relevance
from app.render import as_markdown
from app.retrieve import Hit, HybridSearch, QueryEncoder, Vector
from app.rules.catalogue import Rules
from app.rules.net import Net
from app.rules.records import ExercisePolicy, Screening
from app.rules.screen import screen
from app.spelling import Speller
from app.templates import Templates, load_templates
from app.understand import Understander, corpus_words
from app.verify import Verifier, verify
from app.words import legible
from ingest.answering import Answerer, Read, load_answerer
from ingest.errors import IndexUnavailable
from ingest.index import Index

T = TypeVar("T")
log = logging.getLogger(__name__)
_OF_CONDITION = 20  # sentences kept for each question of our own
_HITS = 16  # passages whose sentences are ranked; chosen on the development questions
_ANSWERING = 12  # sentences of the whole build whose passages are looked at beside those
_MATCHED = 24  # best sentences whose words are compared with those of the question
_RECALLED = 40  # best sentences of which it is asked how they answered questions like this one
_SAID = re.compile(r"[\w'’-]+")  # a person's words without marks that Markdown reads
_NOTHING_HELD = Screening()
_AHEAD = 4  # threads that search while the rules screen; two answers at a time need no more


class Prose(Protocol):
    """May phrase a draft; never decides."""

    def phrase(
        self, understanding: Understanding, draft: Draft, evidence: Sequence[Hit], held: bool
    ) -> Draft:
        """Return the draft in a model's words, verified sentence by sentence, or as it was.

        Args:
            understanding: What was asked.
            draft: The quotations to phrase.
            evidence: The passages found, best first.
            held: Exercises are held back, so that none may be named.
        """


class _Lead(NamedTuple):
    """What can be looked up while a question is embedded.

    Attributes:
        asked: The question as the answerer reads it (`ingest.answering`).
        likeness: Its similarity to questions judged before (`app.precedents`).
        answering: Ids of the passages whose sentences answer it best.
        lexical: Id and BM25 score of the passages that share its words.
        conditions: Condition id -> weight, named or matched by place and trigger.
        fits: How well each exercise of the build fits; empty where none is asked for.
    """

    asked: Read
    likeness: Vector
    answering: list[str]
    lexical: list[tuple[str, float]]
    conditions: Mapping[str, int]
    fits: list[float]


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What was asked, and done while the rules screened; no evidence where nothing was searched for.

    Attributes:
        understanding: What was asked.
        evidence: What was found.
        plain: The answer where the rules hold nothing back; None where the evidence holds none.
        failed: Why nothing could be found.
    """

    understanding: Understanding
    evidence: Evidence | None = None
    plain: Draft | None = None
    failed: IndexUnavailable | None = None


class Assistant:
    """Everything needed to answer, built once; safe to share between threads."""

    def __init__(
        self,
        rules: Rules,
        index: Index,
        encoder: QueryEncoder,
        net: Net | None = None,
        prose: Prose | None = None,
        max_chars: int = 4000,
        answerer: Answerer | None = None,
    ) -> None:
        """Read what the build knows; `net` and `prose` may be None, and `answerer` for the shipped one."""
        self._answerer = answerer or load_answerer()
        self.rules, self.index, self.net, self.prose = rules, index, net, prose
        self._encoder, self._max_chars = encoder, max_chars
        self._pool = ThreadPoolExecutor(_AHEAD, thread_name_prefix="ahead")
        texts = [article.text for article in index.articles.values()]
        # A few hundred texts at most: every intent of every condition.
        self._of_condition = lru_cache(maxsize=512)(self._search_plain)
        self._lexicon = lexicon = Lexicon(index.vocabulary, index.exercises)
        foreign = load_foreign("\n".join(texts).lower())
        # "Replacment" is no "placement": what the articles do not speak of is known by its slips too.
        elsewhere = {word for topic in foreign for word in topic.words}
        speller = Speller(corpus_words(texts) | lexicon.known_words | elsewhere)
        intents = load_intents()
        self._understander = Understander(lexicon, speller, intents, foreign)
        self._retriever = HybridSearch(index, index.passages, encoder)
        self.ranker = Ranker(lexicon, intents, index.passages.values(), load_weights())
        self._precedents = load_precedents()
        self._evidence_weights: EvidenceWeights = load_evidence_weights()
        self._templates: Templates = load_templates()
        self._selection = SelectionSettings()
        self._chooser = ExerciseChooser(index.exercises, lexicon)
        self.composer = Composer(
            index.exercises, index.vocabulary, index.conflicts, self._templates,
            Namer(self._templates, lexicon), Header(index.passages, lexicon), intents,
            load_relevance(intents.ids), load_opener(),
        )  # fmt: skip
        self._verifier = Verifier(index.articles, index.passages)

    def screen(self, turns: Sequence[str], *, examined: bool = False) -> Screening:
        """Return what the rules find in `turns`, every one of them in full."""
        turns = [legible(turn) for turn in turns]
        try:
            return screen(turns, self.rules, examined=examined, net=self.net)
        except Exception as error:  # the rules stand without their second net
            if self.net is None:
                raise
            _report("the second net", error)
            return screen(turns, self.rules, examined=examined)

    def answer(
        self, turns: Sequence[str], *, examined: bool = False, screening: Screening | None = None
    ) -> Reply:
        """Answer the last of `turns`.

        Args:
            turns: The person's messages, oldest first; at least one.
            examined: The person says that a clinician has examined this knee.
            screening: What `screen` found in the same turns; None screens them.

        Raises:
            ValueError: `turns` is empty.
        """
        if not turns:
            raise ValueError("no message to answer: `turns` is empty")
        turns = [legible(turn) for turn in turns]
        clock = _Clock()
        # Screening and searching need nothing of each other, and both compute outside the interpreter.
        ahead = self._start_search(turns, clock)
        if screening is None:
            screening = clock.time("screen", lambda: self.screen(turns, examined=examined))
        if screening.emergency_now:
            return self._finish(Reply(Outcome.SEEK_CARE, screening), clock)
        try:
            return self._finish(self._reply(turns, screening, ahead, clock), clock)
        except Exception as error:  # whatever breaks after screening, its red flags are shown
            _report("answering", error)
            note = self._templates.say("notes", "failed")
            return self._finish(Reply(Outcome.NO_EVIDENCE, screening, note), clock)

    def _start_search(self, turns: Sequence[str], clock: _Clock) -> Future[_Ahead]:
        """Understand the last turn and begin to search for it.

        Two threads and no more: of three on two cores the longest, the embedding, would end last. So this one
        looks up what needs no embedding, and then screens, while the other embeds the question and searches.
        """
        lead: Future[_Lead] = Future()
        try:
            understanding = self.understand([*turns[:-1], turns[-1][: self._max_chars]])
            searched = self._pool.submit(self._search_ahead, understanding, lead, clock)
        except Exception as error:  # told once the screening stands
            searched = Future()
            searched.set_exception(error)
            return searched
        try:
            lead.set_result(clock.time("lead", lambda: self._lead(understanding)))
        except BaseException as error:  # the other thread waits for it, whatever ends this one
            lead.set_exception(error)
            if not isinstance(error, Exception):
                raise
        return searched

    def _lead(self, understanding: Understanding) -> _Lead:
        text, intent = understanding.search_text, self._understander.intents.by_id(understanding.intent)
        inferred = infer_conditions(understanding, self.index.vocabulary)
        conditions = dict.fromkeys(understanding.conditions, 3) or inferred
        asked = self._answerer.read(text)
        return _Lead(
            asked, self._precedents.likeness(asked.vector),
            self.index.answering(asked.vector, _ANSWERING), self._retriever.by_words(text),
            conditions, self._chooser.fits(understanding, conditions) if intent.cards else [],
        )  # fmt: skip

    def _search_ahead(self, understanding: Understanding, lead: Future[_Lead], clock: _Clock) -> _Ahead:
        """Search for what was understood and compose, unless it will be refused or asked back."""
        if understanding.foreign:
            fit = self.index.best_answer(lead.result().asked.vector)
            passing = self._understander.in_passing(understanding.foreign)
            if fit >= (self._evidence_weights.passing if passing else self._evidence_weights.anyway):
                understanding = replace(understanding, foreign=())
        asked = understanding.english and understanding.question.strip() and understanding.intent != "vague"
        if understanding.foreign or not asked:
            return _Ahead(understanding)
        try:
            evidence = self.gather(understanding, clock, lead)
            return _Ahead(understanding, evidence, self._plain(understanding, evidence, clock))
        except IndexUnavailable as error:
            return _Ahead(understanding, failed=error)

    def _reply(
        self, turns: Sequence[str], screening: Screening, searched: Future[_Ahead], clock: _Clock
    ) -> Reply:
        ahead = clock.time("wait", searched.result)
        understanding = ahead.understanding
        try:
            draft, understanding = self._draft(ahead, turns, screening, clock)
        except IndexUnavailable:  # the red flags stand, whatever is down
            draft = Draft(Outcome.NO_EVIDENCE, note=self._templates.say("notes", "unavailable"))
        return replace(self._verified(draft, screening, understanding), understanding=understanding)

    def understand(self, turns: Sequence[str]) -> Understanding:
        """Return what the last of `turns` asks."""
        return self._understander.understand(turns)

    def encode(self, text: str) -> Vector:
        """Embed one text, shape (dimension,), unit norm."""
        return self._encoder.encode_query(text)

    def gather(
        self,
        understanding: Understanding,
        clock: _Clock | None = None,
        lead: Future[_Lead] | None = None,
    ) -> Evidence:
        """Return the passages and sentences found for a question, best first.

        Args:
            understanding: The question.
            clock: Times the stages.
            lead: What needs no embedding, where another thread looks it up.

        Raises:
            IndexUnavailable: The store does not answer.
        """
        clock = clock or _Clock()
        intent = self._understander.intents.by_id(understanding.intent)
        text = understanding.search_text
        vector = clock.time("embed", lambda: self._encoder.encode_query(text))
        known = lead.result() if lead else self._lead(understanding)
        conditions = known.conditions
        hits = clock.time("retrieve", lambda: self._search(text, vector, known))
        ids = [hit.passage.passage_id for hit in hits]
        candidates = clock.time(
            "rank",
            lambda: self.ranker.score(
                understanding, intent, frozenset(conditions), vector, known.asked.vector, hits,
                {i: self.index.sentence_vectors(i) for i in ids},
                {i: self.index.answer_vectors(i) for i in ids},
            ),
        )  # fmt: skip
        best = [key_of(candidate) for candidate in candidates[:_MATCHED]]
        like = clock.time("rank", lambda: self.index.matches(known.asked, best).tolist())
        before = clock.time("rank", lambda: self._before(candidates[:_RECALLED], known.likeness))
        found = {hit.passage.passage_id: hit.score for hit in hits}
        fitting = self._chooser.fitting(understanding, known.fits, found) if intent.cards else ()
        return Evidence(
            hits, candidates, conditions, asked=self._asked(intent, conditions), exercises=fitting,
            matching=dict(zip(best, like, strict=True)), before=before,
        )  # fmt: skip

    def _before(self, candidates: Sequence[Candidate], likeness: Vector) -> Before:
        """Return how each of `candidates` answered questions like this one."""
        told = self._precedents.features(likeness, [candidate.sentence.text for candidate in candidates])
        return dict(zip(map(key_of, candidates), told.tolist(), strict=True))

    def _asked(self, intent: Intent, conditions: Mapping[str, int]) -> tuple[Candidate, ...]:
        """Return the sentences that answer what the intent asks of the condition that fits best.

        "Outside of my knee at mile 3, why?" says nothing of the IT band; its causes are what is asked for.
        """
        condition = next((c for c in conditions if c != "knee-pain"), "")
        label = self._lexicon.label("conditions", condition).split(" (")[0]
        return self._of_condition(intent.asks.format(condition=label)) if intent.asks and condition else ()

    def _search(self, text: str, vector: Vector, lead: _Lead) -> list[Hit]:
        """Return the passages found by search, then those of the sentences that answer best."""
        hits = self._retriever.search(text, vector, _HITS, lead.lexical)
        found = {hit.passage.passage_id for hit in hits}
        missed = [pid for pid in lead.answering if pid not in found]
        return hits + [Hit(self.index.passages[pid], 0.0, 0.0, 0.0) for pid in missed]

    def _draft(
        self, ahead: _Ahead, turns: Sequence[str], screening: Screening, clock: _Clock
    ) -> tuple[Draft, Understanding]:
        """Return a draft and the understanding that it answers (a part of a mixed question, maybe)."""
        say, understanding = self._templates.say, ahead.understanding
        held = strictest(screening) is not ExercisePolicy.ALLOW
        if not understanding.english:
            return self._refusal(Outcome.OUT_OF_SCOPE, say("notes", "not_english")), understanding
        if not understanding.question.strip():
            return self._refusal(Outcome.CLARIFY, say("notes", "empty")), understanding
        note = ""
        if understanding.foreign:
            part = self._answerable_part(understanding, turns)
            if part is None:
                return self._refuse_foreign(understanding), understanding
            note = say("notes", "partly", topics=", ".join(understanding.foreign))
            understanding = part
        if understanding.intent == "vague":
            return self.composer.compose_vague(self._whatever_the_place(held)), understanding
        if ahead.failed is not None:
            raise ahead.failed
        if ahead.understanding is understanding and ahead.evidence is not None:
            evidence, draft = ahead.evidence, ahead.plain
        else:
            evidence = self.gather(understanding, clock)
            draft = self._plain(understanding, evidence, clock)
        if draft is None:
            return self._refuse(understanding), understanding
        if held:
            evidence = replace(evidence, held=self._found(self._templates.held_search))
            draft = self._composed(understanding, evidence, screening, clock)
        if note:
            draft = replace(draft, note=" ".join(filter(None, (note, draft.note))))
        return self._phrased(understanding, draft, evidence, held, clock), understanding

    def _plain(self, understanding: Understanding, evidence: Evidence, clock: _Clock) -> Draft | None:
        """Compose as if the rules held nothing back; None where the evidence holds no answer."""
        if not self._is_answerable(understanding, evidence):
            return None
        return self._composed(understanding, evidence, _NOTHING_HELD, clock)

    def _composed(
        self, understanding: Understanding, evidence: Evidence, screening: Screening, clock: _Clock
    ) -> Draft:
        intent, compose = self._understander.intents.by_id(understanding.intent), self.composer.compose
        return clock.time("compose", lambda: compose(understanding, intent, evidence, screening))

    def _phrased(
        self, understanding: Understanding, draft: Draft, evidence: Evidence, held: bool, clock: _Clock
    ) -> Draft:
        if self.prose is None:
            return draft
        phrase = self.prose.phrase
        return clock.time("phrase", lambda: phrase(understanding, draft, evidence.hits, held))

    def _answerable_part(self, understanding: Understanding, turns: Sequence[str]) -> Understanding | None:
        """Return the first part of a mixed question that is about the articles and nothing foreign."""
        pieces = parts(understanding.question)
        for piece in pieces if len(pieces) > 1 else ():
            read = replace(
                self.understand([*turns[:-1], piece]),
                without_kit=understanding.without_kit,
                without_positions=understanding.without_positions,
            )
            if (
                not read.foreign
                and not read.follow_up
                and has_subject(read)
                and read.intent not in ("other", "vague")
            ):
                return read
        return None

    def _is_answerable(self, understanding: Understanding, evidence: Evidence) -> bool:
        if understanding.places and (understanding.triggers or understanding.timings):
            return bool(evidence.candidates)  # where and when it hurts is what the articles go by
        weights = self._evidence_weights
        features = evidence_features(understanding, evidence.hits, evidence.candidates, self.ranker)
        return bool(evidence.candidates) and probability(features, weights.weights) >= weights.floor

    def _refuse(self, understanding: Understanding) -> Draft:
        say = self._templates.say
        related = has_subject(understanding) or understanding.knee_complaint or bool(understanding.topics)
        if related:
            return self._refusal(
                Outcome.NO_EVIDENCE, say("notes", "no_evidence", covers=say("notes", "covers"))
            )
        count = str(len(self.index.articles))
        return self._refusal(Outcome.OUT_OF_SCOPE, say("notes", "out_of_scope_plain", count=count))

    def _refuse_foreign(self, understanding: Understanding) -> Draft:
        say, topics = self._templates.say, ", ".join(understanding.foreign)
        if self._understander.out_of_scope(understanding.foreign):
            count = str(len(self.index.articles))
            return self._refusal(
                Outcome.OUT_OF_SCOPE, say("notes", "out_of_scope", topics=topics, count=count)
            )
        covers = say("notes", "covers")
        return self._refusal(
            Outcome.NO_EVIDENCE, say("notes", "no_evidence_topic", topics=topics, covers=covers)
        )

    def _refusal(self, outcome: Outcome, note: str) -> Draft:
        return Draft(outcome, note=note, follow_ups=self._templates.follow_ups["refused"])

    def _whatever_the_place(self, held: bool) -> list[Candidate]:
        vague = self._templates.vague
        found = [self._found(search)[:1] for search in (vague["held" if held else "help"], vague["doctor"])]
        return [candidate for best in found for candidate in best]

    def _search_plain(self, question: str) -> tuple[Candidate, ...]:
        """Return the sentences for a question of our own, best first; it depends on the build alone."""
        read = replace(self.understand([question]), intent="other", places=(), triggers=())
        found = self.gather(read).candidates[:_OF_CONDITION]
        # A view would keep the vectors of all that was found for as long as these are remembered.
        return tuple(candidate._replace(vector=candidate.vector.copy()) for candidate in found)

    def _found(self, search: str) -> list[Candidate]:
        return choose_sentences(self.gather(self.understand([search])).candidates, 3, self._selection)

    def _in_case(self, screening: Screening) -> str:
        """Tell of emergencies in doubt what to do if one is meant; beside a real one its advice says all."""
        if screening.emergency_now:
            return ""
        say = self._templates.say
        told = [(" ".join(_SAID.findall(f.quote)), f.advice) for f in screening.doubted]
        return " ".join(say("notes", "in_case", quote=quote, advice=advice) for quote, advice in told)

    def _verified(self, draft: Draft, screening: Screening, understanding: Understanding) -> Reply:
        statements, table, cards, citations, dropped = verify(draft, self._verifier)
        wanted = understanding.intent == "plan" and draft.outcome is Outcome.ANSWER
        plan = make_plan(cards, self.rules.safety_net) if wanted else None
        return Reply(
            draft.outcome, screening, draft.note, statements, table, cards, plan, citations, draft.clarify,
            draft.follow_ups, composer=draft.composer, prompt=draft.prompt,
            dropped=dropped + draft.dropped, understanding=understanding,
        )  # fmt: skip

    def _finish(self, reply: Reply, clock: _Clock) -> Reply:
        reply = replace(
            reply,
            note=" ".join(filter(None, (reply.note, self._in_case(reply.screening)))),
            safety_net=self.rules.safety_net if _is_about_a_knee(reply) else "",
            disclaimer=self.rules.disclaimer,
            build=self.index.build_id,
            timings_ms=clock.read(),
        )
        return replace(reply, text=as_markdown(reply))


def _report(what: str, error: Exception) -> None:
    """Log where something broke; never the error's own text, which may repeat what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown place"
    log.error("%s failed: %s at %s", what, type(error).__name__, place)


def _is_about_a_knee(reply: Reply) -> bool:
    """Say whether the standing list belongs under a reply: under all but refusals of another subject."""
    u = reply.understanding
    refused = reply.outcome in (Outcome.NO_EVIDENCE, Outcome.OUT_OF_SCOPE)
    told = reply.screening.flags or reply.screening.doubted
    spoken = u is None or u.knee_complaint or not u.english or bool(told)
    return not refused or spoken or not reply.follow_ups


class _Clock:
    """Times the stages of one answer."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._stages: dict[str, float] = {}

    def time(self, stage: str, run: Callable[[], T]) -> T:
        start = time.perf_counter()
        try:
            return run()
        finally:
            self._stages[stage] = self._stages.get(stage, 0.0) + (time.perf_counter() - start) * 1000

    def read(self) -> dict[str, float]:
        total = (time.perf_counter() - self._start) * 1000
        named = {"screen": 0.0, "retrieve": 0.0, "compose": 0.0, **self._stages, "total": total}
        return {stage: round(ms, 3) for stage, ms in named.items()}
