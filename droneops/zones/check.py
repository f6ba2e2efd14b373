"""What the zones say of one place, and why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from droneops.errors import UsageError
from droneops.times import to_datetime, to_text
from droneops.zones.check_text import text_en, text_th, why
from droneops.zones.listing import zone_json
from geofences import BorderSide, ZoneIndex
from geofences.explain import NotHeld, ZoneAnswer, explain

MAX_SIGMA_M = 100_000.0
"""A place known to a hundred kilometres is in every zone and in none."""


def check(
    index: ZoneIndex, *, lat_deg: float, lon_deg: float, sigma_m: float, at_us: int | None
) -> dict[str, Any]:
    """Every zone that may hold the place, the border's side, and the nearest others, for json.dumps.

    `text` holds all of it in words, and each zone's `why` what makes its answer certain, in `th` and `en`.

    Raises:
        UsageError: no place on earth, or no error of a place.
    """
    if not 0.0 <= sigma_m <= MAX_SIGMA_M:
        raise UsageError(f"--sigma-m {sigma_m:g} is no error", mend=f"give metres from 0 to {MAX_SIGMA_M:g}")
    at = None if at_us is None else to_datetime(at_us)
    cov_m2 = np.diag([sigma_m**2, sigma_m**2])
    try:
        found = explain(index, lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2, at=at)
    except ValueError as error:
        raise UsageError(str(error)) from None
    asked = lat_deg, lon_deg, sigma_m, at_us
    return {
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "sigma_m": sigma_m,
        "at": None if at_us is None else to_text(at_us),
        "zones_sha256": index.sha256,
        "zones": [_answer_json(answer) for answer in found.answers],
        "border": None if found.border is None else _border_json(found.border),
        "border_gap_m": _metres(found.border_gap_m),
        "nearest_others": [_other_json(other) for other in found.others],
        "text": {"th": text_th(found, asked), "en": text_en(found, asked)},
    }


def _answer_json(answer: ZoneAnswer) -> dict[str, Any]:
    nearest = answer.nearest
    return zone_json(answer.zone) | {
        "probability_inside": round(answer.probability_inside, 6),
        "distance_m": _metres(answer.distance_m),
        "in_force": answer.in_force,
        "nearest": {
            "line": nearest.line,
            "lat_deg": round(nearest.lat_deg, 8),
            "lon_deg": round(nearest.lon_deg, 8),
            "bearing_deg": None if nearest.bearing_deg is None else round(nearest.bearing_deg, 1),
            "point_sigma_m": _metres(nearest.point_sigma_m),
            "line_sigma_m": _metres(nearest.line_sigma_m),
            "sigma_m": _metres(nearest.sigma_m),
        },
        "why": why(answer),
    }


def _border_json(border: BorderSide) -> dict[str, Any]:
    return {
        "id": border.zone_id,
        "distance_m": _metres(border.distance_m),
        "sigma_m": _metres(border.sigma_m),
        "p_thailand": round(border.p_thailand, 6),
        "side": border.side,
    }


def _other_json(other: NotHeld) -> dict[str, Any]:
    bearing_deg = None if other.bearing_deg is None else round(other.bearing_deg, 1)
    return zone_json(other.zone) | {"distance_m": _metres(other.distance_m), "bearing_deg": bearing_deg}


def _metres(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)
