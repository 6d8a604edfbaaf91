"""Augmented messages keep their meaning."""

import random

from eval.fit_chance import FRAMES
from eval.net.augment import PHRASES, alone, augment, end, in_small_talk, mistype, mix
from eval.net.bank import Message, read_messages


def said(text, must=(), must_not=(), benign=False):
    return Message("X-1", (text,), frozenset(must), frozenset(must_not), benign, "plain")


def test_two_messages_in_one_breath_hold_the_rules_of_both():
    """Nothing of either is lost."""
    mixed = mix(said("it is puffy", {"swelling"}), said("it jams", {"locked-knee"}), random.Random(1))

    assert mixed.must == {"swelling", "locked-knee"}
    assert "it is puffy" in mixed.text
    assert "it jams" in mixed.text


def test_a_denial_is_not_mixed_with_its_report():
    """Whether the knee is swollen would be unclear."""
    denial = said("no swelling", must_not={"swelling"}, benign=True)

    assert mix(denial, said("it is puffy", {"swelling"}), random.Random(1)) is denial


def test_benign_needs_both_benign():
    """A greeting does not make a red flag harmless."""
    assert mix(said("hello", benign=True), said("thanks", benign=True), random.Random(1)).benign
    assert not mix(said("hello", benign=True), said("it jams", {"locked-knee"}), random.Random(1)).benign


def test_typing_errors_are_few_and_repeatable():
    """A slip changes a letter or two of a word, the same ones for the same seed."""
    text = "the inside of my knee aches whenever I walk downstairs after sitting"

    typed = mistype(text, random.Random(3))

    assert typed == mistype(text, random.Random(3))
    assert len(typed.split()) == len(text.split())
    assert abs(len(typed) - len(text)) <= 4


def test_augmenting_leaves_the_bank_as_it_was():
    """The next epoch starts from what people wrote."""
    messages = read_messages("dev")[:50]
    before = [message.text for message in messages]

    varied = augment(messages, random.Random(1))

    assert [message.text for message in messages] == before
    assert [message.text for message in varied] != before


def test_a_sentence_of_a_benign_message_may_stand_for_it():
    """The guard reads sentences by themselves; what is benign throughout is benign in part."""
    message = said("The gate was locked again today. We climbed over it in the rain.", benign=True)

    assert alone(message, random.Random(1)).text in message.text.replace(". ", ".\n").split("\n")


def test_a_denied_sign_is_not_taken_out_of_its_message():
    """A pop is harmless only before "it was my rucksack"; a flag is never cut up."""
    told = ("I heard a pop here. It was my rucksack.",)
    undone = Message("X-1", told, frozenset(), frozenset(), True, "negation")
    flagged = said("I went out walking. My knee is swollen now.", {"swelling"})

    assert alone(undone, random.Random(1)) is undone
    assert alone(flagged, random.Random(1)) is flagged


def test_a_sign_is_told_again_in_small_talk():
    """Its words and its label stay whole, whatever stands around them."""
    sign = said("my knee jams halfway", {"locked-knee"})
    plain = [said(text, benign=True) for text in ("which socks do you like best?", "rain all week, lovely")]

    told = in_small_talk([sign, *plain] * 20, 1.0, random.Random(2))

    signs = [message for message in told if message.must]
    assert len(signs) == 20
    assert all("my knee jams halfway" in message.text and message.must == sign.must for message in signs)
    assert len({message.text for message in signs}) > 10
    assert {len(message.turns) for message in signs} == {1, 2}
    assert not any(message.text == sign.text for message in signs)


def test_what_is_denied_is_not_told_again():
    """Other words around a denial may undo it."""
    denial = Message("X-1", ("no swelling",), frozenset(), frozenset({"swelling"}), True, "negation")

    assert in_small_talk([denial] * 5, 1.0, random.Random(1)) == []


def test_phrases_learned_are_none_of_those_that_test():
    """Whether signs are heard in small talk is measured in phrases that no net has learned."""
    assert not set(PHRASES) & set(FRAMES)


def test_a_turn_may_end_otherwise_but_a_question_stays_one():
    """Only the ends differ; all of them occur."""
    told, ended = ("my toes are grey.", "it locks"), set()
    for seed in range(60):
        message = end(
            Message("X-1", (*told, "is it bad?"), frozenset(), frozenset(), True, "plain"),
            random.Random(seed),
        )
        ended.add(message.turns[0][len("my toes are grey") :])
        assert [turn.rstrip(" .!:)") for turn in message.turns[:2]] == ["my toes are grey", "it locks"]
        assert message.turns[2] == "is it bad?"
    assert ended == {"", ".", "!", "...", " :)"}
