"""A sentence is carried by a quotation when it says the same, and by nothing less."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from app.lexicon import Lexicon
from app.quantities import same_quantities
from app.support import Support, load_wording
from ingest.embed import Encoder
from ingest.index import Index
from ingest.records import Span
from tests.app import parts

WALL_SIT = "Hold an isometric wall sit for 30 to 45 seconds with the knees bent to 90 degrees."
SETS = "Aim for three sets of 15 reps (3 x 15) of each strength exercise for runner's knee."
HIPS = "Weak hips let the thigh turn inward, which stresses the outside of the knee on long descents."
POLES = "You do not have to use hiking poles for your knees, though poles can help some people."
REST = "Complete rest does not work for patellofemoral pain or IT band syndrome."
STRETCH = "Do not stretch into pain, and breathe while you hold the couch stretch."
EASE = "Taping the kneecap may ease the symptoms if it is done before a run."
THRICE = "Do the step ups three times a week, after an easy run."

CARRIED = [
    (WALL_SIT, WALL_SIT),
    (WALL_SIT, "Hold a wall sit for 30 to 45 seconds."),
    (WALL_SIT, "Hold the wall sit for thirty to forty-five seconds, knees bent to 90 degrees."),
    (SETS, "Do 3 sets of 15 reps of each strength exercise for runner's knee."),
    (SETS, "Aim for 3 x 15 of each strength exercise."),
    (HIPS, "According to the article, weak hips let the thigh turn inward on long descents."),
    (HIPS, "Weak hips let your thigh turn inward, which stresses the outside of your knee on long descents."),
    (POLES, "You do not have to use hiking poles, though they can help some people."),
    (REST, "Complete rest doesn't work for patellofemoral pain."),
    (EASE, "Taping the kneecap may ease symptoms if it's done before a run."),
    (THRICE, "Do step ups 3 times a week after an easy run."),
]  # fmt: skip
NOT_CARRIED = [
    # numbers
    (WALL_SIT, "Hold a wall sit for 60 seconds."),
    (WALL_SIT, "Hold a wall sit for 30 to 45 minutes."),
    (WALL_SIT, "Hold a wall sit for 30 to 45 seconds, three times a day."),
    (SETS, "Do 15 sets of 3 reps of each strength exercise for runner's knee."),
    (SETS, "Do 3 sets of 15 reps of each strength exercise daily."),
    (THRICE, "Do the step ups three times a day, after an easy run."),
    (THRICE, "Do the step ups twice a week, after an easy run."),
    # names
    (WALL_SIT, "Hold an isometric quad hold for 30 to 45 seconds with the knees bent to 90 degrees."),
    (STRETCH, "Breathe while you hold the pretzel stretch."),
    (HIPS, "Weak hips let the thigh turn inward, which stresses the inside of the knee on long descents."),
    (HIPS, "Weak hips let the thigh turn inward, which stresses the shoulder on long descents."),
    (REST, "Complete rest does not work for patellar tendinopathy."),
    # sense
    (HIPS, "Strong hips let the thigh turn inward, which stresses the outside of the knee."),
    (HIPS, "Weak hips let the thigh turn inward, which spares the outside of the knee on long descents."),
    (HIPS, "The thigh stresses weak descents, which let the knee turn the hips outside."),
    (HIPS, "Weak hips always let the thigh turn inward on long descents."),
    (THRICE, "Do the step ups three times a week, before an easy run."),
    # denials
    (POLES, "You have to use hiking poles for your knees, though poles can help some people."),
    (POLES, "You do not have to use hiking poles, though poles can not help some people."),
    (REST, "Complete rest does work for patellofemoral pain or IT band syndrome."),
    (STRETCH, "Stretch into pain, and breathe while you hold the couch stretch."),
    (STRETCH, "Do not breathe while you hold the couch stretch."),
    # limits
    (EASE, "Taping the kneecap eases the symptoms if it is done before a run."),
    (EASE, "Taping the kneecap may ease the symptoms before a run."),
    (POLES, "You do not have to use hiking poles for your knees."),
    # added, foreign, or nothing
    (WALL_SIT, "Hold an isometric wall sit for 30 to 45 seconds and wear a brace."),
    (HIPS, "Weak hips and flat feet let the thigh turn inward on long descents."),
    (WALL_SIT, "Mantén la sentadilla isométrica en la pared de 30 a 45 segundos."),
    (WALL_SIT, "Halte den Wandsitz 30 bis 45 Sekunden lang."),
    (WALL_SIT, "Yes, hold it."),
    (WALL_SIT, "Knees bent 90 90 degrees degrees seconds sit."),
]  # fmt: skip


@pytest.fixture(scope="module")
def support(digest_index: Index, encoder: Encoder) -> Support:
    """The check over the shipped build's names, with the real model."""
    return Support(Lexicon(digest_index.vocabulary, digest_index.exercises), encoder, digest_index.exercises)


def objection(support: Support, quotation: str, sentence: str) -> str:
    """Why `quotation` does not carry `sentence`."""
    return support.objection(sentence, Span("an-article:0", 0, len(quotation), quotation))


@pytest.mark.parametrize(("quotation", "sentence"), CARRIED)
def test_same_claims_are_carried(support: Support, quotation: str, sentence: str) -> None:
    """Other words for the same claim pass."""
    assert objection(support, quotation, sentence) == ""


@pytest.mark.parametrize(("quotation", "sentence"), NOT_CARRIED)
def test_other_claims_are_not_carried(support: Support, quotation: str, sentence: str) -> None:
    """One number, name, denial or limit more or less, and the sentence does not pass."""
    assert objection(support, quotation, sentence)


@pytest.mark.parametrize("lie", [parts.doses, parts.denials, parts.swaps], ids=lambda lie: lie.__name__)
def test_no_sentence_of_the_corpus_carries_a_lie_about_it(
    support: Support, digest_index: Index, lie: Callable[[str, int], Iterable[parts.Line]]
) -> None:
    """Every sentence with another dose, with its contrary, or with another body part is objected to."""
    quotations = {s.text for passage in digest_index.passages.values() for s in passage.sentences}
    lies = [(q, told) for q in sorted(quotations) for told, _ in lie(q, 1)]

    assert len(lies) > 300
    assert not [told for quotation, told in lies if not objection(support, quotation, told)]


def test_an_exercise_may_be_named_by_the_sentence_that_describes_it(
    support: Support, digest_index: Index
) -> None:
    """Steps that do not repeat the exercise's name carry a sentence that names it."""
    exercise = next(e for e in digest_index.exercises if e.exercise_id == "couch-stretch")
    span = next(s for cited in exercise.citations.values() for s in cited)
    known = support._same_names("Hold the couch stretch.", span)
    stranger = support._same_names("Hold the couch stretch.", Span("x:0", 0, 9, "Hold it so."))

    assert (known, stranger) == (True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 x 15", {("3", ""), ("15", ""), ("3", "set"), ("15", "rep")}),
        ("three sets of 15", {("3", "set"), ("15", ""), ("15", "rep")}),
        ("30-45 seconds", {("30", "second"), ("45", "second")}),
        ("thirty to forty-five secs", {("30", "second"), ("45", "second")}),
        ("twice a week", {("2", "time"), ("1", "week")}),
        ("bent to 90°", {("90", "degree")}),
        ("one leg at a time", {("1", "time")}),
        ("no count here", set()),
    ],
)
def test_reads_quantities(text: str, expected: set[tuple[str, str]]) -> None:
    """Digits, words, ranges and doses are read with their units."""
    assert load_wording().quantities.of(text) == expected


def test_a_bare_number_matches_any_unit() -> None:
    """What has no unit may have any; what has one must have that."""
    known = frozenset({("15", "rep")})

    assert same_quantities(frozenset({("15", "")}), known)
    assert not same_quantities(frozenset({("15", "minute")}), known)


@pytest.mark.parametrize(
    ("quotation", "one", "other"),
    [
        (
            "Move the ball along the {} side of the thigh, and at last along the {} side too.",
            "inner",
            "outer",
        ),
        ("Runner's knee affects {} percent of women who run and {} percent of men.", "30", "25"),
        ("Do glute exercises in the {}, then stretching and massage in the {}.", "morning", "evening"),
    ],
)
def test_exchanged_opposites_are_caught(support: Support, quotation: str, one: str, other: str) -> None:
    """Every word is the quotation's, and most neighbours are; the claim is not."""
    text = quotation.format(one, other)
    span = Span("x:0", 0, len(text), text)

    assert support._keeps_opposites(text.lower(), text)
    assert support.objection(quotation.format(other, one), span) != ""
