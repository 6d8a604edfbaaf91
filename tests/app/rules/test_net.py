"""The second net: finds by meaning, the same each time, and refuses damaged files."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.rules.net import MANIFEST, MODEL_FOLDER, Net, NetError, load_net

GRAPEFRUIT = "after the fall my knee is as fat as a grapefruit"
STAIRS = "Just the usual dull ache under both kneecaps when I walk down stairs."


@pytest.fixture(scope="module")
def net() -> Net:
    loaded = load_net()
    assert loaded is not None
    return loaded


def test_finds_a_swollen_knee_that_is_not_called_swollen(net):
    """The net hears a symptom behind a comparison."""
    found = net.find(GRAPEFRUIT)

    assert {"swelling", "rapid-swelling", "badly-swollen"} & set(found)


def test_probabilities_reach_their_rules_threshold_and_come_most_probable_first(net):
    """A caller need not know the thresholds: what is returned has passed them."""
    thresholds = json.loads((MODEL_FOLDER / MANIFEST).read_text())["thresholds"]

    found = net.find("I can't put any weight on it and my calf is hard, hot and twice the size of the other")

    assert found
    assert all(thresholds[rule_id] <= probability <= 1.0 for rule_id, probability in found.items())
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.parametrize("text", [STAIRS, "", "   ", "Which is better, poles or insoles?", "hello"])
def test_is_silent_on_ordinary_messages(net, text):
    """An ordinary ache, a greeting and nothing at all raise no alarm."""
    assert net.find(text) == {}


def test_many_texts_give_what_single_calls_give(net):
    """A message's answer does not depend on the company it comes in."""
    texts = [GRAPEFRUIT, STAIRS, "", GRAPEFRUIT + " " + STAIRS]

    together = net.find_many(texts)

    assert together == [net.find(text) for text in texts]


def test_is_deterministic_from_many_threads(net):
    """Eight threads at once get, bit for bit, the answer of one."""
    texts = [GRAPEFRUIT, STAIRS] * 8
    expected = [net.find(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(net.find, texts))

    assert found == expected


def test_a_symptom_deep_in_a_long_message_is_found(net):
    """Long messages are read in windows to the end, never cut."""
    filler = "We had tea at the hut and looked at the map for a good while. " * 60

    row = net.rule_ids.index("cannot-bear-weight")
    without, deep = net.probabilities(
        [filler + filler, filler + "I can't put any weight on my leg at all. " + filler]
    )

    assert deep[row] > 10 * without[row]


def test_every_token_of_a_long_message_is_in_a_window(net):
    """Windows overlap and end with the message."""
    text = " ".join(f"word{number}" for number in range(500))
    ids = net._tokenizer.encode(text, add_special_tokens=False).ids

    windows = list(net._windows(text))

    step = net._window.tokens - net._window.overlap
    rebuilt = [token for window in windows[:-1] for token in window[:step]] + windows[-1]
    assert rebuilt == ids


def test_knows_rules_by_id_and_no_watch_pattern(net):
    """The net's outputs are the red flags of the bank."""
    assert {"swelling", "chest-pain-breathless", "push-through"} <= set(net.rule_ids)
    assert "ordinary-soreness" not in net.rule_ids


def test_probabilities_have_one_row_a_text_and_one_column_a_rule(net):
    """The shape is what the docstring says, whatever the number of windows."""
    scores = net.probabilities([GRAPEFRUIT, GRAPEFRUIT * 80])

    assert scores.shape == (2, len(net.rule_ids))
    assert np.all((scores >= 0) & (scores <= 1))


def test_is_none_where_no_model_was_made(tmp_path):
    """The rules stand alone where the net is not there."""
    assert load_net(tmp_path) is None


def test_refuses_a_damaged_model(tmp_path):
    """A changed byte is an error that names the file and the way out, not a wrong answer."""
    shutil.copytree(MODEL_FOLDER, tmp_path, dirs_exist_ok=True)
    model = tmp_path / json.loads((tmp_path / MANIFEST).read_text())["model"]
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)

    with pytest.raises(NetError, match=rf"{model.name}: damaged.*make train-net"):
        load_net(tmp_path)


def test_refuses_a_manifest_without_its_model(tmp_path):
    """A model that was not copied along is named."""
    shutil.copy(MODEL_FOLDER / MANIFEST, tmp_path)

    with pytest.raises(NetError, match="missing"):
        load_net(tmp_path)


def test_needs_neither_torch_nor_transformers():
    """At run time the net costs onnxruntime and a tokenizer, nothing heavier."""
    program = (
        "import sys; from app.rules.net import load_net; load_net().find('my knee'); print(*sys.modules)"
    )

    modules = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "onnxruntime" in modules
    assert not {"torch", "transformers", "sentence_transformers"} & set(modules)


def test_a_full_stop_silences_no_sign(net, rules):
    """A net that had learned few short signs with one took them for titles."""
    known = [rule for rule in rules.rules.values() if rule.rule_id in net.rule_ids]
    signs = [(rule.rule_id, text.rstrip(".! ")) for rule in known for text in rule.fires[::3]]

    silenced = [
        text
        for rule_id, text in signs
        if net.read(text).margins[rule_id] >= 0 > net.read(f"{text}.").margins[rule_id]
    ]

    assert len(signs) > 350
    assert len(silenced) <= 8, silenced
