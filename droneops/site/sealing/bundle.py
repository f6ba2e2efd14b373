"""One live incident's bundle: its facts, and its place on the disk and in the site's journal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from droneops import __version__
from droneops.delivery.outbox.looking import StoredMessage
from droneops.delivery.outbox.store import Outbox
from droneops.errors import DroneopsError, InputError, OutputError
from droneops.evidence.bundle import make_bundle, store_bundle
from droneops.evidence.contents import RULES_NAME
from droneops.evidence.manifest import Sign
from droneops.evidence.software import software_sha256
from droneops.incidents.incident import bundle_id
from droneops.site.sealing.clips import Clips, clips_of
from droneops.site.sealing.contents import documents_of, found_of, pictures_of, shown_of, telemetry_of
from droneops.site.sealing.job import Case, Job
from droneops.telemetry.live.now import Clock
from droneops.times import to_text

FOLDER = "evidence"
"""In the data folder."""

LATEST = "sealed/latest"
"""The outbox's note of the latest bundle's digest, which the next one names."""


def note_of(incident_id: str) -> str:
    """The outbox's note of how far an incident had come (`job.mark_of`) when its bundle was made."""
    return f"sealed/of/{incident_id}"


def seal(case: Case, job: Job, outbox: Outbox, sign: Sign | None, clock: Clock) -> str:
    """Make an incident's bundle as it stands, put it on disk and into the journal; its digest.

    Raises:
        DroneopsError: it cannot be made; nothing is in the journal then.
        ValueError: it would be larger than any bundle.
    """
    messages = outbox.messages_of(case.incident_id)
    if not messages:
        raise InputError(f"incident {case.incident_id} has no stored alert")
    documents = documents_of(job)
    found = found_of(case, job, documents, messages)
    pictures, left_out = pictures_of(messages, outbox)
    clips = clips_of(job.data, case.incident_id)
    telemetry, facts = telemetry_of(case, job, found)
    files = {
        "alerts.jsonl": b"".join(message.raw + b"\n" for message in messages),
        "sightings.jsonl": b"".join(found.sightings),
        **telemetry,
        **pictures,
        **shown_of(messages, found),
        **documents,
        **clips.files,
    }
    facts |= _facts(case, job, messages, documents)
    facts |= {"pictures_left_out": left_out, "sightings_left_out": found.left_out, **_clip_facts(clips)}
    facts |= {"lines_torn": found.torn.lines, "made": to_text(clock.utc_us())}
    return _stored(case, job, files, facts, outbox, sign, clock)


def _stored(
    case: Case,
    job: Job,
    files: Mapping[str, bytes],
    facts: Mapping[str, Any],
    outbox: Outbox,
    sign: Sign | None,
    clock: Clock,
) -> str:
    before = outbox.note(LATEST)
    previous = None if before is None else before.decode()
    raw, digest = make_bundle(files, facts, previous, journal_head=outbox.journal_head(), sign=sign)
    name = bundle_id(case.incident_id)
    notes = {LATEST: digest.encode(), note_of(case.incident_id): case.mark.encode()}

    def append(kind: str, body: Mapping[str, Any]) -> object:
        return outbox.append_journal(kind, body, clock.utc_us(), notes=notes)

    path = _folder(job.data) / f"{name}.zip"
    store_bundle(path, raw, {"bundle_id": name, "incident_id": case.incident_id}, append)
    return digest


def _folder(data: Path) -> Path:
    folder = data / FOLDER
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(folder)) from None
    return folder


def _clip_facts(clips: Clips) -> dict[str, Any]:
    reason = {} if clips.files else {"reason": "there is no clip, or none that fits"}
    return {"clip": {"names": sorted(clips.files), "beside": list(clips.beside), **reason}}


def _facts(
    case: Case, job: Job, messages: Sequence[StoredMessage], documents: Mapping[str, bytes]
) -> dict[str, Any]:
    said = json.loads(messages[-1].raw)["provenance"]
    return {
        "bundle_id": bundle_id(case.incident_id),
        "incident_id": case.incident_id,
        "site_id": job.site_id,
        "status": job.status,
        "run": job.run,
        "event": case.event,
        "severity": case.severity,
        "state": case.state,
        "onset": to_text(case.onset_us),
        "last_seen": to_text(case.last_seen_us),
        "drones": list(case.drone_ids),
        "zones_sha256": job.zones_sha256,
        "rules_sha256": job.rules_sha256 if RULES_NAME in documents else None,
        "site_sha256": job.site_sha256,
        "rule": {"id": case.rule_id, "version": case.rule_version},
        "software_sha256": software_sha256(),
        "versions": {
            "droneops": __version__,
            "detector": said["detector"],
            "weights": said["weights_sha256"],
        },
        "second_look": said.get("second_look"),
    }


def seal_all(job: Job, outbox: Outbox, sign: Sign | None, clock: Clock) -> list[str]:
    """Make the bundles of a job; a line for each that cannot be made, the others are made all the same."""
    troubles = []
    for case in job.cases:
        try:
            seal(case, job, outbox, sign, clock)
        except (DroneopsError, ValueError, OSError) as error:
            told = error.one_line() if isinstance(error, DroneopsError) else str(error)
            troubles.append(f"no bundle of incident {case.incident_id}: {told}")
    return troubles
