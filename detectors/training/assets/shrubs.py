"""Bushes, tall grass and seedlings: what stands between trees and on banks."""

from collections.abc import Mapping

import numpy as np

from detectors.training.assets.asset import Asset
from detectors.training.assets.foliage import GREEN, foliage, skin_points
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.shapes import grounded
from detectors.training.assets.trees import banana
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

STRAW = palette("#a08c5c", "#8f8a52", "#b8a877", "#7d8648", "#66783f")


def bush(rng: np.random.Generator) -> Mesh:
    """One to five rounded heads of leaves."""
    heads, size = int(rng.integers(1, 6)), rng.uniform(0.4, 1.6)
    flat = rng.normal(0.0, 0.6, (heads, 2)) * size
    sizes = size * rng.uniform(0.5, 1.0, (heads, 1)) * np.array([1.0, 1.0, 0.75])
    middles = np.column_stack([flat, sizes[:, 2] * 0.8])
    return grounded(foliage(rng, middles, sizes, one_of(rng, GREEN), leaves_each=26))


def thicket(rng: np.random.Generator) -> Mesh:
    """Leaves near the ground over a few square metres."""
    count, reach = int(rng.integers(60, 220)), rng.uniform(0.8, 3.0)
    points = np.column_stack(
        [rng.normal(0.0, 0.5 * reach, (count, 2)), rng.gamma(2.0, 0.2 * reach**0.5, count)]
    )
    return grounded(skin_points(rng, points, one_of(rng, GREEN), 0.45))


def tall_grass(rng: np.random.Generator) -> Mesh:
    """A tuft or a bed of reeds or grass, green or straw."""
    count, reach = int(rng.integers(40, 160)), rng.uniform(0.2, 1.8)
    feet = np.column_stack([rng.normal(0.0, 0.5 * reach, (count, 2)), np.zeros(count)])
    lean = rng.normal(0.0, 0.35, (count, 2))
    tips = feet + np.column_stack([lean, rng.uniform(0.5, 1.6, count)]) * rng.uniform(0.5, 1.4)
    return sticks(feet, tips, 0.035, varied(rng, one_of(rng, STRAW), count, light=0.2), sides=3, taper=0.1)


ASSETS: Mapping[str, Asset] = {
    "bush": Asset(None, bush, 3.0),
    "thicket": Asset(None, thicket, 2.0),
    "tall_grass": Asset(None, tall_grass, 1.5),
    "banana": Asset(None, banana, 0.6),
}
