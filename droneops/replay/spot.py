"""One pixel at one instant: where it is on the ground, how sure that is, and what makes it unsure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from droneops.camera_file import load_camera
from droneops.errors import UsageError
from droneops.geo.locate import TIME_STEP_S, Located, locate_with_shares
from droneops.replay import prepare
from droneops.replay.doubts import log_doubts
from droneops.replay.flight_log import FlightLog, Wish, read_flight
from droneops.replay.request import ReplayRequest
from droneops.telemetry.gimbal_lag import with_gimbal_lag
from droneops.telemetry.pose_track import PoseTrack
from droneops.times import to_datetime, to_text
from droneops.types import FloatArray, GroundPoint, NoPose, Reason
from droneops.zones.load import zones_of
from geofences import ZoneHit

REASONS = {
    Reason.ABOVE_HORIZON: "the pixel shows the sky, or what lies too far to come down to the ground",
    Reason.BEYOND_RANGE: "too flat or too far, no drone above the ground, or the ground is unknown there",
    Reason.NO_POSE: "the log does not tell where the drone was",
    Reason.POSE_TOO_OLD: "the log has a gap there",
    Reason.NO_FIX: "the drone had no position fix",
    Reason.GIMBAL_UNKNOWN: "nothing tells where the gimbal looked",
    Reason.FOV_UNKNOWN: "the zoom is not known, or no ray of the lens reaches this pixel",
}
"""What each reason means to a person."""

REASONS_TH = {
    Reason.ABOVE_HORIZON: "จุดภาพแสดงท้องฟ้า หรือสิ่งที่อยู่ไกลจนแนวเล็งไม่ลงถึงพื้น",
    Reason.BEYOND_RANGE: "แนวเล็งราบหรือไกลเกินไป โดรนไม่ได้อยู่เหนือพื้น หรือไม่ทราบความสูงของพื้นที่นั้น",
    Reason.NO_POSE: "บันทึกการบินไม่บอกว่าโดรนอยู่ที่ใด",
    Reason.POSE_TOO_OLD: "บันทึกการบินขาดช่วงในเวลานั้น",
    Reason.NO_FIX: "โดรนไม่มีตำแหน่งจากดาวเทียม",
    Reason.GIMBAL_UNKNOWN: "ไม่ทราบว่ากิมบอลหันไปทางใด",
    Reason.FOV_UNKNOWN: "ไม่ทราบกำลังซูม หรือไม่มีแนวเล็งของเลนส์ผ่านจุดภาพนี้",
}
"""The same in Thai."""

SOURCES_TH = {
    "heading": "ทิศหัวโดรน",
    "mount": "การติดตั้งกล้อง",
    "attitude": "การทรงตัว",
    "gimbal": "กิมบอล",
    "lens": "เลนส์",
    "pixel": "จุดภาพ",
    "time": "เวลา",
    "position": "ตำแหน่งโดรน",
    "height": "ความสูงโดรน",
    "terrain": "ความสูงพื้น",
}
"""What the error comes from."""

_SUREST = 0.99
"""As alerts have it (delivery/text.py)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. ``pixel_px`` has integer coordinates at pixel centres."""

    telemetry: Path
    camera: Path
    time_us: int
    pixel_px: tuple[float, float]
    site: Path | None = None
    system_id: int | None = None
    ground_alt_msl_m: float | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """``located`` is the point, or the reason why there is none; ``ground`` says how the ground is known."""

    wanted: Wanted
    located: Located | Reason
    hits: tuple[ZoneHit, ...]
    ground: str
    warnings: tuple[str, ...]


def find_spot(wanted: Wanted) -> Spot:
    """The ground that a pixel showed.

    Raises:
        DroneopsError: what was given cannot be read or cannot be.
    """
    request = ReplayRequest(
        telemetry=wanted.telemetry,
        out=Path(),
        site=wanted.site,
        system_id=wanted.system_id,
        ground_alt_msl_m=wanted.ground_alt_msl_m,
    )
    site = prepare.site_of(request)
    camera = load_camera(wanted.camera)
    _refuse_outside(wanted, camera.lens.width_px, camera.lens.height_px)
    log, poses = _flight(wanted, request)
    chosen = prepare.ground_of(request, site, log, poses)
    warnings = (*log_doubts(log, poses), *poses.warnings, *chosen.warnings)
    seen_from = with_gimbal_lag(poses, camera.bias.gimbal_lag_s)
    pose = seen_from.at(wanted.time_us)
    if isinstance(pose, NoPose):
        return Spot(wanted, pose.reason, (), chosen.source, (*warnings, *_when(poses)))
    later = seen_from.at(wanted.time_us + round(TIME_STEP_S * 1e6))
    after = None if isinstance(later, NoPose) else later
    found = locate_with_shares(np.array(wanted.pixel_px), pose, camera, chosen.ground, after)
    if not isinstance(found, Located):
        return Spot(wanted, found.reason, (), chosen.source, warnings)
    point, at = found.point, to_datetime(wanted.time_us)
    zones = zones_of(site)
    hits = zones.hits(lat_deg=point.lat_deg, lon_deg=point.lon_deg, cov_m2=point.cov_m2, at=at)
    stand_ins = prepare.placeholder_warning(zones)
    return Spot(wanted, found, hits, chosen.source, (*warnings, *([stand_ins] if stand_ins else [])))


def _refuse_outside(wanted: Wanted, width_px: int, height_px: int) -> None:
    u, v = wanted.pixel_px
    if not (-0.5 <= u <= width_px - 0.5 and -0.5 <= v <= height_px - 0.5):
        mend = f"give U,V within 0,0 and {width_px - 1},{height_px - 1}"
        raise UsageError(f"--pixel {u:g},{v:g} is outside the camera's picture", mend=mend)


def _flight(wanted: Wanted, request: ReplayRequest) -> tuple[FlightLog, PoseTrack]:
    site = prepare.site_of(request)
    drone = prepare.drone_section(site.file, None, wanted.system_id)
    wish = Wish(
        drone_id=partial(prepare.drone_id_of, request, drone),
        system_id=wanted.system_id or (drone.system_id if drone else None),
        gimbal_frame=drone.gimbal_frame if drone else "auto",
        home_alt_msl_m=wanted.ground_alt_msl_m,
        # Subtitles count from the video's start, which a time of day does not need.
        start_us=lambda: None,
    )
    return read_flight(wanted.telemetry, wish)


def _when(poses: PoseTrack) -> tuple[str, ...]:
    if poses.first_us is None or poses.last_us is None:
        return ()
    return (f"the log's positions run from {to_text(poses.first_us)} to {to_text(poses.last_us)}",)


def shares(located: Located) -> dict[str, float]:
    """Each source's part of the error's square, adding up to 1, the largest first."""
    squares = {source: float(np.trace(cov)) for source, cov in located.shares_m2.items()}
    total = sum(squares.values())
    ordered = sorted(squares.items(), key=lambda item: (-item[1], item[0]))
    return {source: square / total for source, square in ordered} if total > 0 else {}


def _sigma_m(cov_m2: FloatArray) -> float:
    """One sigma along the longer axis of the ellipse."""
    return math.sqrt(max(float(np.linalg.eigvalsh(cov_m2)[-1]), 0.0))


def as_json(spot: Spot) -> dict[str, Any]:
    """What was found; the fields of a line of sightings.jsonl, and the budget."""
    wanted, located = spot.wanted, spot.located
    asked: dict[str, Any] = {
        "time": to_text(wanted.time_us),
        "pixel_px": list(wanted.pixel_px),
        "ground": spot.ground,
        "warnings": list(spot.warnings),
        "text": {"th": text_th(spot), "en": text_en(spot)},
    }
    if isinstance(located, Reason):
        nothing = dict.fromkeys(("lat_deg", "lon_deg", "alt_msl_m", "ce90_m", "cov_m2", "cov_common_m2"))
        return {**asked, **nothing, "reason": str(located), "zones": [], "budget": []}
    return {**asked, **_point_json(located.point), "reason": None, **_rest_json(spot, located)}


def _point_json(point: GroundPoint) -> dict[str, Any]:
    return {
        "lat_deg": round(point.lat_deg, 8),
        "lon_deg": round(point.lon_deg, 8),
        "alt_msl_m": round(point.alt_msl_m, 3),
        "ce90_m": round(point.ce90_m, 3),
        "cov_m2": np.round(point.cov_m2, 3).tolist(),
        "cov_common_m2": np.round(point.cov_common_m2, 3).tolist(),
    }


def _rest_json(spot: Spot, located: Located) -> dict[str, Any]:
    zones = [
        {
            "id": hit.zone.id,
            "placeholder": hit.zone.placeholder,
            "probability_inside": round(hit.probability_inside, 4),
        }
        for hit in spot.hits
    ]
    budget = [
        {
            "source": source,
            "sigma_m": round(_sigma_m(located.shares_m2[source]), 3),
            "share": round(share, 4),
        }
        for source, share in shares(located).items()
    ]
    return {"zones": zones, "budget": budget}


def as_text(spot: Spot) -> str:
    """The same for a person, in Thai and in English."""
    return f"{text_th(spot)}\n\n{text_en(spot)}"


def text_th(spot: Spot) -> str:
    """As `text_en`, in Thai."""
    located = spot.located
    if isinstance(located, Reason):
        return f"ไม่มีพิกัด: {located} ({REASONS_TH[located]})"
    point = located.point
    lines = [
        f"{point.lat_deg:.7f} {point.lon_deg:.7f} พื้นสูง {point.alt_msl_m:.1f} ม."
        f" เหนือระดับน้ำทะเล ({spot.ground})",
        f"90 % อยู่ภายใน {point.ce90_m:.1f} ม.",
        "ที่มาของความคลาดเคลื่อน (1 ซิกมา, สัดส่วน):",
    ]
    lines += [
        f"  {_sigma_m(located.shares_m2[source]):8.2f} ม. {share:6.1%}  {SOURCES_TH.get(source, source)}"
        for source, share in shares(located).items()
    ]
    inside = [f"{_marked(hit, 'แนวสมมุติ')} {_percent(hit, 'มากกว่า', 'น้อยกว่า')}" for hit in spot.hits]
    lines.append(f"เขตที่มีผลในเวลานั้น: {', '.join(inside) or 'ไม่มี'}")
    return "\n".join(lines)


def text_en(spot: Spot) -> str:
    """Where, how sure, why, and in which zones; or why there is no point."""
    located = spot.located
    if isinstance(located, Reason):
        return f"no point: {located} ({REASONS[located]})"
    point = located.point
    lines = [
        f"{point.lat_deg:.7f} {point.lon_deg:.7f}, ground {point.alt_msl_m:.1f} m above sea ({spot.ground})",
        f"90 % within {point.ce90_m:.1f} m",
        "where the error comes from (1 sigma, share):",
    ]
    lines += [
        f"  {source:<9}{_sigma_m(located.shares_m2[source]):8.2f} m {share:6.1%}"
        for source, share in shares(located).items()
    ]
    inside = [f"{_marked(hit, 'stand-in')} {_percent(hit, 'over', 'under')}" for hit in spot.hits]
    lines.append(f"zones in force then: {', '.join(inside) or 'none'}")
    return "\n".join(lines)


def _marked(hit: ZoneHit, stand_in: str) -> str:
    return f"{hit.zone.id} ({stand_in})" if hit.zone.placeholder else hit.zone.id


def _percent(hit: ZoneHit, over: str, under: str) -> str:
    """Whole percent; what rounds to all or nothing is no certainty."""
    probability = hit.probability_inside
    if probability > _SUREST:
        return f"{over} {_SUREST:.0%}"
    return f"{under} {1.0 - _SUREST:.0%}" if probability < 1.0 - _SUREST else f"{probability:.0%}"
