"""What is written can be read back to train on."""

import numpy as np
import torch

from app.rules.net import MODEL_FOLDER, load_net
from eval.net.export import restore, steady
from eval.net.model import load_tokenizer, predict

TEXTS = ["my knee is swollen and hot", "outside of my knee aches at mile 3", "his foot is cold and blue"]


def test_the_shipped_net_can_be_trained_on():
    """Restored weights say what the 8-bit file says, but for the rounding of its activations."""
    net = load_net()
    assert net is not None
    logits = torch.from_numpy(predict(restore(MODEL_FOLDER), load_tokenizer(), TEXTS))
    restored = torch.sigmoid(steady(logits)).numpy()

    assert np.abs(restored - net.probabilities(TEXTS)).max() < 0.15
    assert ((restored >= 0.5) == (net.probabilities(TEXTS) >= 0.5)).all()
