"""Conversations: memory, combinations, statuses, policy, the quick check and the second net."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.rules.records import ExercisePolicy, Level, Reading, Status
from app.rules.screen import screen


def test_modifier_combines_across_turns(rules):
    """A blood thinner named four turns ago still makes a puffy knee urgent."""
    screening = screen(["I'm on apixaban", "went hiking", "it's a bit puffy now"], rules)

    assert [flag.rule_id for flag in screening.flags][:1] == ["blood-thinner"]
    assert {"blood-thinner", "swelling"} <= {flag.rule_id for flag in screening.flags}
    assert screening.level is Level.SAME_DAY


def test_denials_leave_nothing(rules):
    """A plain ache with everything denied is no flag."""
    assert screen(["no swelling, it never locks, just aches on stairs"], rules).flags == ()


@pytest.mark.parametrize(
    ("turns", "rule_id"),
    [
        (["I'm 13", "my knee is sore", "I've started limping"], "child-limp"),
        (["my knee is swollen", "oh and I'm diabetic"], "weak-immunity"),
        (["I'm 30 weeks pregnant", "my calf hurts"], "pregnancy"),
        (
            ["had a knee replacement in 2019", "lovely walk", "it's warm and sore now"],
            "surgery-or-replacement",
        ),
        (["my knee is hot", "yes", "I've had a fever since last night"], "joint-infection"),
    ],
)
def test_combination_in_any_order(turns, rule_id, fired):
    """What was said in one turn combines with what is said in another, in any order."""
    assert rule_id in fired(*turns)
    assert rule_id in fired(*reversed(turns))


def test_later_denial_clears(fired):
    """A flag is cleared by a later denial of the same thing, and by nothing else."""
    assert "swelling" in fired("my knee is swollen", "how do I do a wall sit?")
    assert "swelling" not in fired("my knee is swollen", "actually it isn't swollen any more")
    assert "swelling" not in fired("my knee is swollen", "the swelling has gone")
    assert "swelling" in fired("my knee is swollen", "it isn't locked")
    assert "cannot-bear-weight" not in fired("I can't put weight on it", "I can put weight on it now")


def test_what_is_said_again_counts_again(fired):
    """A denial does not outlive a new complaint."""
    assert "swelling" in fired("no swelling", "now it is swollen")


def test_emergency_stays_until_attended_to(fired):
    """An emergency is neither talked away nor denied away; it ends when somebody saw to it."""
    emergency = "my foot has gone cold and blue since I fell on my knee"

    assert "cold-blue-foot" in fired(emergency, "what tent should I buy?")
    assert "cold-blue-foot" in fired(emergency, "it isn't cold or blue now")
    assert "cold-blue-foot" not in fired(emergency, "I went to A&E and they checked me")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("my knee is swollen", Status.PRESENT),
        ("what if it swells?", Status.HYPOTHETICAL),
        ("my dad's knee is swollen", Status.OTHER_PERSON),
        ("had swelling last year", Status.PAST),
    ],
)
def test_status_chooses_the_wording(text, status, rules):
    """Each way of speaking of a flag gets its own words; the past does not raise the level."""
    screening = screen([text], rules)
    flag = next(f for f in screening.flags if f.rule_id == "swelling")

    assert flag.status is status
    assert flag.advice == rules.rules["swelling"].advice[Status.PRESENT if status is Status.PAST else status]
    assert (screening.level is Level.NONE) == (status is Status.PAST)


def test_quote_is_the_persons_own_words(rules):
    """The quote is a span of the message it was found in, disguise and all."""
    turns = ["hello", "well, it's a bit pu\u200bffy now"]
    flag = next(f for f in screen(turns, rules).flags if f.rule_id == "swelling")

    assert flag.turn == 1
    assert flag.quote == turns[1][flag.start : flag.end]
    assert "pu\u200bffy" in flag.quote


def test_most_urgent_first(rules):
    """Flags are listed by urgency, and the level is the highest."""
    screening = screen(["knee swollen and hot since Monday and I have a fever of 39"], rules)

    assert [f.level for f in screening.flags] == sorted((f.level for f in screening.flags), reverse=True)
    assert screening.flags[0].rule_id == "joint-infection"
    assert screening.emergency_now


def test_holds_and_examined(rules):
    """`examined` lifts the holds of soon rules and no other."""
    soon = ["my knee is swollen"]
    urgent = ["my knee is stuck bent and swollen"]

    assert screen(soon, rules).held == ("swelling",)
    assert screen(soon, rules, examined=True).held == ()
    assert "locked-knee" in screen(urgent, rules, examined=True).held
    assert "swelling" not in screen(urgent, rules, examined=True).held


def test_policies_follow_the_levels(rules):
    """Emergencies stop exercises, same-day rules allow none that load, three soon rules hold them."""
    for rule in rules.rules.values():
        if rule.level is Level.EMERGENCY:
            assert rule.policy is ExercisePolicy.STOP
        elif rule.level is Level.SAME_DAY:
            assert rule.policy is ExercisePolicy.NO_LOAD
        else:
            assert (rule.policy is ExercisePolicy.HOLD) == (
                rule.rule_id in ("swelling", "medial-pain", "meniscus")
            )


def test_quick_check_offers_the_unspoken(rules):
    """A knee complaint brings the key questions that it left open, and only those."""
    offered = [check.rule_id for check in screen(["my knee aches downhill, no swelling"], rules).quick_check]

    assert "swelling" not in offered
    assert {"locked-knee", "giving-way", "cannot-bear-weight"} <= set(offered)
    assert screen(["what tent should I buy"], rules).quick_check == ()


def test_every_tap_reports_its_rule(rules, fired):
    """A tapped chip raises its own flag, and "none of these" is recorded as absent, raising nothing."""
    complaint = "my knee aches downhill"
    checks = screen([complaint], rules).quick_check

    for check in checks:
        assert check.rule_id in fired(complaint, check.message)
    after = screen([complaint, rules.none_of_these(checks)], rules)
    assert after.flags == ()
    assert after.quick_check == ()


def test_net_alone_is_possible(rules):
    """What only the net found is asked, not asserted; it holds and never is an emergency now."""
    screening = screen(["hmm odd"], rules, net=lambda _: Reading({"swelling": 0.9, "cold-blue-foot": 0.8}))

    assert {f.rule_id: f.status for f in screening.flags} == {
        "cold-blue-foot": Status.POSSIBLE,
        "swelling": Status.POSSIBLE,
    }
    assert not screening.emergency_now
    assert set(screening.held) == {"cold-blue-foot", "swelling"}
    assert screening.flags[1].advice.startswith("If you mean that")


def test_net_yields_to_the_lexical_layer(rules):
    """The net neither repeats a rule that fired nor overrules a denial, unless it is all but sure."""
    heard, sure = Reading({"swelling": 0.8}), Reading({"swelling": 0.95})

    assert [f.status for f in screen(["it is swollen"], rules, net=lambda _: heard).flags] == [Status.PRESENT]
    assert screen(["no swelling at all"], rules, net=lambda _: heard).flags == ()
    asked = screen(["no swelling at all"], rules, net=lambda _: sure).flags
    assert [f.status for f in asked] == [Status.POSSIBLE]


def test_screening_is_pure_and_thread_safe(rules):
    """The same conversation gets the same screening, alone or beside seven others."""
    turns = ["I fell and my knee ballooned", "I can't put weight on it"]
    expected = screen(turns, rules)

    with ThreadPoolExecutor(8) as pool:
        assert all(result == expected for result in pool.map(lambda _: screen(turns, rules), range(64)))


@pytest.mark.parametrize(
    "turns", [[], [""], ["   "], ["\x00\x07"], ["???"], ["🙂"], ["привет мир"], ["<script>alert(1)</script>"]]
)
def test_odd_input_is_no_flag_and_no_error(turns, rules):
    """Nothing to read is nothing found."""
    assert screen(turns, rules).flags == ()


def test_an_ordinary_ache_is_watched_and_no_flag(rules):
    """The four ordinary patterns are told apart from silence, and hold nothing back."""
    screening = screen(["dull ache in the front of my knee on the stairs"], rules)

    assert screening.watch == ("front-ache-pattern",)
    assert screening.flags == ()
    assert screening.held == ()


def test_beside_a_flag_nothing_is_ordinary(rules):
    """An ache on stairs is not called ordinary while the knee is swollen."""
    screening = screen(["dull ache in the front of my knee on the stairs", "and it is swollen"], rules)

    assert [flag.rule_id for flag in screening.flags] == ["swelling"]
    assert screening.watch == ()


@pytest.mark.parametrize(
    "text",
    [
        "the knee is red and hot today",
        "it has been hot since last night, and I feel it pulse",
        "red and hot",
        "hot to the touch",
    ],
)
def test_common_words_count_where_a_knee_is_spoken_of(text, fired):
    """Hot and red are the knee's where the sentence names it, stands for it, is short or says enough."""
    assert "hot-red-knee" in fired(text)


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("how many minutes do I fry red lentils before I add the stock", "hot-red-knee"),
        ("we were hot and thirsty all the way round the lake on Sunday", "hot-red-knee"),
        ("the lodge gets locked at ten so we had to turn round early", "locked-knee"),
    ],
)
def test_common_words_of_something_else_say_nothing(text, rule_id, fired):
    """The same words in a sentence without a knee, a complaint or what stands for them are not heard."""
    assert rule_id not in fired(text)


def test_a_message_can_take_back_the_one_before(fired):
    """What was typed into the wrong chat is dropped; what came earlier, and emergencies, stay."""
    assert "swelling" not in fired("my knee is swollen", "oh sorry, wrong chat, that was for my sister")
    assert "swelling" in fired("my knee is swollen", "it also aches", "oops, wrong chat")
    assert "swelling" in fired("my knee is swollen", "I'm not joking")
    assert "cold-blue-foot" in fired("my foot is cold and blue since the knee twisted", "haha just kidding")
    assert "swelling" in fired("my knee is swollen", "I'm on my phone as the laptop died")
    assert "swelling" in fired("my knee is swollen", "sent too soon, it is also stiff")
    assert "hot-red-knee" in fired("my knee is red and hot", "in remission, got the all clear in March")
    assert "possible-dvt" in fired("my calf is swollen", "that was the wrong chat for the photo, sorry")


@pytest.mark.parametrize(
    ("text", "swollen"),
    [
        ("my knee and ankle are swollen", True),
        ("my ankle is swollen", False),
        ("my ankle is swollen and the knee is fine", False),
        ("the brook was swollen after the storm, knees felt great", False),
        ("on the bike the knee swells", True),
        ("getting off the bus it swelled", True),
        ("my knee's the size of my head", True),
    ],
)
def test_nouns_claim_what_is_said_of_them(text, swollen, fired):
    """Kit, weather and other parts keep their own swelling; a part named with the knee leaves it its own."""
    assert ("swelling" in fired(text)) is swollen


def test_a_part_in_the_words_of_a_mention_claims_nothing(fired):
    """A foot claims what is said of a foot, not what a mention itself says with the word."""
    assert "ligament" in fired("my foot stayed, I didn't, and the knee hurts")
    assert "swelling" not in fired("my foot is swollen, the knee is fine")


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("the calf made a pop when I pushed off", True),
        ("my jaw made a pop when I yawned", False),
        ("the pole made a clunk and the bike gave a bang", False),
    ],
)
def test_parts_above_the_hips_claim_what_may_be_the_legs(text, raised, fired):
    """A pop in the calf is heard, one in the jaw or the kit is not."""
    assert ("pop-at-injury" in fired(text)) is raised
