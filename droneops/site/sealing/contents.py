"""What goes into a live incident's bundle, from the outbox and the drones' recordings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from droneops.delivery.outbox.looking import StoredMessage
from droneops.delivery.outbox.store import Outbox
from droneops.errors import InputError
from droneops.evidence.canonical import canonical
from droneops.evidence.contents import AFTER_US, BEFORE_US, MAX_PICTURES, PICTURES_NAME, RULES_NAME
from droneops.fleet.recording.in_force import text_of
from droneops.fleet.recording.reader import Torn
from droneops.site.sealing.job import Case, Job
from droneops.site.sealing.seen import Span, looks_in, shown_in, sighting_rows
from droneops.site.sealing.telemetry import telemetry_in
from geofences import ZoneIndex
from geofences.read_canonical import zones_from_text

MOST_SIGHTINGS_BYTES = 64 << 20
"""Some 100,000 sightings: five things for an hour."""


@dataclass(slots=True)
class Found:
    """What the recordings have of an incident. ``received`` is the span of its looks by our own clock."""

    sightings: list[bytes] = field(default_factory=list)
    sightings_bytes: int = 0
    left_out: int = 0
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    received: list[int] = field(default_factory=list)
    torn: Torn = field(default_factory=Torn)


def documents_of(job: Job) -> dict[str, bytes]:
    """The rules and zones in force; none of those whose text was lost."""
    names = {RULES_NAME: job.rules_sha256, "zones.jsonl": job.zones_sha256}
    found = {}
    for name, sha256 in names.items():
        try:
            found[name] = text_of(job.data / "recordings" / "site", sha256)
        except InputError:
            continue
    return found


def found_of(
    case: Case, job: Job, documents: Mapping[str, bytes], messages: Sequence[StoredMessage]
) -> Found:
    """What the recordings have of the incident's things; ``documents`` hold the zones.

    Raises:
        InputError: a recording cannot be read.
    """
    zones = ZoneIndex(zones_from_text(documents.get("zones.jsonl", b"").decode(), "zones.jsonl"))
    span = Span(case.onset_us - BEFORE_US, case.last_seen_us + AFTER_US)
    wanted = {m.picture_sha256 for m in messages if m.picture_sha256 is not None}
    tracks, found = frozenset(case.track_ids), Found()
    for drone_id in case.drone_ids:
        for look in looks_in(job.data / "recordings", drone_id, span, found.torn):
            _add(found, list(sighting_rows(look, tracks, zones)))
            found.shown.update(shown_in(look, wanted))
            if look.spent is not None:
                found.received += [look.spent.taken_us, look.spent.told_us]
    return found


def _add(found: Found, rows: list[bytes]) -> None:
    size = sum(map(len, rows))
    if found.sightings_bytes + size > MOST_SIGHTINGS_BYTES:
        found.left_out += len(rows)
    else:
        found.sightings += rows
        found.sightings_bytes += size


def telemetry_of(case: Case, job: Job, found: Found) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Of each drone a .tlog, by the clock that received it; the pictures' clock where no look tells."""
    begin_us = min(found.received, default=case.onset_us - BEFORE_US)
    end_us = max(found.received, default=case.last_seen_us + AFTER_US)
    files, told = {}, []
    for number, drone_id in enumerate(case.drone_ids):
        raw, is_all = telemetry_in(job.data / "recordings", drone_id, Span(begin_us, end_us))
        if raw:
            name = "telemetry.tlog" if number == 0 else f"telemetry-{number + 1}.tlog"
            files[name] = raw
            told.append({"name": name, "drone_id": drone_id, "is_cut_short": not is_all})
    return files, {"telemetry": told}


def pictures_of(messages: Sequence[StoredMessage], outbox: Outbox) -> tuple[dict[str, bytes], int]:
    """The pictures by name, and how many were left out.

    As a replay names them: the latest as snapshot.jpg, the first ones stay.
    """
    digests = [(m.sequence, m.picture_sha256) for m in messages if m.picture_sha256 is not None]
    kept = [*digests[:-1][: MAX_PICTURES - 1], *digests[-1:]]
    files: dict[str, bytes] = {}
    for place, (sequence, digest) in enumerate(kept):
        jpeg = outbox.picture(digest)
        if jpeg is not None:
            files["snapshot.jpg" if place == len(kept) - 1 else f"snapshot-{sequence}.jpg"] = jpeg
    return files, len(digests) - len(files)


def shown_of(messages: Sequence[StoredMessage], found: Found) -> dict[str, bytes]:
    """What is in which picture, as a file; the alerts name the pictures by their digests."""
    rows = []
    for message in messages:
        if message.picture_sha256 in found.shown:
            alert = json.loads(message.raw)
            head = {"alert_id": alert["id"], "sequence": message.sequence, "sha256": message.picture_sha256}
            made_by = {"detector": alert["provenance"]["detector"]}
            rows.append({**head, **made_by, **found.shown[message.picture_sha256]})
    return {PICTURES_NAME: canonical(rows)} if rows else {}
