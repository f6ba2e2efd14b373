"""The values that travel between the parts.

All are frozen; arrays in them are read-only. Times are UTC in whole microseconds since the Unix epoch
(``time_us``), so that equal times are equal bytes. Quaternions are (4,) float64, scalar first, and are
named ``target_from_source``. Body and gimbal axes are forward, right, down; camera axes are OpenCV's
(right, down, forward); covariances on the ground are (2, 2) in east/north order, square metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def read_only(values: npt.ArrayLike) -> FloatArray:
    """A float64 copy of ``values`` that cannot be written to."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


class Reason(StrEnum):
    """Why there is no pose, or no point on the ground."""

    ABOVE_HORIZON = "above_horizon"
    BEYOND_RANGE = "beyond_range"
    NO_POSE = "no_pose"
    POSE_TOO_OLD = "pose_too_old"
    NO_FIX = "no_fix"
    GIMBAL_UNKNOWN = "gimbal_unknown"
    FOV_UNKNOWN = "fov_unknown"


@dataclass(frozen=True, slots=True)
class Sigma:
    """One standard deviation, and where the number came from."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the drone was and how it stood at one instant.

    ``ned_from_gimbal`` is None when nothing tells where the gimbal looked. ``hfov_rad`` is what the
    telemetry said of the lens, None when it said nothing. ``age_s`` is the distance in time from the
    nearest telemetry sample that the pose rests on.
    """

    drone_id: str
    time_us: int
    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    alt_above_home_m: float
    ned_from_body: FloatArray
    ned_from_gimbal: FloatArray | None
    velocity_ned_mps: FloatArray
    hfov_rad: float | None
    position_sigma_m: Sigma
    altitude_sigma_m: Sigma
    attitude_sigma_rad: Sigma
    gimbal_sigma_rad: Sigma
    age_s: float


@dataclass(frozen=True, slots=True)
class NoPose:
    """There is no pose at this time, and why."""

    time_us: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture. ``image`` is (height, width, 3) uint8 BGR; ``time_source`` says how its time is known."""

    drone_id: str
    camera_id: str
    captured_at_us: int
    seq: int
    image: npt.NDArray[np.uint8]
    time_source: str


@dataclass(frozen=True, slots=True)
class GroundPoint:
    """A point on the ground with its error.

    ``cov_m2`` is all of the error, ``cov_common_m2`` the part that all sightings of this drone share for
    a while. ``ce90_m`` is the radius of the circle about the point that holds 90 % of ``cov_m2``.
    """

    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    cov_m2: FloatArray
    cov_common_m2: FloatArray
    ce90_m: float


@dataclass(frozen=True, slots=True)
class NoGroundPoint:
    """A detection that cannot be put on the map, and why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Sighting:
    """One detection and its place.

    ``label`` is the mapped label the rules look for, ``detector_label`` what the detector said.
    ``identity`` is the detector's own name for the thing where it knows one (a marker's id), else None.
    """

    drone_id: str
    time_us: int
    index: int
    detector_label: str
    label: str
    identity: str | None
    score: float
    bbox_px: tuple[float, float, float, float]
    point: GroundPoint | NoGroundPoint
    pose_age_s: float | None


class TrackState(StrEnum):
    """How sure it is that a track is a thing, and whether it is seen.

    tentative: seen too seldom to be believed, raises no incident. confirmed: believed, and seen lately.
    out_of_sight: the camera looks elsewhere. gone: the camera looks there and does not find it.
    """

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    OUT_OF_SIGHT = "out_of_sight"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Track:
    """A thing on the ground as known at ``last_seen_us``.

    ``cov_m2`` includes the common part of the error, which does not average out. ``velocity_mps`` is
    east, north, with ``velocity_cov_m2ps2``. ``ordinal`` counts the tracks of one drone that began at
    the same instant, so that (drone, first seen, ordinal) names a track. ``label_scores`` sums the scores of
    each label its sightings had, the highest first. ``common_root_m`` (2, 2) times its transpose is
    ``cov_common_m2``: with it the shared error cancels between two tracks of one drone; None where only the
    covariance is known.
    """

    id: str
    drone_id: str
    label: str
    detector_label: str
    first_seen_us: int
    last_seen_us: int
    ordinal: int
    sightings: int
    best_score: float
    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    cov_m2: FloatArray
    cov_common_m2: FloatArray
    ce90_m: float
    velocity_mps: FloatArray
    velocity_cov_m2ps2: FloatArray
    state: TrackState = TrackState.CONFIRMED
    label_scores: tuple[tuple[str, float], ...] = ()
    common_root_m: FloatArray | None = None
