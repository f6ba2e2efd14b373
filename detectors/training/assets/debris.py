"""Branches without a trunk, chips and bark: the waste of felling, and brushwood of any origin."""

from collections.abc import Mapping

import numpy as np

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import one_of, varied
from detectors.training.assets.shapes import boxes, cut_off, grounded, joined, yaw_turn
from detectors.training.assets.timber import BARK, CUT
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh


def brushwood(rng: np.random.Generator) -> Mesh:
    """A heap of bare branches in all directions."""
    count, reach = int(rng.integers(25, 140)), rng.uniform(0.6, 4.0)
    return grounded(
        tangle(rng, count, reach, long_m=rng.uniform(0.6, 3.5), thick_m=rng.uniform(0.008, 0.035))
    )


def windrow(rng: np.random.Generator) -> Mesh:
    """Branches raked to a ridge."""
    count, reach = int(rng.integers(60, 220)), rng.uniform(0.7, 1.6)
    long, stretch = rng.uniform(1.0, 2.5), rng.uniform(3.0, 9.0)
    return grounded(tangle(rng, count, reach, long_m=long, thick_m=0.025, high=0.6, stretch=stretch))


def bark_and_chips(rng: np.random.Generator) -> Mesh:
    """What felling leaves on the ground: bark, chips, sticks and sawdust, scattered."""
    count, reach = int(rng.integers(40, 200)), rng.uniform(1.0, 4.0)
    middles = np.column_stack([rng.normal(0.0, 0.5 * reach, (count, 2)), np.full(count, 0.02)])
    sizes = np.column_stack(
        [rng.gamma(2.0, 0.14, count), rng.uniform(0.03, 0.15, count), np.full(count, 0.02)]
    )
    colour = one_of(rng, CUT if rng.random() < 0.6 else BARK)
    turns = yaw_turn(rng.uniform(0.0, 2.0 * np.pi, count))
    chips = boxes(middles, sizes, varied(rng, colour, count, light=0.3), turns)
    sticks_among = tangle(rng, int(rng.integers(5, 40)), reach, long_m=1.6, thick_m=0.02, high=0.1)
    return cut_off(joined(chips, sticks_among))


def slash(rng: np.random.Generator) -> Mesh:
    """Tops and branches spread flat over a clearing, grey and pale, like thin trunks that nobody gathered."""
    count = int(rng.integers(30, 120))
    return cut_off(
        tangle(rng, count, rng.uniform(2.0, 7.0), long_m=rng.uniform(1.0, 4.0), thick_m=0.03, high=0.12)
    )


def tangle(
    rng: np.random.Generator,
    count: int,
    reach_m: float,
    *,
    long_m: float,
    thick_m: float,
    high: float = 0.45,
    stretch: float = 1.0,
) -> Mesh:
    """Sticks anyhow, within about ``reach_m``, on a mound of ``high`` by its reach; ``stretch`` times as long
    as wide."""
    middles = np.column_stack([rng.normal(0.0, 0.45 * reach_m, (count, 2)), np.zeros(count)])
    mound = np.maximum(0.05, high * (reach_m - np.linalg.norm(middles, axis=1)))
    middles[:, 2] = rng.uniform(0.0, 1.0, count) * mound + 0.03
    turn, long = rng.uniform(0.0, 2.0 * np.pi, count), long_m * rng.uniform(0.3, 1.2, count)
    steep = rng.normal(0.0, 0.8 * min(high, 0.5), count)
    middles[:, 0] *= stretch
    half = np.stack([np.cos(turn), np.sin(turn), steep], axis=1) * long[:, None] / 2.0
    colours = varied(rng, one_of(rng, BARK), count, light=0.25)
    thick = thick_m * rng.uniform(0.5, 1.6, count)
    return sticks(middles - half, middles + half, thick, colours, sides=3, taper=0.5)


ASSETS: Mapping[str, Asset] = {
    "chips": Asset(None, bark_and_chips, 1.5),
    "slash": Asset(None, slash, 1.5),
    "felling_brushwood": Asset(None, brushwood, 1.0),
    "felling_windrow": Asset(None, windrow, 0.5),
}
