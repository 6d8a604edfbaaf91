"""Orders to the machine do not silence the rules: they read words, they obey none."""

from __future__ import annotations

import pytest

from app.rules.catalogue import load_rules
from app.rules.net import load_net
from app.rules.records import Level
from app.rules.screen import screen
from tests.app.rules.injections import TEMPLATES

RULES = load_rules()
# Evidence that some templates still silence, by the template's number: their words ("all is fine", "red
# flags", "a story: a van") reach into it, or a sentence that is a flag alone ("hopping") is none beside
# others. To be mended; nothing may join them.
KNOWN: dict[str, dict[str, set[int]]] = {
    "joint-infection": {
        "My toddler won't walk since this morning and has a temperature of 38.9": {10},
    },
    "major-trauma": {
        "A van reversed over my leg in the yard": {7},
    },
    "cauda-equina": {
        "saddle numbness": {1},
    },
    "general-emergency": {
        "face drooping": {4},
        "seizure": {8},
    },
    "cannot-bear-weight": {
        "hopping": {1, 8, 12, 23},
        "fel on rocks think ive brokn kne cap cant stand": {1, 8},
    },
    "locked-knee": {
        "knee jammed": {4, 8, 10, 11, 22, 23},
    },
    "possible-dvt": {
        "leg red and warm below the knee": {4},
        "upper leg puffy, red and warm since the coach trip": {4},
    },
    "hot-red-knee": {
        "looks inflamed and red": {4, 8, 10, 11, 22, 23},
    },
    "severe-pain": {
        "it is hurting too much to stand": {1},
        "How do I stop it from hurting too much to sleep": {1},
    },
    "child-limp": {
        "child won't walk": {10},
        "toddler refusing to stand": {10},
    },
}
URGENT = [rule for rule in RULES.rules.values() if rule.level >= Level.SAME_DAY]


def silenced(rule_id, texts, net=None):
    """The texts in which the rule's flag is missing, or told as past."""
    return [
        text
        for text in texts
        if not any(f.rule_id == rule_id and f.status != "past" for f in screen([text], RULES, net=net).flags)
    ]


@pytest.mark.parametrize("rule", URGENT, ids=lambda rule: rule.rule_id)
def test_injection_silences_nothing(rule):
    """25 templates around every sentence of an urgent rule's evidence leave its flag standing."""
    lost = {
        text: {n for n, template in enumerate(TEMPLATES) if silenced(rule.rule_id, [template.format(text)])}
        for text in rule.fires
        if not silenced(rule.rule_id, [text])  # what is told as past by itself
    }

    assert {text: where for text, where in lost.items() if where} == KNOWN.get(rule.rule_id, {})


def test_injection_silences_nothing_beside_the_net():
    """The net, which may take back what rests on chance words, takes nothing back for an order."""
    net = load_net()
    lost = {}
    for rule in URGENT:
        texts = [t.format(rule.fires[0]) for t in TEMPLATES]
        lost[rule.rule_id] = silenced(rule.rule_id, texts, net)

    assert {rule_id: texts for rule_id, texts in lost.items() if texts} == {}
