"""Which targets were seen where in the picture, and how the drone hung by its telemetry then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors import Detector
from droneops.calibration.project import ned_m
from droneops.calibration.targets import Target
from droneops.geo.rotation import heading_rad, matrix_from_quaternion
from droneops.telemetry.gimbal_lag import Poses, with_gimbal_lag
from droneops.types import FloatArray, Frame, NoPose

MARKER = "marker-"


@dataclass(frozen=True, slots=True)
class Look:
    """One target in one frame: its centre's pixel. ``frame_us`` is by the video's nominal start."""

    frame_us: int
    marker: int
    u_px: float
    v_px: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking at the video gave. ``strangers`` counts markers seen that are no targets."""

    looks: tuple[Look, ...]
    frames: int
    strangers: Mapping[int, int]


def looks_of(
    frames: Iterable[Frame], detector: Detector, targets: Mapping[int, Target], from_us: int, to_us: int
) -> Seen:
    """The targets in those of ``frames`` that lie from ``from_us`` to ``to_us``."""
    looks: list[Look] = []
    strangers: dict[int, int] = {}
    count = 0
    for frame in frames:
        if frame.captured_at_us > to_us:
            break
        if frame.captured_at_us < from_us:
            continue
        count += 1
        found = detector.detect(frame.image)
        for identity, (u_px, v_px) in zip(found.identity, found.anchor_px.tolist(), strict=True):
            marker = int((identity or "").removeprefix(MARKER))
            if marker in targets:
                looks.append(Look(frame.captured_at_us, marker, u_px, v_px))
            else:
                strangers[marker] = strangers.get(marker, 0) + 1
    return Seen(tuple(looks), count, strangers)


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """The drone at n looks, as its telemetry tells: NaN in every row without a pose.

    ``target_ned_m`` (n, 3) is the way from the drone to the target; ``ned_from_mount`` (n, 3, 3) is the
    gimbal's rotation, or, for a fixed camera, the body's.
    """

    target_ned_m: FloatArray
    ned_from_body: FloatArray
    ned_from_mount: FloatArray
    heading_rad: FloatArray
    hfov_rad: FloatArray
    position_sigma_m: FloatArray
    altitude_sigma_m: FloatArray

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(n,) where there is a pose with a mount."""
        return np.isfinite(self.target_ned_m[:, 0]) & np.isfinite(self.ned_from_mount[:, 0, 0])


def stand_at(
    looks: Iterable[Look],
    poses: Poses,
    targets: Mapping[int, Target],
    *,
    offset_s: float,
    gimbal_lag_s: float = 0.0,
    fixed: bool = False,
) -> Stand:
    """The stands at the looks' frame times plus an offset, the picture ``gimbal_lag_s`` behind the gimbal.

    The lag is that of `LaggedGimbal`: of the gimbal against heading and horizon; the heading is now's.
    """
    poses = poses if fixed else with_gimbal_lag(poses, gimbal_lag_s)
    rows = list(looks)
    n = len(rows)
    places = np.full((n, 3), np.nan)
    body = np.full((n, 3, 3), np.nan)
    mount = np.full((n, 3, 3), np.nan)
    scalars = np.full((n, 4), np.nan)
    at_frame = {us: poses.at(us + round(offset_s * 1e6)) for us in {look.frame_us for look in rows}}
    for row, look in enumerate(rows):
        pose = at_frame[look.frame_us]
        if isinstance(pose, NoPose):
            continue
        places[row] = pose.lat_deg, pose.lon_deg, pose.alt_msl_m
        body[row] = matrix_from_quaternion(pose.ned_from_body)
        hfov_rad = np.nan if pose.hfov_rad is None else pose.hfov_rad
        sigmas_m = pose.position_sigma_m.value, pose.altitude_sigma_m.value
        scalars[row] = heading_rad(pose.ned_from_body), hfov_rad, *sigmas_m
        if fixed:
            mount[row] = body[row]
        elif pose.ned_from_gimbal is not None:
            mount[row] = matrix_from_quaternion(pose.ned_from_gimbal)
    spots = [targets[look.marker] for look in rows]
    there = np.array([(t.lat_deg, t.lon_deg, t.alt_msl_m) for t in spots]).reshape(-1, 3)
    return Stand(ned_m(places, there), body, mount, *scalars.T)
