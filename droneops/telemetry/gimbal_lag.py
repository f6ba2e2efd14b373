"""Poses for a picture that follows the reported gimbal late.

Some autopilots report what the gimbal was told, not where it is. A gimbal follows nearly as a first-order
system; here it is a pure delay, which is right for a steady turn and off for one time constant at its ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from droneops.telemetry.quaternion import from_euler, multiply, yaw_of
from droneops.types import FloatArray, NoPose, Pose, Sigma, read_only

_UNKNOWN = Sigma(math.pi, "unknown")


class Poses(Protocol):
    """Where the drone was at a time, or why that is not known."""

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose at a UTC time in microseconds."""


def with_gimbal_lag(poses: Poses, lag_s: float) -> Poses:
    """``poses`` as a picture ``lag_s`` behind the reported gimbal needs them; the very same without a lag."""
    return LaggedGimbal(poses, lag_s) if lag_s else poses


@dataclass(frozen=True, slots=True)
class LaggedGimbal:
    """``poses`` whose gimbal is that of ``lag_s`` earlier (negative: later)."""

    poses: Poses
    lag_s: float

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose of now with the gimbal of ``lag_s`` ago, turned by the change of heading since.

        What lags is the gimbal's angle against heading and horizon: its base turns with the vehicle at once.
        For a gimbal locked to the earth, which holds still while the vehicle turns, that is wrong by what the
        vehicle turns in ``lag_s``; a pose does not say which lock it was. ``ned_from_gimbal`` is None where
        nothing tells of the gimbal then.
        """
        now = self.poses.at(time_us)
        if isinstance(now, NoPose):
            return now
        then = self.poses.at(time_us - round(self.lag_s * 1e6))
        if isinstance(then, NoPose) or then.ned_from_gimbal is None:
            return replace(now, ned_from_gimbal=None, gimbal_sigma_rad=_UNKNOWN)
        turned = _turned(then.ned_from_gimbal, then.ned_from_body, now.ned_from_body)
        return replace(now, ned_from_gimbal=turned, gimbal_sigma_rad=then.gimbal_sigma_rad)


def _turned(ned_from_gimbal: FloatArray, body_then: FloatArray, body_now: FloatArray) -> FloatArray:
    yaw_then, yaw_now = yaw_of(np.stack((body_then, body_now)))
    return read_only(multiply(from_euler(0.0, 0.0, yaw_now - yaw_then), ned_from_gimbal))
