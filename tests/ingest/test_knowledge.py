"""The curated files name what the articles name, and every field of theirs is supported by what it cites."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.chunk import passages
from ingest.clean import Clean, article_of
from ingest.curate import CITED_FIELDS, load_curated
from ingest.embed import Encoder
from ingest.knowledge import Conflict, Entry, Knowledge, Quote, Term, Vocabulary
from ingest.load import Skipped, documents, find
from ingest.records import Article, Exercise, Passage
from ingest.resolve import resolve
from ingest.support import unsupported_numbers, unsupported_units

CORPUS = Path(__file__).parents[2] / "corpus"
KNEE_PLACES = ["front", "just below the kneecap", "outside", "inside", "back"]
# Read in the originals: each of these is named there as something to do.
NAMED_BY_THE_ARTICLES = """
    clamshell, donkey kick, fire hydrant, straight leg raise, lying hamstring stretch, running lunge,
    figure four, foam rolling, glute bridge, step up, split squat, hamstring curl, calf raise, single
    leg deadlift, lunge, plank, stability ball hamstring curl, side leg raise, monster walk, kneeling
    hip flexor stretch, banded marching, banded leg raise, banded knee extension, single leg glute
    bridge, nordic hamstring curl, banded dead bug, renegade row, hip raise, pigeon pose, single leg
    stability ball curl, single leg romanian deadlift, wall sit, lateral band walk, single leg squat,
    eccentric leg press, isometric quad hold, heavy slow resistance, couch stretch, standing quad
    stretch, straddle stretch, cross-legged glute stretch, pretzel stretch, toe touch, calf stretch,
    seated hamstring stretch, mini band exercises, golf ball, bottle rolling, foot massage, calf
    massage, glute massage, hamstring massage, shoulder massage, it band massage, hot water bottle
"""

Build = tuple[Mapping[str, Article], list[Passage]]


def corpus_build(folder: Path, kind: str) -> Build:
    """The cleaned articles of a folder and their passages; a word stands for a token."""
    read = [document for document in documents(find([folder], kind)) if not isinstance(document, Skipped)]
    articles = {article.slug: article for article in map(article_of, Clean()(read))}
    cut = [
        passage
        for article in articles.values()
        for passage in passages(
            article.slug, article.text, lambda text: len(text.split()), passage_tokens=180
        )
    ]
    return articles, cut


@pytest.fixture(scope="module")
def digests() -> Build:
    return corpus_build(CORPUS / "articles", "digest")


@pytest.fixture(scope="module")
def curated() -> tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]]:
    return load_curated(CORPUS)


@pytest.fixture(scope="module")
def knowledge(
    curated: tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]], digests: Build
) -> Knowledge:
    return resolve(*curated, *digests)


@pytest.fixture(scope="module")
def by_id(knowledge: Knowledge) -> dict[str, Exercise]:
    return {exercise.exercise_id: exercise for exercise in knowledge.exercises}


def test_nothing_is_lost_on_the_digests(knowledge: Knowledge) -> None:
    """Every field, condition, pattern cell and conflict of the shipped files is supported by the digests."""
    assert [str(dropped) for dropped in knowledge.dropped] == []
    assert knowledge.offered > 500


def test_the_articles_exercises_are_all_there(knowledge: Knowledge) -> None:
    """Each thing to do that the articles name is found by that name."""
    known = {name.lower() for e in knowledge.exercises for name in (e.name, *e.aliases)}
    wanted = {name.strip() for name in NAMED_BY_THE_ARTICLES.split(",")}

    assert len(knowledge.exercises) >= 45
    assert {" ".join(name.split()) for name in wanted} - known == set()


def test_every_filled_field_cites_a_span_of_its_passage(knowledge: Knowledge, digests: Build) -> None:
    """A card shows nothing that does not open a passage, and the span is exactly the article's text."""
    articles, cut = digests
    known = {passage.passage_id: passage for passage in cut}
    for exercise in knowledge.exercises:
        filled = {name for name in CITED_FIELDS if getattr(exercise, name)}
        assert filled <= set(exercise.citations), exercise.exercise_id
        for spans in exercise.citations.values():
            for span in spans:
                passage = known[span.passage_id]
                assert articles[passage.article].text[span.start : span.end] == span.text
                assert passage.start <= span.start < span.end <= passage.end


def test_every_dose_is_supported_by_what_it_cites(knowledge: Knowledge) -> None:
    """The numbers and units of a dose stand in its cited sentences."""
    dosed = [exercise for exercise in knowledge.exercises if exercise.dose]
    for exercise in dosed:
        cited = [span.text for span in exercise.citations["dose"]]
        assert not unsupported_numbers([exercise.dose], cited), exercise.exercise_id
        assert not unsupported_units([exercise.dose], cited), exercise.exercise_id

    assert len(dosed) >= 20


@pytest.mark.parametrize(
    ("exercise_id", "dose"),
    [
        ("clamshell", r"3 x 15"),
        ("donkey-kick", r"3 x 15"),
        ("fire-hydrant", r"3 x 15"),
        ("straight-leg-raise", r"3 x 15.*3 to 4 seconds"),
        ("wall-sit", r"30 to 45 seconds.*90 degrees"),
        ("banded-marching", r"2 to 3 times a week"),
        ("couch-stretch", r"at least 30 seconds"),
        ("foam-rolling", r"[Ee]very day"),
        ("glute-bridge", r"^$"),
        ("lateral-band-walk", r"^$"),
        ("nordic-hamstring-curl", r"^$"),
    ],
)
def test_doses_are_those_of_the_articles(by_id: dict[str, Exercise], exercise_id: str, dose: str) -> None:
    """A dose says what its article says; where no article gives one there is none."""
    assert re.search(dose, by_id[exercise_id].dose)


def test_an_exercise_that_is_only_named_has_no_steps(by_id: dict[str, Exercise]) -> None:
    """Steps are never invented: the articles only name these."""
    for exercise_id in ("glute-bridge", "step-up", "pigeon-pose", "leg-press", "plank", "lunge"):
        assert by_id[exercise_id].steps == ()


def test_every_pattern_cell_is_cited(knowledge: Knowledge) -> None:
    """No cell of the table stands without a passage, and no cell stands twice."""
    cells = Counter((cell.condition, cell.kind, cell.value) for cell in knowledge.vocabulary.patterns)

    assert all(cell.citations and cell.text for cell in knowledge.vocabulary.patterns)
    assert max(cells.values()) == 1


@pytest.mark.parametrize(
    ("kind", "value", "condition"),
    [
        ("place", "front", "runners-knee"),
        ("place", "below-kneecap", "patellar-tendinopathy"),
        ("place", "outside", "it-band-syndrome"),
        ("place", "outer-hip", "gluteal-tendinopathy"),
        ("place", "buttock", "piriformis-pain"),
        ("trigger", "downhill", "runners-knee"),
        ("trigger", "sitting", "runners-knee"),
        ("trigger", "jumping", "patellar-tendinopathy"),
        ("trigger", "sprinting", "hamstring-strain"),
        ("timing", "start", "patellar-tendinopathy"),
        ("timing", "fixed-distance", "it-band-syndrome"),
    ],
)
def test_patterns_match_complaints_to_conditions(
    knowledge: Knowledge, kind: str, value: str, condition: str
) -> None:
    """The tell-tale pairs of the articles are cells of the table."""
    cells = {(cell.kind, cell.value, cell.condition) for cell in knowledge.vocabulary.patterns}

    assert (kind, value, condition) in cells


def test_the_choices_are_the_five_places_on_the_knee(knowledge: Knowledge) -> None:
    """The question where it hurts offers five places, in the order of the buttons."""
    assert [place.label for place in knowledge.vocabulary.places if place.choice] == KNEE_PLACES


@pytest.mark.parametrize(
    ("group", "term_id", "wording"),
    [
        ("conditions", "runners-knee", "pfps"),
        ("conditions", "runners-knee", "runers knee"),
        ("conditions", "it-band-syndrome", "illiotibial"),
        ("places", "front", "front of my knee"),
        ("places", "outside", "outside of his knees"),
        ("places", "below-kneecap", "just under my kneecap"),
        ("triggers", "downhill", "down hil"),
        ("triggers", "sitting", "in the cinema"),
        ("timings", "fixed-distance", "at mile 3"),
        ("kit", "mini-band", "resistance band"),
        ("kit", "bottle", "nalgene"),
        ("muscles", "glutes", "bum"),
        ("topics", "medication", "ibuprofen"),
        ("topics", "brace", "knee support"),
    ],
)
def test_lay_wordings_and_misspellings_are_known(
    knowledge: Knowledge, group: str, term_id: str, wording: str
) -> None:
    """People's own words lead to the right row."""
    terms: tuple[Term, ...] = getattr(knowledge.vocabulary, group)

    assert wording in next(term for term in terms if term.term_id == term_id).phrases


def test_names_lead_to_one_exercise(knowledge: Knowledge) -> None:
    """No two exercises share a name or an alias."""
    used = Counter(name.lower() for e in knowledge.exercises for name in {e.name.lower(), *e.aliases})

    assert [name for name, times in used.items() if times > 1] == []


def test_a_build_keeps_the_knowledge_as_json(knowledge: Knowledge) -> None:
    """What is written into a build is read back equal, and anything else is refused."""
    assert Knowledge.from_json(knowledge.to_json()) == knowledge
    with pytest.raises(ValueError, match="exercises"):
        Knowledge.from_json('{"vocabulary": 1}')


def damaged(entries: tuple[Entry, ...], exercise_id: str, **changes: object) -> tuple[Entry, ...]:
    """The exercises with one field of one of them changed."""
    return tuple(
        replace(entry, exercise=replace(entry.exercise, **changes))
        if entry.exercise.exercise_id == exercise_id
        else entry
        for entry in entries
    )


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"dose": "4 sets of 15"}, "dose", "gives 4"),
        ({"dose": "3 sets of 15 minutes"}, "dose", "gives minute"),
        ({"steps": ("Hold for 20 seconds.",)}, "steps", "gives 20"),
        ({"name": "Cossack squat", "aliases": ()}, "", "names it"),
    ],
)
def test_seeded_damage_is_found(
    curated: tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]],
    digests: Build,
    changes: dict[str, object],
    field: str,
    reason: str,
) -> None:
    """A wrong number, unit or name in an exercise is dropped from the build and named in its report."""
    entries, vocabulary, conflicts = curated

    found = resolve(damaged(entries, "clamshell", **changes), vocabulary, conflicts, *digests)

    assert [(d.row, d.field) for d in found.dropped] == [("clamshell", field)]
    assert reason in found.dropped[0].reason


def test_a_quote_that_no_digest_holds_is_found(
    curated: tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]], digests: Build
) -> None:
    """A citation with a word changed loses its field: a digest is quoted word for word or not at all."""
    entries, vocabulary, conflicts = curated
    plank = next(entry for entry in entries if entry.exercise.exercise_id == "plank")
    wrong = {**plank.quotes, "targets": (Quote("upper-leg-injuries", "Planks train the core daily."),)}

    found = resolve([replace(plank, quotes=wrong)], vocabulary, conflicts, *digests)

    assert [(d.row, d.field) for d in found.dropped] == [("plank", "targets")]
    assert found.exercises[0].targets == ()


def test_an_article_that_is_absent_takes_its_knowledge_with_it(
    curated: tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]], digests: Build
) -> None:
    """A build of one article offers what that article supports, and a conflict needs two of them."""
    articles, cut = digests
    slug = "three-common-causes"
    only = {slug: articles[slug]}

    found = resolve(*curated, only, [passage for passage in cut if passage.article == slug])

    assert {"wall-sit", "clamshell", "leg-press"} <= {e.exercise_id for e in found.exercises}
    assert "couch-stretch" not in {e.exercise_id for e in found.exercises}
    clamshell = next(e for e in found.exercises if e.exercise_id == "clamshell")
    assert (clamshell.dose, clamshell.steps) == ("", ())
    assert found.conflicts == ()


@pytest.fixture(scope="module")
def original_build(originals: Path) -> Build:
    return corpus_build(originals, "original")


@pytest.fixture(scope="module")
def in_originals(
    curated: tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]], original_build: Build
) -> Knowledge:
    return resolve(*curated, *original_build)


@pytest.mark.originals
def test_citations_resolve_in_the_originals(in_originals: Knowledge, original_build: Build) -> None:
    """In a build of the originals more than 90 % of all fields find their passage, by words alone."""
    share = 1 - len(in_originals.dropped) / in_originals.offered

    print(f"{share:.1%} of {in_originals.offered} resolved, lost {list(map(str, in_originals.dropped))}")
    assert {article.kind for article in original_build[0].values()} == {"original"}
    assert share > 0.9


@pytest.mark.originals
@pytest.mark.parametrize(
    ("exercise_id", "field", "words"),
    [
        ("clamshell", "dose", r"three sets of 15"),
        ("donkey-kick", "steps", r"[Hh]eel toward"),
        ("fire-hydrant", "cues", r"opposite hip"),
        ("straight-leg-raise", "dose", r"three to four seconds"),
        ("wall-sit", "dose", r"30–45 second"),
        ("banded-marching", "dose", r"2-3 times"),
        ("couch-stretch", "dose", r"thirty seconds"),
        ("renegade-row", "steps", r"two dumbbells"),
        ("ball-massage-calf", "steps", r"under one calf"),
        ("single-leg-squat", "cues", r"knee-over-toe"),
        ("mini-band-glutes", "caution", r"too heavy"),
    ],
)
def test_the_originals_own_words_are_cited(
    in_originals: Knowledge, exercise_id: str, field: str, words: str
) -> None:
    """The sentence that a field finds in an original is the one that says it."""
    exercise = next(e for e in in_originals.exercises if e.exercise_id == exercise_id)

    assert any(re.search(words, span.text) for span in exercise.citations[field])


@pytest.mark.originals
@pytest.mark.slow
def test_meaning_helps_to_resolve_in_the_originals(
    curated: tuple[tuple[Entry, ...], Vocabulary, tuple[Conflict, ...]],
    original_build: Build,
    encoder: Encoder,
) -> None:
    """With the model beside the words nearly everything is found."""
    found = resolve(*curated, *original_build, encode=encoder.encode)
    share = 1 - len(found.dropped) / found.offered

    print(f"{share:.1%} of {found.offered} resolved with the model, lost {list(map(str, found.dropped))}")
    assert share > 0.99
    assert all(len({side.quote.article for side in conflict.sides}) > 1 for conflict in found.conflicts)
    assert len(found.conflicts) == len(curated[2])
