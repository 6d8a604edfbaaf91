"""Open an answer to "which exercises?" with their names.

No article's sentence names the ones that fit just this person. What is said is a list and no claim beyond
the cards': each name stands with the sentence that names the exercise, or ties it to the condition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.choose import OUT, needs, positions_of
from app.lexicon import Lexicon
from app.records import DraftStatement, Understanding
from app.templates import Templates, listed
from app.words import fold
from ingest.records import Exercise, Span

_MOST = 4  # names in one sentence
_BESIDE = re.compile(r"\s*\([^)]*\)")  # "(isometric)" belongs to the card
_LEAST = 2
_INDOORS = ("home", "gym")
# "Which stretches help?", "exercises for runner's knee", "what do I strengthen?"; not "when do I stretch?".
_ASKS_NAMES = re.compile(
    r"""\b(which|what|what's|any|some|good|best|other|more|give|show|name|list|need|want|something)\b[^.?!]{0,60}
        \b(exercises?|(?<!to\ )stretch(es)?|strengthen(s|ing)?|strength\ (work|training)
            |moves|workouts?|drills)\b
      | ^\W*(\w+[\s'-]+){0,2}(exercises|stretches)\b
      | \b(exercises|stretches)(\W*$|\ for\b)""",
    re.VERBOSE,
)
_AVOIDS = r"avoid|skip|stop|never|not (to )?do|should i not|bad for|worse"
_ASKS_ELSE = re.compile(
    rf"\b(how|when|why|is it|should i|do i|does|before|after|instead|wrong|one|surely|no need|{_AVOIDS})\b"
)
# "What can I do with a band?", "no dumbbells, what's left?": no sentence minds what the person has or lacks.
_ASKS_WHAT = re.compile(
    r"\b(what( else)?|(which|any|some)[\w' -]*) ((can|could|do|should|shall) (i|we|you)|(i|we) can) do\b|"
    r"\bwhat( else)?( is|'s) left\b"
)
# Whatever else is said: "which exercises should I do for runner's knee?"
_ASKS_PLAINLY = re.compile(
    rf"\b(which|what)(\s[\w'-]+){{0,3}}\s(exercises?|stretch(es)?)\b(?!.*\b(wrong|one|when|how|why|{_AVOIDS})\b)"
)

_THING_TO_DO = re.compile(r"\b(stretch\w*|massag\w*|bands?|balls?|bottle|exercises?|poles?|rest|stop)\b")


class Namer:
    """Names the exercises of an answer."""

    def __init__(self, templates: Templates, lexicon: Lexicon) -> None:
        """Say it in the templates' words, and conditions as the vocabulary does."""
        self._templates, self._lexicon = templates, lexicon

    def names(
        self, u: Understanding, cards: Sequence[Exercise], condition: str, lead: Span | None
    ) -> DraftStatement | None:
        """Return the sentence that names the cards; None where the question is not after names.

        Args:
            u: The question.
            cards: The exercises shown with the answer, best fitting first.
            condition: Id of the condition that the person has, or is all but said to; empty for none.
            lead: The quotation that would open the answer.
        """
        if u.exercises or not self._templates.has("names", u.intent):
            return None
        if not (_leaves_open(lead) if u.intent == "trail_now" else _asks_names(u)):
            return None
        there = tuple(OUT) if u.intent == "trail_now" else u.settings
        fitting = [card for card in cards if _can_be_done(card, there)]
        if u.positions:
            fitting = [card for card in fitting if positions_of(card, self._lexicon) & set(u.positions)]
        label = ""
        if of_condition := [card for card in fitting if condition and condition in card.conditions]:
            fitting = of_condition
            label = self._lexicon.label("conditions", condition).split(" (")[0]
        told = fold(label)
        named = [(_name(card), spans) for card in fitting[:_MOST] if (spans := _said_in(card, told))]
        if len(named) < _LEAST or (lead is not None and _names_two(lead, fitting) and not _minds(u)):
            return None
        fit = self._templates.say("names", "of_condition", condition=label) if label else ""
        names = listed(dict.fromkeys(name for name, _ in named))
        text = self._templates.say("names", u.intent, names=names, fit=fit)
        first, *others = dict.fromkeys(span for _, spans in named for span in spans)
        return DraftStatement(first, text=text, also=tuple(others))

    def ruled_out(self, exercises: Sequence[Exercise], u: Understanding) -> list[Exercise]:
        """Return those that the person cannot do, by their position, or wants another one for."""
        return [
            exercise
            for exercise in exercises
            if exercise.exercise_id in u.replaced or needs(exercise, u.without_positions, self._lexicon)
        ]


def _can_be_done(exercise: Exercise, settings: Sequence[str]) -> bool:
    """Say whether it can be done there; what an article gives no place for can be done indoors."""
    where = exercise.where or _INDOORS
    return not settings or bool(set(settings) & set(where))


def _leaves_open(lead: Span | None) -> bool:
    """Say whether an answer to "what can I do right now?" would open without a thing to do."""
    return lead is None or not _THING_TO_DO.search(fold(lead.text))


def _minds(u: Understanding) -> bool:
    """Say whether the person lacks or wants what a sentence that lists exercises does not mind."""
    return bool(u.without_kit or u.positions or u.without_positions or u.replaced)


def _asks_names(u: Understanding) -> bool:
    question = fold(u.search_text)
    asks = _ASKS_NAMES.search(question) and not _ASKS_ELSE.search(question)
    choosing = (u.kit or _minds(u)) and _ASKS_WHAT.search(question) and not _ASKS_ELSE.search(question)
    return bool(asks or choosing or u.replaced or _ASKS_PLAINLY.search(question))


def _name(exercise: Exercise) -> str:
    name = _BESIDE.sub("", exercise.name)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _said_in(exercise: Exercise, condition: str) -> tuple[Span, ...]:
    """Return the sentence that names the exercise, and the one that ties it to the condition."""
    cited = exercise.citations
    by_name, of_condition = cited.get("name", ()), cited.get("conditions", ())
    ties = [span for span in of_condition if condition and condition in fold(span.text)]
    naming = sorted(
        (*by_name, *of_condition), key=lambda span: (not says_name_of(span.text, exercise), span not in ties)
    )
    tying = sorted(ties, key=lambda span: not says_name_of(span.text, exercise))
    return tuple(dict.fromkeys((*naming[:1], *tying[:1])))


def says_name_of(text: str, exercise: Exercise) -> bool:
    """Say whether `text` names the exercise in one of its names."""
    told = fold(text)
    return any(fold(word) in told for word in (_name(exercise), *exercise.aliases))


def _names_two(lead: Span, cards: Sequence[Exercise]) -> bool:
    return sum(says_name_of(lead.text, card) for card in cards) >= _LEAST
