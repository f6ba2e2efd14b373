"""When the vehicle's messages were true: its time since boot turned into UTC, boot by boot.

A recorder stamps what it receives with its own clock, which nobody sets; the vehicle knows UTC from GPS and
tells it in SYSTEM_TIME. All UTC is therefore the vehicle's, and record stamps are the last resort.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from droneops.telemetry.clock_fit import after_fix, fit_clock, level_clock, step_of
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
# Delays inside the vehicle are tens of milliseconds; more means that it set its clock in flight.
_SPREAD_WARNING_US = 100_000

# GPS_FIX_TYPE: from 3 on a receiver has satellites enough for its own clock.
_FIRST_TIMED_FIX = 3

SYSTEM_TIME = "SYSTEM_TIME"
RECORD_STAMPS = "record stamps"


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of the vehicle's computer.

    UTC = time since boot + ``utc_minus_boot_us``, the median of what ``source`` (SYSTEM_TIME or
    RECORD_STAMPS) said; 95 % of that lies within ``spread_us`` of it. Where the vehicle's clock drifted that
    holds at ``drift_about_us`` after boot and grows by ``drift_ppm``: use `utc_us`. The boot's messages begin
    at ``file_offset`` in the file.
    """

    file_offset: int
    utc_minus_boot_us: int
    spread_us: int
    source: str
    first_us: int
    last_us: int
    drift_ppm: float = 0.0
    drift_about_us: int = 0

    def utc_us(self, boot_us: Int64Array) -> Int64Array:
        """(n,) UTC microseconds of times since boot (n,), microseconds."""
        level_us = boot_us + self.utc_minus_boot_us
        if self.drift_ppm == 0:
            return level_us
        drift_us = (boot_us - self.drift_about_us).astype(np.float64) * (self.drift_ppm * 1e-6)
        return level_us + np.rint(drift_us).astype(np.int64)


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
        boot_us = rows["time_boot_ms"].astype(np.int64) * 1000
        number = self.boot_of(rows)
        by_boot = np.empty(len(rows), dtype=np.int64)
        for index, boot in enumerate(self.boots):
            by_boot[number == index] = boot.utc_us(boot_us[number == index])
        if not boot_us.any():
            return by_stamp
        return np.where(rows.component_id == self.vehicle.component_id, by_boot, by_stamp)

    def utc_of_stamps(self, stamp_us: Int64Array, file_offset: Int64Array) -> Int64Array:
        """(n,) UTC microseconds of record stamps at places in the file, set right by their neighbours."""
        if len(self.anchor_offset) == 0:
            return stamp_us
        correction_us = np.interp(file_offset, self.anchor_offset, self.anchor_utc_minus_stamp_us)
        return stamp_us + np.rint(correction_us).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What SYSTEM_TIME said, columns (n,): place in the file, time since boot, UTC minus time since boot.

    ``fix_offset`` (m,) are the places in the file where the receiver had a fix that tells the time.
    """

    file_offset: Int64Array
    boot_us: Int64Array
    utc_minus_boot_us: Int64Array
    fix_offset: Int64Array

    def between(self, first: int, last: int) -> _Told:
        """What was said from one place in the file to another, both included."""
        inside = (self.file_offset >= first) & (self.file_offset <= last)
        fixed = (self.fix_offset >= first) & (self.fix_offset <= last)
        return replace(self._take(inside), fix_offset=self.fix_offset[fixed])

    def after_fix(self) -> tuple[_Told, int | None]:
        """What was said by the clock of after the GPS fix, and how far the other was behind it, if any."""
        if len(self) == 0 or len(self.fix_offset) == 0:
            return self, None
        kept = after_fix(self.utc_minus_boot_us, self.file_offset > self.fix_offset[0])
        return self._take(kept), step_of(self.utc_minus_boot_us, kept)

    def _take(self, rows: npt.NDArray[np.bool_]) -> _Told:
        columns = (self.file_offset[rows], self.boot_us[rows], self.utc_minus_boot_us[rows])
        return _Told(*columns, self.fix_offset)

    def __len__(self) -> int:
        return len(self.file_offset)


def read_clock(log: Tlog, vehicle: Vehicle) -> VehicleClock:
    """The clock of one vehicle: each boot's UTC, with a warning where record stamps had to serve."""
    file_offset, stamp_us, boot_ms = timed(log, vehicle)
    if len(boot_ms) == 0:
        return _clock_without_boot_times(log, vehicle)
    told = _told_by_vehicle(log, vehicle, stamp_us, boot_ms)
    boots: list[Boot] = []
    steps_us: list[int | None] = []
    utc_minus_stamp_us = np.empty(len(boot_ms), dtype=np.int64)
    edges = _boot_edges(file_offset, boot_ms, told)
    edges = sorted({*edges, *_unheard_restarts(edges, file_offset, stamp_us - boot_ms * 1000, told)})
    for begin, end in pairwise(edges):
        span = slice(begin, end)
        told_here, step_us = told.between(file_offset[begin], file_offset[end - 1]).after_fix()
        boot = _boot(file_offset[span], stamp_us[span], boot_ms[span], told_here)
        utc_minus_stamp_us[span] = boot.utc_us(boot_ms[span] * 1000) - stamp_us[span]
        boots.append(boot)
        steps_us.append(step_us)
    return VehicleClock(
        vehicle,
        tuple(boots),
        read_only(file_offset),
        read_only(utc_minus_stamp_us),
        _warnings(tuple(boots), steps_us),
    )


def timed(log: Tlog, vehicle: Vehicle) -> tuple[Int64Array, Int64Array, Int64Array]:
    """File offset, record stamp and time since boot of all messages with a time, in the file's order.

    Messages of a type whose times are all zero have none: some senders leave the field out.
    """
    sent = (log.table(name).sent_by(vehicle.system_id, vehicle.component_id) for name in TIMED_MESSAGES)
    tables = [table for table in sent if table["time_boot_ms"].any()]
    if not tables:
        return (np.empty(0, dtype=np.int64),) * 3
    file_offset = np.concatenate([table.file_offset for table in tables])
    stamp_us = np.concatenate([table.stamp_us for table in tables])
    boot_ms = np.concatenate([table["time_boot_ms"].astype(np.int64) for table in tables])
    order = np.argsort(file_offset)
    return file_offset[order], stamp_us[order], boot_ms[order]


def _boot_edges(file_offset: Int64Array, boot_ms: Int64Array, told: _Told) -> list[int]:
    """Indices where boots begin, and the end; none without messages."""
    edges = [0, *_steps_back(boot_ms), len(boot_ms)] if len(boot_ms) else []
    kept = edges[:1]
    for begin, end in pairwise(edges[1:]):
        before = told.between(file_offset[kept[-1]], file_offset[begin - 1])
        after = told.between(file_offset[begin], file_offset[end - 1])
        if not _is_same_power_on(before.utc_minus_boot_us, after.utc_minus_boot_us):
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


def _unheard_restarts(
    edges: list[int], file_offset: Int64Array, power_on_us: Int64Array, told: _Told
) -> list[int]:
    """Where the vehicle was restarted while nobody heard it, and is on for longer than when last heard.

    Its time since boot then goes on rising, but both its clock and the recorder's say that the power came on
    later, and by as much: ``power_on_us`` (n,) is what the recorder's says. A clock that is set steps alone.
    """
    found = []
    for begin, end in pairwise(edges):
        here = told.between(file_offset[begin], file_offset[end - 1])
        for at in np.flatnonzero(np.diff(here.utc_minus_boot_us) > _REBOOT_STEP_MS * 1000).tolist():
            first, last = np.searchsorted(file_offset, here.file_offset[at : at + 2]).tolist()
            if first == last:  # nothing with a time between the two
                continue
            edge = first + 1 + int(np.diff(power_on_us[first : last + 1]).argmax())
            by_vehicle_us = _step_us(here.utc_minus_boot_us, at + 1)
            by_recorder_us = _step_us(power_on_us[begin:end], edge - begin)
            differ_us = abs(by_recorder_us - by_vehicle_us)
            both_step = min(by_vehicle_us, by_recorder_us) > _REBOOT_STEP_MS * 1000
            if both_step and differ_us < _REBOOT_STEP_MS * 1000:
                found.append(edge)
    return found


def _step_us(times_us: Int64Array, at: int) -> float:
    """How far the times from ``at`` on lie behind those before it."""
    before_us, after_us = times_us[max(at - _REBOOT_WITNESSES, 0) : at], times_us[at : at + _REBOOT_WITNESSES]
    return float(np.median(after_us) - np.median(before_us))


def _boot(file_offset: Int64Array, stamp_us: Int64Array, boot_ms: Int64Array, told: _Told) -> Boot:
    boot_us = boot_ms * 1000
    by_vehicle = len(told) > 0
    # Delays on the link look like a drift of the recorder's clock: record stamps give a level alone.
    fit = fit_clock(told.boot_us, told.utc_minus_boot_us) if by_vehicle else level_clock(stamp_us - boot_us)
    boot = Boot(
        file_offset=int(file_offset[0]),
        utc_minus_boot_us=fit.offset_us,
        spread_us=fit.spread_us,
        source=SYSTEM_TIME if by_vehicle else RECORD_STAMPS,
        first_us=0,
        last_us=0,
        drift_ppm=fit.drift_ppm,
        drift_about_us=fit.about_us,
    )
    first_us, last_us = boot.utc_us(np.array([boot_us.min(), boot_us.max()])).tolist()
    return replace(boot, first_us=first_us, last_us=last_us)


def _told_by_vehicle(log: Tlog, vehicle: Vehicle, stamp_us: Int64Array, boot_ms: Int64Array) -> _Told:
    """What each SYSTEM_TIME that knows UTC says; zero stands for not yet.

    If all lack a time since boot, they have that of the messages around, ``boot_ms`` at ``stamp_us``.
    """
    rows = _with_utc(log, vehicle)
    own_us = rows["time_boot_ms"].astype(np.int64) * 1000
    around_us = np.rint(np.interp(rows.stamp_us, stamp_us, boot_ms * 1000.0)).astype(np.int64)
    boot_us = own_us if own_us.any() else around_us
    gps = log.table("GPS_RAW_INT").sent_by(vehicle.system_id, vehicle.component_id)
    return _Told(
        file_offset=rows.file_offset,
        boot_us=boot_us,
        utc_minus_boot_us=rows["time_unix_usec"].astype(np.int64) - boot_us,
        fix_offset=gps.file_offset[gps["fix_type"] >= _FIRST_TIMED_FIX],
    )


def _with_utc(log: Tlog, vehicle: Vehicle) -> Columns:
    rows = log.table("SYSTEM_TIME").sent_by(vehicle.system_id, vehicle.component_id)
    unix_us = rows["time_unix_usec"]
    return rows.take((unix_us >= EARLIEST_US) & (unix_us < LATEST_US))


def _clock_without_boot_times(log: Tlog, vehicle: Vehicle) -> VehicleClock:
    """The clock of a vehicle that never tells its time since boot: stamps, set right by SYSTEM_TIME."""
    rows = _with_utc(log, vehicle)
    off_us = rows["time_unix_usec"].astype(np.int64) - rows.stamp_us
    level_us = np.full(len(rows), int(np.median(off_us)) if len(rows) else 0, dtype=np.int64)
    who = "SYSTEM_TIME at its receipt" if len(rows) else "the recorder's clock"
    warning = f"the vehicle tells no time since boot; its messages have the time of {who}"
    warnings = (warning,) if log.senders("HEARTBEAT").get((vehicle.system_id, vehicle.component_id)) else ()
    return VehicleClock(vehicle, (), rows.file_offset, read_only(level_us), warnings)


def _warnings(boots: tuple[Boot, ...], steps_us: list[int | None]) -> tuple[str, ...]:
    """``steps_us``: how far the clock of each boot was set forward when GPS came, None where it was not."""
    texts = []
    for number, (boot, step_us) in enumerate(zip(boots, steps_us, strict=True), start=1):
        which = f"boot {number} of {len(boots)}: " if len(boots) > 1 else ""
        if boot.source == RECORD_STAMPS:
            texts.append(f"{which}the vehicle never told UTC (SYSTEM_TIME); the recorder's clock is used")
        if step_us is not None:
            texts.append(
                f"{which}the vehicle set its clock by {step_us / 1e6:+.2f} s;"
                " what it told after its GPS fix is used for the whole boot"
            )
        if boot.spread_us > _SPREAD_WARNING_US:
            texts.append(f"{which}UTC from {boot.source} is only good to {boot.spread_us / 1e6:.2f} s")
    return tuple(texts)
