"""The small fluid of which flames and smoke are made: it rises, repeats itself, and stays within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.training.fires import FIRES, FIRES_FROM_ABOVE, any_fire
from detectors.training.flow import FINER, Gas, Snapshot, Source, flow
from detectors.training.flow_fire import flow_fire
from detectors.training.flow_smoke import flow_cloud, flow_plume

SHAPE = (48, 40)
GAS = Gas(buoyancy=0.08, curl=0.8, updraft=1.2, swell=0.05, wind=0.0, cooling=0.01, thinning=0.01, gusts=0.15)


def after(steps: int, *, seed: int = 1, gas: Gas = GAS) -> Snapshot:
    rng = np.random.default_rng(seed)
    *_, last = flow(SHAPE, gas, (Source(0.5, 0.1, 1.0),), rng, steps=steps)
    return last


def top_row(look: Snapshot) -> int:
    return int(np.flatnonzero((look.density > 0.1).any(axis=1))[0])


def test_gas_rises_from_its_source() -> None:
    assert top_row(after(30)) < top_row(after(5))


def test_a_flow_repeats_itself_from_its_seed_and_differs_from_another() -> None:
    assert np.array_equal(after(12).heat, after(12).heat)
    assert not np.array_equal(after(12).heat, after(12, seed=2).heat)


def test_heat_and_density_stay_shares() -> None:
    look = after(40)
    assert look.heat.shape == (SHAPE[0] * FINER, SHAPE[1] * FINER)
    for field in (look.heat, look.density):
        assert field.min() >= 0.0
        assert field.max() <= 1.0


def test_nothing_reaches_the_rim_so_that_no_straight_cut_shows() -> None:
    density = after(60).density
    for edge in (density[0], density[:, 0], density[:, -1]):
        assert edge.max() < 0.02


def test_heat_is_lost_before_density_so_that_smoke_outlives_flames() -> None:
    look = after(40)
    assert (look.heat > 0.1).sum() < (look.density > 0.1).sum()


@pytest.mark.parametrize("maker", [flow_fire, flow_plume, flow_cloud])
def test_a_sprite_of_flow_depends_on_the_seed_alone(maker: object) -> None:
    assert callable(maker)
    first, again = (maker(np.random.default_rng(4), 60).rgba for _ in range(2))
    assert np.array_equal(first, again)


def test_flames_seen_by_one_camera_share_their_colour() -> None:
    def redness(seed: int, camera: int) -> float:
        rgba = flow_fire(np.random.default_rng(seed), 80, np.random.default_rng(camera)).rgba
        return float(rgba[:, :, 1].sum() / rgba[:, :, 0].sum())

    spread = np.ptp([redness(seed, 5) for seed in range(4)])
    assert spread < np.ptp([redness(seed, seed) for seed in range(8)])


@pytest.mark.parametrize("makers", [FIRES, FIRES_FROM_ABOVE])
def test_a_fire_has_flames_and_repeats_itself(makers: dict[str, object]) -> None:
    first, again = (any_fire(np.random.default_rng(9), 160, makers) for _ in range(2))  # type: ignore[arg-type]
    assert first.flames
    assert first.edges_px() == again.edges_px()
