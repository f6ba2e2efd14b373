"""What ships can be used as it is: the weights are their card's, and nothing is seen in nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import detectors
from detectors.card import load_card
from detectors.registry import MODELS_DIR

CARDS = sorted(MODELS_DIR.glob("*/card.toml"))
MOST_BYTES = 20_000_000
"""All weights together: what a clone over a park's radio link can carry."""


def test_a_model_ships() -> None:
    assert [card.parent.name for card in CARDS]


def test_all_weights_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in MODELS_DIR.rglob("*.onnx")) <= MOST_BYTES


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_a_shipped_model_loads_and_sees_nothing_in_an_even_grey(card: Path) -> None:
    detector = detectors.make(card.parent.name, {"threads": 1})
    for value in (0, 114, 255):
        assert len(detector.detect(np.full((720, 1280, 3), value, np.uint8))) == 0


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_a_shipped_model_says_what_it_never_saw_and_how_small_things_may_be(card: Path) -> None:
    loaded = load_card(card)
    assert loaded.untested
    assert set(loaded.least_px) <= set(loaded.labels)
    assert loaded.licence == "Apache-2.0"
    assert (card.parent / "README.md").is_file()
