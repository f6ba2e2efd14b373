"""Which track each sighting of a look belongs to.

Three rounds, each the cheapest assignment of all: strong sightings to confirmed tracks; weak ones to those
left over, so that a thing half hidden keeps its track (the idea of ByteTrack, Zhang et al. 2022, in metres);
what remains to tentative tracks, so that nothing unproven takes a sighting from something proven.

The cost of a pair is minus twice the logarithm of its likelihood, d^2 + ln det S: a track that could be
anywhere does not outbid one that is expected right there. A thing may also be new; that has a likelihood too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droneops.tracking import kalman, labels
from droneops.tracking.assignment import NOBODY, IntArray, assign
from droneops.tracking.live import MAX_COAST_S, Live
from droneops.tracking.shift import BoolArray, Pairs, shift_of_look, squared
from droneops.types import FloatArray, GroundPoint, Sighting

GATE_D2 = 13.82
"""The squared distance in sigmas that a right match stays under 999 times in 1000 (chi-square, 2 degrees)."""

NEW_THINGS_PER_M2 = 1e-6
"""One new thing a look in a square kilometre. An assumption; ten times as many moves the border between old
and new by 2 sigmas at most."""

LOST_AFTER_S = 1.0
"""The camera, not the detector, has lost what it has not shown for that long: five misses in a row."""

COST_OF_NEW = -2 * math.log(2 * math.pi * NEW_THINGS_PER_M2)


@dataclass(frozen=True, slots=True)
class Placed:
    """A sighting that has a place: its row in the look, and east, north in the tracker's plane (2,)."""

    row: int
    sighting: Sighting
    point: GroundPoint
    position_m: FloatArray


@dataclass(frozen=True, slots=True)
class Association:
    """``matches`` (n,) holds the index of each sighting's track, ``NOBODY`` where none fits.

    ``shift_m`` (2,) is how far the look is off as a whole, None where that is not known.
    """

    matches: IntArray
    shift_m: FloatArray | None


def associate(
    placed: Sequence[Placed], lives: Sequence[Live], expected: Sequence[kalman.State], strong_score: float
) -> Association:
    """Give each sighting its track. No track is given twice."""
    matches: IntArray = np.full(len(placed), NOBODY, dtype=np.int64)
    if not placed or not lives:
        return Association(matches, None)
    cost, shift_m = costs(placed, lives, expected)
    alone = np.array([COST_OF_NEW if p.sighting.identity is None else GATE_D2 for p in placed])
    strong = np.array([p.sighting.identity is not None or p.sighting.score >= strong_score for p in placed])
    _leave_open(cost, placed, lives, strong, shift_is_known=shift_m is not None)
    proven = np.array([not live.is_tentative for live in lives])
    for rows, columns in ((strong, proven), (~strong, proven), (strong | ~strong, ~proven)):
        free = columns & ~np.isin(np.arange(len(lives)), matches)
        _round(cost, alone, rows & (matches == NOBODY), free, matches)
    return Association(matches, shift_m)


def _round(cost: FloatArray, alone: FloatArray, rows: BoolArray, columns: BoolArray, into: IntArray) -> None:
    """One assignment among those rows and columns, written ``into`` the matches."""
    row, column = np.flatnonzero(rows), np.flatnonzero(columns)
    part = cost[np.ix_(row, column)]
    near = np.isfinite(part)
    row, column = row[near.any(axis=1)], column[near.any(axis=0)]
    if not row.size:
        return
    found = assign(cost[np.ix_(row, column)], alone[row])
    into[row[found != NOBODY]] = column[found[found != NOBODY]]


def costs(
    placed: Sequence[Placed], lives: Sequence[Live], expected: Sequence[kalman.State]
) -> tuple[FloatArray, FloatArray | None]:
    """What each pair costs (n, m), infinite where they cannot be one thing; and the look's shift (2,).

    Where the look tells how far it is off as a whole, that is taken away, and what the sightings share is no
    longer an excuse for a pair that does not fit.
    """
    extra = np.array([[_extra(live, p.sighting) for live in lives] for p in placed])
    named = np.array([p.sighting.identity is not None for p in placed])
    # A tentative track begun in a turn lies where the turn put it, and would tell of no shift.
    proven = np.array([not live.is_tentative for live in lives])
    pairs = _pairs(placed, expected, np.isfinite(extra) & ~named[:, None] & proven)
    shift_m = shift_of_look(pairs, GATE_D2)
    d2, det = squared(pairs.difference_m, pairs.own_m2 + pairs.shared_m2)
    if shift_m is not None:
        left_m2 = np.eye(2) * (kalman.SHIFT_VARIES**2 * float(shift_m @ shift_m))
        near_d2, near_det = squared(pairs.difference_m - shift_m, pairs.own_m2 + left_m2)
        d2, det = np.where(named[:, None], d2, near_d2), np.where(named[:, None], det, near_det)
    cost: FloatArray = np.where(named[:, None], d2, d2 + np.log(det)) + extra
    cost[d2 >= GATE_D2] = np.inf
    return cost, shift_m


def _leave_open(
    cost: FloatArray,
    placed: Sequence[Placed],
    lives: Sequence[Live],
    strong: BoolArray,
    *,
    shift_is_known: bool,
) -> None:
    """Which of several lost tracks has come back is not guessed from one sighting that could be any of them.

    It begins a tentative track, until more of the scene is in view or it is merged when it is believed. So
    does a weak sighting at a track lost for long: one false box is not its return, and would move its
    incident.
    """
    unseen_us = placed[0].sighting.time_us - np.array([live.track.last_seen_us for live in lives])
    unnamed = np.array([p.sighting.identity is None for p in placed])
    cost[np.ix_(unnamed & ~strong, unseen_us > MAX_COAST_S * 1e6)] = np.inf
    many = np.isfinite(cost).sum(axis=1) > 1
    if not shift_is_known:
        cost[np.ix_(many & unnamed, unseen_us > LOST_AFTER_S * 1e6)] = np.inf


def _extra(live: Live, sighting: Sighting) -> float:
    if live.identity != sighting.identity:
        return math.inf
    return labels.penalty(live.track.label, sighting.label)


def _pairs(placed: Sequence[Placed], expected: Sequence[kalman.State], may_be: BoolArray) -> Pairs:
    """`kalman.innovation` for all pairs; for what has a name the shared error may be new altogether."""
    common = np.stack([p.point.cov_common_m2 for p in placed])
    own = np.stack([p.point.cov_m2 for p in placed]) - common
    roots = np.stack([kalman.root(p.point.cov_common_m2) for p in placed])
    may_be_new = np.array([kalman.TURNING_SHARE + (p.sighting.identity is not None) for p in placed])
    apart = np.stack([state.bias[:2] for state in expected])[None] - roots[:, None]
    return Pairs(
        difference_m=np.stack([p.position_m for p in placed])[:, None]
        - np.stack([s.mean[:2] for s in expected]),
        own_m2=np.stack([state.own_cov[:2, :2] for state in expected])[None] + own[:, None],
        shared_m2=apart @ apart.swapaxes(-1, -2) + (may_be_new[:, None, None] * common)[:, None],
        may_be=may_be,
    )
