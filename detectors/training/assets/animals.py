"""Animals: what is alive and no person."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import linear, one_of, palette, varied
from detectors.training.assets.shapes import blobs, cut_off, joined, mesh_of, moved, yaw_turn
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
HIDE = palette("#4c4844", "#8c6844", "#c8bca8", "#3a3430", "#a88460", "#d8d0c4", "#6c4c34")


def cattle(rng: np.random.Generator) -> Mesh:
    """One cow or water buffalo: 2 to 2.6 m from nose to tail, standing."""
    size, hide = rng.uniform(0.85, 1.15), one_of(rng, HIDE)
    middles = np.array(
        [[0.0, 0.0, 1.0], [0.45, 0.0, 1.05], [-0.5, 0.0, 1.05], [1.05, 0.0, 1.15], [1.3, 0.0, 1.0]]
    )
    middles[3:, 1] += rng.normal(0.0, 0.15)
    middles[3:, 2] -= float(rng.choice([0.0, 0.8]))  # grazing
    radii = np.array(
        [[0.7, 0.38, 0.42], [0.4, 0.33, 0.4], [0.4, 0.36, 0.38], [0.4, 0.18, 0.22], [0.28, 0.13, 0.15]]
    )
    body = blobs(rng, middles, radii, varied(rng, hide, 5, light=0.12), rough=0.05, halvings=1)
    feet = np.array([(x, y, 0.0) for x in (-0.6, 0.55) for y in (-0.22, 0.22)])
    legs = sticks(feet, feet + np.array([0.0, 0.0, 0.85]), 0.08, hide[None] * 0.8)
    horns = sticks(
        middles[[4, 4]],
        middles[[4, 4]] + np.array([[0.0, -0.35, 0.25], [0.0, 0.35, 0.25]]),
        0.03,
        hide[None] * 0.5,
    )
    return moved(joined(body, legs, horns if rng.random() < 0.6 else None), scale=size)


def herd(rng: np.random.Generator) -> Mesh:
    """A few cattle together."""
    spots = rng.normal(0.0, 3.0, (int(rng.integers(2, 7)), 2))
    turns = yaw_turn(rng.uniform(0.0, 6.3, len(spots)))
    return joined(*(moved(cattle(rng), (*spot, 0.0), turn) for spot, turn in zip(spots, turns, strict=True)))


def dog(rng: np.random.Generator) -> Mesh:
    """A dog, goat or pig: a third of a cow."""
    return moved(cattle(rng), scale=rng.uniform(0.3, 0.5))


def lying(rng: np.random.Generator) -> Mesh:
    """A wallowing or resting buffalo: a back and a head just above ground or water (z = 0)."""
    hide = varied(rng, one_of(rng, HIDE), 2, light=0.15)
    middles, radii = (
        np.array([[0.0, 0.0, 0.0], [1.0, 0.1, 0.1]]),
        np.array([[0.9, 0.4, 0.35], [0.35, 0.2, 0.2]]),
    )
    return cut_off(blobs(rng, middles, radii, hide, rough=0.06, halvings=1))


def birds(rng: np.random.Generator) -> Mesh:
    """Birds in flight below the drone, wings spread: white or dark."""
    count, high = int(rng.integers(1, 9)), rng.uniform(1.0, 8.0)
    at = np.column_stack([rng.normal(0.0, 3.0, (count, 2)), high + rng.normal(0.0, 0.5, count)])
    ahead, across = _flight(rng, count)
    span = rng.uniform(0.35, 0.9)
    lift = np.array([0.0, 0.0, 0.1])
    wings = [0.5 * span * across + lift, -0.5 * span * across + lift]
    corners = [0.28 * span * ahead, wings[0], -0.1 * span * ahead, wings[1], -0.3 * span * ahead]
    starts = (np.arange(count) * 5)[:, None, None]
    faces = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 2]])[None] + starts
    colour = linear("#f0f0ec") if rng.random() < 0.7 else linear("#302c28")
    return mesh_of(at[:, None, :] + np.stack(corners, axis=1), faces, np.broadcast_to(colour, (count, 5, 3)))


def _flight(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Unit vectors (n, 3) ahead and across: a flock has about one course."""
    course = rng.uniform(0.0, 6.3) + rng.normal(0.0, 0.4, count)
    zero = np.zeros(count)
    return np.stack([np.cos(course), np.sin(course), zero], 1), np.stack(
        [-np.sin(course), np.cos(course), zero], 1
    )


ASSETS: Mapping[str, Asset] = {
    "cow": Asset(None, cattle, 1.0),
    "herd": Asset(None, herd, 0.6),
    "dog": Asset(None, dog, 0.8),
    "resting_buffalo": Asset(None, lying, 0.3),
    "birds": Asset(None, birds, 0.5),
    "wallowing_buffalo": Asset(None, lying, 0.6, "water"),
    "birds_over_water": Asset(None, birds, 1.2, "water"),
}
