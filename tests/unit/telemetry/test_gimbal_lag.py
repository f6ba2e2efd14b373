"""The gimbal of a little earlier, as the picture shows it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from droneops.telemetry.gimbal_lag import with_gimbal_lag
from droneops.types import NoPose, Pose, Reason, Sigma, read_only

LAG_S = 0.12
NOW_US = 5_000_000
THEN_US = NOW_US - 120_000


@dataclass(frozen=True)
class Telling:
    """Poses of a heading, and of a gimbal's yaw against it and pitch, in degrees by time in seconds.

    Without a pose before ``from_us``, without a gimbal before ``gimbal_from_us``.
    """

    heading_deg: Callable[[float], float] = lambda t: 30.0
    yaw_deg: Callable[[float], float] = lambda t: 0.0
    pitch_deg: Callable[[float], float] = lambda t: -60.0
    from_us: int = 0
    gimbal_from_us: int = 0

    def at(self, time_us: int) -> Pose | NoPose:
        if time_us < self.from_us:
            return NoPose(time_us, Reason.NO_POSE)
        t = time_us / 1e6
        heading = self.heading_deg(t)
        gimbal = _quaternion(heading + self.yaw_deg(t), self.pitch_deg(t), 0.0)
        return Pose(
            drone_id="d",
            time_us=time_us,
            lat_deg=16.44 + t * 1e-4,
            lon_deg=104.75,
            alt_msl_m=300.0,
            alt_above_home_m=100.0,
            ned_from_body=_quaternion(heading, 5.0, -8.0),
            ned_from_gimbal=gimbal if time_us >= self.gimbal_from_us else None,
            velocity_ned_mps=read_only((0.0, 0.0, 0.0)),
            hfov_rad=None,
            position_sigma_m=Sigma(0.3, "made"),
            altitude_sigma_m=Sigma(0.3, "made"),
            attitude_sigma_rad=Sigma(t, "made"),
            gimbal_sigma_rad=Sigma(t, "made"),
            age_s=0.0,
        )


def _quaternion(yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    rotation = Rotation.from_euler("ZYX", [yaw_deg, pitch_deg, roll_deg], degrees=True)
    return read_only(rotation.as_quat(scalar_first=True))


def _pose(poses: Telling, time_us: int = NOW_US, lag_s: float = LAG_S) -> Pose:
    pose = with_gimbal_lag(poses, lag_s).at(time_us)
    assert isinstance(pose, Pose)
    return pose


def _looks_deg(pose: Pose) -> tuple[float, float]:
    """Yaw from north and pitch of the gimbal."""
    assert pose.ned_from_gimbal is not None
    rotation = Rotation.from_quat(pose.ned_from_gimbal, scalar_first=True)
    yaw, pitch, _ = rotation.as_euler("ZYX", degrees=True)
    return float(yaw), float(pitch)


def test_without_a_lag_the_poses_themselves_are_used():
    poses = Telling()
    assert with_gimbal_lag(poses, 0.0) is poses


def test_a_moving_gimbal_is_where_it_was_told_to_be_a_lag_ago():
    moving = Telling(yaw_deg=lambda t: 15 * t, pitch_deg=lambda t: -30 - 10 * (t - 4))
    yaw_deg, pitch_deg = _looks_deg(_pose(moving))
    # Two turns at once are no sum of angles: in a lag that makes a hundredth of a degree.
    assert yaw_deg == pytest.approx(30 + 15 * (5 - LAG_S), abs=0.03)
    assert pitch_deg == pytest.approx(-30 - 10 * (1 - LAG_S), abs=0.03)


@pytest.mark.parametrize("after_s", [0.03, 0.06, 0.12, 0.24, 0.48])
def test_where_a_turn_begins_the_gimbal_follows_as_a_first_order_system(after_s: float):
    began_s = NOW_US / 1e6 - after_s
    starting = Telling(pitch_deg=lambda t: -60 + 15 * max(t - began_s, 0.0))
    behind_s = LAG_S * (1 - math.exp(-after_s / LAG_S))
    _, pitch_deg = _looks_deg(_pose(starting))
    # A plain delay is off by up to 0.66 degrees.
    assert pitch_deg == pytest.approx(-60 + 15 * (after_s - behind_s), abs=0.1)


def test_a_moment_that_nothing_tells_of_counts_as_one_lag_ago():
    moving = Telling(pitch_deg=lambda t: -30 - 10 * (t - 4), gimbal_from_us=THEN_US - 1)
    _, pitch_deg = _looks_deg(_pose(moving))
    # The first of the three moments is four tenths of a lag ago; the others are not told.
    assert pitch_deg == pytest.approx(-30 - 10 * (1 - LAG_S * (0.711 * 0.416 + 0.289)), abs=0.01)


@pytest.mark.parametrize("start_deg", [0.0, 175.0, -184.0])
def test_a_gimbal_that_is_still_against_the_heading_turns_with_the_vehicle_at_once(start_deg: float):
    turning = Telling(heading_deg=lambda t: start_deg + 45 * (t - 4.9), yaw_deg=lambda t: 20.0)
    now, lagged = turning.at(NOW_US), _pose(turning)
    assert isinstance(now, Pose)
    assert _looks_deg(lagged) == pytest.approx(_looks_deg(now))


def test_all_but_the_gimbal_is_of_now():
    turning = Telling(heading_deg=lambda t: 45 * t)
    now, lagged = turning.at(NOW_US), _pose(turning)
    assert isinstance(now, Pose)
    assert (lagged.time_us, lagged.lat_deg, lagged.attitude_sigma_rad) == (
        NOW_US,
        now.lat_deg,
        now.attitude_sigma_rad,
    )
    assert np.array_equal(lagged.ned_from_body, now.ned_from_body)
    assert lagged.gimbal_sigma_rad.value == pytest.approx(THEN_US / 1e6)
    assert lagged.ned_from_gimbal is not None and not lagged.ned_from_gimbal.flags.writeable


@pytest.mark.parametrize("lacks", [{"from_us": THEN_US + 1}, {"gimbal_from_us": THEN_US + 1}])
def test_where_nothing_tells_of_the_gimbal_then_it_is_unknown(lacks: dict[str, int]):
    pose = _pose(Telling(**lacks))
    assert pose.ned_from_gimbal is None
    assert pose.gimbal_sigma_rad == Sigma(math.pi, "unknown")


def test_a_gimbal_told_then_is_known_though_it_is_silent_now():
    falls_silent = Telling()
    poses = with_gimbal_lag(_Silent(falls_silent), LAG_S)
    pose = poses.at(NOW_US)
    assert isinstance(pose, Pose) and pose.ned_from_gimbal is not None


@dataclass(frozen=True)
class _Silent:
    """Poses without a gimbal from just after THEN_US."""

    poses: Telling

    def at(self, time_us: int) -> Pose | NoPose:
        return Telling(gimbal_from_us=NOW_US + 1 if time_us > THEN_US else 0).at(time_us)


def test_no_pose_now_stays_so_with_its_reason():
    found = with_gimbal_lag(Telling(from_us=NOW_US + 1), LAG_S).at(NOW_US)
    assert found == NoPose(NOW_US, Reason.NO_POSE)
