"""Albedos of grounds, linear RGB: from dark to bright, as soils, leaves and waters of the tropics are.

Orders of magnitude after the ECOSTRESS spectral library (vegetation 0.03-0.1 in the visible, dry soils
0.15-0.4, asphalt 0.05-0.2, concrete 0.25-0.5); the hues are ours.
"""

from __future__ import annotations

import numpy as np

Rgb = tuple[float, float, float]

GRASS: tuple[Rgb, ...] = ((0.08, 0.14, 0.04), (0.15, 0.2, 0.06), (0.26, 0.25, 0.11), (0.34, 0.3, 0.17))
LITTER: tuple[Rgb, ...] = ((0.12, 0.09, 0.05), (0.2, 0.14, 0.08), (0.28, 0.2, 0.13))
SOIL: tuple[Rgb, ...] = (
    (0.36, 0.17, 0.09),
    (0.42, 0.25, 0.15),
    (0.28, 0.2, 0.13),
    (0.46, 0.37, 0.27),
    (0.16, 0.12, 0.09),
)
RUT: tuple[Rgb, ...] = ((0.2, 0.13, 0.08), (0.11, 0.08, 0.05))
SAND: tuple[Rgb, ...] = ((0.5, 0.42, 0.3), (0.4, 0.34, 0.25))
ASPHALT: tuple[Rgb, ...] = ((0.07, 0.07, 0.075), (0.14, 0.14, 0.14), (0.24, 0.24, 0.23))
CONCRETE: tuple[Rgb, ...] = ((0.3, 0.3, 0.29), (0.42, 0.4, 0.37), (0.35, 0.27, 0.23))
CANOPY: tuple[Rgb, ...] = ((0.05, 0.09, 0.03), (0.09, 0.13, 0.04), (0.13, 0.14, 0.06))
WATER: tuple[Rgb, ...] = (
    (0.24, 0.17, 0.09),
    (0.3, 0.24, 0.15),
    (0.12, 0.12, 0.07),
    (0.06, 0.1, 0.07),
    (0.04, 0.08, 0.09),
    (0.05, 0.12, 0.15),
    (0.14, 0.15, 0.15),
    (0.02, 0.025, 0.02),
)


def one_of(rng: np.random.Generator, colours: tuple[Rgb, ...]) -> Rgb:
    """One of ``colours``, a little brighter or darker."""
    chosen = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.8, 1.25)
    return float(chosen[0]), float(chosen[1]), float(chosen[2])
