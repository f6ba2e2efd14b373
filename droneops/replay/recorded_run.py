"""A recorded site's replay from request to result folder."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from droneops import __version__
from droneops.config import Site
from droneops.delivery.compose import Context
from droneops.delivery.near import around, near_text
from droneops.errors import UsageError
from droneops.fleet.recording.reader import Torn
from droneops.fleet.recording.session import Session
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import gaps
from droneops.replay import prepare
from droneops.replay.explained import explained_by, explained_json
from droneops.replay.folder import ResultFolder
from droneops.replay.recorded import Judging, RecordedDesk, Recording, recording_in, replay_recording
from droneops.replay.request import Listener, ReplayRequest
from droneops.zones.load import zones_of
from geofences import ZoneIndex

ARUCO = "aruco"


def run_recording(request: ReplayRequest, listener: Listener) -> None:
    """Replay the recording in the folder ``request.telemetry`` into ``request.out``.

    Raises:
        DroneopsError: one line that says what, where, and the mend; nothing is left under a final name.
    """
    _refuse_what_it_has_not(request)
    site = prepare.site_of(request)
    zones = zones_of(site)
    for text in (prepare.placeholder_warning(zones), prepare.rules_warning(prepare.rules_of(site))):
        if text is not None:
            listener.warn(text)
    recording = recording_in(request.telemetry)
    torn = Torn()
    with ResultFolder(request.out) as folder:
        judging = _judging(site, zones, recording)
        desk = replay_recording(recording, judging, torn, partial(listener.progress, "replaying"))
        for text in _doubts(desk, torn):
            listener.warn(text)
        folder.write("alerts.jsonl", b"".join(message.raw + b"\n" for message in desk.gone.messages))
        folder.write("sightings.jsonl", b"".join(desk.gone.sightings))
        summary = json.dumps(_summary(site, judging, desk, torn), ensure_ascii=False, indent=1)
        folder.write("summary.json", summary.encode() + b"\n")
        folder.commit()


def _refuse_what_it_has_not(request: ReplayRequest) -> None:
    """A wish that changes nothing here would be believed to count."""
    given = {
        "--video": request.video,
        "--camera": request.camera,
        "--detector": request.detector,
        "--drone-id": request.drone_id,
        "--system-id": request.system_id,
        "--looks-per-second": request.looks_per_second,
        "--video-start": request.video_start_utc,
        "--video-offset": request.video_offset,
        "--ground-alt-msl": request.ground_alt_msl_m,
        "--signing-key": request.signing_key,
        "--second-look": request.second_look,
        "--keep-doubtful": request.keep_doubtful or None,
        "--publish": request.publish or None,
    }
    names = [name for name, value in given.items() if value is not None]
    if names:
        what = f"{', '.join(names)}: of no use with a recording, whose looks were made already"
        raise UsageError(what, mend="leave it out, or give a flight log and its video")


def _judging(site: Site, zones: ZoneIndex, recording: Recording) -> Judging:
    rules = prepare.rules_of(site)
    origin = Origin(site.file.site.id, prepare.replay_status(site), recording.sha256())
    return Judging(
        zones=zones,
        origin=origin,
        new_book=lambda: IncidentBook(rules, origin, zones),
        context_of=partial(_context, site, zones),
    )


def _context(site: Site, zones: ZoneIndex, session: Session) -> Context:
    return Context(
        status=prepare.replay_status(site),
        software=f"droneops {__version__}",
        detector=session.detector,
        weights_sha256=session.weights_sha256,
        zones_sha256=zones.sha256,
        site_sha256=site.sha256,
        drill_markers=session.detector.split(" ")[0] == ARUCO,
        near=partial(near_text, zones),
        around=partial(around, zones),
        sign=prepare.signer_of(site),
        timezone=site.file.site.timezone,
    )


def _doubts(desk: RecordedDesk, torn: Torn) -> list[str]:
    gone = desk.gone
    doubts = []
    if gone.began_in_the_middle:
        doubts.append("the recording begins in the middle of a run: incidents of before are not known")
    if torn.lines:
        doubts.append(f"{torn.lines} lines of the recording were cut off and are gone past")
    if gone.missing:
        doubts.append(f"{gone.missing} looks or answers that the site took in are not in the recording")
    return doubts


def _summary(site: Site, judging: Judging, desk: RecordedDesk, torn: Torn) -> dict[str, Any]:
    gone, book = desk.gone, desk.book
    lacking = gaps(prepare.rules_of(site), judging.zones)
    return {
        "schema": "droneops.recording-summary/1",
        "site_id": judging.origin.site_id,
        "status": judging.origin.status,
        "run": judging.origin.run,
        "counts": {
            "looks": dict(gone.looks),
            "notes": dict(gone.notes),
            "sightings": sum(lines.count(b"\n") for lines in gone.sightings),
            "alerts": len(gone.messages),
            "incidents": len(book.incidents),
            "missing": gone.missing,
            "torn_lines": torn.lines,
        },
        "began_in_the_middle": gone.began_in_the_middle,
        "rules": explained_json(explained_by(book.fired, book.near_misses, lacking, book.incidents)),
        "versions": {"droneops": __version__},
    }
