"""What may be said of a cell."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from droneops.coverage.light import CIVIL_DUSK_DEG, SUNRISE_DEG, Light
from droneops.coverage.paint import Painted
from droneops.coverage.sharpness import Demand

ByteArray = npt.NDArray[np.uint8]


class Verdict(IntEnum):
    """From the best to the worst; `OUTSIDE` is ground nobody asked about and nobody looked at."""

    OUTSIDE = 0
    LOOKED = 1
    TOO_COARSE = 2
    TOO_DARK = 3
    NOT_LOOKED = 4


def verdicts(painted: Painted, asked: npt.NDArray[np.bool_], demand: Demand) -> ByteArray:
    """The verdict on each cell; ``asked`` marks the area of interest.

    The best look counts, but light and sharpness must come from one and the same look.
    """
    seen = painted.looks > 0
    cells = np.where(asked, Verdict.NOT_LOOKED, Verdict.OUTSIDE).astype(np.uint8)
    cells[seen] = Verdict.TOO_DARK
    cells[seen & (painted.person_px > 0)] = Verdict.TOO_COARSE
    cells[seen & (painted.person_px >= demand.least_person_px)] = Verdict.LOOKED
    return cells


def lights(painted: Painted) -> ByteArray:
    """The best `Light` in which each cell was looked at."""
    cells = np.full(painted.looks.shape, Light.NIGHT, np.uint8)
    cells[painted.sun_deg >= CIVIL_DUSK_DEG] = Light.TWILIGHT
    cells[painted.sun_deg >= SUNRISE_DEG] = Light.DAY
    return cells
