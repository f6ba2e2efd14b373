"""Rubbish, on land and afloat, and other small things on the water."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.debris import tangle
from detectors.training.assets.foliage import GREEN, skin_points
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.shapes import blobs, boxes, cut_off, joined, moved, roll_turn, yaw_turn
from detectors.training.assets.timber import Lie, look, trunks
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

PLASTIC = palette(
    "#e4e4e0", "#d0d4d8", "#3868a8", "#b83830", "#e0c040", "#387848", "#282828", "#98704c", "#c8b898"
)
BUOY = palette("#e86020", "#e83028", "#f0d030", "#f0f0f0", "#285898", "#282828")


def rubbish(rng: np.random.Generator) -> Mesh:
    """Bags, bottles, boards and rags, heaped or blown about."""
    count, reach, size = int(rng.integers(12, 130)), rng.uniform(0.5, 4.5), rng.uniform(0.05, 0.3)
    flat = rng.normal(0.0, 0.45 * reach, (count, 2))
    mound = rng.choice([0.02, 0.3]) * np.maximum(0.0, reach - np.linalg.norm(flat, axis=1))
    middles = np.column_stack([flat, mound * rng.uniform(0.0, 1.0, count) + 0.05])
    return _pieces(rng, middles, size)


def floating_rubbish(rng: np.random.Generator) -> Mesh:
    """Bottles, foam and bags drifting in a patch or a line, with reeds and twigs between them."""
    count, reach = int(rng.integers(8, 120)), rng.uniform(0.5, 5.0)
    middles = rng.normal(0.0, 0.4, (count, 3)) * np.array([reach * rng.uniform(0.3, 3.0), reach, 0.02])
    twigs = tangle(rng, int(rng.integers(4, 50)), reach, long_m=1.0, thick_m=0.015, high=0.02)
    return joined(_pieces(rng, middles, rng.uniform(0.05, 0.22)), twigs if rng.random() < 0.7 else None)


def flotsam(rng: np.random.Generator) -> Mesh:
    """A drifting trunk, or two, or a tangle of branches, half under water (z = 0)."""
    if rng.random() < 0.4:
        return tangle(
            rng, int(rng.integers(8, 50)), rng.uniform(0.5, 2.0), long_m=1.8, thick_m=0.03, high=0.1
        )
    count = int(rng.integers(1, 3))
    middles = np.column_stack([rng.normal(0.0, 2.0, (count, 2)), np.zeros(count)])
    lengths, sizes = rng.uniform(1.5, 9.0, count), rng.uniform(0.1, 0.5, count)
    lie = Lie(middles, rng.uniform(0.0, 3.2, count), np.zeros(count), lengths, sizes)
    return trunks(rng, lie, look(rng), bend=0.03)


def buoys(rng: np.random.Generator) -> Mesh:
    """Buoys or floats of a net, one or in a line."""
    count, size = int(rng.integers(1, 14)), rng.uniform(0.1, 0.6)
    along = np.arange(count) * rng.uniform(2.0, 8.0) * size
    middles = np.column_stack([along, rng.normal(0.0, 0.3, count), np.full(count, size * 0.4)])
    colour = varied(rng, one_of(rng, BUOY), count, light=0.08)
    tall = np.array([1.0, 1.0, rng.uniform(0.8, 2.0)])
    return blobs(rng, middles, np.full((count, 1), size) * tall, colour, rough=0.0, halvings=1)


def hyacinth(rng: np.random.Generator) -> Mesh:
    """A drifting island of water plants."""
    count, reach = int(rng.integers(60, 400)), rng.uniform(0.6, 5.0)
    flat = rng.normal(0.0, 0.45, (count, 2)) * np.array([reach * rng.uniform(0.7, 2.0), reach])
    points = np.column_stack([flat, rng.uniform(0.03, 0.25, count)])
    return skin_points(rng, points, one_of(rng, GREEN) * 1.2, rng.uniform(0.2, 0.5))


def stakes(rng: np.random.Generator) -> Mesh:
    """Stakes of a fish trap or a mooring, standing in the water in lines."""
    count = int(rng.integers(3, 40))
    feet = np.column_stack(
        [np.arange(count) * rng.uniform(0.2, 1.5), rng.normal(0.0, 0.3, count), np.zeros(count)]
    )
    tops = feet + np.column_stack([rng.normal(0.0, 0.12, (count, 2)), rng.uniform(0.5, 2.2, count)])
    return sticks(
        feet,
        tops,
        0.05,
        varied(rng, one_of(rng, palette("#6b5d4e", "#8c8274", "#443a30")), count, light=0.15),
    )


def net_pen(rng: np.random.Generator) -> Mesh:
    """Fish cages: a floating frame of walkways on drums."""
    rows, each, side = int(rng.integers(1, 4)), int(rng.integers(1, 5)), rng.uniform(2.5, 5.0)
    colour = one_of(rng, palette("#8f867a", "#a89068", "#5c7890"))
    bars = [((x * side, rows * side / 2.0, 0.25), (0.4, rows * side, 0.1)) for x in range(each + 1)]
    bars += [((each * side / 2.0, y * side, 0.3), (each * side, 0.4, 0.1)) for y in range(rows + 1)]
    middles, sizes = np.array([bar[0] for bar in bars]), np.array([bar[1] for bar in bars])
    frame = boxes(middles, sizes, varied(rng, colour, len(bars), light=0.1))
    return moved(frame, (-each * side / 2.0, -rows * side / 2.0, 0.0))


def _pieces(rng: np.random.Generator, middles_m: npt.NDArray[np.floating], size_m: float) -> Mesh:
    count = len(middles_m)
    mixed = PLASTIC[rng.integers(0, len(PLASTIC), count)]
    colours = varied(rng, mixed if rng.random() < 0.7 else one_of(rng, PLASTIC), count, light=0.25)
    turns = yaw_turn(rng.uniform(0.0, 6.3, count)) @ roll_turn(rng.normal(0.0, 0.4, count))
    sizes = (
        size_m
        * rng.lognormal(0.0, 0.5, (count, 1))
        * rng.uniform(0.4, 1.8, (count, 3))
        * np.array([1.3, 1.0, 0.5])
    )
    return cut_off(boxes(middles_m, sizes, colours, turns))


ASSETS: Mapping[str, Asset] = {
    "rubbish": Asset(None, rubbish, 3.0),
    "floating_rubbish": Asset(None, floating_rubbish, 3.0, "water"),
    "flotsam": Asset(None, flotsam, 2.5, "water"),
    "buoys": Asset(None, buoys, 1.5, "water"),
    "water_hyacinth": Asset(None, hyacinth, 2.0, "water"),
    "stakes": Asset(None, stakes, 1.2, "water"),
    "net_pen": Asset(None, net_pen, 0.6, "water"),
}
