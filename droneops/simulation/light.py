"""Sun or moon, sky and what the camera makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.simulation.scenario import LightSection
from droneops.types import FloatArray, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """``to_sun`` is a unit vector east, north, up; colours are linear BGR. ``gain`` is the whole picture's,
    ``noise`` the sensor's, 1 sigma in counts of 255."""

    to_sun: FloatArray
    sun: FloatArray
    ambient: FloatArray
    sky: FloatArray
    gain: float
    noise: float


# Sun and sky light on level ground add up to about 1: the camera exposes for it. At night its gain is at its
# end: a third of the brightness, and the noise of a small sensor.
_KINDS = {
    "day": ((0.95, 1.0, 1.05), 0.95, (0.46, 0.42, 0.38), (0.85, 0.80, 0.72), 1.0, 1.5),
    "dusk": ((0.55, 0.8, 1.05), 0.6, (0.46, 0.38, 0.34), (0.60, 0.60, 0.68), 0.7, 3.0),
    "night": ((1.05, 1.0, 0.95), 0.7, (0.42, 0.38, 0.35), (0.20, 0.17, 0.15), 0.36, 5.0),
}


def light_of(section: LightSection) -> Light:
    """The light of a scenario."""
    tint, strength, ambient, sky, gain, noise = _KINDS[section.kind]
    height, bearing = math.radians(section.elevation_deg), math.radians(section.bearing_deg)
    level = math.cos(height)
    to_sun = [level * math.sin(bearing), level * math.cos(bearing), math.sin(height)]
    # A low sun lights the ground less, and the camera exposes longer.
    exposure = 1.15 / (strength * math.sin(height) + float(np.mean(ambient)))
    return Light(
        read_only(to_sun),
        read_only(np.array(tint) * strength * exposure),
        read_only(np.array(ambient) * exposure),
        read_only(sky),
        gain,
        noise,
    )


def ground_light(light: Light) -> FloatArray:
    """(3,) linear BGR light on level ground in the sun."""
    lit: FloatArray = light.ambient + light.sun * light.to_sun[2]
    return lit


def shadow_share(light: Light) -> FloatArray:
    """(3,) how bright a shadow on the ground is, of 1, square-rooted as pictures are."""
    share: FloatArray = np.sqrt(light.ambient / ground_light(light))
    return share
