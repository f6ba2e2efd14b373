"""The ground of a scene while it is being painted: which material lies where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.training.camera import Floats
from detectors.training.grounds import Tile
from detectors.training.scene import MATERIALS, WATER, Ground, Material
from detectors.training.turbulence import Field, fractal, smoothstep

CELLS = 512
# Photographs and rows do not bear a second copy of themselves.
UNREPEATED = ("photo", "furrows", "slabs")


class Canvas:
    """A square of ``side_m`` about ``middle_m``, CELLS by CELLS; ``x_m`` and ``y_m`` are the cells' places.

    Slot 3 is water, slots 0 to 2 are whatever was laid. Slot 0 covers everything at first.
    """

    def __init__(self, rng: np.random.Generator, low_m: Floats, high_m: Floats) -> None:
        self._rng = rng
        self.middle_m = (low_m + high_m) / 2.0
        self.side_m = float((high_m - low_m).max()) * 1.1
        places = ((np.arange(CELLS) + 0.5) / CELLS - 0.5) * self.side_m
        self.x_m, self.y_m = (
            np.asarray(grid, np.float32)
            for grid in np.meshgrid(places + self.middle_m[0], places + self.middle_m[1])
        )
        self._weights = np.zeros((CELLS, CELLS, MATERIALS), np.float32)
        self._weights[:, :, 0] = 1.0
        self._shade = np.full((CELLS, CELLS), 0.5, np.float32)
        self._materials: dict[int, Material] = {}

    def noise(self, cell_m: float, octaves: int = 5) -> Field:
        """Smooth noise of mean 0 and about -0.5 to 0.5 over the cells, its coarsest lumps ``cell_m`` wide."""
        cells = float(np.clip(self.side_m / cell_m, 1.0, CELLS / 2))
        return fractal((CELLS, CELLS), self._rng, cells=(cells, cells), octaves=octaves) - np.float32(0.5)

    def set_material(self, slot: int, material: Material) -> None:
        """What slot 0 to 3 is made of."""
        self._materials[slot] = material

    def lay(self, slot: int, share: Field) -> None:
        """Covers a ``share`` (CELLS, CELLS), 0..1, of what is there with ``slot``."""
        self._weights *= (1.0 - share)[:, :, None]
        self._weights[:, :, slot] += share

    def lay_inside(self, slot: int, inside_m: Field, *, ragged_m: float = 0.0, soft_m: float = 0.3) -> None:
        """Covers where the distance ``inside_m`` is above 0, with an edge that wanders by ``ragged_m``."""
        if ragged_m > 0.0:
            inside_m = inside_m + 2.0 * ragged_m * self.noise(max(4.0 * ragged_m, self.side_m / 40.0))
        soft_m = max(soft_m, 0.7 * self.side_m / CELLS)
        self.lay(slot, smoothstep(-soft_m, soft_m, np.asarray(inside_m, np.float32)))

    def shade(self, change: Field) -> None:
        """Darkens (below 0) or brightens, in shares of the neutral light: 0.2 is a fifth more."""
        self._shade += 0.42 * change

    def share(self, slot: int, points_m: Floats) -> Floats:
        """How much of ``slot`` lies at points (n, 2), 0..1."""
        cell = ((np.asarray(points_m) - self.middle_m) / self.side_m + 0.5) * CELLS
        column, row = cell.astype(int).clip(0, CELLS - 1).T
        return np.asarray(self._weights[row, column, slot], np.float64)

    def ground(self, ripple: float) -> Ground:
        """The finished ground."""
        missing = Material("water_0", 30.0, 0.0, (0.2, 0.2, 0.2))
        materials = tuple(self._materials.get(slot, missing) for slot in range(MATERIALS))
        return Ground(
            self.side_m,
            (float(self.middle_m[0]), float(self.middle_m[1])),
            np.asarray((self._weights * 255.0).round().clip(0, 255), np.uint8),
            np.asarray((self._shade * 255.0).clip(0, 255), np.uint8),
            (materials[0], materials[1], materials[2], materials[WATER]),
            ripple,
        )


def material(
    rng: np.random.Generator,
    tiles: Sequence[Tile],
    kinds: Sequence[str],
    albedo: tuple[float, float, float] | None = None,
) -> Material:
    """A tile of one of ``kinds`` at about its size, turned at random, of the mean linear colour ``albedo``.

    Coloured tiles keep half of their own hue; without ``albedo`` all of it.
    """
    fitting = [tile for tile in tiles if tile.kind in kinds]
    tile = fitting[int(rng.integers(len(fitting)))]
    size_m = tile.side_m * float(np.exp(rng.normal(0.0, 0.2)))
    tint = np.array(rng.uniform(0.8, 1.2) * (np.ones(3) + rng.normal(0.0, 0.05, 3)))
    if albedo is not None:
        wanted = tint * np.array(albedo) / np.maximum(tile.mean_linear, 1e-3)
        tint = 0.5 * wanted + 0.5 * float(wanted.mean()) if tile.coloured else wanted
    yaw_rad = float(rng.uniform(0.0, 2.0 * np.pi))
    again = 0.0 if tile.kind in UNREPEATED else 0.4
    return Material(tile.name, size_m, yaw_rad, (float(tint[0]), float(tint[1]), float(tint[2])), again)
