"""What light the sun gives."""

from __future__ import annotations

from enum import IntEnum

SUNRISE_DEG = -50 / 60
"""The upper limb on the horizon with 34' of refraction and 16' of radius, as almanacs have it."""

CIVIL_DUSK_DEG = -6.0
"""Civil twilight's end: below it, work out of doors needs lamps (the almanacs' definition)."""


class Light(IntEnum):
    """The best first."""

    DAY = 0
    TWILIGHT = 1
    NIGHT = 2


def light_at(sun_elevation_deg: float) -> Light:
    """The light at an elevation of the sun's centre, without refraction."""
    if sun_elevation_deg >= SUNRISE_DEG:
        return Light.DAY
    return Light.TWILIGHT if sun_elevation_deg >= CIVIL_DUSK_DEG else Light.NIGHT
