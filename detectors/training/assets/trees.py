"""Trees: broadleaved, pine-like, bare, dead, palms and bamboo, cheap enough to stand in hundreds."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.foliage import GREEN, foliage, skin_points
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.shapes import joined, mesh_of
from detectors.training.assets.tubes import sticks, tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
WOOD = palette("#6b5d4e", "#8c8274", "#54463a", "#a39a8c", "#7a6248")
BARE = palette("#9b938a", "#b5aca0", "#7d736a", "#8f8070")


def broadleaf(rng: np.random.Generator) -> Mesh:
    """A broad crown of several heads of leaves on a forked trunk, 4 to 22 m."""
    height = rng.uniform(4.0, 22.0)
    reach, base = height * rng.uniform(0.16, 0.36), height * rng.uniform(0.25, 0.6)
    heads = int(rng.integers(6, 15))
    flat = rng.normal(0.0, 0.55, (heads, 2)) * reach
    fall = np.linalg.norm(flat, axis=1) / (2.0 * reach)
    middles = np.column_stack([flat, height - reach * 0.4 - (height - base) * np.minimum(fall, 0.9) ** 1.5])
    sizes = reach * rng.uniform(0.3, 0.62, (heads, 1)) * np.array([1.0, 1.0, rng.uniform(0.55, 0.95)])
    green = one_of(rng, GREEN)
    return joined(_trunk(rng, middles, base), foliage(rng, middles, sizes, green, leaves_each=44))


def pine(rng: np.random.Generator) -> Mesh:
    """A straight trunk, bare below, with a loose crown that tapers upward."""
    height, bare = rng.uniform(8.0, 26.0), rng.uniform(0.2, 0.65)
    levels = int(rng.integers(6, 12))
    rise = np.linspace(bare, 0.98, levels)
    out = height * rng.uniform(0.09, 0.17) * (1.05 - rise) / (1.05 - bare)
    turn, off = rng.uniform(0.0, 2.0 * np.pi, levels), out * rng.uniform(0.1, 0.6, levels)
    middles = np.stack([np.cos(turn) * off, np.sin(turn) * off, rise * height], axis=1)
    sizes = out[:, None] * np.array([1.0, 1.0, 0.55]) * rng.uniform(0.8, 1.2, (levels, 1))
    stem = sticks(
        np.zeros((1, 3)), np.array([[0.0, 0.0, height]]), 0.011 * height, one_of(rng, WOOD), taper=0.2
    )
    return joined(stem, foliage(rng, middles, sizes, one_of(rng, GREEN) * 0.85, leaves_each=28))


def sparse(rng: np.random.Generator) -> Mesh:
    """A tree through whose crown the ground is seen: branches, and leaves without heads."""
    height = rng.uniform(4.0, 18.0)
    tree = bare(rng, height)
    count, reach = int(rng.integers(120, 420)), height * rng.uniform(0.15, 0.28)
    points = rng.normal(0.0, 1.0, (count, 3)) * np.array([reach, reach, 0.16 * height]) * 0.6
    points[:, 2] = np.clip(points[:, 2] + 0.75 * height, 0.3 * height, 1.05 * height)
    return joined(tree, skin_points(rng, points, one_of(rng, GREEN) * 1.2, height * 0.04))


def bare(rng: np.random.Generator, height_m: float | None = None) -> Mesh:
    """A tree without leaves: grey, forking three times."""
    height = rng.uniform(4.0, 18.0) if height_m is None else height_m
    colour = varied(rng, one_of(rng, BARE), 1, light=0.2)
    top = np.array([[*rng.normal(0.0, 0.03 * height, 2), height]])
    starts: Array = np.zeros((1, 3))
    stops: Array = top
    parts = [sticks(starts, stops, 0.012 * height + 0.03, colour, taper=0.25)]
    for level, (each, share) in enumerate(((int(rng.integers(6, 14)), 0.32), (3, 0.17), (2, 0.1))):
        starts, stops = _forks(rng, starts, stops, each, share * height, low=0.35 if level == 0 else 0.3)
        thick = (0.005 * height + 0.01) / (level + 1.0)
        parts.append(sticks(starts, stops, thick, colour, sides=3, taper=0.5))
    return joined(*parts)


def dead_trunk(rng: np.random.Generator) -> Mesh:
    """A standing dead trunk, broken off, with a few stumps of branches."""
    height, colour = rng.uniform(2.0, 14.0), varied(rng, one_of(rng, BARE), 1, light=0.3)
    top = np.array([[*rng.normal(0.0, 0.06 * height, 2), height]])
    starts, stops = _forks(rng, np.zeros((1, 3)), top, int(rng.integers(0, 6)) + 1, 0.1 * height, low=0.4)
    thick = rng.uniform(0.1, 0.35)
    return joined(
        sticks(np.zeros((1, 3)), top, thick, colour, sides=7, taper=0.6),
        sticks(starts, stops, thick * 0.3, colour, sides=4, taper=0.5),
    )


def palm(rng: np.random.Generator) -> Mesh:
    """A palm: a slim leaning trunk and arching fronds."""
    height, fronds = rng.uniform(3.0, 14.0), int(rng.integers(10, 22))
    lean = rng.normal(0.0, 0.08 * height, 2)
    rise = np.linspace(0.0, 1.0, 4)[:, None]
    axis = np.column_stack([lean[None] * rise**2, height * rise])
    trunk = tubes(axis[None], np.linspace(0.17, 0.11, 4)[None], one_of(rng, BARE)[None], sides=6)
    return joined(trunk, _fronds(rng, axis[-1], fronds, rng.uniform(1.6, 3.6)))


def banana(rng: np.random.Generator) -> Mesh:
    """A clump of banana plants: short stems, broad bright leaves."""
    parts = []
    for _ in range(int(rng.integers(2, 6))):
        foot = np.array([*rng.normal(0.0, 0.8, 2), 0.0])
        head = foot + np.array([*rng.normal(0.0, 0.15, 2), rng.uniform(1.4, 3.0)])
        parts.append(sticks(foot[None], head[None], 0.12, one_of(rng, GREEN)))
        parts.append(_fronds(rng, head, int(rng.integers(6, 10)), rng.uniform(1.2, 2.2), wide=0.3))
    return joined(*parts)


def bamboo(rng: np.random.Generator) -> Mesh:
    """A clump of bamboo: many culms leaning outward, feathery above."""
    culms, height = int(rng.integers(12, 32)), rng.uniform(5.0, 12.0)
    turn, out = rng.uniform(0.0, 2.0 * np.pi, culms), rng.uniform(0.15, 0.4, culms) * height
    away = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    feet = np.column_stack([away * rng.uniform(0.1, 0.9, (culms, 1)), np.zeros(culms)])
    rise = np.array([0.0, 0.5, 0.85, 1.0])
    axes = feet[:, None, :] + np.zeros((1, 4, 3))
    axes[..., :2] += away[:, None, :] * out[:, None, None] * (rise**2.2)[None, :, None]
    axes[..., 2] = height * rng.uniform(0.7, 1.0, (culms, 1)) * (rise * (1.0 - 0.15 * rise**4))[None]
    green = one_of(rng, GREEN) * 1.25
    stems = tubes(axes, np.full((culms, 4), 0.05), varied(rng, green * 1.1, culms, light=0.2), sides=4)
    along = rng.uniform(0.35, 1.0, (culms * 11, 1))
    which = rng.integers(0, culms, culms * 11)
    points = axes[which, 1] * (1.0 - along) + axes[which, 3] * along + rng.normal(0.0, 0.3, (culms * 11, 3))
    return joined(stems, skin_points(rng, points, green, 0.75))


def _trunk(rng: np.random.Generator, heads_m: Array, base_m: float) -> Mesh:
    """A trunk to the fork at ``base_m``, and a bough to each head of the crown."""
    colour, thick = one_of(rng, WOOD), 0.015 * float(heads_m[:, 2].max()) + 0.03
    fork = np.array([[*rng.normal(0.0, 0.02 * base_m, 2), base_m]])
    boughs = sticks(np.repeat(fork, len(heads_m), axis=0), heads_m, 0.45 * thick, colour, sides=4, taper=0.5)
    return joined(sticks(np.zeros((1, 3)), fork, thick, colour, sides=6, taper=0.75), boughs)


def _forks(
    rng: np.random.Generator, starts_m: Array, stops_m: Array, each: int, length_m: float, *, low: float
) -> tuple[Array, Array]:
    """``each`` branches from every stick, above the share ``low`` of it, outward and upward."""
    which = np.repeat(np.arange(len(starts_m)), each)
    along = rng.uniform(low, 1.0, (len(which), 1))
    roots = starts_m[which] * (1.0 - along) + stops_m[which] * along
    turn = rng.uniform(0.0, 2.0 * np.pi, len(which))
    reach = length_m * rng.uniform(0.5, 1.2, (len(which), 1)) * (1.25 - along)
    out = np.stack([np.cos(turn), np.sin(turn), rng.uniform(0.2, 1.2, len(which))], axis=1)
    return roots, roots + out * reach


def _fronds(rng: np.random.Generator, top_m: Array, count: int, length_m: float, wide: float = 0.14) -> Mesh:
    """Arching strips about ``top_m``, of three quads each, ``wide`` by their length."""
    turn = np.arange(count) * 2.4 + rng.normal(0.0, 0.2, count)  # 2.4 rad: the golden angle of leaves
    steep, long = rng.uniform(0.1, 0.9, (count, 1)), length_m * rng.uniform(0.7, 1.1, (count, 1))
    along = np.array([0.0, 0.35, 0.7, 1.0])[None]
    reach, rise = (
        long * along * (1.0 - 0.25 * steep),
        long * (steep * along - 1.1 * along**2 * (0.4 + 0.5 * steep)),
    )
    half = wide * long * np.array([0.3, 1.0, 0.8, 0.1])[None] / 2.0
    out, side = np.stack([np.cos(turn), np.sin(turn)], 1), np.stack([-np.sin(turn), np.cos(turn)], 1)
    flat = out[:, None, :] * reach[..., None]
    edges = [flat + sign * side[:, None, :] * half[..., None] for sign in (-1.0, 1.0)]
    strips = np.concatenate([np.stack(edges, axis=2), np.repeat(rise[:, :, None, None], 2, axis=2)], axis=-1)
    quad = np.array([[0, 1, 3, 0, 3, 2]]) + 2 * np.arange(3)[:, None]
    faces = quad[None] + 8 * np.arange(count)[:, None, None]
    colours = varied(rng, one_of(rng, GREEN) * 1.15, (count, 4, 2), light=0.12)
    return mesh_of(strips + top_m, faces, colours)


ASSETS: Mapping[str, Asset] = {
    "broadleaf": Asset(None, broadleaf, 4.0),
    "pine": Asset(None, pine, 1.5),
    "sparse_tree": Asset(None, sparse, 1.5),
    "bare_tree": Asset(None, bare, 0.8),
    "dead_trunk": Asset(None, dead_trunk, 0.4),
    "palm": Asset(None, palm, 0.8),
    "bamboo": Asset(None, bamboo, 0.7),
}
