"""The body of a car: a lofted lower body, a cabin with its glass and roof, wheels and lamps."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.assets.car_paint import DARK, HEAD_LAMP, TAIL_LAMP
from detectors.training.assets.panels import axles, block, level, panels, windows
from detectors.training.assets.shapes import boxes, joined, loft
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
# Clearance below the sills and the share of a car's height where its windows begin.
SILL_M = 0.22
BELT = 0.6


@dataclass(frozen=True, slots=True)
class CarShape:
    """A car in metres. ``cabin`` are the shares of the length, from the rear, where the cabin's foot begins
    and ends; ``roof`` the same for the roof; ``deck`` the height of the boot or bed behind the cabin and
    ``bonnet`` that of the bonnet's front edge, in shares of the height of the belt line."""

    length_m: float
    width_m: float
    height_m: float
    cabin: tuple[float, float]
    roof: tuple[float, float]
    deck: float = 0.95
    bonnet: float = 0.85

    @property
    def belt_m(self) -> float:
        """Height of the lower edge of the windows."""
        return BELT * self.height_m

    def x_m(self, share: float) -> float:
        """The place along X of a share of the length from the rear."""
        return (share - 0.5) * self.length_m


def car(shape: CarShape, paint: Array, glass: Array, roof: Array | None = None) -> Mesh:
    """The whole car in ``paint``; ``roof`` None has the same."""
    return joined(
        lower_body(shape, paint), cabin(shape, paint, glass, paint if roof is None else roof), fittings(shape)
    )


def lower_body(shape: CarShape, paint: Array) -> Mesh:
    """Bonnet, wings, doors and tail: a loft along X, narrower at nose and tail."""
    belt, before, behind = shape.belt_m, *shape.cabin[::-1]
    stations = [
        (0.0, 0.86, 0.75 * shape.deck), (0.03, 0.96, 0.97 * shape.deck), (behind, 1.0, shape.deck),
        (behind + 0.02, 1.0, 1.0), (before - 0.02, 1.0, 1.0), (before, 1.0, 0.99),
        (0.9, 0.97, shape.bonnet), (0.97, 0.9, 0.95 * shape.bonnet), (1.0, 0.72, 0.72 * shape.bonnet),
    ]  # fmt: skip
    rings = [_section(shape.x_m(x), shape.width_m / 2.0 * wide, belt * high) for x, wide, high in stations]
    return loft(np.array(rings), paint)


def _section(x_m: float, half_m: float, top_m: float) -> Array:
    """A ring (8, 3) across a body: upright below, rounded to the shoulders."""
    low, shoulder = SILL_M, SILL_M + 0.78 * (top_m - SILL_M)
    sides = [(0.94, low), (1.0, 0.5 * (low + shoulder)), (0.97, shoulder), (0.84, top_m)]
    right = [(x_m, -half_m * out, z) for out, z in sides]
    left = [(x_m, half_m * out, z) for out, z in reversed(sides)]
    return np.array([*right, *left])


def cabin(shape: CarShape, paint: Array, glass: Array, roof: Array) -> Mesh:
    """Pillars in paint, panes of glass on the four sides, and a roof of its own colour, a little domed."""
    foot = (shape.x_m(shape.cabin[0]), shape.x_m(shape.cabin[1]), 0.88 * shape.width_m, 0.97 * shape.belt_m)
    top = (shape.x_m(shape.roof[0]), shape.x_m(shape.roof[1]), 0.7 * shape.width_m, 0.97 * shape.height_m)
    dome = (top[0] + 0.12, top[1] - 0.12, 0.85 * top[2], shape.height_m)
    return joined(
        block(foot, top, paint),
        windows(foot, top, glass, posts=0.07),
        _mid_pillars(foot, top, paint),
        block(top, dome, roof),
    )


def _mid_pillars(foot: tuple[float, ...], top: tuple[float, ...], paint: Array) -> Mesh:
    """The pillar between the side windows, on both sides."""
    corners = []
    for side in (-1.0, 1.0):
        below, above = side * (foot[2] / 2.0 + 0.03), side * (top[2] / 2.0 + 0.03)
        low, high = 0.55 * foot[0] + 0.45 * foot[1], 0.55 * top[0] + 0.45 * top[1]
        corners.append(
            [
                (low, below, foot[3]),
                (low + 0.1, below, foot[3]),
                (high + 0.1, above, top[3]),
                (high, above, top[3]),
            ]
        )
    return panels(corners, paint)


def fittings(shape: CarShape) -> Mesh:
    """Wheels, the shade under the body, lamps and mirrors."""
    length, width = shape.length_m, shape.width_m
    under = level((-0.46 * length, 0.46 * length, 0.9 * width, SILL_M + 0.01), DARK)
    tyres = axles([-0.31 * length, 0.32 * length], width - 0.2, 0.165 * (length / 2.4) ** 0.5 + 0.07, 0.2)
    return joined(under, tyres, lamps(length, width, 0.62 * shape.belt_m), _mirrors(shape))


def lamps(length_m: float, width_m: float, height_m: float) -> Mesh:
    """Two head lamps and two tail lamps."""
    places = [(x * 0.49 * length_m, y * 0.36 * width_m, height_m) for x in (1.0, -1.0) for y in (-1.0, 1.0)]
    sizes = np.array([(0.1, 0.17 * width_m, 0.12)] * 4)
    return boxes(np.array(places), sizes, np.array([HEAD_LAMP] * 2 + [TAIL_LAMP] * 2))


def _mirrors(shape: CarShape) -> Mesh:
    x = shape.x_m(shape.cabin[1]) - 0.35
    places = [(x, side * (shape.width_m / 2.0 + 0.06), shape.belt_m + 0.05) for side in (-1.0, 1.0)]
    return boxes(np.array(places), np.array([(0.12, 0.16, 0.11)] * 2), np.array([DARK] * 2))
