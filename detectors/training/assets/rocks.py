"""Stones, rubble, earth and termite mounds."""

from collections.abc import Mapping

import numpy as np

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.shapes import blobs, boxes, cut_off, grounded, roll_turn, yaw_turn
from detectors.training.mesh import Mesh

STONE = palette("#8d8a84", "#a39d92", "#6f6a64", "#b8ae9c", "#7b6a58", "#9c8670", "#5c5854", "#c7c0b2")
EARTH = palette("#8a5a40", "#a3714f", "#75543c", "#6a5240", "#b08a64", "#94533a")
RUBBLE = palette("#b9b4aa", "#9a958c", "#b5765c", "#d2cdc2", "#87827a")


def rocks(rng: np.random.Generator) -> Mesh:
    """One to twelve boulders."""
    count, size = int(rng.integers(1, 13)), rng.uniform(0.15, 1.3)
    radii = size * rng.lognormal(0.0, 0.4, (count, 1)) * rng.uniform(0.6, 1.2, (count, 3)) * [1.0, 1.0, 0.7]
    middles = np.column_stack([rng.normal(0.0, 1.1 * size * np.sqrt(count), (count, 2)), 0.25 * radii[:, 2]])
    colours = varied(rng, one_of(rng, STONE), count, light=0.15)
    return cut_off(blobs(rng, middles, radii, colours, rough=0.14, halvings=1))


def long_rocks(rng: np.random.Generator) -> Mesh:
    """Ribs of rock side by side, as they stand out of a dry river bed: like logs in outline alone."""
    count, length = int(rng.integers(2, 8)), rng.uniform(1.5, 6.0)
    radii = np.column_stack(
        [length * rng.uniform(0.3, 0.6, count), rng.uniform(0.2, 0.6, count), rng.uniform(0.15, 0.4, count)]
    )
    middles = np.column_stack(
        [rng.normal(0.0, 0.3 * length, count), np.cumsum(rng.uniform(0.5, 1.3, count)), np.zeros(count)]
    )
    return cut_off(
        blobs(rng, middles, radii, varied(rng, one_of(rng, STONE), count, light=0.1), rough=0.16, halvings=1)
    )


def rubble(rng: np.random.Generator) -> Mesh:
    """A heap of broken bricks and concrete."""
    count, reach = int(rng.integers(25, 150)), rng.uniform(0.6, 3.5)
    flat = rng.normal(0.0, 0.4 * reach, (count, 2))
    high = np.maximum(0.05, 0.5 * (reach - np.linalg.norm(flat, axis=1))) * rng.uniform(0.0, 1.0, count)
    turns = yaw_turn(rng.uniform(0.0, 6.3, count)) @ roll_turn(rng.normal(0.0, 0.5, count))
    sizes = rng.gamma(2.5, 0.09, (count, 1)) * rng.uniform(0.4, 1.6, (count, 3))
    colours = varied(rng, one_of(rng, RUBBLE), count, light=0.25)
    return grounded(boxes(np.column_stack([flat, high]), sizes, colours, turns))


def earth_heap(rng: np.random.Generator) -> Mesh:
    """Sand, gravel or earth, tipped: one to six cones in a row."""
    count, size = int(rng.integers(1, 7)), rng.uniform(0.8, 2.2)
    middles = np.column_stack(
        [np.arange(count) * size * rng.uniform(1.2, 2.0), rng.normal(0.0, 0.3, count), np.zeros(count)]
    )
    radii = size * rng.uniform(0.8, 1.2, (count, 1)) * np.array([1.0, 1.0, 0.75])
    colours = varied(rng, one_of(rng, EARTH if rng.random() < 0.6 else STONE), count, light=0.1)
    return cut_off(blobs(rng, middles, radii, colours, rough=0.08, halvings=1))


def termite_mound(rng: np.random.Generator) -> Mesh:
    """A mound of red earth with a spire or several."""
    count, size = int(rng.integers(1, 5)), rng.uniform(0.3, 1.0)
    radii = size * np.column_stack([rng.uniform(0.5, 1.0, (count, 2)), rng.uniform(0.9, 2.4, count)])
    middles = np.column_stack([rng.normal(0.0, 0.4 * size, (count, 2)), np.zeros(count)])
    colours = varied(rng, one_of(rng, EARTH), count, light=0.1)
    return cut_off(blobs(rng, middles, radii, colours, rough=0.15, halvings=1))


ASSETS: Mapping[str, Asset] = {
    "rocks": Asset(None, rocks, 3.0),
    "long_rocks": Asset(None, long_rocks, 1.0),
    "rubble": Asset(None, rubble, 1.0),
    "earth_heap": Asset(None, earth_heap, 1.0),
    "termite_mound": Asset(None, termite_mound, 0.7),
}
