"""The composition root: the only file that knows every part."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from detectors import Detector
from droneops import __version__
from droneops.calibration.request import CalibrationRequest
from droneops.calibration.run import run as run_calibration
from droneops.clock import now_us
from droneops.config import DroneSection, Site, load_site
from droneops.coverage.concern import ZoneConcern, concern_for
from droneops.delivery.compose import Context
from droneops.delivery.courier import deliver_until_sent
from droneops.delivery.mqtt import Broker
from droneops.delivery.near import around, near_text
from droneops.delivery.outbox.store import FILE_NAME as OUTBOX_FILE
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.routing import to_store, unrouted
from droneops.errors import UsageError
from droneops.evidence.canonical import canonical
from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.incidents.book import IncidentBook
from droneops.incidents.explain import rule_json
from droneops.incidents.incident import Incident, Origin
from droneops.incidents.rule_set import RuleSet, gaps
from droneops.pipeline import Parts
from droneops.replay import prepare
from droneops.replay.asides import Asides, asides_of, no_asides
from droneops.replay.auto_offset import find_offset, with_found_sigma
from droneops.replay.beside import Beside
from droneops.replay.coverage import coverage_of
from droneops.replay.doubts import (
    log_doubts,
    refuse_other_times,
    video_damage,
    watch_doubts,
)
from droneops.replay.evidence import Seal
from droneops.replay.explained import Explained, explained_by
from droneops.replay.flight_log import FlightLog, Wish, read_flight
from droneops.replay.folder import ResultFolder
from droneops.replay.record import Record
from droneops.replay.recorded_run import run_recording
from droneops.replay.request import Listener, ReplayRequest
from droneops.replay.result import Result, VideoTime
from droneops.replay.rules_diff import OfLog, RulesDiff, Told, compare, told, video_beside
from droneops.replay.run import Watched, watch, write_results
from droneops.second_look.ask import Second
from droneops.stopwatch import Stopwatch
from droneops.sync.offset import CannotTell, OffsetEstimate
from droneops.telemetry.gimbal_lag import with_gimbal_lag
from droneops.telemetry.log_format import LogFormat
from droneops.telemetry.pose_track import PoseTrack
from droneops.telemetry.signing_key import read_signing_key
from droneops.times import to_text
from droneops.tracking.tracker import Tracker
from droneops.video.counts import VideoCounts
from droneops.video.file import VideoFile
from droneops.video.start import VideoStart, utc_us, video_start
from droneops.zones.load import zones_of
from geofences import ZoneIndex
from geofences.canonical import zones_text

CAMERA_ID = "eo"


class _Warnings:
    """Tells each warning once, and keeps them for the report."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.texts: list[str] = []

    def add(self, text: str | None) -> None:
        if text is None:
            return
        # A file's name may hold bytes that are no text.
        text = os.fsencode(text).decode("utf-8", "replace")
        if text not in self.texts:
            self.texts.append(text)
            self._listener.warn(text)


@dataclass(frozen=True, slots=True)
class _Flight:
    """The site and the flight's telemetry."""

    site: Site
    drone: DroneSection | None
    zones: ZoneIndex
    log: FlightLog
    poses: PoseTrack

    @property
    def drone_id(self) -> str:
        """The drone's name in everything that comes of the flight."""
        return self.poses.drone_id


@dataclass(frozen=True, slots=True)
class _Sight:
    """How the video is looked at. ``nominal`` is its start as told, ``start`` has the offset added.

    ``found`` is where the offset comes from, when it was found from the picture's motion.
    """

    path: Path
    nominal: VideoStart
    start: VideoStart
    offset: prepare.Offset
    looks_per_second: float | None
    detector_name: str
    detector: Detector
    second: Second | None
    camera: Camera | None
    ground: Ground
    ground_source: str
    found: OffsetEstimate | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of the video; all empty when there was none."""

    run: str
    settings: dict[str, Any]
    sight: _Sight | None = None
    camera: Camera | None = None
    record: Record | None = None
    counts: VideoCounts | None = None
    book: IncidentBook | None = None
    watched: Watched | None = None
    beside: Beside | None = None
    asides: Asides = field(default_factory=no_asides)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents at the end."""
        return () if self.book is None else self.book.incidents


def replay(request: ReplayRequest, listener: Listener, broker: Broker | None = None) -> Result:
    """Replay a recorded patrol into ``request.out``; publish its alerts if that was asked for.

    ``broker`` stands in for the site file's.

    Raises:
        DroneopsError: one line that says what, where, and the mend. Unless it is a DeliveryError, nothing
            is left under a final name.
    """
    stopwatch = Stopwatch(time.perf_counter)
    warnings = _Warnings(listener)
    site = prepare.site_of(request)
    if request.publish and broker is None:
        broker = _broker(site)
    with ResultFolder(request.out) as folder:
        flight = _flight(request, site, stopwatch, warnings)
        seen = _see(request, flight, stopwatch, warnings, listener)
        result = _result(flight, seen, warnings)
        sightings = b"" if seen.watched is None else seen.watched.sightings
        write_results(folder, result, sightings, _seal(request, flight), stopwatch)
        folder.commit()
    if request.publish and broker is not None:
        _publish(broker, result, site, request.out, listener)
    return result


def replay_recorded(request: ReplayRequest, listener: Listener) -> None:
    """Replay what a live site recorded as consumed, the folder ``request.telemetry``.

    Raises:
        DroneopsError: one line that says what, where, and the mend; nothing is left under a final name.
    """
    run_recording(request, listener)


def _seal(request: ReplayRequest, flight: _Flight) -> Seal:
    """What bundles hold besides the result. The site file stays out: it may hold cameras' logins."""
    rules = [rule_json(rule) for rule in prepare.rules_of(flight.site).rules]
    documents = {
        "rules.json": canonical(rules),
        "zones.jsonl": zones_text(flight.zones.zones).encode(),
    }
    return Seal(prepare.signer_of(flight.site), documents, request.video)


def _flight(request: ReplayRequest, site: Site, stopwatch: Stopwatch, warnings: _Warnings) -> _Flight:
    zones = zones_of(site)
    warnings.add(prepare.placeholder_warning(zones))
    drone = prepare.drone_section(site.file, request.drone_id, request.system_id)
    if request.drone_id is not None and drone is None and site.file.drone:
        warnings.add(f"drone {request.drone_id!r} is not in the site file: no settings of its own are used")
    wish = Wish(
        drone_id=partial(prepare.drone_id_of, request, drone),
        system_id=request.system_id or (drone.system_id if drone else None),
        gimbal_frame=drone.gimbal_frame if drone else "auto",
        home_alt_msl_m=request.ground_alt_msl_m,
        start_us=partial(_start_if_known, request),
        signing_key=read_signing_key(request.signing_key) if request.signing_key else None,
        utc_offset_s=prepare.utc_offset_s(site),
    )
    with stopwatch.stage("telemetry"):
        log, poses = read_flight(request.telemetry, wish)
    if log.kind is LogFormat.SRT and wish.utc_offset_s:
        hours = f"{wish.utc_offset_s / 3600:+g} h"
        warnings.add(f"{request.telemetry}: its time is taken for the site's local time ({hours} from UTC)")
    for text in (*log_doubts(log, poses), *poses.warnings):
        warnings.add(f"{request.telemetry}: {text}")
    return _Flight(site, drone, zones, log, poses)


def _start_if_known(request: ReplayRequest) -> int | None:
    if request.video is not None:
        return video_start(request.video, given_utc=request.video_start_utc).start_us
    given = request.video_start_utc
    return None if given is None else utc_us(given, where="--video-start")


def _see(
    request: ReplayRequest,
    flight: _Flight,
    stopwatch: Stopwatch,
    warnings: _Warnings,
    listener: Listener,
    other: RuleSet | None = None,
) -> _Seen:
    """Look at the video; with ``other`` rules beside the site's own, too."""
    settings: dict[str, Any] = {
        "site": flight.site.sha256,
        "zones": flight.zones.sha256,
        "drone_id": flight.drone_id,
        "system_id": flight.poses.vehicle.system_id,
    }
    if flight.log.disbelieved is not None:
        settings["frames_without_good_signature"] = flight.log.disbelieved
    if request.video is None:
        _check_what_a_video_needs(request, flight)
        return _Seen(prepare.run_name((flight.log.sha256,), settings), settings)
    with stopwatch.stage("detect"):
        name, detector = prepare.detector_of(request, flight.site, flight.drone)
    sight = _sight(request, request.video, flight, name, detector, warnings)
    if request.video_offset == "auto":
        with stopwatch.stage("offset"):
            sight = _with_found_offset(sight, flight, warnings)
    settings |= _settings(sight)
    with stopwatch.stage("decode"):
        opened = _open(sight, flight.drone_id)
    with opened as video:
        refuse_other_times(video, sight.path, sight.start, flight.poses, request.telemetry)
        camera = prepare.fitted(sight.camera, video.width_px, video.height_px)
        if sight.found is not None:
            camera = with_found_sigma(camera, sight.found, (video.duration_us or 0) / 1e6)
        camera = prepare.with_clock_error(camera, sight.start, flight.poses.boots, video.duration_us)
        if camera.mount.kind == "stabilised" and flight.poses.gimbal_source is None:
            warnings.add(f"{request.telemetry}: nothing tells where the gimbal looked: no point on the map")
        run = prepare.run_name((flight.log.sha256, prepare.file_sha256(sight.path)), settings)
        parts = _parts(flight, sight, camera, run)
        record = Record(camera, sight.ground)
        context = _context(flight, sight.detector)
        asides = asides_of(sight.second, request.keep_doubtful, sight.detector)
        beside = None if other is None else Beside(_book(flight, run, other), flight.zones, context)
        watched = watch(video, parts, record, context, stopwatch, listener, asides, beside)
    for text in (*video_damage(video.counts), *watch_doubts(record)):
        warnings.add(f"{sight.path}: {text}")
    return _Seen(run, settings, sight, camera, record, video.counts, parts.incidents, watched, beside, asides)


def _check_what_a_video_needs(request: ReplayRequest, flight: _Flight) -> None:
    """Hear of a wrong camera file, detector or terrain now, not on the day there is a video."""
    prepare.detector_of(request, flight.site, flight.drone)
    prepare.second_of(request, flight.site, flight.drone, lambda _: None)
    prepare.camera_of(request, flight.site, flight.drone)
    prepare.ground_of(request, flight.site, flight.log, flight.poses)
    prepare.rules_of(flight.site)


def _open(sight: _Sight, drone_id: str) -> VideoFile:
    return VideoFile(
        sight.path,
        drone_id=drone_id,
        camera_id=CAMERA_ID,
        start=sight.start,
        looks_per_second=sight.looks_per_second,
    )


def _sight(
    request: ReplayRequest,
    path: Path,
    flight: _Flight,
    name: str,
    detector: Detector,
    warnings: _Warnings,
) -> _Sight:
    start = video_start(path, given_utc=request.video_start_utc)
    warnings.add(start.warning)
    for label in prepare.unused_labels(name, flight.site, detector):
        warnings.add(f"[detector.{name}] labels: the detector never reports {label!r}")
    rules = prepare.rules_of(flight.site)
    if flight.drone and flight.drone.infer == "zones":
        label_of = prepare.label_mapping(name, flight.site, detector)
        told = frozenset(map(label_of, detector.labels))
        warnings.add(prepare.infer_warning(rules, told, is_on=_concern(flight) is not None))
    warnings.add(prepare.rules_warning(rules))
    camera = prepare.camera_of(request, flight.site, flight.drone)
    if camera is None:
        warnings.add("no camera file: the lens is assumed and its field of view is the telemetry's")
    chosen = prepare.ground_of(request, flight.site, flight.log, flight.poses)
    ground, ground_source = chosen.ground, chosen.source
    if ground.sigma_m.source == "assumed":
        warnings.add(f"ground {ground_source}: its error of {ground.sigma_m.value:g} m (1 sigma) is assumed")
    for text in chosen.warnings:
        warnings.add(text)
    offset = prepare.offset_of(request, camera)
    return _Sight(
        path=path,
        nominal=start,
        start=prepare.shifted(start, offset),
        offset=offset,
        looks_per_second=prepare.looks_of(request, flight.drone),
        detector_name=name,
        detector=detector,
        second=prepare.second_of(request, flight.site, flight.drone, warnings.add),
        camera=camera,
        ground=ground,
        ground_source=ground_source,
    )


def _with_found_offset(sight: _Sight, flight: _Flight, warnings: _Warnings) -> _Sight:
    """The sight with the offset that the picture's motion tells, or as it was, with a warning why."""
    found = find_offset(sight.path, sight.nominal, sight.camera, sight.ground, flight.poses)
    if isinstance(found, CannotTell):
        warnings.add(
            f"{sight.path}: --video-offset auto cannot tell: {found.reason};"
            f" {sight.offset.seconds:g} s ({sight.offset.source}) is used"
        )
        return sight
    if found.drift_s_per_s is not None:
        warnings.add(f"{sight.path}: the video's clock drifts by {found.drift_s_per_s * 1e3:.2f} ms a second")
    offset = prepare.Offset(found.seconds, "auto")
    known = replace(sight.nominal, sigma_s=0.0)
    return replace(sight, start=prepare.shifted(known, offset), offset=offset, found=found)


def _settings(sight: _Sight) -> dict[str, Any]:
    second = sight.second
    return {
        **({} if second is None else {"second_look": [second.name, second.detector.weights_sha256]}),
        "camera": None if sight.camera is None else sight.camera.sha256,
        "detector": f"{sight.detector.name} {sight.detector.version}",
        "weights": sight.detector.weights_sha256,
        "looks_per_second": sight.looks_per_second,
        "video_start": to_text(sight.start.start_us),
        "time_sigma_s": None if sight.found is None else sight.found.sigma_s,
        "ground": sight.ground_source,
        "ground_alt_msl_m": sight.ground.alt_msl_m,
        "ground_sigma_m": sight.ground.sigma_m.value,
    }


def _parts(flight: _Flight, sight: _Sight, camera: Camera, run: str) -> Parts:
    site = flight.site
    return Parts(
        poses=with_gimbal_lag(flight.poses, camera.bias.gimbal_lag_s),
        camera=camera,
        ground=sight.ground,
        detector=sight.detector,
        label_of=prepare.label_mapping(sight.detector_name, site, sight.detector),
        zones=flight.zones,
        tracker=Tracker(flight.drone_id),
        incidents=_book(flight, run, prepare.rules_of(site)),
        concern=_concern(flight),
    )


def _book(flight: _Flight, run: str, rules: RuleSet) -> IncidentBook:
    origin = Origin(flight.site.file.site.id, prepare.replay_status(flight.site), run)
    return IncidentBook(rules, origin, flight.zones)


def _concern(flight: _Flight) -> ZoneConcern | None:
    infer = flight.drone.infer if flight.drone else "everywhere"
    return concern_for(infer, flight.zones.zones, prepare.rules_of(flight.site).reach_m)


def _context(flight: _Flight, detector: Detector) -> Context:
    return Context(
        status=prepare.replay_status(flight.site),
        software=f"droneops {__version__}",
        detector=f"{detector.name} {detector.version}",
        weights_sha256=detector.weights_sha256,
        zones_sha256=flight.zones.sha256,
        site_sha256=flight.site.sha256,
        drill_markers=detector.name == "aruco",
        near=partial(near_text, flight.zones),
        around=partial(around, flight.zones),
        sign=prepare.signer_of(flight.site),
        timezone=flight.site.file.site.timezone,
    )


def _result(flight: _Flight, seen: _Seen, warnings: _Warnings) -> Result:
    record, poses, sight = seen.record, flight.poses, seen.sight
    site = flight.site.file.site
    return Result(
        site_id=site.id,
        timezone=site.timezone,
        status=prepare.replay_status(flight.site),
        drone_id=flight.drone_id,
        run=seen.run,
        log=flight.log,
        system_id=flight.poses.vehicle.system_id or None,
        poses=poses,
        zones=flight.zones,
        camera=seen.camera,
        record=record,
        coverage=coverage_of(record, flight.zones.zones, poses),
        video=None if sight is None or seen.camera is None else _video_time(sight, seen.camera),
        video_counts=seen.counts,
        incidents=seen.incidents,
        messages=() if seen.watched is None else seen.watched.messages,
        rules=_explained(flight, seen.book),
        is_drill=sight is not None and sight.detector.name == "aruco",
        warnings=tuple(warnings.texts),
        versions=_versions(sight),
        settings=seen.settings,
        asides=seen.asides,
    )


def _explained(flight: _Flight, book: IncidentBook | None) -> Explained:
    lacking = gaps(prepare.rules_of(flight.site), flight.zones)
    if book is None:
        return explained_by((), (), lacking)
    return explained_by(book.fired, book.near_misses, lacking, book.incidents)


def _video_time(sight: _Sight, camera: Camera) -> VideoTime:
    return VideoTime(
        start_us=sight.start.start_us,
        start_source=sight.start.source,
        offset_s=sight.offset.seconds,
        offset_source=sight.offset.source,
        sigma_s=camera.sigma.time_offset_s,
    )


def _versions(sight: _Sight | None) -> dict[str, str]:
    ours = {"droneops": __version__}
    if sight is not None:
        ours["detector"] = f"{sight.detector.name} {sight.detector.version}"
        ours |= {} if sight.detector.weights_sha256 is None else {"weights": sight.detector.weights_sha256}
        ours |= {} if sight.second is None else {"second_look": sight.second.name}
    used = ("numpy", "opencv-python-headless", "av", "shapely", "pymavlink", "onnxruntime")
    return ours | {name: version(name) for name in used}


def _broker(site: Site) -> Broker:
    if site.file.broker is None:
        mend = "add [broker] with url to the site file given by --site"
        raise UsageError("--publish needs a broker", mend=mend)
    broker = Broker.of(site)
    broker.check_files()
    return broker


def _publish(broker: Broker, result: Result, site: Site, out: Path, listener: Listener) -> None:
    for message in unrouted(result.messages, site.agencies_for):
        listener.warn(f"no agency takes {message.alert.event}: nobody gets alert {message.alert.id}")
    messages = [to_store(message, site.agencies_for) for message in result.messages]
    count = sum(len(alert.agencies) for alert in messages) or 1
    with Outbox.open(out / OUTBOX_FILE, now_us) as outbox:
        outbox.put(messages)
        deliver_until_sent(
            outbox,
            broker,
            result.site_id,
            now_us,
            lambda sent: listener.progress("publishing", min(sent / count, 1.0)),
        )


def calibrate(request: CalibrationRequest, listener: Listener) -> dict[str, Any]:
    """Find a camera's biases from a flight over known targets, and write ``request.out``; the report.

    Raises:
        DroneopsError: one line that says what, where, and the mend; nothing is written.
    """
    return run_calibration(request, listener)


def diff_rules(a: Path, b: Path, logs: Sequence[Path], listener: Listener) -> RulesDiff:
    """What the rules of one site file tell of old flights, and another's otherwise. Pages nobody.

    Each log is looked at with its video (`rules_diff.video_beside`), once where the files differ in their
    rules alone, else under both: zones, cameras and drones change what is seen. Nothing is written.

    Raises:
        DroneopsError: one line that says what, where, and the mend.
    """
    videos = {log: video_beside(log) for log in logs}
    sites = load_site(a), load_site(b)
    for site in sites:
        prepare.rules_of(site)
    warnings = _Warnings(listener)
    told_a: list[Told] = []
    told_b: list[Told] = []
    for log, video in videos.items():
        # What a second model says changes no incident, and asking it takes longer than all rules together.
        base = ReplayRequest(telemetry=log, out=Path(), video=video, ask_second=False)
        requests = [replace(base, site=path) for path in (a, b)]
        of_a, of_b = _told_by_both(requests, sites, warnings, OfLog(listener, log.name))
        told_a += of_a
        told_b += of_b
    return compare(told_a, told_b)


def _told_by_both(
    requests: Sequence[ReplayRequest], sites: tuple[Site, Site], warnings: _Warnings, listener: Listener
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """What two site files tell of one flight."""
    beside = prepare.rules_of(sites[1]) if prepare.differ_in_rules_alone(*sites) else None
    first = _told_by(requests[0], sites[0], warnings, listener, beside)
    if beside is not None:
        return first
    return first[0], _told_by(requests[1], sites[1], warnings, listener, None)[0]


def _told_by(
    request: ReplayRequest, site: Site, warnings: _Warnings, listener: Listener, other: RuleSet | None
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """What a site file tells of a flight, and what other rules do of the same looks."""
    stopwatch, log = Stopwatch(time.perf_counter), str(request.telemetry)
    flight = _flight(request, site, stopwatch, warnings)
    seen = _see(request, flight, stopwatch, warnings, listener, other)
    own = told(seen.incidents, () if seen.watched is None else seen.watched.messages, log)
    beside = seen.beside
    return own, () if beside is None else told(beside.incidents, beside.messages, log)
