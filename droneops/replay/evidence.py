"""One evidence bundle per incident, chained inside the result folder only."""

from __future__ import annotations

import json
from collections.abc import Iterator

from droneops.evidence.bundle import make_bundle
from droneops.incidents.incident import Incident, bundle_id
from droneops.replay.result import Result
from droneops.telemetry.clock import read_clock
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.times import to_text

BEFORE_US = 30_000_000
AFTER_US = 10_000_000
"""The flight around an incident that goes into its bundle."""


def bundles(result: Result, sightings: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each incident's bundle; each names the digest of the one before."""
    previous: str | None = None
    lines = sightings.splitlines(keepends=True)
    for incident in result.incidents:
        raw, previous = make_bundle(_files(incident, result, lines), _facts(incident, result), previous)
        yield f"{bundle_id(incident.id)}.zip", raw


def _files(incident: Incident, result: Result, lines: list[bytes]) -> dict[str, bytes]:
    marks = [f'"track_id":{json.dumps(track.id, ensure_ascii=False)},'.encode() for track in incident.tracks]
    files = {
        "alerts.jsonl": b"".join(m.raw + b"\n" for m in result.messages_of(incident.id)),
        "sightings.jsonl": b"".join(line for line in lines if any(mark in line for mark in marks)),
    }
    if result.log.tlog is not None:
        files["telemetry.tlog"] = telemetry_slice(result.log.tlog, result.poses.vehicle, incident)
    snapshot = None if result.record is None else result.record.snapshots.get(incident.id)
    return files if snapshot is None else {**files, "snapshot.jpg": snapshot}


def telemetry_slice(log: Tlog, vehicle: Vehicle, incident: Incident) -> bytes:
    """The log's own bytes around an incident, records of all senders, unchanged."""
    headers, data = log.headers, log.data
    clock = read_clock(log, vehicle)
    time_us = clock.utc_of_stamps(headers.stamp_us, headers.record_start)
    inside = (time_us >= incident.onset_us - BEFORE_US) & (time_us <= incident.last_seen_us + AFTER_US)
    rows = zip(headers.record_start[inside].tolist(), headers.record_end[inside].tolist(), strict=True)
    return b"".join(data[start:end] for start, end in rows)


def _facts(incident: Incident, result: Result) -> dict[str, object]:
    return {
        "bundle_id": bundle_id(incident.id),
        "incident_id": incident.id,
        "site_id": result.site_id,
        "status": result.status,
        "run": result.run,
        "onset": to_text(incident.onset_us),
        "last_seen": to_text(incident.last_seen_us),
        "telemetry_log_sha256": result.log.sha256,
        "zones_sha256": result.zones.sha256,
        "site_sha256": result.settings["site"],
        "rule": {"id": incident.rule_id, "version": incident.rule_version},
        "versions": result.versions,
    }
