"""Sun, sky and haze of a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Light:
    """Light of a scene; colours linear. ``to_sun`` is a unit vector of the world. ``haze_per_m`` is the
    extinction of the air; ``sky_rgb`` what the sky looks like at the horizon, and haze with it."""

    to_sun: tuple[float, float, float]
    sun_rgb: Rgb
    ambient_rgb: Rgb
    sky_rgb: Rgb
    haze_per_m: float


def daylight(rng: np.random.Generator) -> Light:
    """Sun at 15 to 80 degrees, or an overcast sky (a third), with more or less haze."""
    height, bearing = np.radians(rng.uniform(15.0, 80.0)), rng.uniform(0.0, 2.0 * np.pi)
    overcast = rng.random() < 0.33
    low = 1.0 - height / np.radians(80.0)
    strength = rng.uniform(0.0, 0.3) if overcast else rng.uniform(0.8, 1.5)
    sun = strength * np.array([1.0, 0.96 - 0.2 * low, 0.9 - 0.4 * low])
    ambient = rng.uniform(0.55, 0.9) * np.array([0.9, 0.97, 1.08]) if overcast else _blue_sky(rng)
    # The camera exposes for the ground: light that falls on it is somewhat below 1, whatever the sky.
    exposure = float(np.exp(rng.normal(-0.2, 0.17))) / float((ambient + sun * np.sin(height)).mean())
    grey = rng.uniform(0.0, 1.0)
    sky = rng.uniform(0.45, 0.9) * (grey * np.ones(3) + (1.0 - grey) * np.array([0.65, 0.8, 1.05]))
    haze = rng.choice([0.0, rng.uniform(0.0, 0.0015), rng.uniform(0.001, 0.005)], p=[0.4, 0.4, 0.2])
    to_sun = (
        float(np.cos(bearing) * np.cos(height)),
        float(np.sin(bearing) * np.cos(height)),
        float(np.sin(height)),
    )
    return Light(to_sun, _rgb(exposure * sun), _rgb(exposure * ambient), _rgb(sky), float(haze))


def _blue_sky(rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(rng.uniform(0.22, 0.5) * np.array([0.85, 0.97, 1.2]))


def _rgb(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Rgb:
    return float(values[0]), float(values[1]), float(values[2])
