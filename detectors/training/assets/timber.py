"""How felled wood looks: bark, cut faces and sawn faces, and trunks made of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.tubes import tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]

# Grey, brown, red, mossy, wet, pale of lichen, stripped of bark and weathered: as bark is seen in the open.
BARK = palette(
    "#9c948a", "#857a6d", "#b3a694", "#6e5a47", "#8a6a4f", "#5a4a3c", "#a5826a", "#77705a", "#c9bba4",
    "#d8c6a6", "#4a4038", "#b08a64", "#938f80", "#6b4636", "#c4a27c",
)  # fmt: skip
# Cut faces from near white over yellow and orange to the red of rosewood and padauk, and gone grey.
CUT = palette(
    "#dccaa6", "#e3c48c", "#d9a866", "#c98a55", "#b0643f", "#8e4630", "#c8bda9", "#e2d6bc", "#a59a86"
)
SAWN = palette(
    "#d6bf95", "#c7a277", "#d6c8aa", "#b08c66", "#9a948a", "#b7b0a2", "#86584a", "#b78463", "#8d8071"
)
# Rosewood: heart wood from brown-red to nearly black violet.
ROSEWOOD = palette("#6b3a32", "#7d4a3a", "#52302b", "#8f5c48", "#453033", "#94705e")


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of one pile: ``bark``, ``cut`` and ``heart`` (3,) linear; ``spread`` is how much its logs
    differ in brightness, ``bared`` the share of their skin where the bark is off."""

    bark: Array
    cut: Array
    heart: Array
    spread: float
    bared: float


def look(rng: np.random.Generator) -> Look:
    """The colours of one pile: one kind of wood, at one age. Old wood has grey ends, as dark as its bark."""
    bark, cut = varied(rng, one_of(rng, BARK), 1, light=0.2)[0], one_of(rng, CUT)
    age = float(rng.choice([0.0, rng.uniform(0.0, 1.0)], p=[0.6, 0.4]))
    cut = (1.0 - age) * cut + age * bark * rng.uniform(0.9, 1.3)
    bared = float(rng.choice([0.0, rng.uniform(0.05, 0.5)], p=[0.5, 0.5]))
    return Look(bark, cut, cut * rng.uniform(0.45, 0.95), float(rng.uniform(0.06, 0.28)), bared)


@dataclass(frozen=True, slots=True, eq=False)
class Lie:
    """Where n trunks lie: ``middles_m`` (n, 3) of their axes, ``yaws_rad`` and ``pitches_rad`` (n,) of their
    direction, ``lengths_m`` and ``diameters_m`` (n,) at the middle."""

    middles_m: Array
    yaws_rad: Array
    pitches_rad: Array
    lengths_m: Array
    diameters_m: Array


def trunks(rng: np.random.Generator, lie: Lie, wood: Look, *, bend: float = 0.008, sides: int = 7) -> Mesh:
    """Trunks as they lie, 10 ``sides`` faces each.

    ``bend`` is the standard deviation of their sag in shares of their length.
    """
    count, knots = len(lie.middles_m), 5
    along = np.linspace(-0.5, 0.5, knots)
    tapers = rng.uniform(0.02, 0.28, (count, 1)) * rng.choice([-1.0, 1.0], (count, 1))
    radii = lie.diameters_m[:, None] / 2.0 * (1.0 + tapers * 2.0 * along[None])
    radii = radii[..., None] * np.clip(rng.normal(1.0, 0.06, (count, knots, sides)), 0.7, 1.3)
    barks = varied(rng, wood.bark, count, light=wood.spread)
    bare = rng.random((count, knots, 1, 1)) * rng.random((count, 1, sides, 1)) > 1.0 - wood.bared
    skins = np.where(bare, 0.85 * wood.cut, barks[:, None, None, :])
    patches = varied(rng, skins, (count, knots, sides), light=0.2, hue=0.02)
    cuts = varied(rng, np.stack([wood.cut, wood.heart]), (count, 2, 2), light=0.13)
    return tubes(_axes(rng, lie, along, bend), radii, patches, sides=sides, ends=cuts)


def _axes(rng: np.random.Generator, lie: Lie, along: Array, bend: float) -> Array:
    """Axes (n, k, 3) of trunks, each sagging to one side and a little up or down."""
    level = np.cos(lie.pitches_rad)
    ahead = np.stack(
        [np.cos(lie.yaws_rad) * level, np.sin(lie.yaws_rad) * level, np.sin(lie.pitches_rad)], axis=1
    )
    aside = np.stack([-np.sin(lie.yaws_rad), np.cos(lie.yaws_rad), np.zeros_like(level)], axis=1)
    sag = rng.normal(0.0, bend, (len(level), 1)) * lie.lengths_m[:, None] * (1.0 - 4.0 * along[None] ** 2)
    reach = lie.lengths_m[:, None] * along[None]
    return (
        lie.middles_m[:, None, :] + reach[..., None] * ahead[:, None, :] + sag[..., None] * aside[:, None, :]
    )
