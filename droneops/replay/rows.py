"""Sightings as lines of JSON (the contract's sightings.jsonl)."""

from __future__ import annotations

import json
from typing import Any

from droneops.pipeline import Look
from droneops.times import to_text
from droneops.types import FloatArray, GroundPoint, Sighting, Track
from geofences import ZoneHit


def sighting_lines(look: Look) -> bytes:
    """The lines of one frame, in the order of the detections."""
    rows = zip(look.sightings, look.tracks, look.hits, strict=True)
    return b"".join(sighting_line(sighting, id_of(track), hits) for sighting, track, hits in rows)


def id_of(track: Track | None) -> str | None:
    """The id of a sighting's track, where it has one."""
    return None if track is None else track.id


def sighting_line(sighting: Sighting, track_id: str | None, hits: tuple[ZoneHit, ...]) -> bytes:
    """The line of one sighting, with its end."""
    row = {
        "time": to_text(sighting.time_us),
        "drone_id": sighting.drone_id,
        "track_id": track_id,
        "label": sighting.label,
        "detector_label": sighting.detector_label,
        "score": round(sighting.score, 4),
        "bbox_px": [round(value, 2) for value in sighting.bbox_px],
        **_place(sighting),
        "zones": [
            {"id": hit.zone.id, "probability_inside": round(hit.probability_inside, 4)} for hit in hits
        ],
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _place(sighting: Sighting) -> dict[str, Any]:
    point = sighting.point
    if not isinstance(point, GroundPoint):
        unknown = dict.fromkeys(("lat_deg", "lon_deg", "alt_msl_m", "ce90_m", "cov_m2", "cov_common_m2"))
        return {**unknown, "reason": str(point.reason)}
    return {
        "lat_deg": round(point.lat_deg, 8),
        "lon_deg": round(point.lon_deg, 8),
        "alt_msl_m": round(point.alt_msl_m, 3),
        "ce90_m": round(point.ce90_m, 3),
        "cov_m2": rounded(point.cov_m2),
        "cov_common_m2": rounded(point.cov_common_m2),
        "reason": None,
    }


def rounded(cov_m2: FloatArray) -> list[list[float]]:
    """A covariance as nested lists with three decimals."""
    return [[round(value, 3) for value in row] for row in cov_m2.tolist()]
