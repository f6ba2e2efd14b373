"""Boats of wood: long-tail boats, canoes, rowing boats, fishing boats."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.boat_paint import canopy, wood, wooden_hull
from detectors.training.assets.car_paint import DARK, STEEL, glass
from detectors.training.assets.hulls import Hull, across, hull
from detectors.training.assets.loads import bed_load
from detectors.training.assets.panels import block, windows
from detectors.training.assets.shapes import box, joined, loft, moved
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]


def longtail(rng: np.random.Generator) -> Mesh:
    """A long-tail boat: slim, a high pointed bow, a car's engine on a pivot and the screw on a long shaft."""
    length = rng.uniform(6.0, 14.0)
    shape = Hull(
        length, rng.uniform(1.0, 1.8), rng.uniform(0.35, 0.6), rng.uniform(0.3, 0.45),
        sheer_m=rng.uniform(0.3, 1.3), aft_sheer_m=rng.uniform(0.0, 0.25), stern=rng.uniform(0.5, 0.8),
        entry=rng.uniform(1.6, 2.4), flare=0.65, rake_m=rng.uniform(0.4, 1.2),
    )  # fmt: skip
    parts = [_wooden(rng, shape), _long_shaft(rng, shape)]
    if rng.random() < 0.35:
        parts.append(awning(rng, (-0.3 * length, rng.uniform(0.0, 0.15) * length), 0.95 * shape.beam_m, 1.5))
    if rng.random() < 0.35:
        parts.append(moved(bed_load(rng, 0.4 * length, 0.6 * shape.beam_m), (0.05 * length, 0.0, 0.1)))
    return joined(*parts)


def canoe(rng: np.random.Generator) -> Mesh:
    """A dugout or plank canoe, sharp at both ends."""
    shape = Hull(
        rng.uniform(3.0, 7.5), rng.uniform(0.6, 1.1), rng.uniform(0.2, 0.35), 0.2,
        sheer_m=rng.uniform(0.05, 0.3), aft_sheer_m=0.1, stern=rng.uniform(0.1, 0.4), rake_m=0.15,
    )  # fmt: skip
    reach = 0.3 * shape.length_m
    load = moved(bed_load(rng, reach, 0.5 * shape.beam_m), (0.05, 0.0, 0.08)) if rng.random() < 0.25 else None
    return joined(_wooden(rng, shape), load)


def rowboat(rng: np.random.Generator) -> Mesh:
    """A broad small boat with thwarts; oars out at times."""
    shape = Hull(
        rng.uniform(2.8, 5.0), rng.uniform(1.2, 1.7), rng.uniform(0.3, 0.45), 0.3,
        stern=rng.uniform(0.65, 0.9), entry=rng.uniform(1.8, 2.8),
    )  # fmt: skip
    parts = [_wooden(rng, shape)]
    if rng.random() < 0.35:
        reach, colour = rng.uniform(1.1, 1.7), wood(rng)
        start = np.array([(0.0, side * 0.3, 0.6) for side in (-1, 1)])
        stop = np.array([(-0.5, side * (reach + 0.4), 0.03) for side in (-1, 1)])
        parts.append(sticks(start, stop, 0.03, colour))
    return joined(*parts)


def fishing_boat(rng: np.random.Generator) -> Mesh:
    """A fishing boat with a wheelhouse aft or amidships, often with poles and an awning."""
    length = rng.uniform(6.0, 18.0)
    shape = Hull(
        length, length * rng.uniform(0.22, 0.32), 0.07 * length, 0.12, sheer_m=0.08 * length,
        aft_sheer_m=0.02 * length, stern=rng.uniform(0.6, 0.85), rake_m=0.06 * length,
    )  # fmt: skip
    deck, house = 0.06 * length, _wheelhouse(rng, shape)
    parts = [_wooden(rng, shape), house]
    if rng.random() < 0.4:
        parts.append(awning(rng, (-0.47 * length, -0.1 * length), 0.85 * shape.beam_m, deck + 2.2))
    if rng.random() < 0.5:
        foot = np.array([(0.1 * length, 0.0, deck)])
        parts.append(sticks(foot, foot + np.array([0.0, 0.0, 0.35 * length]), 0.06, STEEL))
    if rng.random() < 0.5:
        goods = bed_load(rng, 0.2 * length, 0.5 * shape.beam_m)
        parts.append(moved(goods, (0.22 * length, 0.0, deck)))
    return joined(*parts)


def awning(rng: np.random.Generator, x_m: tuple[float, float], width_m: float, height_m: float) -> Mesh:
    """A roof on thin posts: flat, or a barrel of cloth."""
    back, front, half = x_m[0], x_m[1], width_m / 2.0
    colour, bulge = canopy(rng), float(rng.choice([0.03, 0.3]))
    turn = np.linspace(0.0, np.pi, 7)
    top = np.column_stack([half * np.cos(turn), height_m + bulge * np.sin(turn)])
    under = np.array([(-0.9 * half, height_m - 0.03), (0.9 * half, height_m - 0.03)])
    ring = np.concatenate([top, under])
    rings = [np.column_stack([np.full(len(ring), x), ring]) for x in (back, front)]
    feet = np.array([(x, side * half, 0.25) for x in (back, front) for side in (-0.95, 0.95)])
    posts = sticks(feet, feet * [1, 1, 0] + [0.0, 0.0, height_m], 0.025, STEEL)
    return joined(loft(np.array(rings), colour), posts)


def _wooden(rng: np.random.Generator, shape: Hull) -> Mesh:
    """The hull, and thwarts or ribs where it is open."""
    inside = wood(rng) * rng.uniform(0.6, 1.2)
    rim = wood(rng) if rng.random() < 0.5 else inside * 1.2
    skin = hull(shape, wooden_hull(rng), rim, inside)
    if shape.depth_m < 0.15:
        return skin
    shares = np.linspace(0.12, 0.85, int(rng.integers(2, 4 + int(shape.length_m / 2.0))))
    return joined(skin, across(shape, shares, 0.08, rng.uniform(0.12, 0.28), inside * rng.uniform(1.0, 1.6)))


def _long_shaft(rng: np.random.Generator, shape: Hull) -> Mesh:
    back, top = -shape.length_m / 2.0, float(shape.top_m(np.zeros(1))[0])
    swing, long = rng.normal(0.0, 0.3), rng.uniform(1.8, 3.2)
    engine = box((0.7, 0.4, 0.4), DARK * rng.uniform(1.0, 5.0), (back + 0.3, 0.0, top))
    start = np.array([(back + 0.1, 0.0, top + 0.2)])
    stop = start + np.array([-long * np.cos(swing), long * np.sin(swing), 0.05 - top])
    tiller = start + np.array([1.3 * np.cos(swing), -1.3 * np.sin(swing), 0.3])
    return joined(engine, sticks(start, stop, 0.035, STEEL), sticks(start, tiller, 0.025, STEEL))


def _wheelhouse(rng: np.random.Generator, shape: Hull) -> Mesh:
    length, deck = shape.length_m, 0.06 * shape.length_m
    back, long = rng.uniform(-0.42, -0.1) * length, rng.uniform(0.18, 0.38) * length
    foot = (back, back + long, 0.62 * shape.beam_m, deck)
    top = (back, back + 0.93 * long, 0.6 * shape.beam_m, deck + rng.uniform(1.7, 2.2))
    walls = wooden_hull(rng)
    eaves = (back - 0.2, top[1] + 0.4, 0.7 * shape.beam_m, top[3])
    roof = block(eaves, (*eaves[:3], top[3] + 0.08), canopy(rng))
    middle = (foot[0], 0.5 * (foot[1] + top[1]), 0.61 * shape.beam_m, deck + 0.9)
    return joined(block(foot, top, walls), windows(middle, top, glass(rng), posts=0.12), roof)


BOATS_OF_WOOD: Mapping[str, Asset] = {
    "longtail": Asset("boat", longtail, 3.0, "water"),
    "canoe": Asset("boat", canoe, 1.2, "water"),
    "rowboat": Asset("boat", rowboat, 1.2, "water"),
    "fishing_boat": Asset("boat", fishing_boat, 1.0, "water"),
}
