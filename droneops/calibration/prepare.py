"""From a request to the looks at targets: each file read, and what of the flight is used."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from droneops.calibration.far_targets import Flown, without_impossible
from droneops.calibration.looks import Seen, looks_of
from droneops.calibration.model import Problem
from droneops.calibration.request import CalibrationRequest
from droneops.calibration.targets import read_targets
from droneops.camera_file import load_camera
from droneops.config import Site
from droneops.errors import UsageError
from droneops.replay import prepare
from droneops.replay.auto_offset import find_offset, with_found_sigma
from droneops.replay.doubts import log_doubts, refuse_other_times, video_damage
from droneops.replay.flight_log import FlightLog, Wish, read_flight
from droneops.replay.request import Listener
from droneops.sync.offset import CannotTell
from droneops.telemetry.pose_track import PoseTrack
from droneops.times import to_text
from droneops.types import Frame, Sigma
from droneops.video.file import VideoFile
from droneops.video.start import VideoStart, utc_us, video_start

LOOKS_PER_SECOND = 5.0
"""More looks repeat each other: what makes them wrong lasts for seconds."""

SURVEY_SIGMA_M = 0.5
"""How far the targets' heights may be off where the site file does not say. An assumption."""

_EVER_US = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The looks of a flight, and how well is known what the fit starts from."""

    problem: Problem
    seen: Seen
    log: FlightLog
    time_sigma_s: float
    ground_sigma_m: Sigma


@dataclass(frozen=True, slots=True)
class _Clock:
    """The video's start without offset, the offset that is used, and the error of their sum."""

    nominal: VideoStart
    offset_s: float
    sigma_s: float


def prepared(request: CalibrationRequest, listener: Listener) -> Prepared:
    """Read everything, and look at the video.

    Raises:
        DroneopsError: one line that says what, where and the mend.
    """
    from_us, to_us = _span_us(request)
    targets = read_targets(request.targets, request.ground_alt_msl_m)
    site = prepare.site_of(request.as_replay())
    camera = load_camera(request.camera)
    _, detector = prepare.detector_of(request.as_replay(), site, None)
    log, poses = _flight(request, site, listener)
    clock = _clock(request, site, log, poses, listener)
    shift_us = round(clock.offset_s * 1e6)
    with VideoFile(
        request.video,
        drone_id=poses.drone_id,
        camera_id="eo",
        start=clock.nominal,
        looks_per_second=LOOKS_PER_SECOND,
    ) as video:
        refuse_other_times(video, request.video, clock.nominal, poses, request.telemetry)
        span = _Span(from_us, to_us, clock.nominal.start_us + shift_us)
        _refuse_beside(span, video.duration_us, request)
        camera = prepare.fitted(camera, video.width_px, video.height_px)
        told = _telling(video, listener)
        seen = looks_of(map(told, video.frames()), detector, targets, from_us - shift_us, to_us - shift_us)
        for text in video_damage(video.counts):
            listener.warn(f"{request.video}: {text}")
        if not seen.frames and video.counts.last_time_us is not None:
            _refuse_beside(span, video.counts.last_time_us - clock.nominal.start_us, request)
    flown = _flown(poses, from_us, to_us)
    looks, doubts = without_impossible(seen.looks, targets, flown, str(request.targets))
    for text in doubts:
        listener.warn(text)
    problem = Problem(looks, targets, poses, camera, clock.offset_s)
    return Prepared(problem, seen, log, clock.sigma_s, _survey_sigma(site))


def _span_us(request: CalibrationRequest) -> tuple[int, int]:
    from_us = -_EVER_US if request.from_utc is None else utc_us(request.from_utc, where="--from")
    to_us = _EVER_US if request.to_utc is None else utc_us(request.to_utc, where="--to")
    if from_us >= to_us:
        raise UsageError("--from is not before --to", mend="give the part of the flight to use")
    return from_us, to_us


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of the flight that is asked for, and the UTC of the video's first frame, offset included."""

    from_us: int
    to_us: int
    video_us: int


def _refuse_beside(span: _Span, duration_us: int | None, request: CalibrationRequest) -> None:
    """Raise where nothing of the video lies between --from and --to; an unknown end is given the doubt."""
    end_us = _EVER_US if duration_us is None else span.video_us + duration_us
    if span.from_us <= end_us and span.to_us >= span.video_us:
        return
    after = span.from_us > end_us
    asked = f"--from {request.from_utc} is after" if after else f"--to {request.to_utc} is before"
    until = "" if duration_us is None else f" to {to_text(end_us)}"
    what = f"{asked} the video, which runs from {to_text(span.video_us)}{until}"
    raise UsageError(what, where=str(request.video), mend="give a span within, or the right --video-start")


def _flown(poses: PoseTrack, from_us: int, to_us: int) -> Flown:
    """The flight in the span; all of it where the log has no position then."""
    path = poses.path()
    within = path.valid & (path.time_us >= from_us) & (path.time_us <= to_us)
    rows = within if within.any() else path.valid
    places = np.column_stack((path.lat_deg[rows], path.lon_deg[rows]))
    heights_m = path.alt_msl_m[rows]
    highest_m = float(np.nanmax(heights_m)) if np.isfinite(heights_m).any() else math.inf
    return Flown(places, highest_m, poses.home_alt_msl_m)


def _flight(request: CalibrationRequest, site: Site, listener: Listener) -> tuple[FlightLog, PoseTrack]:
    asked = request.as_replay()
    drone = prepare.drone_section(site.file, None, request.system_id)
    wish = Wish(
        drone_id=partial(prepare.drone_id_of, asked, drone),
        system_id=request.system_id or (drone.system_id if drone else None),
        gimbal_frame=drone.gimbal_frame if drone else "auto",
        home_alt_msl_m=request.ground_alt_msl_m,
        start_us=lambda: video_start(request.video, given_utc=request.video_start_utc).start_us,
    )
    log, poses = read_flight(request.telemetry, wish)
    for text in (*log_doubts(log, poses), *poses.warnings):
        listener.warn(f"{request.telemetry}: {text}")
    return log, poses


def _clock(
    request: CalibrationRequest, site: Site, log: FlightLog, poses: PoseTrack, listener: Listener
) -> _Clock:
    asked = request.as_replay()
    nominal = video_start(request.video, given_utc=request.video_start_utc)
    if nominal.warning is not None:
        listener.warn(nominal.warning)
    camera = load_camera(request.camera)
    offset_s = prepare.offset_of(asked, camera).seconds
    known = nominal
    if request.video_offset == "auto":
        ground = prepare.ground_of(asked, site, log, poses).ground
        found = find_offset(request.video, nominal, camera, ground, poses)
        if isinstance(found, CannotTell):
            text = f"--video-offset auto cannot tell: {found.reason}; {offset_s:g} s is where the fit starts"
            listener.warn(f"{request.video}: {text}")
        else:
            offset_s, known = found.seconds, replace(nominal, sigma_s=0.0)
            camera = with_found_sigma(camera, found, 0.0)
    sigma_s = prepare.with_clock_error(camera, known, poses.boots).sigma.time_offset_s
    return _Clock(nominal, offset_s, sigma_s)


def _telling(video: VideoFile, listener: Listener) -> Callable[[Frame], Frame]:
    """Passes frames on, and says how far the video is."""

    def told(frame: Frame) -> Frame:
        first_us = video.counts.first_time_us
        if first_us is not None and video.duration_us:
            listener.progress("looking", min((frame.captured_at_us - first_us) / video.duration_us, 1.0))
        return frame

    return told


def _survey_sigma(site: Site) -> Sigma:
    given = site.file.terrain.sigma_m
    return Sigma(SURVEY_SIGMA_M, "assumed") if given is None else Sigma(float(given), "site file")
