"""Orders to the machine do not silence the rules: they read words, they obey none."""

from __future__ import annotations

import pytest

from app.rules.catalogue import load_rules
from app.rules.net import load_net
from app.rules.records import Level
from app.rules.screen import screen
from tests.app.rules.injections import TEMPLATES

RULES = load_rules()
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

    assert {text: where for text, where in lost.items() if where} == {}


def test_injection_silences_nothing_beside_the_net():
    """The net, which may take back what rests on chance words, takes nothing back for an order.

    It reads every sentence in three or four templates, the next sentence in the next ones.
    """
    net = load_net()
    lost = {}
    for rule in URGENT:
        heard = [text for text in rule.fires if not silenced(rule.rule_id, [text], net)]
        wrapped = [t.format(text) for n, text in enumerate(heard) for t in TEMPLATES[n % 8 :: 8]]
        lost[rule.rule_id] = silenced(rule.rule_id, wrapped, net)

    assert {rule_id: texts for rule_id, texts in lost.items() if texts} == {}
