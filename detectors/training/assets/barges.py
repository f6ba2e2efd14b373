"""Flat craft: ferries, sand barges, pontoons, rafts of bamboo with a hut."""

from collections.abc import Mapping

import numpy as np

from detectors.training.assets.asset import Asset
from detectors.training.assets.boat_paint import canopy, wood, wooden_hull
from detectors.training.assets.car_paint import glass, lorry_paint
from detectors.training.assets.loads import earth
from detectors.training.assets.panels import block, windows
from detectors.training.assets.shapes import box, joined, moved
from detectors.training.assets.tubes import sticks
from detectors.training.assets.wooden_boats import awning
from detectors.training.mesh import Mesh


def barge(rng: np.random.Generator) -> Mesh:
    """A barge with raked ends: sand, logs or nothing aboard, a wheelhouse at the stern."""
    length, deck = rng.uniform(10.0, 30.0), rng.uniform(0.6, 1.6)
    beam = length * rng.uniform(0.2, 0.32)
    paint = lorry_paint(rng) * rng.uniform(0.4, 1.0)
    foot, top = (-0.46 * length, 0.44 * length, beam, 0.0), (-0.5 * length, 0.5 * length, beam, deck)
    parts = [block(foot, top, np.stack([paint] * 4 + [wood(rng) * 0.8])), _house(rng, length, beam, deck)]
    if rng.random() < 0.7:
        load = earth(rng, 0.6 * length, 0.75 * beam)
        parts.append(moved(load, (0.1 * length, 0.0, deck)))
    return joined(*parts)


def ferry(rng: np.random.Generator) -> Mesh:
    """A river ferry: a deck on floats to carry vehicles and people."""
    length, beam, deck = rng.uniform(7.0, 16.0), rng.uniform(3.5, 6.0), 0.5
    floor = box((length, beam, 0.15), wood(rng), (0.0, 0.0, deck - 0.15))
    floats = [
        box((0.95 * length, 0.8, 0.4), wooden_hull(rng), (0.0, s * 0.35 * beam, 0.0)) for s in (-1.0, 1.0)
    ]
    roof = awning(rng, (-0.5 * length, -0.25 * length), beam, deck + 2.2) if rng.random() < 0.5 else None
    return joined(floor, *floats, roof)


def bamboo_raft(rng: np.random.Generator) -> Mesh:
    """Bamboo poles bound side by side under a roof: without one it would be a pile of logs."""
    count, length = int(rng.integers(6, 18)), rng.uniform(4.0, 10.0)
    across = (np.arange(count) - (count - 1) / 2.0) * 0.13
    uneven = rng.normal(0.0, 0.15, count)
    start = np.column_stack([uneven - length / 2.0, across, np.full(count, 0.07)])
    colours = np.clip(wood(rng) * rng.uniform(0.8, 1.6, (count, 1)), 0.0, 1.0)
    poles = sticks(start, start + np.array([length, 0.0, 0.0]), 0.065, colours)
    half = count * 0.065
    hut = awning(rng, (-0.35 * length, rng.uniform(0.0, 0.3) * length), 1.6 * half, 1.6)
    return joined(poles, hut)


def _house(rng: np.random.Generator, length_m: float, beam_m: float, deck_m: float) -> Mesh:
    back, long, high = -0.46 * length_m, rng.uniform(2.0, 5.0), rng.uniform(2.0, 2.8)
    foot = (back, back + long, rng.uniform(0.45, 0.85) * beam_m, deck_m)
    top = (back, back + long, foot[2], deck_m + high)
    middle = (back, back + long, foot[2], deck_m + 0.45 * high)
    eaves = (back - 0.3, back + long + 0.3, foot[2] + 0.5, deck_m + high)
    roof = block(eaves, (*eaves[:3], eaves[3] + 0.1), canopy(rng))
    return joined(block(foot, top, wooden_hull(rng)), windows(middle, top, glass(rng), posts=0.15), roof)


BARGES: Mapping[str, Asset] = {
    "barge": Asset("boat", barge, 0.6, "water"),
    "ferry": Asset("boat", ferry, 0.4, "water"),
    "bamboo_raft": Asset("boat", bamboo_raft, 0.4, "water"),
}
