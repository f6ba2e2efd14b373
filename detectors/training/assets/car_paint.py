"""The colours of vehicles: paint, glass, lamps, and what is dark below."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.paint import one_of, palette, varied

Array = npt.NDArray[np.floating]

# White, silver, grey and black are three of four new cars in the world (PPG's colour reports of 2022 to 2024:
# white about a third, black, grey and silver about a sixth each); the others share the rest.
_COMMON = palette("#f2f2ef", "#c3c6c8", "#7b7f83", "#17181a")
_BRIGHT = palette(
    "#a31318", "#1e3f86", "#6f8fb8", "#2d5a3a", "#b58a2c", "#7a4b2c", "#d8cfb8", "#e2761b", "#3b2a4a",
    "#1c7f86", "#5d1420",
)  # fmt: skip
_LORRY = palette(
    "#f0f0ec", "#d8342a", "#1f56a5", "#e8b51f", "#2f7a45", "#9a9c9c", "#e67a1c", "#6b4a35", "#22405e"
)
PLANT = palette("#e8a80c", "#e06a12", "#f0c419", "#d9d9d4", "#2e6b3e", "#4b5054", "#b5211c", "#7d6a35")

DARK = np.array([0.025, 0.025, 0.028])
CHASSIS = np.array([0.05, 0.048, 0.045])
HEAD_LAMP = np.array([0.75, 0.76, 0.72])
TAIL_LAMP = np.array([0.3, 0.012, 0.012])
STEEL = np.array([0.3, 0.3, 0.31])


def car_paint(rng: np.random.Generator) -> Array:
    """A car's colour (3,)."""
    if rng.random() < 0.78:
        chosen = _COMMON[int(rng.choice(4, p=[0.4, 0.2, 0.2, 0.2]))]
    else:
        chosen = one_of(rng, _BRIGHT)
    return np.asarray(varied(rng, chosen, 1, light=0.12, hue=0.02)[0], float)


def lorry_paint(rng: np.random.Generator) -> Array:
    """The colour (3,) of a lorry's cab, a bus or a body on a frame: faded and dusty at times."""
    paint = varied(rng, one_of(rng, _LORRY), 1, light=0.15)[0]
    dust = rng.uniform(0.0, 0.5) if rng.random() < 0.4 else 0.0
    return np.asarray((1.0 - dust) * paint + dust * np.array([0.35, 0.25, 0.16]), float)


def plant_paint(rng: np.random.Generator) -> Array:
    """The colour (3,) of an excavator, loader or tractor."""
    return np.asarray(varied(rng, one_of(rng, PLANT), 1, light=0.2)[0], float)


def glass(rng: np.random.Generator) -> Array:
    """A window (3,): dark inside, more or less of the sky in it."""
    sky = float(rng.choice([rng.uniform(0.0, 0.08), rng.uniform(0.1, 0.5)], p=[0.75, 0.25]))
    return np.array([0.02, 0.023, 0.028]) + sky * np.array([0.45, 0.55, 0.68])
