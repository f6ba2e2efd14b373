"""What stands about in streets and yards and is nobody: posts, benches, umbrellas, bins, cones, pots."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.figure import turned
from detectors.training.assets.foliage import GREEN
from detectors.training.assets.paint import linear, one_of, palette, varied
from detectors.training.assets.shapes import blobs, box, boxes, joined, moved, yaw_turn
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
CANVAS = palette("#b8322a", "#2458a0", "#e8e4d8", "#e0b830", "#2f7048", "#d87020", "#6a2f58", "#3a3c40")
METAL = palette("#6a6e72", "#b4b8ba", "#2c2e30", "#d8dad8", "#4a5c4c")
PLASTIC = palette("#c8202a", "#1f5aa8", "#2f8a48", "#d8d8d4", "#e88a1c", "#2a2a2c")


def post(rng: np.random.Generator) -> Mesh:
    """A lamp post, a flag pole, a sign: upright, with an arm or a board."""
    high, colour = rng.uniform(1.0, 8.0), one_of(rng, METAL)
    foot = np.zeros((1, 3))
    pole = sticks(foot, foot + np.array([0.0, 0.0, high]), rng.uniform(0.03, 0.09), colour[None])
    arm = box((rng.uniform(0.3, 1.6), 0.14, 0.1), colour, (0.3, 0.0, high)) if rng.random() < 0.5 else None
    board = None
    if rng.random() < 0.35:
        board = box(
            (0.05, rng.uniform(0.4, 1.4), rng.uniform(0.3, 1.0)), one_of(rng, CANVAS), (0, 0, high * 0.75)
        )
    return joined(pole, arm, board)


def bollards(rng: np.random.Generator) -> Mesh:
    """Bollards or fence posts in a row: about as thick as a person is from above."""
    count, step, high = int(rng.integers(2, 12)), rng.uniform(1.0, 2.5), rng.uniform(0.5, 1.3)
    feet = np.column_stack([np.arange(count) * step, rng.normal(0.0, 0.03, count), np.zeros(count)])
    colours = varied(rng, one_of(rng, METAL), count, light=0.1)
    return sticks(feet, feet + np.array([0.0, 0.0, high]), rng.uniform(0.05, 0.16), colours, sides=7)


def bench(rng: np.random.Generator) -> Mesh:
    """A bench, with or without a back, or a table with two."""
    long, colour = (
        rng.uniform(1.2, 2.2),
        varied(rng, one_of(rng, palette("#8a6848", "#6c6c68", "#b8b0a0")), 1, light=0.15)[0],
    )
    seat = box((long, 0.42, 0.06), colour, (0.0, 0.0, 0.42))
    legs = boxes(
        np.array([(x * long, 0.0, 0.21) for x in (-0.4, 0.4)]), np.array([(0.08, 0.4, 0.42)]), colour * 0.6
    )
    back = box((long, 0.05, 0.4), colour, (0.0, -0.22, 0.48)) if rng.random() < 0.5 else None
    table = box((long, 0.75, 0.06), colour, (0.0, 0.75, 0.72)) if rng.random() < 0.3 else None
    return joined(seat, legs, back, table)


def market_umbrella(rng: np.random.Generator) -> Mesh:
    """A large umbrella or square awning on a post, with something to sell below."""
    reach, high, colour = rng.uniform(1.0, 2.0), rng.uniform(2.1, 2.7), one_of(rng, CANVAS)
    sides = int(rng.choice([4, 6, 8]))
    roof = turned(np.array([(reach, 0.0), (0.55 * reach, 0.22), (0.03, 0.5)]), colour, sides=sides)
    pole = sticks(np.zeros((1, 3)), np.array([[0.0, 0.0, high]]), 0.03, one_of(rng, METAL)[None])
    table = box((1.4, 0.8, 0.75), one_of(rng, PLASTIC), (0.5, 0.2, 0.0)) if rng.random() < 0.6 else None
    return joined(moved(roof, (0.0, 0.0, high), yaw_turn(rng.uniform(0.0, 3.0))), pole, table)


def stall(rng: np.random.Generator) -> Mesh:
    """A market stall: a sheet on four posts over a table of coloured goods."""
    long, wide, high = rng.uniform(1.8, 4.0), rng.uniform(1.5, 2.5), rng.uniform(2.0, 2.5)
    feet = np.array([(x * long / 2.0, y * wide / 2.0, 0.0) for x in (-1, 1) for y in (-1, 1)])
    posts = sticks(feet, feet + np.array([0.0, 0.0, high]), 0.03, one_of(rng, METAL)[None])
    sheet = box((long * 1.1, wide * 1.15, 0.05), one_of(rng, CANVAS), (0.0, 0.0, high))
    count = int(rng.integers(4, 30))
    spots = np.column_stack([rng.uniform(-0.5, 0.5, (count, 2)) * (long, 0.6), np.full(count, 0.85)])
    spots[:, 1] += wide * 0.6
    goods = boxes(
        spots, np.array([[0.25, 0.2, 0.15]]), varied(rng, one_of(rng, PLASTIC), count, light=0.4, hue=0.2)
    )
    return joined(posts, sheet, box((long, 0.7, 0.75), linear("#8a7a64"), (0.0, wide * 0.6, 0.0)), goods)


def bins(rng: np.random.Generator) -> Mesh:
    """Bins, barrels or gas bottles, one to five together."""
    count, wide, high = int(rng.integers(1, 6)), rng.uniform(0.15, 0.32), rng.uniform(0.5, 1.2)
    parts = []
    for _ in range(count):
        colour = varied(rng, one_of(rng, PLASTIC), 1, light=0.15)[0]
        drum = turned(np.array([(0.9 * wide, 0.0), (wide, 0.9 * high), (0.5 * wide, high)]), colour)
        parts.append(moved(drum, (*rng.normal(0.0, 0.5, 2), 0.0)))
    return joined(*parts)


def cones(rng: np.random.Generator) -> Mesh:
    """Traffic cones in a row."""
    count, step = int(rng.integers(1, 9)), rng.uniform(0.8, 3.0)
    cone = turned(np.array([(0.2, 0.0), (0.17, 0.04), (0.03, 0.7)]), linear("#e8541c"))
    return joined(
        *(moved(cone, (number * step, float(rng.normal(0.0, 0.1)), 0.0)) for number in range(count))
    )


def pots(rng: np.random.Generator) -> Mesh:
    """Potted plants: a round dark green head on a pot, the size of a person's head and shoulders."""
    count, step = int(rng.integers(1, 8)), rng.uniform(0.6, 1.6)
    along = np.arange(count) * step
    heads = np.column_stack([along, rng.normal(0.0, 0.1, count), rng.uniform(0.6, 1.1, count)])
    sizes = rng.uniform(0.2, 0.45, (count, 1)) * np.array([1.0, 1.0, 1.1])
    green = blobs(
        rng, heads, sizes, varied(rng, one_of(rng, GREEN), count, light=0.2), rough=0.25, halvings=1
    )
    foot = turned(
        np.array([(0.15, 0.0), (0.22, 0.45)]), one_of(rng, palette("#a85a3c", "#8a8680", "#3a3a3a"))
    )
    return joined(green, *(moved(foot, (x, 0.0, 0.0)) for x in along))


def chairs(rng: np.random.Generator) -> Mesh:
    """Plastic chairs about a table or in disorder."""
    count, colour = int(rng.integers(2, 12)), one_of(rng, PLASTIC)
    turns, parts = rng.uniform(0.0, 6.3, count), []
    for turn in turns:
        seat = joined(
            box((0.42, 0.42, 0.44), colour, (0, 0, 0)), box((0.06, 0.42, 0.4), colour, (-0.2, 0, 0.44))
        )
        away = rng.uniform(0.7, 2.5)
        parts.append(moved(seat, (away * np.cos(turn), away * np.sin(turn), 0.0), yaw_turn(turn + np.pi)))
    return joined(*parts, turned(np.array([(0.5, 0.0), (0.5, 0.72)]), colour * 0.9))


ASSETS: Mapping[str, Asset] = {
    "post": Asset(None, post, 1.2),
    "bollards": Asset(None, bollards, 1.2),
    "bench": Asset(None, bench, 1.2),
    "market_umbrella": Asset(None, market_umbrella, 1.5),
    "stall": Asset(None, stall, 1.0),
    "bins": Asset(None, bins, 1.0),
    "cones": Asset(None, cones, 0.6),
    "pots": Asset(None, pots, 1.0),
    "chairs": Asset(None, chairs, 0.7),
}
