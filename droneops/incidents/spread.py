"""Errors as plain numbers: what the rules ask of a covariance, five times a second for hundreds of things."""

from __future__ import annotations

import math

import numpy as np

from droneops.tracking.kalman import TURNING_SHARE
from droneops.tracking.relative import COMMON_LASTS_S
from droneops.types import FloatArray, Track

TURNED = TURNING_SHARE / 2
"""The part of the shared error that may differ at once, between two looks from different sides."""


TURNS_RADPS = 0.1
"""How fast a circling drone's view turns: at 8 m/s, 80 m from what it looks at. An assumption."""

LAGS_S = 2.0
"""How much longer one track takes than another to follow the sightings of both; seen in simulated patrols."""


def widest_m2(cov_m2: FloatArray) -> float:
    """The variance along the longest axis of a covariance (2, 2)."""
    ((ee, en), (_, nn)) = cov_m2.tolist()
    return float((ee + nn) / 2 + math.hypot((ee - nn) / 2, en))


def own_m2(track: Track) -> float:
    """The variance that a track's sightings do not share, along its longest axis."""
    return max(widest_m2(track.cov_m2 - track.cov_common_m2), 0.0)


def share_lost(apart_s: float) -> float:
    """How much of the shared error is no longer the same after a time (`droneops.tracking.relative`)."""
    return 1 - (1 - TURNED) * math.exp(-abs(apart_s) / COMMON_LASTS_S)


def share_turned(apart_s: FloatArray) -> FloatArray:
    """As `share_lost`, of where a thing is from another; both were seen so long apart, in one look at 0.

    Within a look both err alike, however the view has turned: only the lag of their tracks is left.
    """
    turned = np.minimum(TURNS_RADPS * (apart_s + LAGS_S), math.pi)
    changed: FloatArray = np.maximum(1 - np.exp(-apart_s / COMMON_LASTS_S), 1 - np.cos(turned))
    return changed


def p_below(value: float, sigma: float, limit: float) -> float:
    """P(X <= limit) for X normal about ``value``; without an error 0 or 1."""
    if sigma <= 0:
        return 1.0 if value <= limit else 0.0
    return 0.5 * (1 + math.erf((limit - value) / (sigma * math.sqrt(2))))


def surely_faster(track: Track, than_mps: float, sigmas: float, more_m2ps2: float = 0.0) -> bool:
    """Whether a track's speed lies above a limit by so many sigma of the speed along itself.

    ``more_m2ps2`` is variance that the track's own filter knows nothing of.
    """
    east, north = track.velocity_mps.tolist()
    speed_mps = math.hypot(east, north)
    if speed_mps <= than_mps:
        return False
    ((ee, en), (_, nn)) = track.velocity_cov_m2ps2.tolist()
    variance = (ee * east * east + 2 * en * east * north + nn * north * north) / speed_mps**2
    return speed_mps - sigmas * math.sqrt(max(variance, 0.0) + more_m2ps2) > than_mps
