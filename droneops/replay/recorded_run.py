"""A recorded site's replay from request to result folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from droneops import __version__
from droneops.config import Site
from droneops.delivery.compose import Context
from droneops.delivery.near import around, near_text
from droneops.errors import DroneopsError, UsageError
from droneops.fleet.recording.desk_notes import forces_in
from droneops.fleet.recording.in_force import InForce, in_force, rules_in, zones_in
from droneops.fleet.recording.reader import Torn
from droneops.fleet.recording.session import Session
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet, gaps
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
        judging = _judging(site, zones, recording, listener.warn)
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


def _judging(site: Site, zones: ZoneIndex, recording: Recording, warn: Callable[[str], None]) -> Judging:
    """By the site file given; where its zones and rules are the flight's, by what was in force when."""
    origin = Origin(site.file.site.id, prepare.replay_status(site), recording.sha256())
    rules = prepare.rules_of(site)
    own = _judged_by(site, zones, rules, origin, site.sha256)
    forces = forces_in(recording.site)
    given = in_force(zones, rules, site.file.rule, site.sha256)
    if site.sha256 is not None and not any(_judge_alike(given, force) for force in forces):
        if forces:
            warn("zones or rules are not those of the flight: all of it is judged by the site file given")
        return own
    known: dict[InForceKey, Judging | None] = {}

    def by(force: InForce) -> Judging | None:
        key = (force.zones_sha256, force.rules_sha256, force.site_sha256)
        if key not in known:
            known[key] = _as_it_was(site, force, recording, origin, warn)
        return known[key]

    return replace(own, by=by)


InForceKey = tuple[str, str, str | None]


def _judge_alike(one: InForce, other: InForce) -> bool:
    return (one.zones_sha256, one.rules_sha256) == (other.zones_sha256, other.rules_sha256)


def _as_it_was(
    site: Site, force: InForce, recording: Recording, origin: Origin, warn: Callable[[str], None]
) -> Judging | None:
    """What was in force; None, and a warning, where its texts are gone."""
    try:
        zones, rules = zones_in(recording.site, force), rules_in(force)
    except DroneopsError as error:
        warn(f"what was in force is not known, the site file given judges instead: {error.one_line()}")
        return None
    return _judged_by(site, zones, rules, origin, force.site_sha256)


def _judged_by(
    site: Site, zones: ZoneIndex, rules: RuleSet, origin: Origin, site_sha256: str | None
) -> Judging:
    return Judging(
        zones=zones,
        origin=origin,
        new_book=lambda: IncidentBook(rules, origin, zones),
        context_of=partial(_context, site, zones, site_sha256),
        rules=rules,
    )


def _context(site: Site, zones: ZoneIndex, site_sha256: str | None, session: Session) -> Context:
    return Context(
        status=prepare.replay_status(site),
        software=f"droneops {__version__}",
        detector=session.detector,
        weights_sha256=session.weights_sha256,
        zones_sha256=zones.sha256,
        site_sha256=site_sha256,
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
        "rules": explained_json(explained_by(desk.fired, desk.near_misses, lacking, book.incidents)),
        "versions": {"droneops": __version__},
    }
