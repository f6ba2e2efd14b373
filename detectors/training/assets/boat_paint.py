"""The colours of boats: weathered or painted wood, white plastic, rubber."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.paint import one_of, palette, varied

Array = npt.NDArray[np.floating]
_WOOD = palette("#6b4a30", "#8a6540", "#a9855a", "#4a3626", "#8f8578", "#b39a72", "#5a4a3f", "#74695c")
_PAINTED = palette(
    "#2f6f9e", "#3f8f6a", "#b03a2a", "#e0b53a", "#e8e4da", "#1f3f6f", "#4fa3b5", "#d9742b", "#7a2430"
)
_HULL = palette(
    "#f3f3f0",
    "#f3f3f0",
    "#e9ebec",
    "#dcdad2",
    "#1d2b4a",
    "#a3161c",
    "#2b2d30",
    "#2f6a8f",
    "#4b7a4a",
    "#8d9397",
)
_RUBBER = palette("#4a4d50", "#8b8e90", "#e0641b", "#e9e9e6", "#202225", "#c9302a")
BRIGHT = palette(
    "#e8322a", "#f2c51d", "#f07a1c", "#2b7fd0", "#37a35a", "#d93f86", "#f2f2ee", "#1f2224", "#7fd0d8"
)
CANOPY = palette("#2b5fae", "#e9e6dc", "#b8452c", "#3c6b46", "#8a8d90", "#e0a02c", "#23262b", "#c9b48a")
WHITE = np.array([0.85, 0.86, 0.85])


def wood(rng: np.random.Generator) -> Array:
    """Bare planks (3,), new or weathered."""
    return _one(rng, _WOOD, 0.2)


def wooden_hull(rng: np.random.Generator) -> Array:
    """A wooden hull's outside (3,): bare, or painted in a bright colour."""
    return wood(rng) if rng.random() < 0.6 else _one(rng, _PAINTED, 0.15)


def plastic_hull(rng: np.random.Generator) -> Array:
    """A motor boat's outside (3,): white mostly."""
    return np.array(WHITE) if rng.random() < 0.45 else _one(rng, _HULL, 0.1)


def rubber(rng: np.random.Generator) -> Array:
    """The tube of an inflatable boat (3,)."""
    return _one(rng, _RUBBER, 0.1)


def bright(rng: np.random.Generator) -> Array:
    """A kayak's or jet ski's colour (3,)."""
    return _one(rng, BRIGHT, 0.12)


def canopy(rng: np.random.Generator) -> Array:
    """An awning's cloth or tin (3,)."""
    return _one(rng, CANOPY, 0.12)


def _one(rng: np.random.Generator, colours: npt.NDArray[np.float32], light: float) -> Array:
    return np.asarray(varied(rng, one_of(rng, colours), 1, light=light)[0], float)
