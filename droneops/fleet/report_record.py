"""A drone's report as plain values that JSON can hold, and back, without losing a bit."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from droneops.incidents.records import track_from_record, track_to_record
from droneops.incidents.scene import Blindness
from droneops.second_look.record import second_from_record, second_to_record
from droneops.site.report import Report
from droneops.types import Pose, Sigma, read_only

Record = dict[str, Any]

_POSE = tuple(item.name for item in fields(Pose))
_ARRAYS = ("ned_from_body", "ned_from_gimbal", "velocity_ned_mps")
_SIGMAS = ("position_sigma_m", "altitude_sigma_m", "attitude_sigma_rad", "gimbal_sigma_rad")


def pose_to_record(pose: Pose) -> Record:
    """A pose as plain values."""
    record = {name: getattr(pose, name) for name in _POSE}
    for name in _ARRAYS:
        record[name] = None if record[name] is None else record[name].tolist()
    for name in _SIGMAS:
        record[name] = [record[name].value, record[name].source]
    return record


def pose_from_record(record: Mapping[str, Any]) -> Pose:
    """The pose of `pose_to_record`."""
    given = {name: record[name] for name in _POSE}
    for name in _ARRAYS:
        given[name] = None if given[name] is None else read_only(given[name])
    for name in _SIGMAS:
        given[name] = Sigma(*given[name])
    return Pose(**given)


def blindness_to_record(blind: Blindness) -> Record:
    """What keeps a drone from seeing, as plain values."""
    return {
        "drone_id": blind.drone_id,
        "since_us": blind.since_us,
        "reason": blind.reason,
        "zone_ids": sorted(blind.zone_ids),
    }


def blindness_from_record(record: Mapping[str, Any]) -> Blindness:
    """The value of `blindness_to_record`."""
    zone_ids = frozenset(record["zone_ids"])
    return Blindness(record["drone_id"], record["since_us"], record["reason"], zone_ids)


def report_to_record(report: Report) -> Record:
    """A report as plain values; a drone's own never names friends, which the site knows."""
    pictures = {key: base64.b64encode(jpeg).decode("ascii") for key, jpeg in report.pictures.items()}
    return {
        "drone_id": report.drone_id,
        "seq": report.seq,
        "time_us": report.time_us,
        "tracks": [track_to_record(track) for track in report.tracks],
        "pose": None if report.pose is None else pose_to_record(report.pose),
        "pictures": pictures,
        "blind": [blindness_to_record(blind) for blind in report.blind],
        "second": {key: second_to_record(said) for key, said in report.second.items()},
    }


def report_from_record(record: Mapping[str, Any]) -> Report:
    """The report of `report_to_record`."""
    pose = record["pose"]
    return Report(
        drone_id=str(record["drone_id"]),
        seq=int(record["seq"]),
        time_us=int(record["time_us"]),
        tracks=tuple(track_from_record(item) for item in record["tracks"]),
        pose=None if pose is None else pose_from_record(pose),
        pictures={key: base64.b64decode(text) for key, text in record["pictures"].items()},
        blind=tuple(blindness_from_record(item) for item in record["blind"]),
        second={key: second_from_record(said) for key, said in record["second"].items()},
    )
