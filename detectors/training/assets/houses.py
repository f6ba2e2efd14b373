"""Houses, sheds and open roofs as the drone sees them: mostly roofs, ribbed, tiled, thatched or flat."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import linear, one_of, palette, varied
from detectors.training.assets.shapes import box, boxes, joined, mesh_of, moved
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
ROOF = palette(
    "#9c5a48", "#8c8c8c", "#5c6c7c", "#b8bcc0", "#7c5038", "#4878a0", "#c0bcb0", "#a84838", "#6c7c60",
    "#504844", "#c8ccd0", "#8a6a50",
)  # fmt: skip
WALL = palette("#d8d4c8", "#b8ac98", "#c8b088", "#8c7458", "#e4e0d8", "#a8b8b0", "#c49a80", "#7c7468")


def house(rng: np.random.Generator) -> Mesh:
    """A house with a ridged roof, at times with a lower roof beside it."""
    main = _gabled(rng, rng.uniform(5.0, 16.0), rng.uniform(4.0, 10.0), rng.uniform(2.3, 6.0))
    if rng.random() < 0.5:
        return main
    side = _gabled(rng, rng.uniform(2.5, 6.0), rng.uniform(2.5, 5.0), rng.uniform(1.8, 2.6))
    return joined(main, moved(side, (rng.uniform(-3.0, 3.0), rng.uniform(4.0, 7.0), 0.0)))


def stilt_house(rng: np.random.Generator) -> Mesh:
    """A wooden house on posts."""
    length, wide, lift = rng.uniform(5.0, 10.0), rng.uniform(4.0, 7.0), rng.uniform(1.2, 2.4)
    feet = np.array([(x * length, y * wide, 0.0) for x in (-0.45, 0.0, 0.45) for y in (-0.45, 0.45)])
    posts = sticks(feet, feet + np.array([0.0, 0.0, lift]), 0.12, linear("#6b5d4e")[None])
    return joined(posts, moved(_gabled(rng, length, wide, 2.2), (0.0, 0.0, lift)))


def shed(rng: np.random.Generator) -> Mesh:
    """A roof on posts without walls, or a lean-to, in ribbed iron, often of several sheets and ages."""
    length, wide, high = rng.uniform(2.5, 12.0), rng.uniform(2.0, 6.0), rng.uniform(2.0, 3.2)
    feet = np.array([(x * length, y * wide, 0.0) for x in (-0.45, 0.45) for y in (-0.45, 0.45)])
    posts = sticks(feet, feet + np.array([0.0, 0.0, high]), 0.07, linear("#5c5248")[None])
    rise = rng.uniform(-0.6, 0.6)
    slope = _slope(
        rng, length, (-wide / 2.0, high - rise / 2.0), (wide / 2.0, high + rise / 2.0), one_of(rng, ROOF)
    )
    return joined(posts, slope)


def hall(rng: np.random.Generator) -> Mesh:
    """A long low hall: a workshop, a stable, a market."""
    return _gabled(rng, rng.uniform(14.0, 40.0), rng.uniform(7.0, 15.0), rng.uniform(3.0, 5.0))


def flat_roofed(rng: np.random.Generator) -> Mesh:
    """A town house of one to five floors with rows of windows, a flat roof, and tanks and boxes on it."""
    length, wide, floors = rng.uniform(4.0, 16.0), rng.uniform(6.0, 14.0), int(rng.integers(1, 6))
    high, wall = 3.1 * floors, one_of(rng, WALL)
    parts = [
        box((length, wide, high), wall),
        box((length - 0.4, wide - 0.4, 0.05), wall * rng.uniform(0.5, 0.9), (0, 0, high)),
    ]
    parts.append(_windows(rng, length, wide, floors))
    count = int(rng.integers(0, 7))
    spots = np.column_stack([rng.uniform(-0.4, 0.4, (count, 2)) * [length, wide], np.full(count, high + 0.5)])
    if count:
        parts.append(
            boxes(spots, rng.uniform(0.5, 1.6, (count, 3)), varied(rng, one_of(rng, WALL), count, light=0.3))
        )
    return joined(*parts)


def hut(rng: np.random.Generator) -> Mesh:
    """A field hut: small, thatched or under iron."""
    return _gabled(
        rng, rng.uniform(2.0, 4.0), rng.uniform(1.8, 3.2), rng.uniform(1.5, 2.2), thatch=rng.random() < 0.6
    )


def ruin(rng: np.random.Generator) -> Mesh:
    """Walls without a roof: a house being built or burnt, with bare rafters at times."""
    length, wide, high = rng.uniform(4.0, 12.0), rng.uniform(4.0, 9.0), rng.uniform(0.6, 2.8)
    wall = one_of(rng, WALL)
    ends = [((0.0, y * wide / 2.0, high / 2.0), (length, 0.2, high)) for y in (-1.0, 1.0)]
    ends += [((x * length / 2.0, 0.0, high / 2.0), (0.2, wide, high)) for x in (-1.0, 0.0, 1.0)]
    walls = boxes(
        np.array([e[0] for e in ends]), np.array([e[1] for e in ends]), varied(rng, wall, 5, light=0.1)
    )
    floor = box((length, wide, 0.05), wall * 0.7)
    count = int(length / 0.8)
    along = np.linspace(-0.5, 0.5, count) * length
    rafters = boxes(
        np.column_stack([along, np.zeros(count), np.full(count, high)]),
        np.array([[0.08, wide, 0.12]]),
        varied(rng, linear("#a08460"), count, light=0.15),
    )
    return joined(walls, floor, rafters if rng.random() < 0.4 else None)


def _gabled(
    rng: np.random.Generator, length_m: float, width_m: float, eaves_m: float, *, thatch: bool = False
) -> Mesh:
    """Walls, and a roof of two slopes with its ridge along X."""
    over, rise = rng.uniform(0.3, 0.9), width_m * rng.uniform(0.12, 0.4)
    colour = linear("#8c7c5c") if thatch else one_of(rng, ROOF)
    walls = box((length_m, width_m, eaves_m), one_of(rng, WALL))
    half = width_m / 2.0 + over
    low, ridge = eaves_m - rise * over / half, eaves_m + rise
    slopes = [
        _slope(rng, length_m + 2.0 * over, (sign * half, low), (0.0, ridge), colour) for sign in (-1.0, 1.0)
    ]
    tops = np.array([[x * length_m / 2.0, 0.0, ridge] for x in (-1.0, 1.0)])
    feet = np.array(
        [[x * length_m / 2.0, y * width_m / 2.0, eaves_m] for x in (-1.0, 1.0) for y in (-1.0, 1.0)]
    )
    gables = mesh_of(
        np.concatenate([feet, tops]),
        np.array([[0, 1, 4], [2, 3, 5]]),
        np.broadcast_to(one_of(rng, WALL), (6, 3)),
    )
    return joined(walls, gables, *slopes)


def _slope(
    rng: np.random.Generator,
    length_m: float,
    eaves_m: tuple[float, float],
    ridge_m: tuple[float, float],
    colour: Array,
) -> Mesh:
    """One slope in strips from eaves to ridge (Y and Z of each): ribs, sheets of several ages, rust."""
    strips = int(np.clip(length_m / rng.uniform(0.25, 1.0), 4, 60))
    edges = np.linspace(-0.5, 0.5, strips + 1) * length_m
    corners = np.empty((strips, 4, 3))
    corners[:, :, 0] = np.stack([edges[:-1], edges[1:], edges[1:], edges[:-1]], axis=1)
    corners[:, :2, 1:], corners[:, 2:, 1:] = eaves_m, ridge_m
    ribs = np.where(np.arange(strips) % 2 == 0, 1.0, rng.uniform(0.75, 1.0))[:, None, None]
    aged = varied(rng, colour, (strips, 1), light=rng.choice([0.02, 0.12]), hue=0.01)
    shades = varied(rng, aged * ribs, (strips, 4), light=0.04, hue=0.01)
    faces = (np.arange(strips) * 4)[:, None] + np.array([0, 1, 2, 0, 2, 3])
    return mesh_of(corners, faces, shades)


def _windows(rng: np.random.Generator, length_m: float, width_m: float, floors: int) -> Mesh:
    """Dark panes on all four walls, one row a floor; awnings over the lowest at times."""
    across, deep = max(2, int(length_m / 2.2)), max(2, int(width_m / 2.6))
    glass = varied(rng, linear("#303840"), 1, light=0.3)[0]
    rows = 3.1 * np.arange(floors) + 1.7
    front = [
        (x, y * width_m / 2.0, z)
        for x in np.linspace(-0.4, 0.4, across) * length_m
        for y in (-1, 1)
        for z in rows
    ]
    flank = [
        (x * length_m / 2.0, y, z)
        for x in (-1, 1)
        for y in np.linspace(-0.38, 0.38, deep) * width_m
        for z in rows
    ]
    panes = [
        boxes(np.array(front), np.array([[1.2, 0.06, 1.4]]), glass[None].repeat(len(front), 0)),
        boxes(np.array(flank), np.array([[0.06, 1.2, 1.4]]), glass[None].repeat(len(flank), 0)),
    ]
    if rng.random() < 0.5:
        panes.append(_boards(rng, length_m, width_m))
    if rng.random() < 0.5:
        panes.append(box((length_m, 1.4, 0.08), one_of(rng, ROOF), (0.0, width_m / 2.0 + 0.6, 2.7)))
    return joined(*panes)


def _boards(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Bright signboards along the front."""
    count = int(rng.integers(1, 6))
    middles = np.column_stack(
        [
            rng.uniform(-0.4, 0.4, count) * length_m,
            np.full(count, width_m / 2.0 + 0.12),
            rng.uniform(2.6, 4.2, count),
        ]
    )
    sizes = np.column_stack([rng.uniform(0.5, 3.0, count), np.full(count, 0.1), rng.uniform(0.3, 1.4, count)])
    return boxes(middles, sizes, rng.uniform(0.02, 0.8, (count, 3)))


ASSETS: Mapping[str, Asset] = {
    "house": Asset(None, house, 3.0),
    "stilt_house": Asset(None, stilt_house, 1.0),
    "shed": Asset(None, shed, 2.0),
    "hall": Asset(None, hall, 0.7),
    "town_house": Asset(None, flat_roofed, 1.5),
    "hut": Asset(None, hut, 1.0),
    "ruin": Asset(None, ruin, 0.4),
}
