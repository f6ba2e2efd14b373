"""The health of a link as a few lines for a person."""

from __future__ import annotations

import math
from collections.abc import Iterator

from droneops.telemetry.live.commands import ACCEPTED, REFUSED, UNANSWERED
from droneops.telemetry.live.discovered import DiscoveredCamera
from droneops.telemetry.live.health import LinkHealth, VehicleHealth
from droneops.telemetry.live.link import SILENCE_S
from droneops.telemetry.live.link_state import LinkState
from droneops.telemetry.live.rates import ASKED, NOT_ASKED, MessageRate
from droneops.telemetry.live.recorder import RecorderStatus
from droneops.telemetry.live.vitals import Vitals
from droneops.telemetry.signing import Verdict
from droneops.types import Pose

# MAV_AUTOPILOT and GPS_FIX_TYPE. Source: https://mavlink.io/en/messages/common.html#enums
_AUTOPILOTS = {0: "generic autopilot", 3: "ArduPilot", 12: "PX4"}
_FIXES = {0: "no receiver", 1: "no fix", 2: "2D fix", 3: "3D fix", 4: "DGPS", 5: "RTK float", 6: "RTK fixed"}

# Far more than a frame takes on its way, and than a clock is off that GPS or a time server sets.
_CLOCKS_DIFFER_S = 2.0


def health_text(health: LinkHealth) -> str:
    """The whole page, without a line break at its end."""
    return "\n".join(_lines(health))


def _lines(health: LinkHealth) -> Iterator[str]:
    yield f"{health.link.address}: {health.link.state} ({_detail(health)})"
    counts = health.link.counts
    yield (
        f"  frames {counts.frames}, bad checksums {counts.bad_checksum_frames}, other bytes"
        f" {counts.junk_bytes}; components beside autopilots {health.other_components}"
    )
    if health.signatures is not None:
        told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(health.signatures.items()))
        yield f"  signatures: {told or 'none yet'}"
    if health.recording is not None:
        yield f"  {_recording(health.recording)}"
    for warning in health.warnings:
        yield f"  warning: {warning}"
    if not health.vehicles:
        yield f"no vehicle heard: {_why_nobody(health)}"
    for vehicle in health.vehicles:
        yield from _vehicle(vehicle, health.time_us)


def _detail(health: LinkHealth) -> str:
    """The link's own word, which is of the moment at which its state changed, brought up to date."""
    link = health.link
    if link.state is LinkState.SILENT and link.last_frame_us is not None:
        what = link.detail.partition(" for ")[0]
        return f"{what} for {_ago_s(link.last_frame_us, health.time_us):.0f} s"
    if link.state is LinkState.LISTENING and _is_only_noise(health):
        return "bytes come that are no MAVLink"
    return link.detail


def _is_only_noise(health: LinkHealth) -> bool:
    counts = health.link.counts
    return counts.junk_bytes > 0 and counts.frames == counts.unknown_frames


def _why_nobody(health: LinkHealth) -> str:
    if health.link.state in (LinkState.OPENING, LinkState.BACKOFF):
        return "the link is not open"
    if _is_only_noise(health):
        return "bytes come that are no MAVLink (another baud rate? another program's port?)"
    if not health.link.counts.frames:
        return "nothing came (is the vehicle on, and does it, or its router, send here?)"
    if health.signatures is not None and not health.signatures.get(Verdict.GOOD):
        return "no frame is believed (have the vehicle and we the same key, and are both clocks right?)"
    return "frames come, but not yet an autopilot's HEARTBEAT"


def _recording(recording: RecorderStatus) -> str:
    file = f" ({recording.file})" if recording.file else ""
    error = f"; last error: {recording.last_error}" if recording.last_error else ""
    return (
        f"recording: {recording.state}, {recording.frames_written} frames written,"
        f" {recording.frames_dropped} lost{file}{error}"
    )


def _vehicle(vehicle: VehicleHealth, now_us: int) -> Iterator[str]:
    yield _who(vehicle, now_us)
    if vehicle.refused:
        yield f"  REFUSED: {vehicle.refused}"
        return
    yield f"  {_position(vehicle, now_us)}"
    yield f"  {_vitals(vehicle.vitals)}"
    # Before the long lines: a small terminal shows only the top of the page.
    yield from (f"  warning: {warning}" for warning in vehicle.warnings)
    yield from (f"  {line}" for line in _rates(vehicle.rates))
    yield from (f"  {_camera(camera)}" for camera in vehicle.cameras)
    for gimbal in vehicle.gimbals:
        named = f"{gimbal.vendor} {gimbal.model}".strip() or "unnamed"
        yield f"  gimbal {gimbal.device_id}: {named}"


def _who(vehicle: VehicleHealth, now_us: int) -> str:
    named = "autopilot unknown"
    if vehicle.autopilot is not None:
        named = _AUTOPILOTS.get(vehicle.autopilot, f"autopilot {vehicle.autopilot}")
    armed = {True: "armed", False: "disarmed", None: "armed or not is unknown"}[vehicle.is_armed]
    ago_s = _ago_s(vehicle.last_heard_us, now_us)
    heard = f"NOT HEARD for {ago_s:.0f} s" if ago_s > SILENCE_S else f"heard {ago_s:.1f} s ago"
    lost = vehicle.loss.lost_ratio
    return (
        f"{vehicle.drone_id} (system {vehicle.system_id}, component {vehicle.component_id}, {vehicle.peer}):"
        f" {named}, {armed}, {heard}, lost"
        f" {'unknown' if lost is None else format(lost, '.1%')}, restarts {vehicle.restarts}"
    )


def _position(vehicle: VehicleHealth, now_us: int) -> str:
    pose = vehicle.pose
    if pose is None:
        return "position: unknown (the vehicle has told none)"
    if not isinstance(pose, Pose):
        return f"position: none ({pose.reason.replace('_', ' ')})"
    clock = vehicle.vitals.clock
    # A pose has the time of the vehicle's clock.
    their_now_us = now_us + round(clock.utc_minus_ours_s * 1e6) if clock else now_us
    age_s = _ago_s(pose.time_us, their_now_us)
    aged = f"position {age_s:.0f} s AGO" if age_s > SILENCE_S else "position"
    sigma = pose.position_sigma_m
    gimbal = "gimbal known" if pose.ned_from_gimbal is not None else "gimbal unknown"
    return (
        f"{aged}: {pose.lat_deg:.6f}, {pose.lon_deg:.6f}, {_height(pose.alt_msl_m)} above sea,"
        f" {_height(pose.alt_above_home_m)} above home, sigma {sigma.value:.1f} m ({sigma.source}), {gimbal}"
    )


def _height(height_m: float) -> str:
    return f"{height_m:.0f} m" if math.isfinite(height_m) else "unknown height"


def _ago_s(then_us: int, now_us: int) -> float:
    return max(now_us - then_us, 0) / 1e6


def _vitals(vitals: Vitals) -> str:
    parts = {
        "fix": _fix(vitals),
        "estimator": _estimator(vitals),
        "battery": None if vitals.battery_percent is None else f"battery {vitals.battery_percent} %",
        "clock": _clock(vitals),
    }
    untold = ", ".join(name for name, said in parts.items() if said is None)
    said = [said for said in parts.values() if said is not None]
    return "; ".join([*said, f"unknown: {untold}"] if untold else said)


def _fix(vitals: Vitals) -> str | None:
    fix = vitals.fix
    if fix is None:
        return None
    satellites = "" if fix.satellites is None else f", {fix.satellites} satellites"
    accuracy = "" if fix.h_acc_m is None else f", {fix.h_acc_m:.1f} m"
    other = (
        "" if fix.other_type is None else f" ({fix.source}; the other receiver: {_fix_name(fix.other_type)})"
    )
    return f"{_fix_name(fix.type)}{satellites}{accuracy}{other}"


def _fix_name(fix_type: int) -> str:
    return _FIXES.get(fix_type, f"fix type {fix_type}")


def _estimator(vitals: Vitals) -> str | None:
    estimator = vitals.estimator
    if estimator is None or estimator.worst_ratio is None:
        return None
    rejects = ": IT REJECTS WHAT IT IS TOLD" if estimator.worst_ratio > 1 else ""
    return f"estimator's worst ratio {estimator.worst_ratio:.2f} ({estimator.worst_name}){rejects}"


def _clock(vitals: Vitals) -> str | None:
    if vitals.clock is None:
        return None
    offset_s = vitals.clock.utc_minus_ours_s
    wrong = " (ONE OF THEM IS WRONG)" if abs(offset_s) > _CLOCKS_DIFFER_S else ""
    return f"its clock minus ours {offset_s:+.3f} s{wrong}"


def _rates(rates: tuple[MessageRate, ...]) -> Iterator[str]:
    granted = [rate for rate in rates if rate.state == ACCEPTED]
    absent = [rate.name for rate in granted if rate.measured_hz == 0]
    coming = [f"{rate.name} {_hz(rate)}" for rate in granted if rate.measured_hz != 0]
    not_asked = [f"{rate.name} {_hz(rate)}" for rate in rates if rate.state == NOT_ASKED]
    if coming:
        yield f"messages: {', '.join(coming)}"
    if absent:
        yield f"granted, but do not come: {', '.join(absent)}"
    if not_asked:
        yield f"messages, not asked for: {', '.join(not_asked)}"
    if asked := [rate.name for rate in rates if rate.state == ASKED]:
        yield f"asked for, no answer yet: {', '.join(asked)}"
    for rate in rates:
        if rate.state in (REFUSED, UNANSWERED):
            yield f"{rate.name} ({rate.what_for}): {rate.state} ({rate.reason}), comes at {_hz(rate)}"


def _hz(rate: MessageRate) -> str:
    if rate.measured_hz is None:
        return f"? of {rate.wanted_hz:g} Hz"
    return f"{rate.measured_hz:.1f} of {rate.wanted_hz:g} Hz"


def _camera(camera: DiscoveredCamera) -> str:
    named = f"{camera.vendor} {camera.model}".strip() or "unnamed"
    size = f", {camera.width_px}x{camera.height_px}" if camera.width_px and camera.height_px else ""
    view = ""
    if camera.hfov_rad is not None:
        view = f", sees {math.degrees(camera.hfov_rad):.1f} deg across ({camera.hfov_source})"
    streams = "".join(f", {stream.uri_shown or stream.unusable}" for stream in camera.streams)
    return f"camera {camera.component_id}/{camera.camera_device_id}: {named}{size}{view}{streams}"
