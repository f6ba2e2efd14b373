"""`probability` for many pairs of a point and a zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geofences.covariance import FLOOR_M2
from geofences.edges import Edges
from geofences.local_metres import Array, metres_per_degree
from geofences.normal_mass import REACH, shares_withheld

# Edges looked at together: some tens of megabytes.
_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class AllEdges:
    """The edges of many zones in one row: those of zone `z` are `first[z]` to `first[z + 1]`."""

    start: Array
    end: Array
    low: Array
    high: Array
    first: NDArray[np.intp]


def all_edges(each: Sequence[Edges]) -> AllEdges:
    """The edges of at least one zone, in the order of the zones."""
    names = ("start", "end", "low", "high")
    start, end, low, high = (np.concatenate([getattr(edges, name) for edges in each]) for name in names)
    return AllEdges(start, end, low, high, np.cumsum([0, *(len(edges.start) for edges in each)]))


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Pairs of a point and a zone, (n,) each; `inside` is 1 where the zone holds the point, else 0.

    `cov_m2` (n, 2, 2) is all of the error, the zone's own included.
    """

    zone: NDArray[np.intp]
    inside: Array
    lat_deg: Array
    lon_deg: Array
    cov_m2: Array


def probabilities_inside(edges: AllEdges, asked: Asked) -> Array:
    """P(inside) (n,) of each pair.

    NaN where it takes `probability_about`: a line through the very point, or a covariance without an inverse.
    """
    count = edges.first[asked.zone + 1] - edges.first[asked.zone]
    probability = np.empty(len(count))
    block = (np.cumsum(count) - count) // _AT_ONCE
    ends = [*(np.flatnonzero(np.diff(block)) + 1).tolist(), len(count)]
    for begin, end in pairwise([0, *ends]):
        some = slice(begin, end)
        probability[some] = _probabilities(edges, _part(asked, some), count[some])
    return probability


def _part(asked: Asked, some: slice) -> Asked:
    lat_deg, lon_deg = asked.lat_deg[some], asked.lon_deg[some]
    return Asked(asked.zone[some], asked.inside[some], lat_deg, lon_deg, asked.cov_m2[some])


def _probabilities(edges: AllEdges, asked: Asked, count: NDArray[np.intp]) -> Array:
    east_m2, across_m2, north_m2 = asked.cov_m2[:, 0, 0], asked.cov_m2[:, 0, 1], asked.cov_m2[:, 1, 1]
    regular = east_m2 * north_m2 - across_m2**2 > FLOOR_M2 * (east_m2 + north_m2)
    metres = np.stack(metres_per_degree(asked.lat_deg), axis=1)
    origin = np.stack([asked.lon_deg, asked.lat_deg], axis=1)
    reach_deg = REACH * np.sqrt(np.stack([east_m2, north_m2], axis=1)) / metres
    pair = np.repeat(np.arange(len(count)), count)
    edge = np.repeat(edges.first[asked.zone] - (np.cumsum(count) - count), count) + np.arange(len(pair))
    near = regular[pair]
    for axis in (0, 1):
        near &= edges.low[edge, axis] <= (origin + reach_deg)[pair, axis]
        near &= edges.high[edge, axis] >= (origin - reach_deg)[pair, axis]
    pair, edge = pair[near], edge[near]
    white = _whitening(np.where(regular[:, None, None], asked.cov_m2, np.eye(2)))[pair]
    start = _turned(white, (edges.start[edge] - origin[pair]) * metres[pair])
    end = _turned(white, (edges.end[edge] - origin[pair]) * metres[pair])
    share, touching = shares_withheld(start, end)
    probability = np.clip(asked.inside - np.bincount(pair, share, minlength=len(count)), 0.0, 1.0)
    alone = ~regular
    alone[pair[touching]] = True
    probability[alone] = np.nan
    return probability


def _whitening(cov_m2: Array) -> Array:
    """(n, 2, 2) inverse Cholesky factors, as `covariance.whitening`."""
    east_m = np.sqrt(cov_m2[:, 0, 0])
    shear_m = cov_m2[:, 0, 1] / east_m
    north_m = np.sqrt(cov_m2[:, 1, 1] - shear_m * shear_m)
    white = np.zeros((len(cov_m2), 2, 2))
    white[:, 0, 0] = 1.0 / east_m
    white[:, 1, 0] = -shear_m / (east_m * north_m)
    white[:, 1, 1] = 1.0 / north_m
    return white


def _turned(white: Array, metres: Array) -> Array:
    turned: Array = np.einsum("nij,nj->ni", white, metres)
    return turned
