"""Machines of forest, field and building site, their boom or trailer included."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.car_paint import CHASSIS, DARK, STEEL, glass, plant_paint
from detectors.training.assets.loads import bed_load
from detectors.training.assets.panels import axles, block, windows
from detectors.training.assets.shapes import box, joined, moved, yaw_turn
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
Point = tuple[float, float, float]


def excavator(rng: np.random.Generator) -> Mesh:
    """An excavator on tracks, its upper part slewed anyhow: bucket, or grapple for logs."""
    paint, scale = plant_paint(rng), rng.uniform(0.65, 1.15)
    swing = yaw_turn(rng.uniform(0.0, 2.0 * np.pi))
    upper = joined(
        block((-2.0, 1.3, 2.6, 1.05), (-1.9, 1.2, 2.5, 2.0), paint),
        box((0.9, 2.4, 0.5), paint * 0.5, (-1.9, 0.0, 1.1)),
        _cabin(rng, (0.0, 1.5, 0.95, 1.1), 1.75, paint, aside_m=0.75),
        _boom(rng, paint),
    )
    return moved(joined(moved(upper, turn=swing), _tracks(3.7, 2.0)), scale=scale)


def bulldozer(rng: np.random.Generator) -> Mesh:
    """A bulldozer: tracks, bonnet before the cabin, a blade in front."""
    paint = plant_paint(rng)
    blade = block((2.2, 2.4, 3.3, 0.05), (2.1, 2.35, 3.3, 1.15), STEEL * 1.3)
    arms = sticks(
        np.array([(0.2, s * 1.2, 0.5) for s in (-1, 1)]),
        np.array([(2.2, s * 1.2, 0.4) for s in (-1, 1)]),
        0.1,
        paint,
    )
    bonnet = block((0.2, 1.9, 1.1, 0.7), (0.2, 1.8, 1.0, 1.7), paint)
    body = joined(_tracks(3.0, 1.9), bonnet, blade, arms, _cabin(rng, (-1.2, 0.4, 1.4, 0.9), 1.9, paint))
    return moved(body, scale=rng.uniform(0.75, 1.2))


def wheel_loader(rng: np.random.Generator) -> Mesh:
    """A loader on four great wheels, with a bucket or a fork, as it stacks logs."""
    paint = plant_paint(rng)
    rear = block((-3.0, -0.4, 1.9, 0.8), (-2.9, -0.4, 1.6, 1.9), paint)
    front = box((1.6, 1.3, 0.6), paint, (1.2, 0.0, 0.8))
    lift = rng.uniform(0.1, 2.2)
    arms = sticks(
        np.array([(0.9, s * 0.5, 1.6) for s in (-1, 1)]),
        np.array([(3.0, s * 0.5, lift + 0.3) for s in (-1, 1)]),
        0.14,
        paint,
    )
    bucket = block((2.9, 3.9, 2.6, lift), (2.8, 3.4, 2.6, lift + 0.9), STEEL * rng.uniform(0.6, 1.8))
    wheels = axles([-1.7, 1.5], 2.1, 0.75, 0.6)
    body = joined(rear, front, arms, bucket, wheels, _cabin(rng, (-1.2, 0.4, 1.4, 1.2), 1.9, paint))
    return moved(body, scale=rng.uniform(0.7, 1.1))


def tractor(rng: np.random.Generator) -> Mesh:
    """A farm tractor: open seat or cabin, with a trailer or none."""
    paint = plant_paint(rng)
    bonnet = block((0.1, 1.9, 0.75, 0.7), (0.1, 1.85, 0.65, 1.35), paint)
    belly = box((2.4, 0.4, 0.45), CHASSIS, (0.4, 0.0, 0.5))
    fenders = joined(*(box((1.1, 0.35, 0.12), paint, (-0.55, s * 0.75, 1.45)) for s in (-1.0, 1.0)))
    wheels = joined(axles([-0.55], 1.6, 0.75, 0.4), axles([1.5], 1.35, 0.45, 0.25))
    if rng.random() < 0.5:
        top = _cabin(rng, (-1.1, 0.1, 1.3, 1.1), 1.4, paint)
    else:
        top = joined(box((0.45, 0.5, 0.5), DARK, (-0.7, 0.0, 1.1)), _sunroof(rng, paint))
    trailer = _trailer(rng) if rng.random() < 0.55 else None
    return joined(bonnet, belly, fenders, wheels, top, trailer)


def walking_tractor(rng: np.random.Generator) -> Mesh:
    """The two-wheeled tractor of rice farms with its cart: long handles, a small engine in front."""
    paint = plant_paint(rng)
    engine = box((0.8, 0.55, 0.55), paint, (1.5, 0.0, 0.5))
    handles = sticks(
        np.array([(1.3, s * 0.15, 0.8) for s in (-1, 1)]),
        np.array([(-0.6, s * 0.35, 1.15) for s in (-1, 1)]),
        0.03,
        STEEL,
    )
    return joined(engine, handles, axles([1.3], 0.9, 0.4, 0.2), moved(_trailer(rng), (2.6, 0.0, 0.0)))


def forwarder(rng: np.random.Generator) -> Mesh:
    """A forestry machine with six or eight wheels: cabin in front, bunk behind, crane with a grapple."""
    paint = plant_paint(rng)
    bunk = box((4.2, 2.2, 0.25), STEEL, (-1.8, 0.0, 1.0))
    feet = np.array([(x, s * 1.1, 1.2) for x in (-3.4, -2.2, -1.0) for s in (-1, 1)])
    stakes = sticks(feet, feet + np.array([0.0, 0.0, 1.5]), 0.07, paint)
    nose = block((2.0, 3.9, 2.2, 0.9), (2.0, 3.7, 1.9, 1.9), paint)
    wheels = axles([-3.0, -1.7, 1.4, 2.9], 2.2, 0.65, 0.6)
    load = moved(bed_load(rng, 4.0, 1.9), (-1.8, 0.0, 1.25)) if rng.random() < 0.5 else None
    crane = moved(_boom(rng, paint), (0.3, 0.0, 0.3), yaw_turn(rng.uniform(0.0, 2.0 * np.pi)), 0.8)
    return joined(bunk, stakes, nose, wheels, load, crane, _cabin(rng, (0.6, 2.0, 1.7, 1.2), 1.9, paint))


def _cabin(
    rng: np.random.Generator,
    plan: tuple[float, float, float, float],
    high_m: float,
    paint: Array,
    aside_m: float = 0.0,
) -> Mesh:
    """A cabin of X from, X to, width and foot height, ``high_m`` high, moved ``aside_m`` to the left."""
    back, front, width, foot_m = plan
    top = (back + 0.08, front - 0.12, 0.9 * width, foot_m + high_m)
    eaves = (top[0] - 0.1, top[1] + 0.1, width, top[3])
    roof = paint if rng.random() < 0.6 else DARK * rng.uniform(1.0, 20.0)
    body = joined(
        block(plan, top, paint * 0.6),
        windows(plan, top, glass(rng), posts=0.08),
        block(eaves, (*eaves[:3], top[3] + 0.1), roof),
    )
    return moved(body, (0.0, aside_m, 0.0))


def _boom(rng: np.random.Generator, paint: Array) -> Mesh:
    """Boom, arm and bucket or grapple, reaching along X."""
    lift, fold = rng.uniform(0.3, 1.1), rng.uniform(0.4, 1.4)
    root = np.array([1.0, -0.2, 1.6])
    knee = root + 4.0 * np.array([np.cos(lift), 0.0, np.sin(lift)])
    tip = knee + 2.6 * np.array([np.cos(lift - fold - 0.6), 0.0, np.sin(lift - fold - 0.6)])
    tip[2] = max(tip[2], 0.5)
    tool = box((0.7, 1.0, 0.8), STEEL * rng.uniform(0.4, 1.5), tuple(tip - np.array([0.0, 0.0, 0.5])))
    rams = sticks(
        root + np.array([0.3, 0.0, -0.3]), 0.5 * (root + knee) - np.array([0.0, 0.0, 0.2]), 0.08, STEEL * 2.0
    )
    return joined(
        sticks(root, knee, 0.27, paint, taper=0.7), sticks(knee, tip, 0.2, paint, taper=0.7), rams, tool
    )


def _tracks(length_m: float, gauge_m: float) -> Mesh:
    """Two crawler tracks and what is between them."""
    sides = [
        block(
            (-0.5 * length_m, 0.5 * length_m, 0.55, 0.0),
            (-0.42 * length_m, 0.42 * length_m, 0.55, 0.85),
            CHASSIS,
        )
        for _ in range(2)
    ]
    placed = [
        moved(side, (0.0, sign * gauge_m / 2.0, 0.0)) for side, sign in zip(sides, (-1.0, 1.0), strict=True)
    ]
    return joined(*placed, box((0.6 * length_m, gauge_m, 0.4), CHASSIS, (0.0, 0.0, 0.5)))


def _sunroof(rng: np.random.Generator, paint: Array) -> Mesh | None:
    if rng.random() < 0.5:
        return None
    feet = np.array([(-1.1, s * 0.55, 1.4) for s in (-1, 1)])
    posts = sticks(feet, feet + np.array([0.0, 0.0, 1.0]), 0.03, DARK)
    return joined(posts, box((1.5, 1.3, 0.05), paint * rng.uniform(0.5, 1.5), (-0.6, 0.0, 2.4)))


def _trailer(rng: np.random.Generator) -> Mesh:
    """A two-wheeled cart behind the hitch, empty or laden."""
    length, width, floor = rng.uniform(2.0, 3.6), rng.uniform(1.3, 1.9), 0.7
    at, colour = -1.9 - length / 2.0, plant_paint(rng) * 0.7
    walls = [box((length, 0.05, 0.35), colour, (at, s * width / 2.0, floor)) for s in (-1.0, 1.0)]
    bar = sticks(np.array([at + length / 2.0, 0.0, 0.6]), np.array([-0.9, 0.0, 0.5]), 0.05, CHASSIS)
    load = moved(bed_load(rng, 0.95 * length, 0.9 * width), (at, 0.0, floor)) if rng.random() < 0.65 else None
    deck = box((length, width, 0.08), colour * 0.8, (at, 0.0, floor - 0.08))
    return joined(deck, *walls, bar, load, moved(axles([0.0], width, 0.38, 0.2), (at - 0.2, 0.0, 0.0)))


MACHINES: Mapping[str, Asset] = {
    "excavator": Asset("vehicle", excavator, 1.6),
    "wheel_loader": Asset("vehicle", wheel_loader, 0.8),
    "bulldozer_tractor": Asset("vehicle", bulldozer, 0.4),
    "tractor": Asset("vehicle", tractor, 1.0),
    "tractor_walking": Asset("vehicle", walking_tractor, 0.5),
    "forwarder_loader": Asset("vehicle", forwarder, 0.7),
}
