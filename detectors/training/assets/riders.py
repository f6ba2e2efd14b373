"""Who rides a motorcycle: each a person to be found of its own, so they are no part of the machine's mesh.

Machine and rider are two things, as VisDrone labels them: a person's box about the rider, a motorcycle's
about what is seen of the machine.
"""

import numpy as np

from detectors.training.assets.aboard import Passenger
from detectors.training.assets.clothes import clothes
from detectors.training.assets.figure import figure
from detectors.training.assets.motorcycles import SEAT_M
from detectors.training.assets.poses import ride

# The driver's hips before the middle of the machine, and how far behind each other people sit, metres.
DRIVER_X_M = -0.02
PILLION_M = 0.38
# One, two or three to a machine: three are a family on a scooter.
SHARES = (0.68, 0.27, 0.05)


def riders(rng: np.random.Generator) -> list[Passenger]:
    """One to three people on a machine, in the frame of its mesh, the driver first."""
    count = 1 + int(rng.choice(len(SHARES), p=SHARES))
    return [_rider(rng, DRIVER_X_M - PILLION_M * number) for number in range(count)]


def _rider(rng: np.random.Generator, x_m: float) -> Passenger:
    height_m = float(rng.uniform(1.5, 1.8))
    body = figure(rng, ride(rng), clothes(rng, riding=True), height_m, float(rng.uniform(0.95, 1.2)))
    return Passenger(body, (x_m, float(rng.normal(0.0, 0.02)), SEAT_M), float(rng.normal(0.0, 0.04)))
