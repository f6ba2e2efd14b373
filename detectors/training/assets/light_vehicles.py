"""Three-wheelers and shared taxis of South-East Asia."""

from collections.abc import Mapping

import numpy as np

from detectors.training.assets.asset import Asset
from detectors.training.assets.car_body import CarShape, car
from detectors.training.assets.car_paint import DARK, STEEL, car_paint, glass, lorry_paint
from detectors.training.assets.panels import block, wheels
from detectors.training.assets.shapes import box, joined
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh


def songthaew(rng: np.random.Generator) -> Mesh:
    """A pickup whose bed has two benches under a roof, open behind."""
    front = rng.uniform(0.74, 0.78)
    shape = CarShape(
        rng.uniform(4.6, 5.8), rng.uniform(1.65, 1.85), rng.uniform(1.6, 1.8),
        (0.52, front), (0.53, front - 0.11), deck=0.85, bonnet=0.95,
    )  # fmt: skip
    paint = lorry_paint(rng)
    back, end, width = shape.x_m(-0.04), shape.x_m(0.6), 1.02 * shape.width_m
    floor, top = 0.85 * shape.belt_m, shape.height_m + rng.uniform(0.2, 0.5)
    feet = np.array(
        [(x, s * 0.48 * width, floor) for x in np.linspace(back + 0.1, shape.x_m(0.5), 4) for s in (-1, 1)]
    )
    posts = sticks(feet, feet * [1, 1, 0] + np.array([0.0, 0.0, top]), 0.035, STEEL)
    shade = np.array([0.7, 0.7, 0.7]) if rng.random() < 0.3 else paint
    roof = block((back, end, width, top), (back + 0.1, end - 0.15, 0.85 * width, top + 0.12), shade)
    benches = [box((1.8, 0.35, 0.4), DARK, (back + 1.1, s * 0.5, floor)) for s in (-1.0, 1.0)]
    return joined(car(shape, paint, glass(rng)), posts, roof, *benches)


def tuk_tuk(rng: np.random.Generator) -> Mesh:
    """A three-wheeled taxi or carrier: a handle bar before a canopy on posts."""
    paint, cover = car_paint(rng) if rng.random() < 0.3 else lorry_paint(rng), lorry_paint(rng)
    length, width, high = rng.uniform(2.5, 3.2), rng.uniform(1.2, 1.45), rng.uniform(1.65, 1.9)
    back, front = -length / 2.0, length / 2.0
    tub = block((back, 0.1 * length, width, 0.35), (back, 0.1 * length, width, 0.85), paint)
    nose = block(
        (0.1 * length, front, 0.8 * width, 0.3), (0.2 * length, front - 0.15, 0.4 * width, 0.95), paint
    )
    screen = block(
        (0.2 * length, 0.33 * length, 0.75 * width, 0.95),
        (0.16 * length, 0.2 * length, 0.7 * width, high),
        glass(rng),
    )
    roof = block(
        (back - 0.05, 0.27 * length, 1.02 * width, high),
        (back + 0.1, 0.2 * length, 0.85 * width, high + 0.12),
        cover,
    )
    seat = box((0.5, 0.9 * width, 0.3), DARK, (-0.3 * length, 0.0, 0.6))
    feet = np.array([(back + 0.1, s * 0.47 * width, 0.8) for s in (-1, 1)])
    posts = sticks(feet, feet * [1, 1, 0] + np.array([0.0, 0.0, high]), 0.03, STEEL)
    tyres = wheels(
        [(back + 0.4, s * 0.42 * width, 0.25) for s in (-1.0, 1.0)] + [(0.4 * length, 0.0, 0.25)], 0.25, 0.14
    )
    return joined(tub, nose, screen, roof, seat, posts, tyres)


LIGHT_VEHICLES: Mapping[str, Asset] = {
    "songthaew": Asset("vehicle", songthaew, 0.7),
    "tuk_tuk": Asset("vehicle", tuk_tuk, 0.6),
}
