"""Scooters and motorcycles, bare and with loads. Who rides them is placed apart: see ``riders``."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.car_paint import DARK, HEAD_LAMP, STEEL, TAIL_LAMP, car_paint
from detectors.training.assets.loads import crates, sacks
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.panels import block, wheels
from detectors.training.assets.shapes import box, boxes, joined, loft, moved, roll_turn
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
# What scooters of South-East Asia are painted in: mostly black, red, white, blue.
_PAINT = palette(
    "#17181b",
    "#1a1a1c",
    "#b3151b",
    "#eceae6",
    "#1d3f8f",
    "#8a8d92",
    "#d0c23a",
    "#e0701c",
    "#6d1f2a",
    "#3b8f8c",
)
SEAT_M = 0.74


def scooter(rng: np.random.Generator) -> Mesh:
    """A scooter or underbone: leg shield, step-through, long seat, small wheels."""
    paint, scale = _paint(rng), rng.uniform(0.95, 1.06)
    machine = joined(
        _scooter_body(paint), _wheels(0.27, 0.62, 0.09), _bar(0.52, 1.02), _lamps(0.62, 0.86), _mirrors()
    )
    return moved(_leaning(rng, machine), scale=scale)


def motorbike(rng: np.random.Generator) -> Mesh:
    """A motorcycle with a tank before the seat, engine below, larger wheels."""
    paint, scale = _paint(rng), rng.uniform(0.97, 1.1)
    machine = joined(_motorbike_body(paint), _wheels(0.31, 0.68, 0.12), _bar(0.48, 1.0), _lamps(0.62, 0.88))
    return moved(_leaning(rng, machine), scale=scale)


def laden(rng: np.random.Generator) -> Mesh:
    """A scooter that carries goods behind the seat."""
    machine = joined(
        _scooter_body(_paint(rng)), _wheels(0.27, 0.62, 0.09), _bar(0.52, 1.02), _lamps(0.62, 0.86)
    )
    load = (crates if rng.random() < 0.6 else sacks)(rng, 0.6, rng.uniform(0.5, 1.0))
    return joined(machine, moved(load, (-0.65, 0.0, 0.75)))


def sidecar(rng: np.random.Generator) -> Mesh:
    """A motorcycle with the Thai side car: a platform on a third wheel, often roofed, with goods."""
    machine = joined(
        _scooter_body(_paint(rng)), _wheels(0.27, 0.62, 0.09), _bar(0.52, 1.02), _lamps(0.62, 0.86)
    )
    floor = box((1.5, 0.95, 0.06), STEEL, (-0.1, -0.85, 0.4))
    wheel = wheels((-0.3, -1.25, 0.27), 0.27, 0.08)
    goods = moved(crates(rng, 1.3, 0.85), (-0.1, -0.85, 0.46))
    covered = _awning(rng) if rng.random() < 0.25 else None
    return joined(machine, floor, wheel, goods, covered)


def _awning(rng: np.random.Generator) -> Mesh:
    """The roof over a side car's platform, on four posts."""
    feet = np.array([(x, y, 0.46) for x in (-0.75, 0.55) for y in (-1.25, -0.45)])
    posts = sticks(feet, feet + np.array([0.0, 0.0, 1.4]), 0.02, STEEL)
    colour = one_of(rng, palette("#2b5fae", "#c9c9c4", "#3c6b46", "#b8452c"))
    return joined(posts, box((1.5, 1.05, 0.04), colour, (-0.1, -0.8, 1.86)))


def _paint(rng: np.random.Generator) -> Array:
    if rng.random() < 0.2:
        return car_paint(rng)
    return np.asarray(varied(rng, one_of(rng, _PAINT), 1, light=0.2)[0], float)


def _leaning(rng: np.random.Generator, machine: Mesh) -> Mesh:
    """The machine as it leans on its stand, or upright."""
    return moved(machine, turn=roll_turn(rng.uniform(-0.14, 0.04)))


def _scooter_body(paint: Array) -> Mesh:
    tail = _shell(
        [(-0.85, 0.09, 0.62, 0.74), (-0.6, 0.15, 0.4, 0.76), (-0.1, 0.16, 0.32, 0.72), (0.08, 0.1, 0.3, 0.5)],
        paint,
    )
    shield = block((0.32, 0.5, 0.4, 0.3), (0.44, 0.62, 0.34, 0.98), paint)
    step = box((0.4, 0.3, 0.08), DARK, (0.2, 0.0, 0.28))
    guard = box((0.42, 0.12, 0.05), paint, (0.64, 0.0, 0.54))
    return joined(tail, shield, step, guard, _seat())


def _motorbike_body(paint: Array) -> Mesh:
    tank = _shell(
        [(0.0, 0.11, 0.6, 0.8), (0.2, 0.17, 0.6, 0.92), (0.42, 0.13, 0.62, 0.9), (0.5, 0.06, 0.66, 0.8)],
        paint,
    )
    tail = _shell([(-0.85, 0.05, 0.78, 0.84), (-0.4, 0.12, 0.62, 0.76), (0.0, 0.1, 0.6, 0.74)], paint)
    engine = box((0.5, 0.34, 0.4), STEEL * 0.4, (0.1, 0.0, 0.25))
    forks = sticks(
        np.array([(0.68, s * 0.09, 0.3) for s in (-1, 1)]),
        np.array([(0.46, s * 0.09, 0.98) for s in (-1, 1)]),
        0.03,
        STEEL,
    )
    return joined(tank, tail, engine, forks, _seat())


def _shell(stations: list[tuple[float, float, float, float]], paint: Array) -> Mesh:
    """A loft along X through stations of x, half width, lower and upper edge, metres."""
    rings = [
        [(x, -half, low), (x, -half, 0.35 * low + 0.65 * high), (x, -0.5 * half, high), (x, 0.5 * half, high),
         (x, half, 0.35 * low + 0.65 * high), (x, half, low)]
        for x, half, low, high in stations
    ]  # fmt: skip
    return loft(np.array(rings), paint)


def _seat() -> Mesh:
    return block((-0.7, 0.08, 0.26, 0.7), (-0.66, 0.02, 0.22, 0.8), DARK)


def _wheels(radius_m: float, reach_m: float, width_m: float) -> Mesh:
    return wheels([(-reach_m, 0.0, radius_m), (reach_m, 0.0, radius_m)], radius_m, width_m)


def _bar(x_m: float, z_m: float) -> Mesh:
    grips = np.array([(x_m - 0.1, -0.34, z_m), (x_m - 0.1, 0.34, z_m)])
    return sticks(grips, np.array([(x_m, 0.0, z_m - 0.03)] * 2), 0.025, DARK)


def _lamps(x_m: float, z_m: float) -> Mesh:
    places = np.array([(x_m, 0.0, z_m), (-0.88, 0.0, 0.72)])
    return boxes(places, np.array([(0.06, 0.16, 0.12), (0.05, 0.14, 0.07)]), np.array([HEAD_LAMP, TAIL_LAMP]))


def _mirrors() -> Mesh:
    places = np.array([(0.5, -0.3, 1.17), (0.5, 0.3, 1.17)])
    return boxes(places, np.array([(0.03, 0.13, 0.09)] * 2), np.array([DARK] * 2))


ASSETS: Mapping[str, Asset] = {
    "scooter": Asset("motorcycle", scooter, 3.0),
    "motorbike": Asset("motorcycle", motorbike, 1.5),
    "scooter_laden": Asset("motorcycle", laden, 0.6),
    "motorcycle_sidecar": Asset("motorcycle", sidecar, 0.4),
}
