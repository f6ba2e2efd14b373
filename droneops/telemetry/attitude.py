"""How the vehicle stood: ATTITUDE and ATTITUDE_QUATERNION as one series of rotations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.headers import read_only
from droneops.telemetry.quaternion import from_euler, normalised, usable, yaw_of
from droneops.telemetry.timeline import MAX_GAP_S, REACH_S
from droneops.telemetry.tlog import Tlog
from droneops.types import FloatArray

# Senders give -pi to pi or 0 to 2 pi; a number far outside is no angle.
_LARGEST_ANGLE_RAD = 4 * np.pi


@dataclass(frozen=True, slots=True, eq=False)
class Rotations:
    """``target_from_source`` (n, 4) at ``time_us`` (n,), ascending within each ``boot`` (n,)."""

    time_us: Int64Array
    boot: Int64Array
    target_from_source: FloatArray

    def of_boot(self, boot: int) -> Rotations:
        """The samples of one boot."""
        mask = self.boot == boot
        return Rotations(self.time_us[mask], self.boot[mask], self.target_from_source[mask])

    def __len__(self) -> int:
        return len(self.time_us)


def make_rotations(time_us: Int64Array, boot: Int64Array, target_from_source: FloatArray) -> Rotations:
    """Samples (n,), (n,), (n, 4) in any order; those unusable or of a time already given are left out."""
    kept = usable(target_from_source)
    time_us, boot, target_from_source = time_us[kept], boot[kept], target_from_source[kept]
    order = np.lexsort((time_us, boot))
    time_us, boot = time_us[order], boot[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(time_us) != 0) | (np.diff(boot) != 0)
    quaternions = normalised(target_from_source[order][new])
    return Rotations(read_only(time_us[new]), read_only(boot[new]), read_only(quaternions))


def read_attitude(log: Tlog, clock: VehicleClock) -> Rotations:
    """``ned_from_body``, both messages merged: they carry the same rotation at times of their own."""
    tables = [
        log.table(name).sent_by(clock.vehicle.system_id, clock.vehicle.component_id)
        for name in ("ATTITUDE_QUATERNION", "ATTITUDE")
    ]
    return make_rotations(
        np.concatenate([clock.utc_of(table) for table in tables]),
        np.concatenate([clock.boot_of(table) for table in tables]),
        np.concatenate([_quaternions(tables[0]), _quaternions_of_euler(tables[1])]),
    )


def heading_at(attitude: Rotations, time_us: Int64Array, boot: Int64Array) -> FloatArray:
    """Yaw in radians at times (n,) of boots (n,); NaN where the attitude is too far away in time to tell."""
    yaw_rad = np.full(len(time_us), np.nan)
    for number in np.unique(boot).tolist():
        samples = attitude.of_boot(number)
        rows = boot == number
        yaw_rad[rows] = _heading_in_boot(samples, time_us[rows])
    return yaw_rad


def _heading_in_boot(samples: Rotations, time_us: Int64Array) -> FloatArray:
    if len(samples) == 0:
        return np.full(len(time_us), np.nan)
    yaw_rad = np.interp(time_us, samples.time_us, np.unwrap(yaw_of(samples.target_from_source)))
    return np.where(_is_covered(samples.time_us, time_us), yaw_rad, np.nan)


def _is_covered(samples_us: Int64Array, time_us: Int64Array) -> npt.NDArray[np.bool_]:
    after = np.searchsorted(samples_us, time_us)
    last = len(samples_us) - 1
    previous_us = samples_us[np.clip(after - 1, 0, last)]
    next_us = samples_us[np.clip(after, 0, last)]
    between = (next_us - previous_us <= MAX_GAP_S * 1e6) | (next_us == time_us)
    near = np.minimum(np.abs(time_us - previous_us), np.abs(time_us - next_us)) <= REACH_S * 1e6
    inside = (time_us >= samples_us[0]) & (time_us <= samples_us[-1])
    covered: npt.NDArray[np.bool_] = np.where(inside, between, near)
    return covered


def _quaternions(rows: Columns) -> FloatArray:
    return np.stack([rows.float(name) for name in ("q1", "q2", "q3", "q4")], axis=-1)


def _quaternions_of_euler(rows: Columns) -> FloatArray:
    angles_rad = np.stack([rows.float(name) for name in ("roll", "pitch", "yaw")], axis=-1)
    absurd = ~(np.abs(angles_rad) <= _LARGEST_ANGLE_RAD).all(axis=-1)
    angles_rad[absurd] = np.nan
    return from_euler(angles_rad[:, 0], angles_rad[:, 1], angles_rad[:, 2])


def no_rotations() -> Rotations:
    """No samples."""
    none = np.empty(0, dtype=np.int64)
    return make_rotations(none, none, np.empty((0, 4)))
