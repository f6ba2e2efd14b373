"""Sawn and squared timber: stacks of planks, heaps of them, and the short beams of rosewood."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import one_of, varied
from detectors.training.assets.shapes import boxes, centred, joined, yaw_turn
from detectors.training.assets.timber import ROSEWOOD, SAWN
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]


def plank_stack(rng: np.random.Generator) -> Mesh:
    """Planks of one size in layers, with or without the laths between that let air through."""
    size = np.array([rng.uniform(1.5, 6.0), rng.uniform(0.1, 0.35), rng.uniform(0.025, 0.08)])
    across, high = int(rng.integers(3, 10)), int(rng.integers(2, 25))
    gap = float(rng.choice([0.0, 0.03]))
    middles = _layers(rng, size, across, high, gap)
    return centred(_pieces(rng, middles, size, one_of(rng, SAWN), mess_rad=rng.uniform(0.0, 0.03)))


def plank_heap(rng: np.random.Generator) -> Mesh:
    """Planks thrown down: about one direction, sliding apart."""
    count = int(rng.integers(5, 70))
    size = np.array([rng.uniform(1.0, 4.5), rng.uniform(0.1, 0.3), rng.uniform(0.025, 0.08)])
    wide = rng.uniform(2.0, 6.0) * size[1]
    high = size[2] * np.arange(count) / max(1.0, wide / size[1])
    middles = np.stack(
        [rng.normal(0.0, 0.12, count) * size[0], rng.normal(0.0, 0.5, count) * wide, high], axis=1
    )
    return centred(_pieces(rng, middles, size, one_of(rng, SAWN), mess_rad=rng.uniform(0.08, 0.5)))


def squared_timber(rng: np.random.Generator) -> Mesh:
    """Beams hewn or sawn square, in layers."""
    side = rng.uniform(0.12, 0.4)
    size = np.array([rng.uniform(1.5, 6.0), side, side * rng.uniform(0.7, 1.0)])
    middles = _layers(rng, size, int(rng.integers(2, 8)), int(rng.integers(1, 6)), 0.0)
    keep = rng.random(len(middles)) < rng.uniform(0.75, 1.0)
    keep[:3] = True  # three pieces make a pile
    return centred(_pieces(rng, middles[keep], size, one_of(rng, SAWN), mess_rad=rng.uniform(0.0, 0.06)))


def rosewood(rng: np.random.Generator) -> Mesh:
    """Short dark red beams, as people carry them on the shoulder: a neat or a careless pile."""
    count, side = int(rng.integers(3, 30)), rng.uniform(0.12, 0.3)
    size = np.array([rng.uniform(0.9, 2.5), side, side * rng.uniform(0.6, 1.0)])
    across = max(2, int(np.sqrt(count) * rng.uniform(0.8, 2.0)))
    middles = _layers(rng, size, across, -(-count // across), 0.0)[:count]
    return centred(_pieces(rng, middles, size, one_of(rng, ROSEWOOD), mess_rad=rng.uniform(0.01, 0.35)))


def load_of_timber(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Squared timber for a bed of ``length_m`` by ``width_m``: on its floor at z = 0, none beside it."""
    side = rng.uniform(0.12, 0.3)
    size = np.array([min(length_m, rng.uniform(1.5, 5.0)) * 0.95, side, side])
    middles = _layers(rng, size, max(2, int(width_m / side) - 1), int(rng.integers(1, 4)), 0.0)
    colour = one_of(rng, ROSEWOOD if rng.random() < 0.5 else SAWN)
    return centred(_pieces(rng, middles, size, colour, mess_rad=0.01))


def _layers(rng: np.random.Generator, size_m: Array, across: int, high: int, gap_m: float) -> Array:
    """Middles (across * high, 3) of pieces in ``high`` layers, their ends a little uneven."""
    place, layer = np.tile(np.arange(across), high), np.repeat(np.arange(high), across)
    ragged = rng.normal(0.0, rng.choice([0.003, 0.03]), across * high) * size_m[0]
    aside = (place - (across - 1) / 2.0) * size_m[1] * rng.uniform(1.0, 1.1)
    return np.stack([ragged, aside, (layer + 0.5) * (size_m[2] + gap_m)], axis=1)


def _pieces(
    rng: np.random.Generator, middles_m: Array, size_m: Array, colour: Array, *, mess_rad: float
) -> Mesh:
    """Pieces about X, turned by a normal ``mess_rad``; the sawn ends are lighter or darker than the sides."""
    count = len(middles_m)
    sizes = size_m * np.clip(rng.normal(1.0, [0.04, 0.06, 0.03], (count, 3)), 0.6, 1.2)
    sides = varied(rng, colour, count, light=rng.uniform(0.05, 0.25))
    by_face = varied(rng, sides[:, None, :], (count, 6), light=0.08)
    by_face[:, :2] *= rng.uniform(0.6, 1.4)
    return boxes(middles_m, sizes, by_face, yaw_turn(rng.normal(0.0, mess_rad, count)))


def packs(rng: np.random.Generator) -> Mesh:
    """Several stacks of planks in a row, as a sawyer leaves them at a track."""
    stacks, colour = int(rng.integers(2, 5)), one_of(rng, SAWN)
    size = np.array([rng.uniform(2.0, 5.0), rng.uniform(0.12, 0.3), rng.uniform(0.03, 0.06)])
    across = int(rng.integers(3, 7))
    parts = []
    for number in range(stacks):
        middles = _layers(rng, size, across, int(rng.integers(2, 20)), 0.0)
        middles[:, 1] += number * size[1] * across * 1.25
        parts.append(_pieces(rng, middles, size, colour, mess_rad=0.01))
    return centred(joined(*parts))


ASSETS: Mapping[str, Asset] = {
    "plank_stack": Asset("log_pile", plank_stack, 1.0),
    "plank_heap": Asset("log_pile", plank_heap, 1.0),
    "plank_packs": Asset("log_pile", packs, 0.5),
    "squared_timber": Asset("log_pile", squared_timber, 0.8),
    "rosewood": Asset("log_pile", rosewood, 1.2),
}
