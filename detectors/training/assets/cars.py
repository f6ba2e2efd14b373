"""Cars, vans and pickups: one lofted body each, in the proportions of their kind."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.car_body import CarShape, car
from detectors.training.assets.car_paint import DARK, STEEL, car_paint, glass
from detectors.training.assets.loads import bed_load
from detectors.training.assets.panels import block, level, panels, windows
from detectors.training.assets.shapes import box, joined, moved
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]


def sedan(rng: np.random.Generator) -> Mesh:
    """A saloon: bonnet, cabin, boot."""
    back, front = rng.uniform(0.1, 0.16), rng.uniform(0.68, 0.74)
    shape = CarShape(
        rng.uniform(4.2, 5.1), rng.uniform(1.68, 1.9), rng.uniform(1.4, 1.52),
        (back, front), (back + rng.uniform(0.12, 0.17), front - rng.uniform(0.14, 0.19)),
    )  # fmt: skip
    return _finished(rng, shape)


def hatchback(rng: np.random.Generator) -> Mesh:
    """A short car whose cabin reaches to the tail."""
    front = rng.uniform(0.7, 0.8)
    shape = CarShape(
        rng.uniform(3.4, 4.4), rng.uniform(1.6, 1.82), rng.uniform(1.45, 1.6),
        (0.01, front), (rng.uniform(0.06, 0.13), front - rng.uniform(0.13, 0.2)),
    )  # fmt: skip
    return _finished(rng, shape)


def suv(rng: np.random.Generator) -> Mesh:
    """A high estate or off-road car, with rails or a rack on the roof at times."""
    front = rng.uniform(0.7, 0.77)
    shape = CarShape(
        rng.uniform(4.2, 5.1), rng.uniform(1.78, 1.98), rng.uniform(1.65, 1.9),
        (0.01, front), (rng.uniform(0.03, 0.07), front - rng.uniform(0.1, 0.15)), bonnet=0.93,
    )  # fmt: skip
    rack = _roof_rack(rng, shape) if rng.random() < 0.35 else None
    return joined(_finished(rng, shape), rack)


def pickup(rng: np.random.Generator) -> Mesh:
    """A pickup with a single or double cab: open bed, empty or loaded, or under a canopy or cage."""
    doors = rng.choice([0.42, 0.5], p=[0.65, 0.35])
    front = rng.uniform(0.72, 0.76)
    shape = CarShape(
        rng.uniform(4.9, 5.4), rng.uniform(1.72, 1.92), rng.uniform(1.65, 1.85),
        (float(doors), front), (float(doors) + 0.02, front - rng.uniform(0.09, 0.13)), deck=0.93, bonnet=0.95,
    )  # fmt: skip
    paint, pane = car_paint(rng), glass(rng)
    return joined(car(shape, paint, pane), _bed(rng, shape, paint, pane))


def van(rng: np.random.Generator) -> Mesh:
    """A delivery van or minibus: one box with a short nose; glazed all round, or in front only."""
    length, width, height = rng.uniform(4.6, 6.2), rng.uniform(1.75, 2.05), rng.uniform(1.85, 2.6)
    nose = rng.uniform(0.86, 0.95)
    shape = CarShape(
        length,
        width,
        height,
        (0.0, nose),
        (0.012, nose - rng.uniform(0.1, 0.16)),
        bonnet=rng.uniform(0.8, 0.95),
    )
    paint, pane = car_paint(rng), glass(rng)
    body = car(shape, paint, pane)
    return body if rng.random() < 0.55 else joined(body, _blind_sides(shape, paint))


def _finished(rng: np.random.Generator, shape: CarShape) -> Mesh:
    """A car in its colours; now and then with a dark roof or a sunroof."""
    paint, pane = car_paint(rng), glass(rng)
    roof = DARK * 1.5 if rng.random() < 0.08 else None
    body = car(shape, paint, pane, roof)
    if rng.random() > 0.12:
        return body
    back, front = (shape.x_m(share) for share in shape.roof)
    middle, reach = (back + front) / 2.0, 0.3 * (front - back)
    return joined(
        body, level((middle - reach, middle + reach, 0.45 * shape.width_m, shape.height_m + 0.01), pane)
    )


def _roof_rack(rng: np.random.Generator, shape: CarShape) -> Mesh:
    back, front = (shape.x_m(share) for share in shape.roof)
    half, top = 0.32 * shape.width_m, shape.height_m + 0.05
    ends = [((back + 0.1, side * half, top), (front - 0.1, side * half, top)) for side in (-1.0, 1.0)]
    if rng.random() < 0.5:
        ends += [((x, -half, top), (x, half, top)) for x in np.linspace(back + 0.2, front - 0.2, 5)]
    starts, stops = np.array(ends).transpose(1, 0, 2)
    return sticks(starts, stops, 0.025, rng.choice([0.04, 0.4]) * np.ones((len(ends), 3)))


def _bed(rng: np.random.Generator, shape: CarShape, paint: Array, pane: Array) -> Mesh:
    """What lies behind the cab: the dark floor of the bed, and a load, cage or canopy."""
    back, front = shape.x_m(0.015), shape.x_m(shape.cabin[0]) - 0.03
    rail = 0.94 * shape.belt_m
    well = level((back + 0.06, front, 0.78 * shape.width_m, rail), DARK * rng.uniform(0.8, 4.0))
    kind = str(rng.choice(["empty", "load", "canopy", "cage", "cover"], p=[0.3, 0.35, 0.15, 0.12, 0.08]))
    at = ((back + front) / 2.0, 0.0, rail)
    length, width = front - back - 0.1, 0.78 * shape.width_m
    if kind == "load":
        return joined(well, moved(bed_load(rng, length, width), at))
    if kind == "canopy":
        foot, top = (back, front, 0.9 * shape.width_m, rail), (back + 0.1, front, 0.72 * shape.width_m, 1.6)
        roof = (*top[:3], shape.height_m * rng.uniform(0.98, 1.1))
        return joined(block(foot, roof, paint), windows(foot, roof, pane))
    if kind == "cage":
        return joined(well, _cage(length, width, at, rng.uniform(0.9, 1.5)))
    return well if kind == "empty" else joined(well, box((length, width, 0.06), DARK * 1.5, at))


def _cage(length_m: float, width_m: float, at_m: tuple[float, float, float], high_m: float) -> Mesh:
    """The frame of pipes that carries people or goods on a pickup's bed."""
    xs, half = np.linspace(-0.5, 0.5, 4) * length_m, width_m / 2.0
    posts = [((x, y, 0.0), (x, y, high_m)) for x in xs for y in (-half, half)]
    rails = [((xs[0], y, z), (xs[-1], y, z)) for y in (-half, half) for z in (0.5 * high_m, high_m)]
    hoops = [((x, -half, high_m), (x, half, high_m)) for x in xs]
    starts, stops = np.array([*posts, *rails, *hoops]).transpose(1, 0, 2)
    return moved(sticks(starts, stops, 0.03, STEEL), at_m)


def _blind_sides(shape: CarShape, paint: Array) -> Mesh:
    """Sheet metal instead of the windows behind the driver, on both sides and at the back."""
    foot, top = 0.45 * shape.width_m, 0.36 * shape.width_m
    back, front, low, high = shape.x_m(0.005), shape.x_m(0.6), shape.belt_m, 0.97 * shape.height_m
    sides = [
        [
            (back, side * foot, low),
            (front, side * foot, low),
            (front, side * top, high),
            (back, side * top, high),
        ]
        for side in (-1.0, 1.0)
    ]
    rear = [(back - 0.04, -foot, low), (back - 0.04, foot, low), (back, top, high), (back, -top, high)]
    return panels([*sides, rear], paint)


CARS: Mapping[str, Asset] = {
    "sedan": Asset("vehicle", sedan, 2.0),
    "hatchback": Asset("vehicle", hatchback, 1.6),
    "suv": Asset("vehicle", suv, 1.5),
    "pickup": Asset("vehicle", pickup, 2.6),
    "van": Asset("vehicle", van, 1.2),
}
