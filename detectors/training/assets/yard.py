"""Slatted, striped and railed things: fences, jetties, steps, panels, ridges, frames, sheets and trailers."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import linear, one_of, palette, varied
from detectors.training.assets.shapes import box, boxes, centred, joined, mesh_of, pitch_turn, ring_faces
from detectors.training.assets.stores import PAINT
from detectors.training.assets.tubes import sticks, tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
PLANKING = palette("#8f867a", "#a89068", "#756c60", "#b5ab9a", "#6b5a48", "#9a7c5c")
SHEET = palette(
    "#2858a8", "#d87828", "#3c6844", "#c8c8c4", "#a83028", "#5080a8", "#787468", "#e4dcc8", "#404448"
)
RIDGE = palette("#6c5340", "#7d5d48", "#4f4034", "#63594a")


def fence(rng: np.random.Generator) -> Mesh:
    """Posts with rails, pickets or wire."""
    length, gap, high = rng.uniform(4.0, 24.0), rng.uniform(1.2, 3.0), rng.uniform(0.8, 2.0)
    colour = one_of(rng, PLANKING) if rng.random() < 0.7 else linear("#d8d8d4")
    posts = np.arange(0.0, length, gap if rng.random() < 0.6 else 0.16)
    rails = np.linspace(0.3, 0.9, int(rng.integers(1, 4))) * high
    uprights = np.column_stack([posts, np.zeros(len(posts)), np.full(len(posts), high / 2.0)])
    lying = np.column_stack([np.full(len(rails), length / 2.0), np.zeros(len(rails)), rails])
    return centred(
        joined(
            boxes(uprights, np.array([[0.09, 0.09, high]]), varied(rng, colour, len(posts), light=0.1)),
            boxes(lying, np.array([[length, 0.04, 0.08]]), varied(rng, colour, len(rails), light=0.1)),
        )
    )


def jetty(rng: np.random.Generator) -> Mesh:
    """A landing stage: crosswise planks on piles; one flat strip, however much it is striped."""
    length, wide, high = rng.uniform(3.0, 22.0), rng.uniform(1.0, 3.0), rng.uniform(0.3, 1.4)
    count, colour = int(length / rng.uniform(0.16, 0.35)), one_of(rng, PLANKING)
    along = (np.arange(count) + 0.5) * length / count
    middles = np.column_stack([along, rng.normal(0.0, 0.02, count), np.full(count, high)])
    size = np.array([[length / count * 0.92, wide, 0.06]])
    planks = boxes(middles, size, varied(rng, colour, count, light=0.1))
    feet = np.array([(x, y * wide / 2.0, 0.0) for x in np.arange(0.3, length, 2.0) for y in (-1.0, 1.0)])
    piles = sticks(feet, feet + np.array([0.0, 0.0, high + rng.uniform(0.5, 1.2)]), 0.09, colour * 0.6)
    return joined(planks, piles)


def steps(rng: np.random.Generator) -> Mesh:
    """A flight of steps, of concrete, earth or wood."""
    count, wide = int(rng.integers(4, 30)), rng.uniform(0.9, 4.0)
    tread, rise = rng.uniform(0.25, 0.5), rng.uniform(0.08, 0.2)
    number = np.arange(count)
    middles = np.column_stack([number * tread, np.zeros(count), (number + 1) * rise / 2.0])
    sizes = np.column_stack([np.full(count, tread), np.full(count, wide), (number + 1) * rise])
    colour = one_of(rng, PLANKING) if rng.random() < 0.4 else linear("#a8a49c")
    by_face = varied(rng, colour, (count, 6), light=0.04)
    by_face[:, 0] *= 0.6
    return centred(boxes(middles, sizes, by_face))


def solar_panels(rng: np.random.Generator) -> Mesh:
    """Rows of tilted blue-black panels with pale frames."""
    rows, each = int(rng.integers(1, 7)), int(rng.integers(2, 16))
    tilt, pitch = rng.uniform(0.1, 0.6), rng.uniform(2.4, 4.0)
    grid = np.stack(np.meshgrid(np.arange(rows) * pitch, np.arange(each) * 1.05), axis=-1).reshape(-1, 2)
    middles = np.column_stack([grid, np.full(len(grid), 1.0)])
    turns = np.broadcast_to(pitch_turn(tilt), (len(grid), 3, 3))
    frame = boxes(
        middles, np.array([[1.95, 1.03, 0.04]]), varied(rng, linear("#b8bcc0"), len(grid), light=0.03), turns
    )
    colour = varied(rng, one_of(rng, palette("#1c2840", "#202226", "#283c64")), len(grid), light=0.1)
    cells = boxes(middles + np.array([0.0, 0.0, 0.03]), np.array([[1.85, 0.95, 0.03]]), colour, turns)
    return centred(joined(frame, cells))


def ridges(rng: np.random.Generator) -> Mesh:
    """Ploughed or planted ridges of earth, parallel: striped ground without a round log in it."""
    count, length, gap = int(rng.integers(4, 22)), rng.uniform(8.0, 25.0), rng.uniform(0.5, 1.4)
    knots = 8
    along = np.linspace(-0.5, 0.5, knots) * length * rng.uniform(0.75, 1.0, (count, 1))
    section = (
        np.array([[-0.45, 0.0], [-0.2, 0.8], [0.2, 0.8], [0.45, 0.0]])
        * gap
        * np.array([1.0, rng.uniform(0.1, 0.35)])
    )
    rings = np.zeros((count, knots, 4, 3))
    rings[..., 0] = along[..., None]
    rings[..., 1] = (
        section[:, 0] + (np.arange(count) * gap)[:, None, None] + rng.normal(0.0, 0.04, (count, knots, 1))
    )
    rings[..., 2] = section[:, 1] * rng.uniform(0.7, 1.2, (count, knots, 1))
    faces = ring_faces(knots, 4)[None] + (np.arange(count) * knots * 4)[:, None, None]
    return centred(mesh_of(rings, faces, varied(rng, one_of(rng, RIDGE), (count, knots, 4), light=0.15)))


def arches(rng: np.random.Generator) -> Mesh:
    """The arches of a greenhouse, bare or under film."""
    count, wide, gap = int(rng.integers(4, 14)), rng.uniform(1.5, 6.0), rng.uniform(0.8, 2.0)
    turn = np.linspace(0.0, np.pi, 9)
    arch = np.stack(
        [np.zeros(9), np.cos(turn) * wide / 2.0, np.sin(turn) * wide * rng.uniform(0.35, 0.6)], axis=1
    )
    axes = arch[None] + np.arange(count)[:, None, None] * np.array([gap, 0.0, 0.0])
    hoops = tubes(axes, np.full((count, 9), 0.04), varied(rng, linear("#c8ccd0"), count, light=0.1), sides=4)
    if rng.random() < 0.4:
        return centred(hoops)
    here = (np.arange(count - 1)[:, None] * 9 + np.arange(8)[None]).ravel()
    faces = np.concatenate(
        [np.stack(three, 1) for three in ((here, here + 1, here + 10), (here, here + 10, here + 9))]
    )
    film = varied(rng, one_of(rng, palette("#d8dce0", "#b8c4bc", "#383c3a")), (count, 9), light=0.05)
    return centred(joined(hoops, mesh_of(axes * np.array([1.0, 1.01, 1.01]), faces, film)))


def tarpaulin(rng: np.random.Generator) -> Mesh:
    """A sheet over a heap, or flat on the ground, creased."""
    cells, size, high = 7, rng.uniform(1.5, 6.0, 2), float(rng.choice([0.08, rng.uniform(0.3, 1.6)]))
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, cells), np.linspace(-1, 1, cells), indexing="ij"), axis=-1)
    rise = high * np.clip(1.15 - np.abs(grid).max(axis=-1) ** 3, 0.0, 1.0) + np.abs(
        rng.normal(0.0, 0.05, (cells, cells))
    )
    vertices = np.concatenate(
        [grid * size / 2.0 + rng.normal(0.0, 0.04, grid.shape), rise[..., None]], axis=-1
    )
    here = (np.arange(cells - 1)[:, None] * cells + np.arange(cells - 1)[None]).ravel()
    faces = np.concatenate(
        [
            np.stack(three, 1)
            for three in ((here, here + 1, here + cells + 1), (here, here + cells + 1, here + cells))
        ]
    )
    return mesh_of(vertices, faces, varied(rng, one_of(rng, SHEET), (cells, cells), light=0.07))


def trailer(rng: np.random.Generator) -> Mesh:
    """A trailer without a vehicle and without a load, or a cart."""
    length, wide, colour = rng.uniform(2.0, 7.0), rng.uniform(1.2, 2.4), one_of(rng, PAINT)
    bed = box((length, wide, 0.15), linear("#5c5048") if rng.random() < 0.6 else colour, (0.0, 0.0, 0.6))
    sides = [
        box((length, 0.06, rng.uniform(0.1, 0.6)), colour, (0.0, y * wide / 2.0, 0.75)) for y in (-1.0, 1.0)
    ]
    hubs = np.array([(x * length, y * wide / 2.0, 0.35) for x in (-0.1, -0.3) for y in (-1.0, 1.0)])
    wheels = sticks(hubs, hubs + np.array([0.0, 0.2, 0.0]), 0.35, linear("#202020")[None], sides=9)
    bar = box((1.2, 0.12, 0.12), linear("#404040"), (length / 2.0 + 0.6, 0.0, 0.5))
    return joined(bed, *sides, wheels, bar)


def sheets(rng: np.random.Generator) -> Mesh:
    """Corrugated iron in a stack or blown about."""
    count, size = int(rng.integers(2, 20)), np.array([rng.uniform(1.5, 3.6), rng.uniform(0.7, 1.0)])
    strips = 6
    colour = one_of(rng, palette("#a8acb0", "#74503e", "#7c8890", "#c8ccd0", "#8890a0"))
    place = rng.normal(0.0, rng.uniform(0.05, 1.5), (count, 2))
    offset = (np.arange(strips) - 2.5) / strips * size[1]
    middles = np.empty((count, strips, 3))
    middles[..., 0], middles[..., 1] = place[:, :1], place[:, 1:] + offset
    middles[..., 2] = 0.04 * np.arange(count)[:, None] + 0.03
    shades = np.where(np.arange(strips) % 2 == 0, 1.0, 0.75)[None, :, None] * varied(
        rng, colour, (count, 1), light=0.12
    )
    sizes = np.array([[size[0], size[1] / strips, 0.03]])
    return centred(boxes(middles.reshape(-1, 3), sizes, shades.reshape(-1, 3)))


ASSETS: Mapping[str, Asset] = {
    "fence": Asset(None, fence, 1.2),
    "jetty_ashore": Asset(None, jetty, 0.7),
    "steps": Asset(None, steps, 0.7),
    "solar_panels": Asset(None, solar_panels, 0.7),
    "ridges": Asset(None, ridges, 0.8),
    "arches": Asset(None, arches, 0.6),
    "tarpaulin": Asset(None, tarpaulin, 1.2),
    "empty_trailer": Asset(None, trailer, 0.8),
    "iron_sheets": Asset(None, sheets, 0.8),
    "jetty": Asset(None, jetty, 1.2, "water"),
}
