"""Which parts of a long video tell most of its offset: where the telemetry says that the motion changes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.sync.predict import CameraPath, Unknowns, camera_path, moved
from droneops.telemetry.gimbal_lag import Poses
from droneops.types import FloatArray

MOST_S = 120.0
"""Seconds of video that are looked at; some ten turns. All of a shorter video is."""

_QUARTERS = 4
_BIN_US = 1_000_000
_TURN_S = 1.0
_PLAIN = Unknowns(0.0, 0.0, 0.0)


def telling_times(
    poses: Poses,
    camera: Camera,
    ground: Ground,
    first_us: int,
    last_us: int,
    *,
    span_s: tuple[float, float] = (-3.0, 3.0),
) -> Callable[[int], bool]:
    """Says of a nominal frame time whether its motion should be measured, for a video of these times.

    Every quarter of the video has its share, so that a drift shows. A second is wanted when any offset
    within ``span_s`` would put it where the foreseen motion changes most.
    """
    if last_us - first_us <= MOST_S * 1e6:
        return lambda time_us: first_us <= time_us <= last_us
    early_us = first_us + round(span_s[0] * 1e6)
    path = camera_path(poses, camera, ground, early_us, last_us + round(span_s[1] * 1e6))
    count = (last_us - first_us) // _BIN_US + 1
    # Second k of the video may show what the telemetry did in its seconds k to k + reach - 1.
    reach = math.ceil(span_s[1] - span_s[0]) + 1
    change = _change(path, early_us, count + reach - 1)
    wanted = np.zeros(count, dtype=np.bool_)
    for part in np.array_split(np.arange(count), _QUARTERS):
        wanted[part] = _busiest(change, part, reach)
    return lambda time_us: first_us <= time_us <= last_us and bool(wanted[(time_us - first_us) // _BIN_US])


def _busiest(change: FloatArray, part: npt.NDArray[np.int64], reach: int) -> npt.NDArray[np.bool_]:
    """Of some bins, those that may show the greatest changes, as many as their share of MOST_S allows."""
    wanted = np.zeros(len(part), dtype=np.bool_)
    possible = change[part[0] : part[-1] + reach]
    for place in np.argsort(-possible, kind="stable"):
        more = wanted.copy()
        more[max(place - reach + 1, 0) : place + 1] = True
        if more.sum() > MOST_S / _QUARTERS:
            break
        wanted = more
    return wanted


def _change(path: CameraPath, first_us: int, count: int) -> FloatArray:
    """(count,): by how much the motion of the picture's middle changes about each second; 0 if unknown."""
    time_us = first_us + np.arange(count, dtype=np.float64) * _BIN_US
    before, after = (_rate(path, time_us + half_s * 1e6) for half_s in (0.0, _TURN_S))
    change = np.linalg.norm(after - before, axis=1)
    known = path.known_throughout(time_us, time_us + (_TURN_S + 0.1) * 1e6)
    return np.where(known & np.isfinite(change), change, 0.0)


def _rate(path: CameraPath, time_us: FloatArray) -> FloatArray:
    """(n, 2) normalised coordinates in a tenth of a second."""
    middle = np.zeros((len(time_us), 1, 2))
    later = moved(path, middle, time_us, time_us + 1e5, _PLAIN)
    rate: FloatArray = later[:, 0]
    return rate
