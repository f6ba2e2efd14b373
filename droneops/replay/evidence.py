"""One evidence bundle per incident, chained inside the result folder only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from droneops.delivery.routing import Message
from droneops.evidence.bundle import make_bundle
from droneops.evidence.canonical import canonical
from droneops.evidence.contents import AFTER_US, BEFORE_US, MAX_PICTURES, PICTURES_NAME, RULES_NAME
from droneops.evidence.manifest import Sign
from droneops.evidence.software import software_sha256
from droneops.incidents.incident import Incident, bundle_id
from droneops.replay.result import Result
from droneops.replay.second_looks import second_json
from droneops.telemetry.clock import read_clock
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.times import to_text
from droneops.video.clip import Clip, NoClip, cut

CLIP_BEFORE_US = 10_000_000
"""The video before its onset; it ends as the flight does."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What goes into bundles besides the result: the site's signature, the texts that the alerts rest on
    (rules.json, zones.jsonl, site.toml) and the video that clips are cut from."""

    sign: Sign | None = None
    documents: Mapping[str, bytes] = field(default_factory=dict)
    video: Path | None = None


NO_SEAL = Seal()


def bundles(result: Result, sightings: bytes, seal: Seal = NO_SEAL) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each incident's bundle; each names the digest of the one before.

    Raises:
        InputError: the video cannot be opened any more.
    """
    previous: str | None = None
    lines = sightings.splitlines(keepends=True)
    software = software_sha256()
    for incident in result.incidents:
        clip = _clip(incident, result, seal.video)
        messages = result.messages_of(incident.id)
        pictures, left_out = _pictures(messages)
        files = {**_files(incident, result, lines), **pictures, **_shown(messages, result), **seal.documents}
        if isinstance(clip, Clip):
            files[clip.name] = clip.raw
        facts = {
            **_facts(incident, result),
            "software_sha256": software,
            "rules_sha256": _sha256(seal.documents.get(RULES_NAME)),
            "clip": _clip_facts(clip),
            "pictures_left_out": left_out,
            "second_look": _second_look(incident, result),
        }
        raw, previous = make_bundle(files, facts, previous, sign=seal.sign)
        yield f"{bundle_id(incident.id)}.zip", raw


def _files(incident: Incident, result: Result, lines: list[bytes]) -> dict[str, bytes]:
    marks = [f'"track_id":{json.dumps(track.id, ensure_ascii=False)},'.encode() for track in incident.tracks]
    files = {
        "alerts.jsonl": b"".join(m.raw + b"\n" for m in result.messages_of(incident.id)),
        "sightings.jsonl": b"".join(line for line in lines if any(mark in line for mark in marks)),
    }
    if result.log.tlog is not None:
        files["telemetry.tlog"] = telemetry_slice(result.log.tlog, result.poses.vehicle, incident)
    return files


def _pictures(messages: Sequence[Message]) -> tuple[dict[str, bytes], int]:
    """The pictures by name, the latest as snapshot.jpg, and how many were left out: the first ones stay."""
    sent = [(m.alert.sequence, m.picture) for m in messages if m.picture is not None]
    if not sent:
        return {}, 0
    earlier = {f"snapshot-{sequence}.jpg": picture for sequence, picture in sent[:-1][: MAX_PICTURES - 1]}
    return {**earlier, "snapshot.jpg": sent[-1][1]}, max(len(sent) - MAX_PICTURES, 0)


def _shown(messages: Sequence[Message], result: Result) -> dict[str, bytes]:
    """What is in which picture, as a file; the alerts name the pictures by their digests."""
    shown = {} if result.record is None else result.record.shown
    rows = [
        {
            "alert_id": m.alert.id,
            "sequence": m.alert.sequence,
            "sha256": _sha256(m.picture),
            "detector": m.alert.provenance.detector,
            **shown[m.alert.id],
        }
        for m in messages
        if m.alert.id in shown
    ]
    return {PICTURES_NAME: canonical(rows)} if rows else {}


def _second_look(incident: Incident, result: Result) -> dict[str, object] | None:
    said = result.asides.second.latest(incident.id)
    if said is None:
        return None
    return {"detector": said.detector, "weights_sha256": said.weights_sha256, **second_json(said)}


def telemetry_slice(log: Tlog, vehicle: Vehicle, incident: Incident) -> bytes:
    """The log's own bytes around an incident, records of all senders, unchanged."""
    headers, data = log.headers, log.data
    clock = read_clock(log, vehicle)
    time_us = clock.utc_of_stamps(headers.stamp_us, headers.record_start)
    inside = (time_us >= incident.onset_us - BEFORE_US) & (time_us <= incident.last_seen_us + AFTER_US)
    rows = zip(headers.record_start[inside].tolist(), headers.record_end[inside].tolist(), strict=True)
    return b"".join(data[start:end] for start, end in rows)


def _clip(incident: Incident, result: Result, video: Path | None) -> Clip | NoClip:
    if video is None or result.video is None:
        return NoClip("there is no video")
    return cut(
        video,
        start_us=result.video.start_us,
        from_us=incident.onset_us - CLIP_BEFORE_US,
        to_us=incident.last_seen_us + AFTER_US,
    )


def _clip_facts(clip: Clip | NoClip) -> dict[str, object]:
    if isinstance(clip, NoClip):
        return {"reason": clip.reason}
    return {
        "name": clip.name,
        "from": to_text(clip.from_us),
        "to": to_text(clip.to_us),
        "is_cut_short": clip.is_cut_short,
        "packets_dropped": clip.dropped,
    }


def _sha256(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


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
