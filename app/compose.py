"""Compose an answer of quotations: sentences of the corpus, exercises, the pattern table.

Every statement is a span of an article; the words between them come from the template file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.choose import (
    SelectionSettings,
    choose_sentences,
    cut_to_words,
    filled_up,
    preferred,
    stands_alone,
)
from app.headed import Header
from app.intents import Intent, Intents
from app.naming import Namer, says_name_of
from app.opener import Before, Matching, Opener
from app.rank import Candidate
from app.records import Clarify, Draft, DraftStatement, DraftTable, Outcome, Understanding
from app.relevance import Relevance
from app.retrieve import Hit
from app.rules.records import ExercisePolicy, Screening
from app.templates import Templates, listed
from app.words import fold
from ingest.knowledge import Conflict, Pattern, Vocabulary
from ingest.records import Exercise, Span

_KINDS = ("place", "trigger", "timing")
_MAX_COLUMNS = 3
_MAX_KNOWN = 3
_CELL = 3  # signs shown in one cell of the table
_OF_CARDS = 50  # words less of sentences where exercises are shown
_ASKED = 3  # sentences for what is asked of the condition that fits
_BEFORE = 3  # sentences for the person's own words that stand before those
_MORE = 4  # sentences beyond an intent's own number while the answer is short
_LEAST = 4  # sentences however long they are
_HELD_MARGIN = 0.75  # share of the best score that a sentence needs while exercises are held back
_SURE = 2  # a named place, or two signs: from here on the other conditions are left out
_DOSED = ("strength", "isometric")
_BY_PLACE = frozenset({"why", "exercise", "tell_apart", "trail_now", "other", "running_load", "plan"})
_WHETHER = re.compile(
    r"\b(does|do|is|are|should|can|could|will|would|did|was|any) .{0,60}"
    r"\b(help|good|worth|bad|useful|any use|work|need|better|pointless|waste|it|them|wear|use|buy)\b|"
    r"^(and|what about|how about)\b|"
    r"\b(worth|any good|pointless|or not|true|myth|disagree|agree|differ|contradict|say about|opinion)\b"
)
_ASKS_STEPS = re.compile(
    r"^(?!.*\b(why|what .* for|whether|difference|out of|help|helps|know|tell|wrong|right|when|if)\b)"
    r"((please |can you |could you )?(show|explain|describe|demonstrate|teach|talk|walk|take)\b|"
    r".*\bhow (does|do|is|are|should|can)\b.{0,60}\b(go|done|do|performed)\b|.*\bhow to do\b)"
)
_ADVISING = frozenset(
    {"exercise", "how_to", "dose", "trail_now", "massage", "stretch", "plan", "warm_up", "prevent"}
)

_NO_STEPS = frozenset({"when_doctor", "clinician"})  # "two months of clamshells and no better" knows them
_FIELDS = {"dose": "dose", "how_to": "steps"}  # of an exercise, by the intent that asks for it


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a question.

    Attributes:
        hits: Passages, best first.
        candidates: Their sentences, scored, best first.
        conditions: Condition id -> weight, named or inferred from place, trigger and timing.
        held: Sentences on having the knee examined, for a reply whose exercises are held back.
        asked: Sentences that answer what the intent asks of the condition that fits best.
        exercises: Those that fit, best first, whatever the rules say.
        matching: How well the words of the best candidates meet those of the question.
        before: How the best candidates answered questions like this one.
    """

    hits: Sequence[Hit]
    candidates: Sequence[Candidate]
    conditions: Mapping[str, int]
    held: Sequence[Candidate] = ()
    asked: Sequence[Candidate] = ()
    exercises: Sequence[Exercise] = ()
    matching: Matching = field(default_factory=dict)
    before: Before = field(default_factory=dict)


class Composer:
    """Composes drafts from one build's knowledge."""

    def __init__(
        self,
        exercises: Sequence[Exercise],
        vocabulary: Vocabulary,
        conflicts: Sequence[Conflict],
        templates: Templates,
        namer: Namer,
        header: Header,
        intents: Intents,
        relevance: Relevance,
        opener: Opener,
        settings: SelectionSettings | None = None,
    ) -> None:
        """Take what the build knows beside its passages."""
        self._exercises = exercises
        self._vocabulary = vocabulary
        self._conflicts = conflicts
        self._templates = templates
        self._namer = namer
        self._header = header
        self._intents = intents
        self._relevance = relevance
        self._opener = opener
        self._settings = settings or SelectionSettings()
        self._steps = [
            span for e in exercises for name in ("steps", "dose") for span in e.citations.get(name, ())
        ]
        self._instructions = {span.passage_id for span in self._steps}

    def compose(
        self, understanding: Understanding, intent: Intent, evidence: Evidence, screening: Screening
    ) -> Draft:
        """Return the draft of an answer to `understanding`."""
        policy = strictest(screening)
        cards = self._cards(understanding, intent, evidence, policy)
        statements = self._statements(understanding, intent, evidence, policy)
        named = self._namer.names(
            understanding, cards, self._surely(evidence), statements[0].span if statements else None
        )
        if named is not None and not any(statement.lead for statement in statements):
            statements = (named, *statements)
        statements = self._header.headed(statements, understanding)
        return Draft(
            outcome=Outcome.ANSWER,
            note=self._note(understanding, intent, screening, policy),
            statements=statements,
            exercises=cards,
            table=self._table(understanding, evidence.conditions) if intent.table else None,
            clarify=self.clarify(understanding),
            follow_ups=self._templates.follow_ups.get(intent.intent_id, ()),
        )

    def compose_vague(self, found: Sequence[Candidate]) -> Draft:
        """Return the draft that asks where it hurts and says what holds wherever it is."""
        say, choices = self._templates.say, self._choices()
        return Draft(
            outcome=Outcome.CLARIFY,
            statements=tuple(DraftStatement(as_span(candidate)) for candidate in found),
            clarify=Clarify(say("clarify", "question_vague"), choices),
        )

    def clarify(self, understanding: Understanding) -> Clarify | None:
        """Return the question where it hurts, when the answer depends on it and it was not said."""
        said = (
            understanding.places
            or understanding.conditions
            or understanding.exercises
            or understanding.muscles
        )
        asks = understanding.intent in _BY_PLACE
        if said or not asks or not (understanding.knee_complaint or understanding.intent == "plan"):
            return None
        return Clarify(self._templates.say("clarify", "question"), self._choices())

    def _choices(self) -> tuple[str, ...]:
        return tuple(place.label for place in self._vocabulary.places if place.choice)

    def _cards(
        self, u: Understanding, intent: Intent, evidence: Evidence, policy: ExercisePolicy
    ) -> tuple[Exercise, ...]:
        # `no_load` would let through what spares the knee; who must be seen today is better served by none.
        if policy is not ExercisePolicy.ALLOW:
            return ()
        count = intent.cards
        if u.exercises and intent.intent_id in ("how_to", "dose", "exercise"):
            count = max(1, min(count, 3))
        if intent.intent_id == "why" and not u.knee_complaint:
            count = 0
        return tuple(evidence.exercises[:count])

    def _statements(
        self,
        u: Understanding,
        intent: Intent,
        evidence: Evidence,
        policy: ExercisePolicy,
    ) -> tuple[DraftStatement, ...]:
        if policy is not ExercisePolicy.ALLOW and intent.intent_id in _ADVISING:
            return tuple(
                DraftStatement(as_span(c)) for c in choose_sentences(evidence.held, 3, self._settings)
            )
        known = self._known(u, intent, evidence.conditions) if policy is ExercisePolicy.ALLOW else []
        if known and intent.intent_id == "dose":
            told = sorted(known, key=lambda span: not intent.is_opened_by(fold(span.text)))
            return tuple(DraftStatement(span) for span in told)
        ranked = [as_span(c) for c in self._ranked(u, intent, evidence, policy)]
        # "Am I doing it wrong?" names an exercise too, but its steps are not the first thing to say.
        steps_first = intent.intent_id == "how_to" and asks_steps(fold(u.question))
        others = [
            span
            for span in ranked[:1]
            if known and not steps_first and span.passage_id not in {k.passage_id for k in known}
        ]
        chosen = _each_once([*others, *known, *ranked])[: max(intent.sentences + _MORE, len(known))]
        return self._with_conflict(u, chosen)

    def _ranked(
        self, u: Understanding, intent: Intent, evidence: Evidence, policy: ExercisePolicy
    ) -> list[Candidate]:
        """Return the sentences to quote: those chosen that lead to what was asked."""
        chosen = self.chosen(u, evidence, policy)
        filled = self._relevance.kept(chosen, evidence.candidates, u)
        if intent.intent_id == "why":  # after the first, what causes it comes before when it hurts
            filled[1:] = sorted(filled[1:], key=lambda c: not _gives_reason(c, intent))
        return filled

    def chosen(
        self, u: Understanding, evidence: Evidence, policy: ExercisePolicy
    ) -> list[tuple[Candidate, bool]]:
        """Choose sentences for the question, and for what it asks of the condition that fits (True)."""
        intent = self._intents.by_id(u.intent)
        own = self.fitting(evidence.candidates, u, evidence, policy)
        asked = self.fitting(evidence.asked, u, evidence, policy)
        settings = self._settings
        if policy is not ExercisePolicy.ALLOW:  # beside a red flag nothing is said that was not asked
            settings = replace(settings, margin=_HELD_MARGIN)
        lead = self._opener.best(own, intent, evidence.matching, evidence.before)
        if policy is ExercisePolicy.ALLOW:  # nobody judged beside a red flag
            own = preferred(own, evidence.before)
        count = intent.sentences + _MORE
        chosen = choose_sentences(own, count - _ASKED, settings, lead)
        extra = filled_up(chosen, asked, len(chosen) + _ASKED, settings)[len(chosen) :]
        # What stands in a card need not be said twice.
        words = self._settings.words - (_OF_CARDS if intent.cards else 0)
        filled = cut_to_words([*chosen[:_BEFORE], *extra, *chosen[_BEFORE:]], _LEAST, words)
        return [(candidate, any(candidate is other for other in extra)) for candidate in filled]

    def fitting(
        self, candidates: Sequence[Candidate], u: Understanding, evidence: Evidence, policy: ExercisePolicy
    ) -> list[Candidate]:
        """Leave out sentences on other conditions or places than the person's, and held instructions."""
        sure = max(evidence.conditions.values(), default=0) >= _SURE and u.intent != "tell_apart"
        dropped: tuple[str, ...] = ("other_condition", "other_place") if sure else ("other_place",)
        if len(u.conditions) > 1 or not (u.places or sure):
            dropped = ()
        if self._told_of(u):
            dropped += ("other_exercise",)
        kept = [c for c in candidates if stands_alone(c) and not any(c.features[name] for name in dropped)]
        if others := self._namer.ruled_out(self._exercises, u):
            kept = [c for c in kept if not any(says_name_of(c.sentence.text, e) for e in others)]
        if policy is not ExercisePolicy.ALLOW:
            return [c for c in kept if c.passage.passage_id not in self._instructions]
        if u.intent in _NO_STEPS:
            return [c for c in kept if not self._is_step(as_span(c))]
        return kept

    def _is_step(self, span: Span) -> bool:
        """Say whether a sentence is, in part at least, a step or a count of an exercise."""
        return any(
            span.passage_id == step.passage_id and span.start < step.end and step.start < span.end
            for step in self._steps
        )

    def _told_of(self, u: Understanding) -> bool:
        """Say whether the articles give what is asked of a named exercise, so that no other one's will do."""
        field = _FIELDS.get(u.intent)
        return any(e.exercise_id in u.exercises and e.citations.get(field or "") for e in self._exercises)

    def _surely(self, evidence: Evidence) -> str:
        """Return the condition that the person named, or that place and signs point to; empty for none."""
        best = next((c for c in evidence.conditions if c != "knee-pain"), "")
        return best if evidence.conditions.get(best, 0) >= _SURE else ""

    def _known(self, u: Understanding, intent: Intent, conditions: Mapping[str, int]) -> list[Span]:
        """Return the sentences that the knowledge files cite for what is asked of an exercise.

        "How many of each?" names none; those of the condition that the conversation is about are meant.
        """
        name = _FIELDS.get(intent.intent_id)
        if name is None:
            return []
        asked = [e for e in self._exercises if e.exercise_id in u.exercises]
        if not asked and u.follow_up:
            best = next(iter(conditions), "")
            asked = [e for e in self._exercises if best in e.conditions and e.dose and e.kind in _DOSED]
        return list(dict.fromkeys(span for e in asked for span in e.citations.get(name, ())))[:_MAX_KNOWN]

    def _with_conflict(self, u: Understanding, chosen: Sequence[Span]) -> tuple[DraftStatement, ...]:
        """Show every side of a disagreement that the question or a chosen sentence touches.

        "Does it help?" is answered by the sides; "how do I do it?" by how, and the sides come after it.
        """
        conflict = self._conflict(u, chosen)
        if conflict is None:
            return tuple(DraftStatement(span) for span in chosen)
        say = self._templates.say
        cited = [side.citations[0] for side in conflict.sides if side.citations]
        sides = sorted(cited, key=lambda span: chosen.index(span) if span in chosen else len(chosen))
        leads = [say("leads", "conflict_first", topic=conflict.topic)] + [
            say("leads", "conflict_other")
        ] * len(sides)
        shown = [DraftStatement(span, lead) for span, lead in zip(sides, leads, strict=False)]
        rest = [DraftStatement(span) for span in _each_once([*sides, *chosen])[len(sides) :]]
        before = 0 if _asks_whether(u.question) or chosen[0] in sides else 1
        return (*rest[:before], *shown, *rest[before:2])

    def _conflict(self, u: Understanding, chosen: Sequence[Span]) -> Conflict | None:
        question = fold(u.search_text)
        for conflict in self._conflicts:
            if not any(keyword in question for keyword in conflict.keywords):
                continue
            if any(span in side.citations for side in conflict.sides for span in chosen):
                return conflict
        return None

    def _table(self, u: Understanding, conditions: Mapping[str, int]) -> DraftTable | None:
        """Set the person's place, trigger and timing beside those of the conditions that fit."""
        said = {"place": u.places, "trigger": u.triggers, "timing": u.timings}
        fitting = [c for c in conditions if c != "knee-pain"]
        cells = [cell for cell in self._vocabulary.patterns if cell.condition in fitting]
        columns = list(dict.fromkeys(c for c in fitting if any(cell.condition == c for cell in cells)))[
            :_MAX_COLUMNS
        ]
        if not columns or not any(said.values()):
            return None
        rows = []
        for kind in _KINDS:
            by_column = tuple(
                self._cell([c for c in cells if (c.condition, c.kind) == (column, kind)], said[kind])
                for column in columns
            )
            if any(text for text, _, _ in by_column):
                rows.append((self._templates.say("table", kind), self._labels(kind, said[kind]), by_column))
        names = tuple(self._vocabulary.condition(column).label for column in columns)
        return DraftTable(names, tuple(rows))

    def _cell(self, cells: Sequence[Pattern], said: Sequence[str]) -> tuple[str, tuple[Span, ...], bool]:
        """Return what a condition looks like in one respect: what the person said first, then two more."""
        own = [cell for cell in cells if cell.value in said]
        shown = [*own, *(cell for cell in cells if cell not in own)][: max(_CELL, len(own))]
        text = "; ".join(dict.fromkeys(cell.text for cell in shown))
        spans = tuple(dict.fromkeys(span for cell in shown for span in cell.citations[:1]))
        return text, spans, bool(own)

    def _labels(self, kind: str, ids: Sequence[str]) -> str:
        terms = {term.term_id: term.label for term in getattr(self._vocabulary, f"{kind}s")}
        return ", ".join(terms.get(term_id, term_id) for term_id in ids)

    def _note(
        self,
        u: Understanding,
        intent: Intent,
        screening: Screening,
        policy: ExercisePolicy,
    ) -> str:
        say = self._templates.say
        titles = [flag.title for flag in screening.flags if flag.rule_id in screening.held]
        if policy is not ExercisePolicy.ALLOW and titles:
            name = "held" if policy is ExercisePolicy.HOLD else "held_today"
            return say("notes", name, flags=listed(dict.fromkeys(title.lower() for title in titles)))
        undosed = self._undosed(u, intent)
        return say("notes", "no_dose", exercise=undosed) if undosed else ""

    def _undosed(self, u: Understanding, intent: Intent) -> str:
        """Return what a dose was asked of that no article gives; empty where one does or none was asked."""
        if intent.intent_id != "dose" or self._known(u, intent, dict.fromkeys(u.conditions, 1)):
            return ""
        named = [e.name.lower() for e in self._exercises if e.exercise_id in u.exercises]
        if named or not u.follow_up:
            return named[0] if named else ""
        meant = [c for c in u.conditions if any(c in e.conditions for e in self._exercises)]
        return f"the exercises for {self._vocabulary.condition(meant[0]).label}" if meant else ""


def _asks_whether(question: str) -> bool:
    return bool(_WHETHER.search(question))


def _gives_reason(candidate: Candidate, intent: Intent) -> bool:
    return any(cue.search(fold(candidate.sentence.text)) for cue in intent.cues)


def _each_once(spans: Iterable[Span]) -> list[Span]:
    """Return the spans without those that an earlier one holds already."""
    kept: list[Span] = []
    for span in spans:
        if not any(
            span.passage_id == other.passage_id and other.start <= span.start and span.end <= other.end
            for other in kept
        ):
            kept.append(span)
    return kept


def asks_steps(question: str) -> bool:
    """Say whether a question (lower case) asks how an exercise goes, and nothing about it."""
    return bool(_ASKS_STEPS.search(question))


def strictest(screening: Screening) -> ExercisePolicy:
    """Return the strictest exercise policy of the flags that hold."""
    order = list(ExercisePolicy)
    held = [flag.policy for flag in screening.flags if flag.rule_id in screening.held]
    return min(held, key=order.index, default=ExercisePolicy.ALLOW)


def as_span(candidate: Candidate) -> Span:
    """Return where a candidate stands in the build."""
    sentence = candidate.sentence
    return Span(candidate.passage.passage_id, sentence.start, sentence.end, sentence.text)
