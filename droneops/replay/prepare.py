"""From a request to the parts of a replay: each file read, each choice made and named."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from detectors import Detector, DetectorError, available
from detectors import make as make_detector
from droneops.camera_file import assumed_camera, load_camera
from droneops.config import DEFAULT_DETECTOR, DroneSection, Site, SiteFile, default_site, load_site
from droneops.errors import ConfigError, InputError, UsageError
from droneops.evidence.signature import signer
from droneops.geo.camera import Camera
from droneops.incidents.rule_set import RuleSet, rule_set_of
from droneops.replay.flight_log import FlightLog
from droneops.replay.request import EVERY_FRAME, ReplayRequest
from droneops.second_look.ask import Second
from droneops.telemetry.clock import RECORD_STAMPS, Boot
from droneops.telemetry.pose_track import PoseTrack
from droneops.terrain.choose import ChosenGround, choose_ground
from droneops.video.start import VideoStart
from geofences import ZoneIndex

_CHUNK_BYTES = 1 << 20


def site_of(request: ReplayRequest) -> Site:
    """The site file asked for, or the built-in default."""
    return default_site() if request.site is None else load_site(request.site)


def replay_status(site: Site) -> Literal["actual", "exercise", "test"]:
    """Exercise or test: a replay never speaks as actual, whatever the site file says."""
    return "test" if site.file.site.status == "test" else "exercise"


def placeholder_warning(zones: ZoneIndex) -> str | None:
    """What the user must hear once when stand-in zones are in use."""
    if not zones.placeholders:
        return None
    names = ", ".join(zone.id for zone in zones.placeholders)
    return f"stand-in zones in use, NOT legal boundaries: {names} (replace them with [[zone_layer]] path)"


def drone_section(site: SiteFile, drone_id: str | None, system_id: int | None) -> DroneSection | None:
    """The one drone of the site file that fits the id and the MAVLink system id asked for, if any."""
    fitting = [
        drone
        for drone in site.drone
        if drone_id in (None, drone.id) and (system_id is None or drone.system_id in (None, system_id))
    ]
    return fitting[0] if len(fitting) == 1 else None


def drone_id_of(request: ReplayRequest, drone: DroneSection | None, system_id: int) -> str:
    """The name asked for, else the site file's, else one made of the MAVLink system id.

    Raises:
        UsageError: a name that cannot be part of an MQTT topic.
    """
    if request.drone_id is None:
        return drone.id if drone else f"drone-{system_id}"
    try:
        return DroneSection(id=request.drone_id).id
    except ValueError:
        mend = "give at most 64 characters without / + # $"
        raise UsageError(f"--drone-id {request.drone_id[:80]!r} cannot be used", mend=mend) from None


def detector_of(request: ReplayRequest, site: Site, drone: DroneSection | None) -> tuple[str, Detector]:
    """The detector asked for, else the drone's, else the default; and its name as it was written.

    Raises:
        ConfigError: no such detector, one that cannot be used, or a section for one that does not exist.
    """
    own = drone.detector if drone else None
    name = own or DEFAULT_DETECTOR if request.detector is None else request.detector
    _refuse_unknown_sections(site, name, request.second_look)
    return name, _made(name, site, is_given=request.detector is not None)


def second_of(
    request: ReplayRequest, site: Site, drone: DroneSection | None, tell: Callable[[str], None]
) -> Second | None:
    """The second model asked for, else the drone's; None without one, or if it is not to be asked.

    ``tell`` hears when it fails at its work.

    Raises:
        ConfigError: as with `detector_of`; a model that cannot be loaded is known before the flight.
    """
    own = drone.second_look if drone else None
    name = own if request.second_look is None else request.second_look
    if name is None or not request.ask_second:
        return None
    detector = _made(name, site, is_given=request.second_look is not None)
    return Second(detector, label_mapping(name, site, detector), tell)


def live_detector_of(site: Site, drone: DroneSection) -> tuple[str, Detector]:
    """The detector that the site file names for a drone, else the default; and its name as it was written.

    Raises:
        ConfigError: as with `detector_of`.
    """
    name = drone.detector or DEFAULT_DETECTOR
    _refuse_unknown_sections(site, name)
    return name, _made(name, site, is_given=False)


def live_second_of(site: Site, drone: DroneSection, tell: Callable[[str], None]) -> Second | None:
    """The second model that the site file names for a drone, None without one; ``tell`` as with `second_of`.

    Raises:
        ConfigError: it cannot be loaded.
    """
    name = drone.second_look
    if name is None:
        return None
    detector = _made(name, site, is_given=False)
    return Second(detector, label_mapping(name, site, detector), tell)


def _made(name: str, site: Site, *, is_given: bool) -> Detector:
    """The detector by its name as it was written, with the site's options for it."""
    # A path in the site file is relative to that file, one on the command line to where the user stands.
    found = str(site.beside(name)) if not is_given and name.endswith(".toml") else name
    section = site.file.detector.get(name)
    try:
        return make_detector(found, {} if section is None else section.options)
    except DetectorError as error:
        raise ConfigError(str(error)) from None


def _refuse_unknown_sections(site: Site, *given: str | None) -> None:
    named = (model for drone in site.file.drone for model in (drone.detector, drone.second_look))
    known = {*available(), *filter(None, (*given, *named))}
    for section in site.file.detector:
        if section not in known:
            near = difflib.get_close_matches(section, known, n=1, cutoff=0.0)
            raise ConfigError(f"[detector.{section}]: no such detector", mend=f"did you mean {near[0]!r}?")


def unused_labels(name: str, site: Site, detector: Detector) -> tuple[str, ...]:
    """The site file's labels for this detector that it can never report."""
    section = site.file.detector.get(name)
    can = {*detector.labels, *(label.removeprefix("marker-") for label in detector.labels)}
    return () if section is None else tuple(label for label in section.labels if label not in can)


def label_mapping(name: str, site: Site, detector: Detector) -> Callable[[str], str]:
    """The site's meaning of a detector's labels, then the detector's own, else the label as it is.

    A marker may be named in the site file by its label (``marker-3``) or by its number alone (``3``).
    """
    section = site.file.detector.get(name)
    ours: Mapping[str, str] = {} if section is None else section.labels
    theirs = detector.label_map

    def label_of(label: str) -> str:
        return ours.get(label) or ours.get(label.removeprefix("marker-")) or theirs.get(label, label)

    return label_of


def camera_of(request: ReplayRequest, site: Site, drone: DroneSection | None) -> Camera | None:
    """The camera file asked for, else the drone's first camera's, else None.

    Raises:
        ConfigError: the file is wrong.
    """
    path = request.camera or _camera_path(site, drone)
    return None if path is None else load_camera(path)


def fitted(camera: Camera | None, width_px: int, height_px: int) -> Camera:
    """The camera, checked against the video's picture size; without one, an assumed camera of that size.

    Raises:
        ConfigError: the camera file is for another picture size.
    """
    if camera is None:
        return assumed_camera(width_px, height_px)
    lens = camera.lens
    if (lens.width_px, lens.height_px) != (width_px, height_px):
        what = f"is for {lens.width_px} x {lens.height_px} px, the video has {width_px} x {height_px}"
        raise ConfigError(what, where=f"camera {camera.name}", mend="give the camera file of this video")
    return camera


def _camera_path(site: Site, drone: DroneSection | None) -> Path | None:
    named = [camera.file for camera in drone.camera if camera.file] if drone else []
    return site.beside(named[0]) if named else None


DEFAULT_LOOKS_PER_SECOND = 5.0


def looks_of(request: ReplayRequest, drone: DroneSection | None) -> float | None:
    """Frames to look at in a second; None is every frame."""
    if request.looks_per_second is not None:
        return request.looks_per_second if request.looks_per_second > EVERY_FRAME else None
    return float(drone.looks_per_second) if drone else DEFAULT_LOOKS_PER_SECOND


def ground_of(request: ReplayRequest, site: Site, log: FlightLog, poses: PoseTrack) -> ChosenGround:
    """The ground to meet, and how it is known.

    Raises:
        ConfigError: heights that are missing or cannot be read.
        UsageError: the log does not tell of the ground.
    """
    return choose_ground(site.file.terrain, site.folder, request.ground_alt_msl_m, log.tlog, poses)


def signer_of(site: Site) -> Callable[[Mapping[str, Any]], Mapping[str, str]] | None:
    """What signs with the site's key; None without one.

    Raises:
        ConfigError: the key is missing, damaged, or others may read it.
    """
    if site.file.evidence.key_file is None:
        return None
    return signer(site.beside(site.file.evidence.key_file))


def rules_of(site: Site) -> RuleSet:
    """The rules with what the site file changes.

    Raises:
        ConfigError: a rule, or a key of one, that is not there.
    """
    return rule_set_of(site.file.rule)


def rules_warning(rules: RuleSet) -> str | None:
    """Which rules the site file switches off."""
    off = [rule.id for rule in rules.rules if not rule.enabled]
    if not off:
        return None
    if not rules.enabled:
        return "all rules are switched off in the site file: nothing can raise an alert"
    return f"switched off in the site file: {', '.join(off)}"


def differ_in_rules_alone(a: Site, b: Site) -> bool:
    """Whether two site files give the same tracks: all but the rules is alike, every frame is looked at.

    With ``infer = "zones"`` the rules decide what is looked at. Files in two folders name different files.
    """
    one, other = (site.file.model_dump(exclude={"rule"}) for site in (a, b))
    everywhere = all(drone.infer == "everywhere" for drone in a.file.drone)
    return one == other and everywhere and a.folder.resolve() == b.folder.resolve()


def infer_warning(rules: RuleSet, labels: frozenset[str], *, is_on: bool) -> str | None:
    """What ``infer = "zones"`` costs: itself where it cannot be, else the rules that need no zone.

    ``labels`` are those that the detector may report: a rule that it gives nothing to is not missed.
    """
    if not is_on:
        return 'infer = "zones" is off: stand-in zones are loaded, or none: all frames are looked at'
    blind = [f"{rule.id} ({rule.fires_on})" for rule in rules.without_zones if rule.all_labels & labels]
    if not blind:
        return None
    lost = " and ".join(blind)
    return f'infer = "zones": frames far from every zone are not looked at, where {lost} would fire, too'


@dataclass(frozen=True, slots=True)
class Offset:
    """What is added to the video's start, and who said so."""

    seconds: float
    source: str


def offset_of(request: ReplayRequest, camera: Camera | None) -> Offset:
    """One offset, never a sum: the number given, else the camera file's. For ``auto`` see auto_offset.py."""
    if isinstance(request.video_offset, int | float):
        return Offset(request.video_offset, "--video-offset")
    return Offset(0.0, "none") if camera is None else Offset(camera.bias.time_offset_s, "camera file")


def utc_offset_s(site: Site) -> float | None:
    """How far local time at the site is ahead of UTC.

    None without a site file, or where it changes by season.
    """
    if site.sha256 is None:
        return None
    zone = ZoneInfo(site.file.site.timezone)
    offsets = {datetime(2025, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}
    offset = offsets.pop()
    return None if offsets or offset is None else offset.total_seconds()


RECORDER_SIGMA_S = 0.5
"""How far a recorder's clock is off UTC where the vehicle told none: nobody sets it. An assumption."""


def with_clock_error(
    camera: Camera, start: VideoStart, boots: Sequence[Boot], duration_us: int | None = None
) -> Camera:
    """The camera with the errors of the video's start and of the vehicle's clock added to its own.

    Of the boots those count that overlap the video; a ``duration_us`` of None is a video without a known end.
    95 % of a boot's times lie within its spread, so a sigma is the spread over 1.96.
    """
    boots = _boots_during(boots, start.start_us, duration_us)
    spread_s = max((boot.spread_us for boot in boots), default=0) / 1e6 / 1.96
    untold = not boots or any(boot.source == RECORD_STAMPS for boot in boots)
    untold_s = RECORDER_SIGMA_S if untold else 0.0
    time_s = math.hypot(camera.sigma.time_offset_s, start.sigma_s, spread_s, untold_s)
    return replace(camera, sigma=replace(camera.sigma, time_offset_s=time_s))


def _boots_during(boots: Sequence[Boot], start_us: int, duration_us: int | None) -> Sequence[Boot]:
    """The boots with a time in common with the video; all where none has, for then any may be meant."""
    end_us = math.inf if duration_us is None else start_us + duration_us
    return [boot for boot in boots if boot.first_us <= end_us and boot.last_us >= start_us] or boots


def shifted(start: VideoStart, offset: Offset) -> VideoStart:
    """The video's start with the offset added."""
    return replace(start, start_us=start.start_us + round(offset.seconds * 1e6))


def run_name(inputs: tuple[str, ...], settings: Mapping[str, Any]) -> str:
    """The run's name: a digest over the sha256 of all inputs and the settings that change the result."""
    digest = hashlib.sha256()
    for sha256 in inputs:
        digest.update(bytes.fromhex(sha256))
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """The sha256 of a file, read in pieces.

    Raises:
        InputError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    return digest.hexdigest()
