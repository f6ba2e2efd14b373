"""Which vehicle of a log is meant.

A vehicle is known by its HEARTBEAT, never by a component id: companions, gimbals and ground stations use
any. Source: MAV_TYPE and MAV_AUTOPILOT in https://mavlink.io/en/messages/common.html#enums
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from droneops.errors import UsageError
from droneops.telemetry.tlog import Tlog

AUTOPILOT_INVALID = 8
# MAV_TYPE of what is no vehicle: antenna tracker, ground station, onboard controller, gimbal, ADS-B, camera,
# charging station, FLARM, servo, ODID, battery, parachute, log, OSD, IMU, GPS, winch.
NO_VEHICLE = (5, 6, 18, 26, 27, 30, 31, 32, 33, 34, 36, 37, 38, 39, 40, 41, 42)

_STATE_MESSAGES = ("GLOBAL_POSITION_INT", "ATTITUDE", "ATTITUDE_QUATERNION")
_PAYLOAD_MESSAGES = (
    "GIMBAL_DEVICE_ATTITUDE_STATUS",
    "GIMBAL_MANAGER_STATUS",
    "MOUNT_STATUS",
    "MOUNT_ORIENTATION",
    "CAMERA_FOV_STATUS",
    "CAMERA_INFORMATION",
)


@dataclass(frozen=True, slots=True, order=True)
class Vehicle:
    """The autopilot of a vehicle: its MAVLink system and component id."""

    system_id: int
    component_id: int


def list_vehicles(log: Tlog) -> tuple[Vehicle, ...]:
    """The vehicles of a log, one a system, by system id.

    Where no vehicle's HEARTBEAT is in the log, whoever sends a position or an attitude is one.
    """
    state = _senders(log, _STATE_MESSAGES)
    beats = _heartbeats(log)
    return _busiest_of_each_system(beats, state) or _busiest_of_each_system(state, state)


def choose_vehicle(log: Tlog, system_id: int | None = None) -> Vehicle | None:
    """The vehicle asked for, else the only one, else the only one with a gimbal or camera.

    None if the log holds no vehicle (a ground station alone). Raises UsageError if the one asked for is not
    in the log, or if none was asked for and several could be meant.
    """
    vehicles = list_vehicles(log)
    if system_id is not None:
        return _asked_for(log, vehicles, system_id)
    if len(vehicles) <= 1:
        return vehicles[0] if vehicles else None
    equipped = {system for system, _ in _senders(log, _PAYLOAD_MESSAGES)}
    candidates = [vehicle for vehicle in vehicles if vehicle.system_id in equipped]
    if len(candidates) == 1:
        return candidates[0]
    raise UsageError(
        f"holds several vehicles: system ids {_listed(vehicles)}",
        where=log.where,
        mend="name one with --system-id",
    )


def _asked_for(log: Tlog, vehicles: tuple[Vehicle, ...], system_id: int) -> Vehicle:
    # A vehicle whose heartbeats were lost can still be asked for by name.
    state = _senders(log, _STATE_MESSAGES)
    for vehicle in vehicles + _busiest_of_each_system(state, state):
        if vehicle.system_id == system_id:
            return vehicle
    known = f"--system-id is one of {_listed(vehicles)}" if vehicles else "the log holds no vehicle"
    raise UsageError(f"holds no vehicle with system id {system_id}", where=log.where, mend=known)


def _heartbeats(log: Tlog) -> Counter[tuple[int, int]]:
    beats = log.table("HEARTBEAT")
    flying = (beats["autopilot"] != AUTOPILOT_INVALID) & ~np.isin(beats["type"], NO_VEHICLE)
    rows = beats.take(flying)
    return Counter(zip(rows.system_id.tolist(), rows.component_id.tolist(), strict=True))


def _senders(log: Tlog, names: tuple[str, ...]) -> Counter[tuple[int, int]]:
    count: Counter[tuple[int, int]] = Counter()
    for name in names:
        count.update(log.senders(name))
    return count


def _busiest_of_each_system(
    sources: Counter[tuple[int, int]], state: Counter[tuple[int, int]]
) -> tuple[Vehicle, ...]:
    """One component a system: the one that tells most of its state, then the lower id."""
    best: dict[int, Vehicle] = {}
    for system, component in sorted(sources, key=lambda source: (-state[source], source)):
        best.setdefault(system, Vehicle(system, component))
    return tuple(sorted(best.values()))


def _listed(vehicles: tuple[Vehicle, ...]) -> str:
    return ", ".join(str(vehicle.system_id) for vehicle in vehicles)
