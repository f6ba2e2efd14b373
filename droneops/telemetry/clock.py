"""When the vehicle's messages were true: its time since boot turned into UTC, boot by boot.

A recorder stamps what it receives with its own clock, which nobody sets; the vehicle knows UTC from GPS and
tells it in SYSTEM_TIME. All UTC is therefore the vehicle's, and record stamps are the last resort.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.headers import read_only
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.telemetry.walk import EARLIEST_US, LATEST_US

TIMED_MESSAGES = ("SYSTEM_TIME", "ATTITUDE", "ATTITUDE_QUATERNION", "GLOBAL_POSITION_INT")

# Messages overtake each other by some 10 ms; a boot takes seconds, so its time since boot lies further back.
_REBOOT_STEP_MS = 1000
# One message with an absurd time is no reboot: most of this many must agree.
_REBOOT_WITNESSES = 5
# A crystal of 20 ppm drifts 36 ms in half an hour; more means that the vehicle set its clock in flight.
_SPREAD_WARNING_US = 100_000

SYSTEM_TIME = "SYSTEM_TIME"
RECORD_STAMPS = "record stamps"


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of the vehicle's computer.

    UTC = time since boot + ``utc_minus_boot_us``, the median of what ``source`` (SYSTEM_TIME or
    RECORD_STAMPS) said; 95 % of that lies within ``spread_us`` of it. The boot's messages begin at
    ``file_offset`` in the file.
    """

    file_offset: int
    utc_minus_boot_us: int
    spread_us: int
    source: str
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True, eq=False)
class VehicleClock:
    """The boots of one vehicle in the order of the file, none if it sent no time.

    ``anchor_offset`` (n,) and ``anchor_utc_minus_stamp_us`` (n,): for messages without a time of their own,
    how far record stamps were off UTC at places in the file.
    """

    vehicle: Vehicle
    boots: tuple[Boot, ...]
    anchor_offset: Int64Array
    anchor_utc_minus_stamp_us: Int64Array
    warnings: tuple[str, ...]

    def boot_of(self, rows: Columns) -> Int64Array:
        """(n,) the index of each message's boot."""
        begins = [boot.file_offset for boot in self.boots]
        return np.maximum(np.searchsorted(begins, rows.file_offset, side="right") - 1, 0)

    def utc_of(self, rows: Columns) -> Int64Array:
        """(n,) UTC microseconds of messages.

        From ``time_boot_ms`` where the message has it and the vehicle's own computer sent it (a gimbal has a
        computer, and a boot time, of its own); else the record stamp, set right by its neighbours.
        """
        by_stamp = self.utc_of_stamps(rows.stamp_us, rows.file_offset)
        if not self.boots or "time_boot_ms" not in (rows.payload.dtype.names or ()):
            return by_stamp
        offsets_us = np.array([boot.utc_minus_boot_us for boot in self.boots], dtype=np.int64)
        by_boot = rows["time_boot_ms"].astype(np.int64) * 1000 + offsets_us[self.boot_of(rows)]
        return np.where(rows.component_id == self.vehicle.component_id, by_boot, by_stamp)

    def utc_of_stamps(self, stamp_us: Int64Array, file_offset: Int64Array) -> Int64Array:
        """(n,) UTC microseconds of record stamps at places in the file, set right by their neighbours."""
        if not self.boots:
            return stamp_us
        correction_us = np.interp(file_offset, self.anchor_offset, self.anchor_utc_minus_stamp_us)
        return stamp_us + np.rint(correction_us).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What SYSTEM_TIME said: UTC minus time since boot (n,), by its place in the file (n,)."""

    file_offset: Int64Array
    utc_minus_boot_us: Int64Array

    def between(self, first: int, last: int) -> Int64Array:
        """What was said from one place in the file to another, both included."""
        inside = (self.file_offset >= first) & (self.file_offset <= last)
        found: Int64Array = self.utc_minus_boot_us[inside]
        return found


def read_clock(log: Tlog, vehicle: Vehicle) -> VehicleClock:
    """The clock of one vehicle: each boot's UTC, with a warning where record stamps had to serve."""
    file_offset, stamp_us, boot_ms = _timed(log, vehicle)
    system_time = log.table("SYSTEM_TIME").sent_by(vehicle.system_id, vehicle.component_id)
    told = _told_by_vehicle(system_time)
    boots: list[Boot] = []
    utc_minus_stamp_us = np.empty(len(boot_ms), dtype=np.int64)
    for begin, end in pairwise(_boot_edges(file_offset, boot_ms, told)):
        span = slice(begin, end)
        told_here = told.between(file_offset[begin], file_offset[end - 1])
        boot = _boot(file_offset[span], stamp_us[span], boot_ms[span], told_here)
        utc_minus_stamp_us[span] = boot_ms[span] * 1000 + boot.utc_minus_boot_us - stamp_us[span]
        boots.append(boot)
    return VehicleClock(
        vehicle,
        tuple(boots),
        read_only(file_offset),
        read_only(utc_minus_stamp_us),
        _warnings(tuple(boots)),
    )


def _timed(log: Tlog, vehicle: Vehicle) -> tuple[Int64Array, Int64Array, Int64Array]:
    """File offset, record stamp and time since boot of all messages with a time, in the file's order."""
    tables = [log.table(name).sent_by(vehicle.system_id, vehicle.component_id) for name in TIMED_MESSAGES]
    file_offset = np.concatenate([table.file_offset for table in tables])
    order = np.argsort(file_offset)
    stamp_us = np.concatenate([table.stamp_us for table in tables])
    boot_ms = np.concatenate([table["time_boot_ms"].astype(np.int64) for table in tables])
    return file_offset[order], stamp_us[order], boot_ms[order]


def _boot_edges(file_offset: Int64Array, boot_ms: Int64Array, told: _Told) -> list[int]:
    """Indices where boots begin, and the end; none without messages."""
    edges = [0, *_steps_back(boot_ms), len(boot_ms)] if len(boot_ms) else []
    kept = edges[:1]
    for begin, end in pairwise(edges[1:]):
        before = told.between(file_offset[kept[-1]], file_offset[begin - 1])
        after = told.between(file_offset[begin], file_offset[end - 1])
        if not _is_same_power_on(before, after):
            kept.append(begin)
    return kept + edges[-1:]


def _is_same_power_on(before_us: Int64Array, after_us: Int64Array) -> bool:
    """UTC minus time since boot is when the power came on: if it stayed, old messages came late."""
    if len(before_us) == 0 or len(after_us) == 0:
        return False
    return abs(float(np.median(after_us) - np.median(before_us))) < _REBOOT_STEP_MS * 1000


def _steps_back(boot_ms: Int64Array) -> list[int]:
    """Where time since boot goes back, and stays back."""
    steps = np.flatnonzero(np.diff(boot_ms) < -_REBOOT_STEP_MS) + 1
    return [
        int(at)
        for at in steps
        if np.median(boot_ms[at : at + _REBOOT_WITNESSES]) < boot_ms[at - 1] - _REBOOT_STEP_MS
        and np.median(boot_ms[max(at - _REBOOT_WITNESSES, 0) : at]) > boot_ms[at] + _REBOOT_STEP_MS
    ]


def _boot(file_offset: Int64Array, stamp_us: Int64Array, boot_ms: Int64Array, told_us: Int64Array) -> Boot:
    source = SYSTEM_TIME if len(told_us) else RECORD_STAMPS
    offsets_us = told_us if len(told_us) else stamp_us - boot_ms * 1000
    middle_us = int(np.median(offsets_us))
    return Boot(
        file_offset=int(file_offset[0]),
        utc_minus_boot_us=middle_us,
        spread_us=int(np.percentile(np.abs(offsets_us - middle_us), 95)),
        source=source,
        first_us=int(boot_ms.min()) * 1000 + middle_us,
        last_us=int(boot_ms.max()) * 1000 + middle_us,
    )


def _told_by_vehicle(system_time: Columns) -> _Told:
    """What each SYSTEM_TIME that knows UTC says; zero stands for not yet."""
    unix_us = system_time["time_unix_usec"]
    rows = system_time.take((unix_us >= EARLIEST_US) & (unix_us < LATEST_US))
    boot_us = rows["time_boot_ms"].astype(np.int64) * 1000
    return _Told(rows.file_offset, rows["time_unix_usec"].astype(np.int64) - boot_us)


def _warnings(boots: tuple[Boot, ...]) -> tuple[str, ...]:
    texts = []
    for number, boot in enumerate(boots, start=1):
        which = f"boot {number} of {len(boots)}: " if len(boots) > 1 else ""
        if boot.source == RECORD_STAMPS:
            texts.append(f"{which}the vehicle never told UTC (SYSTEM_TIME); the recorder's clock is used")
        if boot.spread_us > _SPREAD_WARNING_US:
            texts.append(f"{which}UTC from {boot.source} is only good to {boot.spread_us / 1e6:.2f} s")
    return tuple(texts)
