"""How mentions are meant: the probe sentences, and the cases that fooled other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.rules.context import assess
from app.rules.mentions import find
from app.rules.normalize import tokenize
from app.rules.records import Status

PROBES = [
    json.loads(line)
    for line in (Path(__file__).parent / "context_probes.jsonl").read_text("utf-8").splitlines()
]
CONCEPTS = {
    "swelling", "stuck", "meniscus", "giving-way", "heat", "cant-bear-weight", "inner-pain", "fever",
    "numb-foot", "nerve", "numb",
}  # fmt: skip
# Here the probe counts pain as a mention too.
PAIN = {
    "no pain just swelling",
    "no pain but swelling",
    "no pain, no swelling and never locks",
}
MORE = {
    "it has never given way, it just locks": ["absent", "present"],  # the probe leaves the denied mention out
    "If I ignore it will it lock? It's swollen now.": [
        "hypothetical",
        "present",
    ],  # and here the hypothetical one
}


def statuses(text, rules, concepts):
    tokens = rules.speller.repair_all(tokenize(text))
    spoken = assess(tokens, find(tokens, rules.index, rules.concepts), rules.context)
    seen, taken = [], set()
    for one in sorted(spoken, key=lambda s: (s.mention.first, -s.mention.last)):
        span = set(range(one.mention.first, one.mention.last))
        if one.mention.concept_id in concepts and not taken & span:
            seen.append(one.status)
            taken |= span
    return seen


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["text"])
def test_probe(probe, rules):
    """Each mention of a probe sentence is present, absent, hypothetical, another's or past, as labelled."""
    concepts = CONCEPTS | ({"knee-pain"} if probe["text"] in PAIN else set())

    assert statuses(probe["text"], rules, concepts) == MORE.get(probe["text"], probe["mentions"])


@pytest.mark.parametrize(
    "text",
    [
        "It is not only swollen but hot",
        "I have no insurance and my knee is swollen",
        "why isn't the swelling going down?",
        "ice didn't help the swelling",
        "fever no, swollen yes",
        "the swelling went down then came back",
        "it never used to swell but now it does",
        "not a day goes by without swelling",
    ],
)
def test_false_denials_still_fire(text, fired):
    """Words that look like a denial of swelling, and are none."""
    assert "swelling" in fired(text)


@pytest.mark.parametrize(
    "text",
    [
        "no swelling, it never locks, just aches on stairs",
        "neither swollen nor warm",
        "swelling, locking, giving way: none of those",
        "swollen - no, locks - no, gives way - no",
        "It's not swollen and it doesn't lock or give way.",
        "Q: any swelling? A: No.",
        "the swelling has completely gone",
        "My knee was swollen in 2009, healed within days and fine ever since.",
        "swelling ❌ locking ❌",
    ],
)
def test_denials_silence(text, fired):
    """Tight denials and resolutions fire none of what they deny."""
    assert not {"swelling", "locked-knee", "giving-way", "hot-red-knee"} & set(fired(text))


@pytest.mark.parametrize(
    ("text", "concept", "status"),
    [
        ("not swollen, not locked, just won't go straight", "lost-range", "present"),
        ("never swelled before, now it is swollen", "swelling", "present"),
        ("no swelling, knee has been aching for months", "knee-pain", "present"),
        ("no swelling, locking or catching", "catching", "absent"),
        ("I thought it was swollen but it isn't, we compared", "swelling", "absent"),
        ("what does the meniscus do?", "meniscus", "general"),
    ],
)
def test_how_far_a_denial_reaches(text, concept, status, rules):
    """A list of denials ends where something new is said; a question of knowledge is about nobody."""
    tokens = rules.speller.repair_all(tokenize(text))
    found = find(tokens, rules.index, rules.concepts)
    told = [s.status for s in assess(tokens, found, rules.context) if s.mention.concept_id == concept]

    assert told[-1] == status


@pytest.mark.parametrize(
    ("text", "rule_id", "raised"),
    [
        ("Out of breath on the stairs, calf swollen", "possible-dvt", True),
        ("I puff on the climbs, fine again after a minute, but my calf is swollen", "possible-dvt", True),
        ("My foot went to sleep, normal after two minutes", "numb-weak-foot", False),
        ("My foot went numb since the crash on the knee, not gone after two minutes", "numb-weak-foot", True),
        ("Our boy limps, then sprints after the ball", "child-limp", False),
    ],
)
def test_a_cue_may_speak_of_some_concepts_only(text, rule_id, raised, fired):
    """What passes after a minute is the breath or the numbness, not the calf in the same message."""
    assert (rule_id in fired(text)) is raised


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("In the film his knee was bent backwards", False),
        ("We watched a documentary about a man with a dislocated knee", False),
        ("I watched a film and my knee is bent backwards since I fell off the sofa", True),
    ],
)
def test_stories_are_about_nobody(text, raised, fired):
    """A knee on the screen is nobody's; the person's own in the same sentence is."""
    assert ("deformity-dislocation" in fired(text)) is raised


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("foot numb since I fell on my knee, ok after ten minutes but it's numb again now", "numb-weak-foot"),
        ("breathless in bed, fine after ten minutes last time, now it won't settle", "chest-pain-breathless"),
        ("heard a pop, felt really good, now it's the size of a melon", "pop-at-injury"),
        ("my calf is swollen, the scan of my lungs got the all clear", "possible-dvt"),
        ("can't bear weight, my dad says I'm just being dramatic", "cannot-bear-weight"),
    ],
)
def test_a_cure_undone_or_of_something_else_takes_nothing_back(text, rule_id, fired):
    """Fine for a minute, then back, is not fine, and an all clear is of what was looked at."""
    assert rule_id in fired(text)


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("my father takes warfarin, my knee aches", False),
        ("my father takes warfarin and his knee aches", True),
        ("I take warfarin like my father, my knee aches", True),
        ("dad is on warfarin, the knee is swollen", True),
    ],
)
def test_what_runs_in_the_family_is_not_the_writers(text, raised, fired):
    """A relative's medicine counts unless the leg is the writer's own."""
    assert ("blood-thinner" in fired(text)) is raised


def test_words_about_a_subject_are_of_nobody(fired):
    """Who revises a condition does not have it, who has it while revising does."""
    assert not fired("I'm revising compartment syndrome for Monday")
    assert "numb-weak-foot" in fired("revising, and I can't feel my foot since I hit my knee on the desk")


def test_an_event_counts_when_all_is_well_again(fired):
    """A kneecap that slipped out is seen to though it looks normal now; one of years ago is not."""
    assert "kneecap-slipped" in fired("My kneecap slid out and went back in by itself, it is fine now")
    assert not fired("My kneecap slipped out in 2009, fine ever since")


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("My knee is bent backwards, I was just messing about on the trampoline", "deformity-dislocation"),
        ("I passed out on the trail and was fine again after two minutes", "general-emergency"),
        ("he collapsed on the path, recovered in a few minutes", "general-emergency"),
        ("crushing chest pain and breathless, fine again after ten minutes", "chest-pain-breathless"),
        ("my kneecap is pulled sideways and stuck there after a fall", "deformity-dislocation"),
    ],
)
def test_play_and_a_quick_recovery_take_no_emergency_back(text, rule_id, fired):
    """How it came about is no joke, and who passed out is to be seen though it was short."""
    assert rule_id in fired(text)


@pytest.mark.parametrize(
    ("text", "flag", "raised"),
    [
        ("Q: any swelling of the knee? A: yes, but no pain", "swelling", True),
        ("Q: any swelling of the knee? A: a bit, since Monday", "swelling", True),
        ("Q: any swelling of the knee? A: well no, not really", "swelling", False),
        ("Q: any swelling of the knee?", "swelling", False),
        ("Q: does it wake you? A: yes", "night-rest-pain", True),
        ("Q: full bend? A: no, about half", "lost-range", True),
        ("Q: my knee is swollen, what do I do now?", "swelling", True),  # asked in the person's own voice
        ("[ ] swelling [x] giving way", "swelling", False),
        ("[ ] swelling [x] giving way", "giving-way", True),
        ("☐ swelling ☑ giving way", "swelling", False),
    ],
)
def test_the_words_of_a_question_or_a_box_assert_nothing_alone(text, flag, raised, fired):
    """The answer decides, and a box only if it is ticked."""
    assert (flag in fired(text)) == raised


def test_an_answer_about_another_time_takes_nothing_back(fired):
    """Steady after the operation says nothing of today; steady now does."""
    told = "it feels unstable when I stand"

    assert "giving-way" in fired(told, "Q: was there any instability following the repair? A: none")
    assert "giving-way" in fired(told, "Q: was it unstable before the repair? A: no, it was stable.")
    assert "giving-way" not in fired(told, "Q: is there any instability? A: none")


@pytest.mark.parametrize(
    ("told", "flag"),
    [
        ("there is no point going on with any of it", "general-emergency"),
        ("the pain is 10/10 again today", "severe-pain"),
        ("it is agony having to do the stairs", "severe-pain"),
        ("there is no other word for it than agony", "severe-pain"),
        ("heard it on the football pitch, a loud pop, as I turned", "pop-at-injury"),
        ("my knees buckle and give way", "giving-way"),
        ("the ache nags me constantly, even at rest", "night-rest-pain"),
        ("foot cold and blue since the fall, how do you say in english", "cold-blue-foot"),
        ("knee swollen, red and hot. how do you spell that for the doctor", "hot-red-knee"),
    ],
)
def test_no_way_of_speaking_hides_a_sign(told, flag, fired):
    """Beside "10/10 would walk it again", "heard it on the radio" and questions about words."""
    assert flag in fired(told)


def test_a_question_without_an_answer_takes_nothing_back(fired):
    """What was said before stands."""
    assert "swelling" in fired("my knee is swollen", "Q: any swelling?")


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("my uncle has gout, I only ask how to warm up my knees", False),
        ("my brother had gout, I'm free of it, my knees just ache", False),
        ("dad has gout and his knee is very sore, I drive him about", True),
        ("gout in my knee again, like my dad had", True),
        ("uric acid and its chemistry, for a noticeboard at work", False),  # no knee, no complaint
        ("could the sore red knee be gout", True),
    ],
)
def test_an_illness_in_the_family_is_not_ones_own(text, raised, fired):
    """Unless the talk is of that relative's knee, or of the person's own illness."""
    assert ("gout" in fired(text)) == raised


def test_company_may_come_in_a_later_message(fired):
    """A name counts once the conversation speaks of a knee."""
    assert "gout" not in fired("what do people take against gout these days")
    assert "gout" in fired("what do people take against gout these days", "my knee is killing me")


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("out of breath on the sofa since the op", "chest-pain-breathless"),
        ("can't catch my breath talking to you", "chest-pain-breathless"),
        ("one side of my chest hurts", "chest-pain-breathless"),
        ("my knee went the other way", "deformity-dislocation"),
        ("something popped in the knee when I turned", "pop-at-injury"),
        ("heard a crack on landing", "pop-at-injury"),
        ("the knee is too hot to touch", "hot-red-knee"),
        ("the thigh is swollen and sore to the groin after my cast", "possible-dvt"),
        ("he is confused about where he is", "general-emergency"),
        ("she collapsed on the couch and isn't answering", "general-emergency"),
    ],
)
def test_no_idiom_hides_what_is_meant(text, rule_id, fired):
    """What other sentences say with the same words ("popped in for tea") masks no sign."""
    assert rule_id in fired(text)


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("she fainted when she was getting up and her knee is badly cut", "general-emergency"),
        ("I had a seizure when I was at parkrun this morning and fell on my knee", "general-emergency"),
        ("Dad had a fit at ten this morning and bashed his knee", "general-emergency"),
        ("scan showed a clot at 10 this morning, can I do squats", "possible-dvt"),
        ("doctor thinks a clot in my leg, it's in the family", "possible-dvt"),
        ("a man is fitting in the gym, help", "general-emergency"),
        ("my husband has a bad case of heat stroke on the trail", "general-emergency"),
        ("Dad can't lift his arm, legs are fine, he fell and hit his knee", "general-emergency"),
        ("lying on the ground, motorbike on my leg", "major-trauma"),
    ],
)
def test_no_cue_takes_a_fresh_emergency_back(text, rule_id, fired):
    """What somebody was doing, the hour, the family and the gym take no collapse and no clot back."""
    assert rule_id in fired(text)


@pytest.mark.parametrize(
    ("text", "rule_id", "raised"),
    [
        ("the inside of my knee feels normal.", "medial-pain", False),
        ("the inside of my knee feels sore again", "medial-pain", True),
        ("fractured my knee, they fixed it with a pin, that was in nineteen ten", "possible-fracture", False),
        ("fractured my knee, that was an hour ago", "possible-fracture", True),
        ("I feel popping and grinding on stairs", "pop-at-injury", False),
        ("I felt a pop and the knee gave out", "pop-at-injury", True),
        ("lying down with a cold cloth helps my headache and my knee", "night-rest-pain", False),
        ("lying down it throbs all night, ice helps", "night-rest-pain", True),
        ("broke my kneecap back in two thousand and six", "deformity-dislocation", False),
        ("put my kneecap back in, it had slid out", "kneecap-slipped", True),
        ("Q: Is it swollen? A: I wouldn't say so.", "swelling", False),
        ("my knee aches, I couldn't say it swells", "swelling", False),
        ("I can't say it's not swollen", "swelling", True),
        ("Q: Is it swollen? A: It wouldn't fit in my jeans", "swelling", True),
        ("I couldn't call it a knee any more, swollen", "swelling", True),
        ("in two thousand metres of descent my knee swelled up", "swelling", True),
        ("what counts as a pop", "pop-at-injury", False),
        ("this pain goes from my bum cheek down to the foot", "not-improving", False),
        ("this pain goes for a week and then comes back", "not-improving", True),
        ("missed the bottom step and my knee is sore", "deformity-dislocation", False),
        ("there is a step in the bone of my leg now", "deformity-dislocation", True),
    ],
)
def test_what_patients_say_of_old_and_other_matters(text, rule_id, raised, fired):
    """Spelled years, relief and "feels normal" tell of no sign; a sign in the same words is one."""
    assert (rule_id in fired(text)) == raised


def test_who_never_fell_takes_a_fall_back(fired):
    """In a later message; that the knee folds stays."""
    told, after = "going downstairs my knee folds, once a day", "nah I never fell, I catch it"
    assert "collapse-fall" in fired(told)
    assert "collapse-fall" not in fired(told, after)
    assert "giving-way" in fired(told, after)


@pytest.mark.parametrize(
    ("turns", "rule_id"),
    [
        (["Two years ago, I had a knee replacement and it is hot and swollen"], "joint-infection"),
        (["Five years ago, I tore my ACL and it gives way on stairs"], "giving-way"),
        (["knee gave way and I fell", "I caught it on the step and it is cut"], "collapse-fall"),
        (["knee gave way and I fell", "I never used to fall"], "collapse-fall"),
        (["lying down at night the knee throbs and nothing helps"], "night-rest-pain"),
    ],
)
def test_an_old_trouble_and_a_near_fall_take_nothing_back(turns, rule_id, fired):
    """What was told of today stands as of today."""
    assert fired(*turns)[rule_id] == Status.PRESENT
