"""What a log holds, for a person and for a program.

All but the vehicles is gathered block by block. A vehicle's boots and gaps need its samples in memory, so a
log longer than LONGEST_ANALYSED_BYTES goes without them, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from droneops.errors import UsageError
from droneops.telemetry.blocks import read_blocks
from droneops.telemetry.clock import VehicleClock, read_clock
from droneops.telemetry.log_signatures import SignatureCheck
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.progress import Progress, told_blocks, unheard
from droneops.telemetry.rows import stamp_texts
from droneops.telemetry.selection import Selection
from droneops.telemetry.signature_report import signature_part
from droneops.telemetry.signing import SigningKey
from droneops.telemetry.tlog import Tlog, read_tlog
from droneops.telemetry.tlog_health import tlog_health
from droneops.telemetry.vehicles import Vehicle, list_vehicles

# With its samples a log takes some 7 times its size in memory: 56 MB were measured to take 0.36 GB.
LONGEST_ANALYSED_BYTES = 64 << 20


@dataclass(slots=True)
class _Tally:
    """What has been counted so far."""

    bytes: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    damage: Counter[str] = field(default_factory=lambda: Counter(bytes=0, frames=0, stamps=0))
    signed_frames: int = 0
    unknown_frames: int = 0
    first_us: int | None = None
    last_us: int | None = None

    def add(self, log: Tlog) -> None:
        self.messages.update(log.messages)
        for version in (1, 2):
            rows = np.flatnonzero(log.headers.version == version)
            keys = log.headers.system_id[rows].astype(np.int64) << 8 | log.headers.component_id[rows]
            for key, count in enumerate(np.bincount(keys).tolist()):
                if count:
                    self.sources[key >> 8, key & 0xFF, version] += count
        self.damage.update(bytes=log.damage.bytes, frames=log.damage.frames, stamps=log.damage.stamps)
        self.signed_frames += log.signed_frames
        self.unknown_frames += log.unknown_frames
        if len(log.headers):
            self.first_us = log.first_us if self.first_us is None else self.first_us
            self.last_us = log.last_us


def summarise(
    path: Path,
    selection: Selection,
    progress: Progress = unheard,
    *,
    signing_key: SigningKey | None = None,
) -> dict[str, Any]:
    """The summary of a .tlog, as goes into JSON. Times are record stamps but for those of vehicles.

    With a key all frames' signatures are judged, also of those that ``selection`` leaves out.

    Raises InputError as `read_tlog`, and UsageError if no frame has the system id asked for.
    """
    if path.is_file() and path.stat().st_size > LONGEST_ANALYSED_BYTES:
        limit = LONGEST_ANALYSED_BYTES >> 20
        blocks = told_blocks(read_blocks(path), path.stat().st_size, progress)
        note = f"left out: the log is over {limit} MiB"
        return _summary(path, blocks, selection, None, note, signing_key)
    log = read_tlog(path)
    return _summary(path, [log], selection, _vehicles(log, selection.system_id), None, signing_key)


def _summary(
    path: Path,
    blocks: Iterable[Tlog],
    selection: Selection,
    vehicles: list[dict[str, Any]] | None,
    vehicles_note: str | None,
    signing_key: SigningKey | None,
) -> dict[str, Any]:
    tally = _Tally()
    check = None if signing_key is None else SignatureCheck(signing_key)
    for block in blocks:
        if check is not None:
            check.believed(block)
        tally.add(selection.of(block))
    duration_s = _duration_s(tally)
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "format": "tlog",
        "span": {"first": _time(tally.first_us), "last": _time(tally.last_us), "duration_s": duration_s},
        "messages": dict(sorted(tally.messages.items())),
        "rates_hz": {
            name: round(count / duration_s, 3) if duration_s else None
            for name, count in sorted(tally.messages.items())
        },
        "sources": list(_sources(tally.sources, vehicles)),
        "damage": dict(tally.damage),
        "signed_frames": tally.signed_frames,
        "signatures": None if check is None else signature_part(check.report()),
        "unknown_frames": tally.unknown_frames,
        "vehicles": vehicles,
        "vehicles_note": vehicles_note,
    }


def _duration_s(tally: _Tally) -> float | None:
    if tally.first_us is None or tally.last_us is None:
        return None
    return max(tally.last_us - tally.first_us, 0) / 1e6


def _sources(
    counts: Counter[tuple[int, int, int]], vehicles: list[dict[str, Any]] | None
) -> Iterator[dict[str, Any]]:
    """``autopilot`` is None where nobody looked."""
    autopilots = {(v["system_id"], v["component_id"]) for v in vehicles or ()}
    for system_id, component_id in sorted({key[:2] for key in counts}):
        of_version = {str(version): counts[system_id, component_id, version] for version in (1, 2)}
        yield {
            "system_id": system_id,
            "component_id": component_id,
            "frames": sum(of_version.values()),
            "mavlink": of_version,
            "autopilot": None if vehicles is None else (system_id, component_id) in autopilots,
        }


def _vehicles(log: Tlog, system_id: int | None) -> list[dict[str, Any]]:
    systems = sorted({system for system, _ in log.sources})
    if system_id is not None and system_id not in systems:
        known = ", ".join(map(str, systems))
        what = f"holds no frame of system id {system_id}"
        raise UsageError(what, where=log.where, mend=f"--system-id is one of {known}")
    wanted = (v for v in list_vehicles(log) if system_id in (None, v.system_id))
    return [_vehicle(log, vehicle) for vehicle in wanted]


def _vehicle(log: Tlog, vehicle: Vehicle) -> dict[str, Any]:
    clock = read_clock(log, vehicle)
    track = build_pose_track(log, vehicle, drone_id=f"system-{vehicle.system_id}")
    return {
        "system_id": vehicle.system_id,
        "component_id": vehicle.component_id,
        "boots": _boots(clock),
        **track_part(track),
        "health": tlog_health(log, vehicle, clock),
    }


def track_part(track: PoseTrack) -> dict[str, Any]:
    """What a pose track says of itself, as goes into JSON."""
    return {
        "positions": _positions(track),
        "gaps": [
            {"start": _time(gap.start_us), "end": _time(gap.end_us), "what": gap.what} for gap in track.gaps
        ],
        "home_alt_msl_m": track.home_alt_msl_m,
        "home_source": track.home_source,
        "gimbal_source": track.gimbal_source,
        "gimbal_rejected": track.gimbal_rejected,
        "warnings": list(track.warnings),
    }


def _boots(clock: VehicleClock) -> list[dict[str, Any]]:
    """``utc_minus_record_s`` is the median of how far the recorder's clock was behind UTC."""
    begins = [boot.file_offset for boot in clock.boots]
    number = np.searchsorted(begins, clock.anchor_offset, side="right") - 1
    offsets_us = clock.anchor_utc_minus_stamp_us
    return [
        {
            "first": _time(boot.first_us),
            "last": _time(boot.last_us),
            "clock": boot.source,
            "spread_s": boot.spread_us / 1e6,
            "utc_minus_record_s": round(float(np.median(offsets_us[number == index])) / 1e6, 6),
        }
        for index, boot in enumerate(clock.boots)
    ]


def _positions(track: PoseTrack) -> dict[str, Any]:
    valid = track.path().valid
    return {
        "count": len(valid),
        "with_fix": int(valid.sum()),
        "first_fix": _time(track.first_us),
        "last_fix": _time(track.last_us),
    }


def _time(time_us: int | None) -> str | None:
    return None if time_us is None else stamp_texts(np.array([time_us]))[0]
