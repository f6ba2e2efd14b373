"""What is known of the ground: level at home's or at a given altitude, or a relief, place by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from droneops.types import FloatArray, Pose, Sigma


class Relief(Protocol):
    """The ground's height where it is known: a grid of heights, or what the vehicle reported below itself.

    Heights are above mean sea level (EGM96 or EGM2008: they differ by less than a metre almost everywhere).
    """

    @property
    def spacing_m(self) -> float | None:
        """Metres between neighbouring heights; None for ground that is taken as level around each pose."""

    @property
    def reach_m(self) -> float:
        """How far from the drone the heights hold; infinite for a grid, which knows its own holes."""

    @property
    def slope_sigma(self) -> float:
        """By how much the sigma of the height grows with the distance from the drone, in metres per metre."""

    @property
    def bounds_m(self) -> tuple[float, float]:
        """The lowest and the highest that the ground can be; infinite where there are holes."""

    def height_msl_m(self, lat_deg: FloatArray, lon_deg: FloatArray, time_us: int) -> FloatArray:
        """Heights (n,) at places (n,), NaN where unknown. ``time_us`` is the pose's."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground with its sigma: level at home's altitude (``alt_msl_m`` None), at a given one, or a relief.

    With a ``relief`` the altitude means nothing.
    """

    alt_msl_m: float | None
    sigma_m: Sigma
    relief: Relief | None = None

    def height_below_m(self, pose: Pose) -> float:
        """How far the ground lies below the drone; NaN where the relief does not know."""
        if self.relief is None:
            return pose.alt_above_home_m if self.alt_msl_m is None else pose.alt_msl_m - self.alt_msl_m
        place = np.array([pose.lat_deg]), np.array([pose.lon_deg])
        return pose.alt_msl_m - float(self.relief.height_msl_m(*place, pose.time_us)[0])
