"""A picture at night is dark, lit in places, and the same again for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.training.degrade import degraded
from detectors.training.lamps import lamplit

DAY = np.full((120, 160, 3), 0.5, np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_a_lamplit_street_is_unevenly_lit_and_within_range(seed: int) -> None:
    night = lamplit(DAY, np.random.default_rng(seed))
    assert night.shape == DAY.shape
    assert 0.0 <= float(night.min()) < float(night.max()) <= 1.0
    assert float(np.quantile(night, 0.2)) < 0.5
    assert float(night.std()) > 0.01


def test_the_same_seed_lights_the_same_street() -> None:
    one, other = (lamplit(DAY, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("lamplit_share", [0.0, 1.0])
def test_a_night_share_of_one_darkens_every_picture(lamplit_share: float) -> None:
    day = np.full((120, 160, 3), 128, np.uint8)
    darker = 0
    for seed in range(12):
        seen = [
            float(
                np.median(
                    degraded(day, np.random.default_rng(seed), night_share=share, lamplit_share=lamplit_share)
                )
            )
            for share in (0.0, 1.0)
        ]
        darker += seen[1] < seen[0]
    assert darker >= 10
