"""Camps: tents, shelters under a sheet, hammocks, and the place of a fire."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import linear, one_of, palette, varied
from detectors.training.assets.shapes import blobs, boxes, cut_off, joined, mesh_of, moved, yaw_turn
from detectors.training.assets.stores import crates
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
CLOTH = palette(
    "#3c6844", "#2858a8", "#d87828", "#c8c4b4", "#5c5c48", "#a83028", "#384858", "#d8c040", "#787468"
)


def ridge_tent(rng: np.random.Generator) -> Mesh:
    """A tent with a ridge."""
    length, wide, high = rng.uniform(1.8, 4.5), rng.uniform(1.3, 3.0), rng.uniform(0.9, 2.0)
    feet = [(x * length / 2.0, y * wide / 2.0, 0.0) for x in (-1, 1) for y in (-1, 1)]
    points = np.array([*feet, (-length / 2.0, 0.0, high), (length / 2.0, 0.0, high)])
    corners = points[np.array([[0, 2, 5, 4], [1, 3, 5, 4], [0, 1, 4, 4], [2, 3, 5, 5]])]
    faces = (np.arange(4) * 4)[:, None] + np.array([0, 1, 2, 0, 2, 3])
    by_face = varied(rng, one_of(rng, CLOTH), (4, 1), light=0.06)
    return mesh_of(corners, faces, np.broadcast_to(by_face, (4, 4, 3)))


def dome_tent(rng: np.random.Generator) -> Mesh:
    """A dome tent, often of two colours."""
    size = rng.uniform(0.9, 1.9)
    middles = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.12 * size]])
    radii = size * np.array([[1.0, rng.uniform(0.7, 1.0), 0.65], [0.8, 0.7, 0.6]])
    colours = np.stack([one_of(rng, CLOTH), one_of(rng, CLOTH)])
    return cut_off(blobs(rng, middles, radii, colours, rough=0.03, halvings=1))


def shelter(rng: np.random.Generator) -> Mesh:
    """A sheet stretched over a pole or between trees, open at the sides."""
    length, wide, high = rng.uniform(2.0, 6.0), rng.uniform(2.0, 4.5), rng.uniform(1.3, 2.2)
    across = np.array([-0.5, 0.0, 0.5]) * wide
    rise = high * np.array([rng.uniform(0.3, 1.0), 1.0, rng.uniform(0.3, 1.0)])
    ends = [
        np.column_stack([np.full(3, x), across, rise + rng.normal(0.0, 0.06, 3)])
        for x in (-length / 2.0, length / 2.0)
    ]
    faces = np.array([[0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4]])
    sheet = mesh_of(np.concatenate(ends), faces, varied(rng, one_of(rng, CLOTH), 6, light=0.06))
    feet = np.concatenate(ends) * np.array([1.0, 1.0, 0.0])
    return joined(sheet, sticks(feet, np.concatenate(ends), 0.04, linear("#5c4c3c")[None], sides=4))


def fireplace(rng: np.random.Generator) -> Mesh:
    """Ash, a ring of stones and a few charred sticks; cold."""
    turn = np.linspace(0.0, 2.0 * np.pi, 9)[:-1]
    ring = np.column_stack([np.cos(turn), np.sin(turn), np.full(8, 0.1)]) * np.array([0.5, 0.5, 1.0])
    stones = blobs(rng, ring, np.full((8, 3), 0.12), varied(rng, linear("#6c6864"), 8, light=0.2))
    ash = boxes(
        np.zeros((5, 3)),
        np.array([[0.6, 0.5, 0.04]]),
        varied(rng, linear("#484440"), 5, light=0.3),
        yaw_turn(np.arange(5) * 0.7),
    )
    half = rng.normal(0.0, 0.3, (5, 3)) * np.array([1.0, 1.0, 0.2])
    charred = sticks(
        np.array([[0.0, 0.0, 0.1]]) - half, np.array([[0.0, 0.0, 0.1]]) + half, 0.04, linear("#1c1a18")[None]
    )
    return joined(stones, ash, charred)


def camp(rng: np.random.Generator) -> Mesh:
    """Two to five tents or shelters about a fireplace, with things lying about."""
    parts = [fireplace(rng)]
    makers = (ridge_tent, dome_tent, shelter, shelter)
    count = int(rng.integers(2, 6))
    for turn in np.arange(count) * 2.0 * np.pi / count + rng.uniform(0.0, 6.3):
        away = rng.uniform(2.8, 4.5) * np.array([np.cos(turn), np.sin(turn), 0.0])
        parts.append(moved(makers[int(rng.integers(4))](rng), away, yaw_turn(turn + rng.normal(0.0, 0.5))))
    if rng.random() < 0.6:
        parts.append(moved(crates(rng), (rng.uniform(-3.0, 3.0), rng.uniform(-3.0, 3.0), 0.0), scale=0.5))
    return joined(*parts)


ASSETS: Mapping[str, Asset] = {
    "ridge_tent": Asset("camp", ridge_tent, 1.0),
    "dome_tent": Asset("camp", dome_tent, 1.0),
    "shelter": Asset("camp", shelter, 1.0),
    "camp": Asset("camp", camp, 1.0),
    "fireplace": Asset(None, fireplace, 0.5),
}
