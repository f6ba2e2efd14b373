"""Wood that is no pile: stumps, fallen trunks, branches, driftwood, posts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.debris import brushwood, windrow
from detectors.training.assets.paint import linear, one_of, palette, varied
from detectors.training.assets.shapes import centred, grounded, joined
from detectors.training.assets.timber import BARK, Lie, look, trunks
from detectors.training.assets.tubes import sticks, tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
DRIFTWOOD = palette("#b9b2a6", "#a0978a", "#877c6e", "#cfc8bb")


def stump(rng: np.random.Generator) -> Mesh:
    """A stump with a pale or weathered cut and flaring roots."""
    wide, high, sides = rng.uniform(0.12, 0.55), rng.uniform(0.15, 0.9), 10
    wood = look(rng)
    axes = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 0.3 * high], [0.0, 0.0, high]]])
    flare = 1.0 + np.abs(rng.normal(0.0, 0.35, sides))
    radii = wide * np.stack([flare * 1.25, 0.5 * (1.0 + flare), np.ones(sides)])[None]
    ends = np.stack([np.stack([wood.bark, wood.bark]), np.stack([wood.cut, wood.heart])])[None]
    return tubes(axes, radii, varied(rng, wood.bark, (1, 3, sides), light=0.2), sides=sides, ends=ends)


def fallen_trunk(rng: np.random.Generator) -> Mesh:
    """One trunk on the ground: cut or thrown by wind, with or without its branches."""
    length, thick = rng.uniform(2.0, 18.0), rng.uniform(0.12, 0.8)
    return centred(joined(_lying(rng, 1, length, thick), _limbs(rng, length) if rng.random() < 0.6 else None))


def two_trunks(rng: np.random.Generator) -> Mesh:
    """Two trunks that lie across or apart: one too few for a pile."""
    return centred(_lying(rng, 2, rng.uniform(2.0, 14.0), rng.uniform(0.12, 0.5)))


def fallen_tree(rng: np.random.Generator) -> Mesh:
    """A thrown tree: its trunk, the plate of its roots at one end and its bare crown at the other."""
    length = rng.uniform(6.0, 18.0)
    trunk = _lying(rng, 1, length, rng.uniform(0.2, 0.6), yaw_spread=0.0)
    count, colour = int(rng.integers(15, 45)), varied(rng, one_of(rng, BARK), 1, light=0.2)
    roots = np.column_stack([rng.uniform(0.1, 0.5, count) * length, np.zeros(count), np.full(count, 0.3)])
    out = rng.normal(0.0, 0.14 * length, (count, 3)) * np.array([0.6, 1.0, 0.35]) + np.array(
        [0.08 * length, 0.0, 0.3]
    )
    crown = sticks(roots, roots + out, 0.04, colour, sides=3, taper=0.4)
    foot = np.array([[-0.5 * length, 0.0, 0.3]])
    spokes = rng.normal(0.0, 0.5, (14, 3)) * np.array([0.25, 1.0, 0.8])
    plate = sticks(np.repeat(foot, 14, axis=0), foot + spokes, 0.09, colour * 0.7, sides=4, taper=0.4)
    return centred(joined(trunk, crown, plate))


def driftwood(rng: np.random.Generator) -> Mesh:
    """A few bleached crooked pieces, far apart."""
    count = int(rng.integers(1, 6))
    turn, long = rng.uniform(0.0, 2.0 * np.pi, count), rng.uniform(0.6, 4.0, count)
    ahead = np.stack([np.cos(turn), np.sin(turn), np.zeros(count)], axis=1)
    rise = np.linspace(-0.5, 0.5, 4)
    middles = np.column_stack([rng.normal(0.0, 2.5, (count, 2)), np.full(count, 0.1)])
    axes = middles[:, None] + ahead[:, None] * long[:, None, None] * rise[None, :, None]
    axes = axes + rng.normal(0.0, 0.06, axes.shape) * long[:, None, None]
    radii = long[:, None] * 0.04 * np.array([1.4, 1.0, 0.8, 0.4])[None]
    return grounded(tubes(axes, radii, varied(rng, one_of(rng, DRIFTWOOD), count, light=0.15), sides=5))


def post(rng: np.random.Generator) -> Mesh:
    """A single post or a pole leaning or upright."""
    top = np.array([[*rng.normal(0.0, 0.15, 2), rng.uniform(1.0, 8.0)]])
    colour = one_of(rng, BARK) if rng.random() < 0.6 else linear("#a8a8a4")
    return sticks(np.zeros((1, 3)), top, rng.uniform(0.05, 0.16), colour[None], sides=7, taper=0.85)


def _lying(
    rng: np.random.Generator, count: int, length_m: float, thick_m: float, yaw_spread: float = 1.0
) -> Mesh:
    lengths, sizes = length_m * rng.uniform(0.7, 1.0, count), thick_m * rng.uniform(0.7, 1.2, count)
    aside = np.arange(count) * rng.uniform(1.2, 4.0) * thick_m
    middles = np.stack(
        [rng.normal(0.0, 0.2, count) * length_m, aside, sizes * (0.5 + 0.6 * np.arange(count))], axis=1
    )
    lie = Lie(middles, rng.normal(0.0, yaw_spread, count), np.zeros(count), lengths, sizes)
    return trunks(rng, lie, look(rng), bend=0.02)


def _limbs(rng: np.random.Generator, length_m: float) -> Mesh:
    count, colour = int(rng.integers(3, 16)), varied(rng, one_of(rng, BARK), 1, light=0.2)
    roots = np.column_stack([rng.uniform(-0.1, 0.5, count) * length_m, np.zeros(count), np.full(count, 0.2)])
    aside = rng.choice([-1.0, 1.0], count) * rng.uniform(0.4, 1.0, count)
    out = np.column_stack([rng.uniform(0.2, 1.0, count), aside, rng.uniform(-0.1, 0.5, count)])
    return sticks(roots, roots + out * rng.uniform(0.4, 2.2, (count, 1)), 0.035, colour, sides=4, taper=0.4)


ASSETS: Mapping[str, Asset] = {
    "stump": Asset("stump", stump, 3.0),
    "fallen_trunk": Asset(None, fallen_trunk, 2.5),
    "two_trunks": Asset(None, two_trunks, 1.0),
    "fallen_tree": Asset(None, fallen_tree, 1.5),
    "brushwood": Asset(None, brushwood, 2.0),
    "windrow": Asset(None, windrow, 0.8),
    "driftwood": Asset(None, driftwood, 1.0),
    "post": Asset(None, post, 0.7),
}
