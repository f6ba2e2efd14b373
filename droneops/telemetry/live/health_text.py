"""The health of a link as a few lines for a person."""

from __future__ import annotations

import math
from collections.abc import Iterator

from droneops.telemetry.live.commands import ACCEPTED, REFUSED, UNANSWERED
from droneops.telemetry.live.discovered import DiscoveredCamera
from droneops.telemetry.live.health import LinkHealth, VehicleHealth
from droneops.telemetry.live.rates import MessageRate
from droneops.telemetry.live.vitals import Vitals
from droneops.types import Pose

# MAV_AUTOPILOT and GPS_FIX_TYPE. Source: https://mavlink.io/en/messages/common.html#enums
_AUTOPILOTS = {0: "generic autopilot", 3: "ArduPilot", 12: "PX4"}
_FIXES = {0: "no receiver", 1: "no fix", 2: "2D fix", 3: "3D fix", 4: "DGPS", 5: "RTK float", 6: "RTK fixed"}


def health_text(health: LinkHealth) -> str:
    """The whole page, without a line break at its end."""
    return "\n".join(_lines(health))


def _lines(health: LinkHealth) -> Iterator[str]:
    link = health.link
    yield f"{link.address}: {link.state} ({link.detail})"
    counts = link.counts
    yield (
        f"  frames {counts.frames}, bad checksums {counts.bad_checksum_frames}, other bytes"
        f" {counts.junk_bytes}; components beside autopilots {health.other_components}"
    )
    if health.signatures is not None:
        told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(health.signatures.items()))
        yield f"  signatures: {told or 'none yet'}"
    if health.recording is not None:
        recording = health.recording
        said = recording.last_error or recording.file
        yield (
            f"  recording: {recording.state}, {recording.frames_written} frames written,"
            f" {recording.frames_dropped} lost{f' ({said})' if said else ''}"
        )
    for warning in health.warnings:
        yield f"  warning: {warning}"
    if not health.vehicles:
        yield "no vehicle heard (an autopilot is known by its HEARTBEAT)"
    for vehicle in health.vehicles:
        yield from _vehicle(vehicle, health.time_us)


def _vehicle(vehicle: VehicleHealth, now_us: int) -> Iterator[str]:
    autopilot = _AUTOPILOTS.get(vehicle.autopilot or 0, f"autopilot {vehicle.autopilot}")
    armed = {True: "armed", False: "disarmed", None: "armed or not is unknown"}[vehicle.is_armed]
    ago_s = max(now_us - vehicle.last_heard_us, 0) / 1e6
    lost = vehicle.loss.lost_ratio
    yield (
        f"{vehicle.drone_id} (system {vehicle.system_id}, component {vehicle.component_id}, {vehicle.peer}):"
        f" {autopilot}, {armed}, heard {ago_s:.1f} s ago, lost"
        f" {'unknown' if lost is None else format(lost, '.1%')}, restarts {vehicle.restarts}"
    )
    if vehicle.refused:
        yield f"  REFUSED: {vehicle.refused}"
        return
    yield f"  {_position(vehicle)}"
    yield f"  {_vitals(vehicle.vitals)}"
    yield from (f"  {line}" for line in _rates(vehicle.rates))
    yield from (f"  {_camera(camera)}" for camera in vehicle.cameras)
    for gimbal in vehicle.gimbals:
        named = f"{gimbal.vendor} {gimbal.model}".strip() or "unnamed"
        yield f"  gimbal {gimbal.device_id}: {named}"
    yield from (f"  warning: {warning}" for warning in vehicle.warnings)


def _position(vehicle: VehicleHealth) -> str:
    pose = vehicle.pose
    if not isinstance(pose, Pose):
        return f"position: none ({pose.reason if pose else 'no fix'})"
    sigma = pose.position_sigma_m
    gimbal = "gimbal known" if pose.ned_from_gimbal is not None else "gimbal unknown"
    return (
        f"position: {pose.lat_deg:.6f}, {pose.lon_deg:.6f}, {pose.alt_msl_m:.0f} m above sea,"
        f" {pose.alt_above_home_m:.0f} m above home, sigma {sigma.value:.1f} m ({sigma.source}), {gimbal}"
    )


def _vitals(vitals: Vitals) -> str:
    parts = []
    if vitals.fix:
        fix = vitals.fix
        satellites = "" if fix.satellites is None else f", {fix.satellites} satellites"
        accuracy = "" if fix.h_acc_m is None else f", {fix.h_acc_m:.1f} m"
        parts.append(f"{_FIXES.get(fix.type, f'fix type {fix.type}')}{satellites}{accuracy}")
    if vitals.estimator and vitals.estimator.worst_ratio is not None:
        estimator = vitals.estimator
        parts.append(f"estimator's worst ratio {estimator.worst_ratio:.2f} ({estimator.worst_name})")
    if vitals.battery_percent is not None:
        parts.append(f"battery {vitals.battery_percent} %")
    if vitals.clock:
        parts.append(f"its clock minus ours {vitals.clock.utc_minus_ours_s:+.3f} s")
    return "; ".join(parts) or "nothing said yet of fix, estimator, battery and clock"


def _rates(rates: tuple[MessageRate, ...]) -> Iterator[str]:
    granted = ", ".join(f"{r.name} {_hz(r)}" for r in rates if r.state == ACCEPTED)
    if granted:
        yield f"messages: {granted}"
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
