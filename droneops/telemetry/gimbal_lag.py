"""Poses for a picture that follows the reported gimbal late.

Some autopilots report what the gimbal was told, not where it is. A gimbal follows nearly as a first-order
system: where it is, is the mean of where it was told to be, each moment weighted by exp(-age / lag). In a
steady turn that is a delay; where one begins or ends, a delay would be off by a third of the turn of a lag.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from droneops.telemetry.quaternion import multiply, yaw_of
from droneops.types import FloatArray, NoPose, Pose, Sigma, read_only

_UNKNOWN = Sigma(math.pi, "unknown")

_AGES: FloatArray = np.array([0.415774556783, 2.294280360279, 6.289945082937])
_WEIGHTS: FloatArray = np.array([0.711093009929, 0.278517733569, 0.010389256502])
"""Gauss-Laguerre's three points (Abramowitz and Stegun 1964, table 25.9): ages in lags, and their weights."""


class Poses(Protocol):
    """Where the drone was at a time, or why that is not known."""

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose at a UTC time in microseconds."""


def with_gimbal_lag(poses: Poses, lag_s: float) -> Poses:
    """``poses`` as a picture ``lag_s`` behind the reported gimbal needs them; the very same without a lag."""
    return LaggedGimbal(poses, lag_s) if lag_s else poses


@dataclass(frozen=True, slots=True)
class LaggedGimbal:
    """``poses`` whose gimbal follows what they say with a time constant (negative: it runs ahead)."""

    poses: Poses
    lag_s: float

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose of now with the gimbal as it has followed, turned by the change of heading since.

        What lags is the gimbal's angle against heading and horizon: its base turns with the vehicle at once.
        For a gimbal locked to the earth, which holds still while the vehicle turns, that is wrong by what the
        vehicle turns in ``lag_s``; a pose does not say which lock it was. ``ned_from_gimbal`` is None where
        nothing tells of the gimbal one lag ago; of moments that nothing tells of, that one stands in.
        """
        now = self.poses.at(time_us)
        if isinstance(now, NoPose):
            return now
        then = self.poses.at(time_us - round(self.lag_s * 1e6))
        if isinstance(then, NoPose) or then.ned_from_gimbal is None:
            return replace(now, ned_from_gimbal=None, gimbal_sigma_rad=_UNKNOWN)
        moments = [self._told(time_us - round(age * self.lag_s * 1e6), then) for age in _AGES]
        return replace(now, ned_from_gimbal=_followed(moments, now), gimbal_sigma_rad=then.gimbal_sigma_rad)

    def _told(self, time_us: int, stand_in: Pose) -> Pose:
        then = self.poses.at(time_us)
        return stand_in if isinstance(then, NoPose) or then.ned_from_gimbal is None else then


def _followed(moments: list[Pose], now: Pose) -> FloatArray:
    """The weighted mean of gimbals against heading and horizon, on the heading of now.

    Rotations near each other: their mean is that of the quaternions, made whole.
    """
    yaw = yaw_of(np.array([pose.ned_from_body for pose in (*moments, now)]))
    half = (yaw[-1] - yaw[:-1]) / 2
    turns = np.zeros((len(moments), 4))
    turns[:, 0], turns[:, 3] = np.cos(half), np.sin(half)
    told = multiply(turns, np.array([pose.ned_from_gimbal for pose in moments]))
    told[told @ told[0] < 0] *= -1
    mean = _WEIGHTS @ told
    return read_only(mean / np.linalg.norm(mean))
