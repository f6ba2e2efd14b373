"""Lorries and buses: a cab on a frame, and whatever is built behind it."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.car_body import lamps
from detectors.training.assets.car_paint import CHASSIS, DARK, STEEL, glass, lorry_paint
from detectors.training.assets.loads import bed_load, earth
from detectors.training.assets.logs import load_of_logs
from detectors.training.assets.panels import axles, block, level, panels, windows
from detectors.training.assets.planks import load_of_timber
from detectors.training.assets.shapes import box, boxes, joined, moved
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
Bed = tuple[float, float, float, float]
"""Where a body is built: X from, X to, width and height of its floor, metres."""


def box_truck(rng: np.random.Generator) -> Mesh:
    """A lorry with a closed body or a container."""
    truck, bed = _truck(rng, rng.uniform(5.2, 11.0))
    back, front, width, floor = bed
    high, paint = rng.uniform(1.8, 2.6), lorry_paint(rng)
    roof = paint * rng.uniform(0.6, 1.1) if rng.random() < 0.6 else np.array([0.75, 0.75, 0.74])
    shades = np.stack([paint, paint, paint, paint, roof])
    return joined(truck, block(bed, (back, front, width, floor + high), shades))


def flatbed_truck(rng: np.random.Generator) -> Mesh:
    """A lorry with an open deck, bare or laden, with low sides at times."""
    truck, bed = _truck(rng, rng.uniform(5.0, 11.0))
    sides = _sides(rng, bed, rng.uniform(0.35, 0.6)) if rng.random() < 0.6 else None
    load = _on_bed(rng, bed) if rng.random() < 0.65 else None
    return joined(truck, _floor(rng, bed), sides, load)


def tipper_truck(rng: np.random.Generator) -> Mesh:
    """A tipper: high steel sides, empty or full of earth."""
    truck, bed = _truck(rng, rng.uniform(6.0, 9.5))
    back, front, width, floor = bed
    load = None
    if rng.random() < 0.6:
        load = moved(earth(rng, front - back - 0.2, width - 0.2), ((back + front) / 2.0, 0.0, floor + 0.4))
    return joined(truck, _floor(rng, bed), _sides(rng, bed, rng.uniform(0.8, 1.4)), load)


def log_truck(rng: np.random.Generator) -> Mesh:
    """A lorry with stakes on both sides, empty."""
    return _log_truck(rng)[0]


def laden_log_truck(rng: np.random.Generator) -> tuple[Mesh, Mesh]:
    """A lorry for logs, and what lies on it, apart but in the lorry's frame: a pile of its own to find."""
    truck, (back, front, width, floor) = _log_truck(rng)
    make = load_of_logs if rng.random() < 0.8 else load_of_timber
    return truck, moved(make(rng, front - back, width - 0.25), ((back + front) / 2.0, 0.0, floor))


def _log_truck(rng: np.random.Generator) -> tuple[Mesh, Bed]:
    truck, bed = _truck(rng, rng.uniform(6.5, 12.0))
    return joined(truck, _floor(rng, bed), _stakes(rng, bed)), bed


def bus(rng: np.random.Generator) -> Mesh:
    """A coach or city bus: one long box, a band of glass round it, hatches and a cooler on the roof."""
    length, width, high = rng.uniform(7.0, 12.0), rng.uniform(2.2, 2.55), rng.uniform(2.7, 3.4)
    paint, pane = lorry_paint(rng), glass(rng)
    roof = paint if rng.random() < 0.5 else np.array([0.8, 0.8, 0.78])
    back, front, floor, belt = -length / 2.0, length / 2.0, 0.4, 0.48 * high
    shades = np.stack([paint] * 4 + [roof])
    lower = block((back, front, width, floor), (back, front, width, belt), shades)
    foot, top = (back, front, width, belt), (back + 0.15, front - 0.25, 0.94 * width, 0.93 * high)
    upper = block(foot, top, shades)
    dome = block(top, (back + 0.4, front - 0.5, 0.8 * width, high), roof)
    hatches = boxes(
        np.array([(x * length, 0.0, high + 0.05) for x in (-0.25, 0.2)]),
        np.array([(rng.uniform(0.6, 2.2), rng.uniform(0.6, 1.5), 0.2), (0.7, 0.7, 0.12)]),
        np.array([roof * 0.75, roof * 0.6]),
    )
    under = level((back + 0.2, front - 0.2, 0.9 * width, 0.45), DARK)
    wheels = axles([-0.3 * length, 0.32 * length], width - 0.3, 0.48, 0.3)
    return joined(
        lower, upper, windows(foot, top, pane, posts=0.02), _bars(foot, top, paint), dome, hatches, under,
        wheels, lamps(length, width, 0.8),
    )  # fmt: skip


def _truck(rng: np.random.Generator, length_m: float) -> tuple[Mesh, Bed]:
    """Cab, frame and wheels of a lorry ``length_m`` long, and where its body is to be built."""
    width = 1.75 + 0.08 * min(length_m, 9.0) * rng.uniform(0.9, 1.1)
    floor, cab_m = 0.55 + 0.06 * min(length_m, 9.0), float(np.clip(0.25 * length_m, 1.5, 2.3))
    front, paint, radius = length_m / 2.0, lorry_paint(rng), 0.3 + 0.022 * min(length_m, 10.0)
    frame = box((0.96 * length_m, 0.45 * width, 0.25), CHASSIS, (0.0, 0.0, floor - 0.28))
    rear = [-0.3 * length_m] if length_m < 7.5 else [-0.34 * length_m, -0.34 * length_m + 2.3 * radius]
    wheels = axles([*rear, front - 0.55 * cab_m], width - 0.3, radius, 0.3)
    bed = (-length_m / 2.0, front - cab_m - 0.15, width, floor)
    cab = _bonneted(rng, front, cab_m, width, floor, paint) if rng.random() < 0.15 else None
    return joined(
        cab or _cab(rng, front, cab_m, width, floor, paint), frame, wheels, lamps(length_m, width, floor)
    ), bed


def _cab(
    rng: np.random.Generator, front_m: float, cab_m: float, width_m: float, floor_m: float, paint: Array
) -> Mesh:
    """A cab over the engine: upright, glazed in front and at the sides."""
    back, high = front_m - cab_m, floor_m + rng.uniform(1.25, 1.75)
    belt = 0.5 * (floor_m + high)
    low = block((back, front_m, 0.96 * width_m, 0.45), (back, front_m, 0.96 * width_m, belt), paint)
    foot, top = (back, front_m, 0.96 * width_m, belt), (back + 0.05, front_m - 0.25, 0.86 * width_m, high)
    deflector = None
    if rng.random() < 0.3:
        slope = (top[0], top[1] - 0.1, 0.8 * width_m, high)
        deflector = block(slope, (top[0], top[0] + 0.2, 0.75 * width_m, high + rng.uniform(0.3, 0.8)), paint)
    return joined(low, block(foot, top, paint), windows(foot, top, glass(rng)), deflector)


def _bonneted(
    rng: np.random.Generator, front_m: float, cab_m: float, width_m: float, floor_m: float, paint: Array
) -> Mesh:
    """An old lorry's cab behind a bonnet."""
    middle = front_m - 0.5 * cab_m
    nose = block(
        (middle, front_m, 0.7 * width_m, 0.5), (middle, front_m - 0.1, 0.6 * width_m, floor_m + 0.6), paint
    )
    return joined(nose, _cab(rng, middle + 0.1, 0.7 * cab_m, width_m, floor_m, paint))


def _floor(rng: np.random.Generator, bed: Bed) -> Mesh:
    colour = np.array([0.2, 0.14, 0.09]) if rng.random() < 0.6 else STEEL
    plan = (*bed[:3], bed[3] - 0.12)
    return block(plan, bed, colour * rng.uniform(0.5, 1.6))


def _sides(rng: np.random.Generator, bed: Bed, high_m: float) -> Mesh:
    """Boards on all four sides of a bed, double so that both faces have their place."""
    back, front, width, floor = bed
    paint, long, middle = lorry_paint(rng), front - back, (back + front) / 2.0
    walls = [((long, 0.08, high_m), (middle, s * (width / 2.0 - 0.04), floor)) for s in (-1.0, 1.0)]
    walls += [
        ((0.08, width, high_m * end), (x, 0.0, floor)) for x, end in ((back + 0.04, 0.9), (front - 0.04, 1.2))
    ]
    return joined(*(box(size, paint, at) for size, at in walls))


def _stakes(rng: np.random.Generator, bed: Bed) -> Mesh:
    back, front, width, floor = bed
    high, count = rng.uniform(0.9, 1.6), int(rng.integers(3, 6))
    feet = np.array(
        [(x, s * width / 2.0, floor) for x in np.linspace(back + 0.3, front - 0.2, count) for s in (-1, 1)]
    )
    board = box((0.1, width, high * 1.1), STEEL, (front - 0.05, 0.0, floor))
    return joined(board, sticks(feet, feet + np.array([0.0, 0.0, high]), 0.06, lorry_paint(rng) * 0.6))


def _on_bed(rng: np.random.Generator, bed: Bed) -> Mesh:
    back, front, width, floor = bed
    return moved(bed_load(rng, front - back - 0.4, width - 0.3), ((back + front) / 2.0, 0.0, floor))


def _bars(foot: Bed, top: Bed, paint: Array) -> Mesh:
    """The posts between a bus's windows."""
    xs = np.arange(foot[0] + 1.3, foot[1] - 0.8, 1.5)
    low, high = foot[2] / 2.0 + 0.025, top[2] / 2.0 + 0.025
    corners = [
        [
            (x, s * low, foot[3]),
            (x + 0.12, s * low, foot[3]),
            (x + 0.12, s * high, top[3]),
            (x, s * high, top[3]),
        ]
        for x in xs
        for s in (-1.0, 1.0)
    ]
    return panels(corners, paint)


TRUCKS: Mapping[str, Asset] = {
    "box_truck": Asset("vehicle", box_truck, 1.0),
    "flatbed_truck": Asset("vehicle", flatbed_truck, 1.0),
    "tipper_truck": Asset("vehicle", tipper_truck, 0.8),
    "log_truck": Asset("vehicle", log_truck, 0.4),
    "bus": Asset("vehicle", bus, 0.6),
}
