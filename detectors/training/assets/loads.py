"""What lies on a bed or a deck and is no wood: crates, sacks, earth, a tarpaulin. Logs are placed apart."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.panels import block
from detectors.training.assets.shapes import blobs, boxes, yaw_turn
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
_CRATES = palette("#b98d57", "#d8b27a", "#2f62b5", "#b82d24", "#e6e3d8", "#3f7f4e", "#55585c", "#e0a92d")
_SACKS = palette("#e4dcc6", "#c9b48a", "#f2f0ea", "#3d6f9c", "#8f8a7c")
_EARTH = palette("#8a5a3c", "#a98b64", "#6f6259", "#c9b694", "#4c4a47", "#7a8a4a")
_TARPAULIN = palette("#2b5fae", "#e07b1f", "#3c6b46", "#c9c9c4", "#7d6a4f", "#26292c")
# A bed narrower than this holds no heap.
NARROW_M = 0.6


def bed_load(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """A load for a bed of ``length_m`` by ``width_m``: on its floor at z = 0."""
    if width_m < NARROW_M:
        return crates(rng, length_m, width_m)
    kinds = (crates, sacks, earth, tarpaulin)
    chosen = kinds[int(rng.choice(len(kinds), p=[0.4, 0.2, 0.15, 0.25]))]
    return chosen(rng, length_m, width_m)


def crates(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Boxes and baskets, more or less in order."""
    count = int(rng.integers(2, 14))
    sizes = rng.uniform(0.25, 0.8, (count, 3)) * min(1.0, width_m / 1.5)
    room = np.maximum((np.array([length_m, width_m]) - sizes[:, :2]) / 2.0, 0.0)
    middles = np.column_stack([rng.uniform(-1.0, 1.0, (count, 2)) * room, sizes[:, 2] / 2.0])
    colours = varied(rng, _CRATES[rng.integers(len(_CRATES), size=count)], count, light=0.25)
    return boxes(middles, sizes, colours, yaw_turn(rng.normal(0.0, 0.08, count)))


def sacks(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Sacks thrown on a heap."""
    count = int(rng.integers(4, 22))
    flat = rng.uniform(-0.5, 0.5, (count, 2)) * (np.array([length_m, width_m]) - 0.5)
    middles = np.column_stack([flat, 0.12 + 0.5 * rng.random(count) * rng.random()])
    colours = varied(rng, one_of(rng, _SACKS), count, light=0.15)
    return blobs(rng, middles, np.array([[0.38, 0.25, 0.14]]), colours, rough=0.08)


def earth(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Earth, sand, gravel or cut grass, heaped."""
    high = rng.uniform(0.15, 0.7) * min(width_m / 2.0, 1.0)
    foot = (-length_m / 2.0, length_m / 2.0, width_m, 0.0)
    top = (-0.28 * length_m, 0.28 * length_m, 0.4 * width_m, high)
    return block(foot, top, varied(rng, one_of(rng, _EARTH), 5, light=0.1))


def tarpaulin(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Something under a tarpaulin."""
    high = rng.uniform(0.3, 1.1) * min(width_m / 1.6, 1.2)
    foot = (-length_m / 2.0, length_m / 2.0, width_m, 0.0)
    ridge = rng.uniform(0.1, 0.95)
    top = (-0.46 * length_m, 0.46 * length_m, ridge * width_m, high)
    return block(foot, top, varied(rng, one_of(rng, _TARPAULIN), 5, light=0.08))
