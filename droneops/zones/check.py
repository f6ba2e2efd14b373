"""What the zones say of one place, and why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from droneops.errors import UsageError
from droneops.times import to_datetime, to_text
from droneops.zones.listing import title_of, validity_of, zone_json
from geofences import BorderSide, ZoneIndex
from geofences.explain import Explanation, NotHeld, ZoneAnswer, explain

MAX_SIGMA_M = 100_000.0
"""A place known to a hundred kilometres is in every zone and in none."""

_WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_CERTAIN = 0.001
_SUREST = 0.9999


def check(
    index: ZoneIndex, *, lat_deg: float, lon_deg: float, sigma_m: float, at_us: int | None
) -> dict[str, Any]:
    """Every zone that may hold the place, the border's side, and the nearest others, for json.dumps.

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
        "text": _text(found, lat_deg, lon_deg, sigma_m, at_us),
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
        "why": _why(answer),
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


def _why(answer: ZoneAnswer) -> str:
    nearest, distance_m = answer.nearest, abs(answer.distance_m)
    point = f"to {nearest.point_sigma_m:g} m" if nearest.point_sigma_m else "taken as exact"
    known = f"the line is known to {nearest.line_sigma_m:g} m, the point {point}"
    if nearest.sigma_m == 0.0:
        return "both are exact"
    sigmas = distance_m / nearest.sigma_m
    certain = not _CERTAIN < answer.probability_inside < 1.0 - _CERTAIN
    verdict = "certain" if certain else "uncertain"
    return f"{verdict}: {known}, {nearest.sigma_m:.0f} m together; {distance_m:.0f} m is {sigmas:.1f} sigma"


def _text(found: Explanation, lat_deg: float, lon_deg: float, sigma_m: float, at_us: int | None) -> str:
    when = "at no time in particular" if at_us is None else f"at {to_text(at_us)}"
    known = f"known to {sigma_m:g} m (1 sigma)" if sigma_m else "taken as exact (--sigma-m says how unsure)"
    lines = [f"lat {lat_deg:.6f}, lon {lon_deg:.6f}, {known}, {when}"]
    if not found.answers:
        lines.append("in no zone (none with a probability of 0.001 or more)")
    for answer in found.answers:
        lines += _answer_lines(answer)
    lines += _border_lines(found)
    for other in found.others:
        lines.append(f"not in {title_of(other.zone)}: {other.distance_m:.0f} m{_towards(other.bearing_deg)}")
    return "\n".join(lines) + "\n"


def _answer_lines(answer: ZoneAnswer) -> list[str]:
    nearest = answer.nearest
    inside = "inside" if answer.distance_m < 0.0 else "outside"
    force = "in force" if answer.in_force else "NOT IN FORCE at that time; in force"
    return [
        f"{_percent(answer.probability_inside)} in {title_of(answer.zone)}",
        f"    {abs(answer.distance_m):.1f} m {inside}, its {nearest.line} nearest"
        f"{_towards(nearest.bearing_deg)}, at lat {nearest.lat_deg:.6f}, lon {nearest.lon_deg:.6f}",
        f"    {_why(answer)}",
        f"    {force} {validity_of(answer.zone)}",
    ]


def _border_lines(found: Explanation) -> list[str]:
    border = found.border
    if border is None:
        if found.border_gap_m is None:
            return ["no border line is loaded or in force"]
        return [f"no side of the border: {found.border_gap_m:.0f} m outside the stretch that its line covers"]
    country = "Thai" if border.distance_m >= 0.0 else "Lao"
    return [
        f"border {border.zone_id}: side {border.side}, {_percent(border.p_thailand)} in Thailand;"
        f" {abs(border.distance_m):.0f} m on the {country} side, known to {border.sigma_m:.0f} m"
    ]


def _percent(probability: float) -> str:
    """As alerts have it: no model of errors knows its own tails better than to a ten-thousandth."""
    if probability > _SUREST:
        return f"over {_SUREST:.2%}"
    return f"under {1.0 - _SUREST:.2%}" if probability < 1.0 - _SUREST else f"{probability:.2%}"


def _towards(bearing_deg: float | None) -> str:
    return "" if bearing_deg is None else f" to the {_WINDS[round(bearing_deg / 45.0) % 8]}"


def _metres(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)
