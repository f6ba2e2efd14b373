"""Poses and sightings as what JSON can hold, and back, without losing a bit: floats go as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from droneops.fleet.report_record import pose_from_record, pose_to_record
from droneops.types import GroundPoint, NoGroundPoint, NoPose, Pose, Reason, Sighting, read_only

Record = dict[str, Any]

_SIGHTING = tuple(item.name for item in fields(Sighting))


def pose_or_reason_to_record(pose: Pose | NoPose) -> Record:
    """A pose, or why there is none, as plain values."""
    if isinstance(pose, NoPose):
        return {"time_us": pose.time_us, "reason": str(pose.reason)}
    return pose_to_record(pose)


def pose_or_reason_from_record(record: Mapping[str, Any]) -> Pose | NoPose:
    """What `pose_or_reason_to_record` was given.

    Raises:
        KeyError, TypeError, ValueError: it is not what that wrote.
    """
    if "reason" in record:
        return NoPose(record["time_us"], Reason(record["reason"]))
    return pose_from_record(record)


def sighting_to_record(sighting: Sighting) -> Record:
    """A sighting as plain values."""
    record = {name: getattr(sighting, name) for name in _SIGHTING}
    record["bbox_px"] = list(sighting.bbox_px)
    record["point"] = _point_to_record(sighting.point)
    return record


def sighting_from_record(record: Mapping[str, Any]) -> Sighting:
    """What `sighting_to_record` was given.

    Raises:
        KeyError, TypeError, ValueError: it is not what that wrote.
    """
    given = {name: record[name] for name in _SIGHTING}
    left, top, right, bottom = given["bbox_px"]
    given["bbox_px"] = (left, top, right, bottom)
    given["point"] = _point_from_record(given["point"])
    return Sighting(**given)


def _point_to_record(point: GroundPoint | NoGroundPoint) -> Record:
    if isinstance(point, NoGroundPoint):
        return {"reason": str(point.reason)}
    return {
        "lat_deg": point.lat_deg,
        "lon_deg": point.lon_deg,
        "alt_msl_m": point.alt_msl_m,
        "cov_m2": point.cov_m2.tolist(),
        "cov_common_m2": point.cov_common_m2.tolist(),
        "ce90_m": point.ce90_m,
    }


def _point_from_record(record: Mapping[str, Any]) -> GroundPoint | NoGroundPoint:
    if "reason" in record:
        return NoGroundPoint(Reason(record["reason"]))
    return GroundPoint(
        lat_deg=record["lat_deg"],
        lon_deg=record["lon_deg"],
        alt_msl_m=record["alt_msl_m"],
        cov_m2=read_only(record["cov_m2"]),
        cov_common_m2=read_only(record["cov_common_m2"]),
        ce90_m=record["ce90_m"],
    )
