"""The standard normal's mass inside a polygon, as an integral along the polygon's edges.

Green's theorem with the field F = (1 - exp(-r^2/2)) / (2 pi r^2) (-y, x), whose curl is the standard normal
density exp(-r^2/2) / (2 pi): the mass inside is the sum over the directed edges of

    1/(2 pi) * integral of (1 - exp(-r^2/2)) d(theta).

The kernel (1 - exp(-r^2/2)) / r^2 is smooth at r = 0, so a point on an edge or a vertex needs no special
case. Beyond `REACH` the exponential is below 3e-18 and the integral is the angle. An edge's share is Owen's T
in other words: from (h, 0) to (h, a h) it is atan(a) / (2 pi) - T(h, a) (Owen 1956).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofences.local_metres import Array

REACH = 9.0
_PANEL = 2.0
_CLEAR = 1e-6
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_SHORT = 0.5
_FEW_NODES, _FEW_WEIGHTS = np.polynomial.legendre.leggauss(5)


def normal_mass(start: Array, end: Array) -> float:
    """The mass left of the edges from (n, 2) `start` to (n, 2) `end`, centred and in units of sigma.

    For closed rings this is the probability; for an open path it is the path's share of it. Absolute error <
    1e-11.
    """
    edges = _straight(start, end)
    near = edges.near
    angle = _angle(start[~near], end[~near])
    if near.any():
        along, offset, low, high = edges.along[near], edges.offset[near], edges.low[near], edges.high[near]
        foot_low, foot_high = _feet(along, offset, low, high)
        # An end nearer than the reach is its own foot: no angle is left, and rounding must not invent one.
        before, after = edges.first[near] < -REACH, edges.last[near] > REACH
        angle += _angle(start[near][before], foot_low[before]) + _angle(foot_high[after], end[near][after])
        angle += _smooth_part(offset, low, high)
    return angle / (2.0 * np.pi)


def mass_withheld(start: Array, end: Array) -> float | None:
    """What the edges near the origin take from the winding number: integral of exp(-r^2/2) d(theta) / (2 pi).

    The probability is the winding number (1 inside, 0 outside) less this, of all edges within `REACH`; the
    others do not matter. None where an edge passes so near the origin that its angle is lost in rounding: use
    `normal_mass`.
    """
    edges = _straight(start, end)
    near = edges.near
    offset, low, high = edges.offset[near], edges.low[near], edges.high[near]
    if np.any((np.abs(offset) < _CLEAR) & (low < _CLEAR) & (high > -_CLEAR)):
        return None
    beside = np.abs(offset)
    angles = np.copysign(np.arctan2(high, beside) - np.arctan2(low, beside), offset)
    return (float(angles.sum()) - _smooth_part(offset, low, high)) / (2.0 * np.pi)


def shares_withheld(start: Array, end: Array) -> tuple[Array, NDArray[np.bool_]]:
    """What each edge (m, 2) takes from its own winding number, as `mass_withheld` sums it up, and where not.

    The edges may belong to many points, each centred and whitened for its own. Where the second is true the
    edge passes so near its origin that its angle is lost in rounding.
    """
    edges = _straight(start, end)
    share, touching = np.zeros(len(start)), np.zeros(len(start), dtype=np.bool_)
    near = np.flatnonzero(edges.near)
    offset, low, high = edges.offset[near], edges.low[near], edges.high[near]
    beside = np.abs(offset)
    touching[near] = (beside < _CLEAR) & (low < _CLEAR) & (high > -_CLEAR)
    angle = np.copysign(np.arctan2(high, beside) - np.arctan2(low, beside), offset)
    share[near] = (angle - _smooth_shares(offset, low, high)) / (2.0 * np.pi)
    return share, touching


@dataclass(frozen=True, slots=True, eq=False)
class _Straight:
    """Edges as lines: unit direction, signed distance from the origin (positive: the origin is on the left).

    The places of both ends along it: whole (`first`, `last`) and cut to the reach (`low`, `high`).
    """

    along: Array
    offset: Array
    first: Array
    last: Array
    low: Array
    high: Array
    near: NDArray[np.bool_]


def _straight(start: Array, end: Array) -> _Straight:
    delta = end - start
    length = np.hypot(delta[:, 0], delta[:, 1])
    along = delta / np.maximum(length, np.finfo(np.float64).tiny)[:, None]
    offset = start[:, 0] * along[:, 1] - start[:, 1] * along[:, 0]
    first = start[:, 0] * along[:, 0] + start[:, 1] * along[:, 1]
    last = first + length
    low = np.minimum(np.maximum(first, -REACH), REACH)
    high = np.minimum(np.maximum(last, -REACH), REACH)
    near = (np.abs(offset) < REACH) & (low < high)
    return _Straight(along, offset, first, last, low, high, near)


def _angle(start: Array, end: Array) -> float:
    cross = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
    return float(np.arctan2(cross, np.einsum("ij,ij->i", start, end)).sum())


def _feet(along: Array, offset: Array, low: Array, high: Array) -> tuple[Array, Array]:
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1) * offset[:, None]
    return normal + along * low[:, None], normal + along * high[:, None]


def _smooth_part(offset: Array, low: Array, high: Array) -> float:
    if np.all(high - low <= _SHORT):
        half, middle = 0.5 * (high - low), 0.5 * (high + low)
        return _quadrature(offset, middle, half, _FEW_NODES, _FEW_WEIGHTS)
    panels = np.ceil((high - low) / _PANEL).astype(np.intp)
    edge = np.repeat(np.arange(len(panels)), panels)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(panels) - panels, panels)
    half = 0.5 * ((high - low) / panels)[edge]
    return _quadrature(offset[edge], low[edge] + half * (2 * place + 1), half, _NODES, _WEIGHTS)


def _smooth_shares(offset: Array, low: Array, high: Array) -> Array:
    """As `_smooth_part`, edge by edge."""
    share = np.empty(len(offset))
    short = np.flatnonzero(high - low <= _SHORT)
    half, middle = 0.5 * (high - low)[short], 0.5 * (high + low)[short]
    share[short] = _quadratures(offset[short], middle, half, _FEW_NODES, _FEW_WEIGHTS)
    long = np.flatnonzero(high - low > _SHORT)
    panels = np.ceil((high - low)[long] / _PANEL).astype(np.intp)
    edge = np.repeat(long, panels)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(panels) - panels, panels)
    half = 0.5 * np.repeat((high - low)[long] / panels, panels)
    pieces = _quadratures(offset[edge], low[edge] + half * (2 * place + 1), half, _NODES, _WEIGHTS)
    share[long] = np.bincount(edge, pieces, minlength=len(offset))[long]
    return share


def _quadratures(offset: Array, middle: Array, half: Array, nodes: Array, weights: Array) -> Array:
    position = middle[:, None] + half[:, None] * nodes
    energy = np.maximum(0.5 * (np.square(offset)[:, None] + np.square(position)), 1e-300)
    kernel = -np.expm1(-energy) / (2.0 * energy)
    share: Array = (kernel @ weights) * half * offset
    return share


def _quadrature(offset: Array, middle: Array, half: Array, nodes: Array, weights: Array) -> float:
    position = middle[:, None] + half[:, None] * nodes
    energy = np.maximum(0.5 * (np.square(offset)[:, None] + np.square(position)), 1e-300)
    kernel = -np.expm1(-energy) / (2.0 * energy)
    return float(((kernel @ weights) * half * offset).sum())
