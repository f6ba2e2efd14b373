"""What a calibration came to, as a table of values and as text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from droneops.calibration.calibrate import Calibration
from droneops.calibration.fit import Fit
from droneops.calibration.judge import Score
from droneops.calibration.parameters import (
    BORESIGHT,
    CX,
    CY,
    FOCAL,
    HEADING,
    K1,
    K2,
    LAG,
    NAMES,
    TIME,
    UNITS,
)
from droneops.geo.camera import Camera
from droneops.times import to_text

HOLDS = 0.87
"""Of circles that hold 90 %, this share is the least that passes: the product's own tolerance."""

TELLING_CORRELATION = 0.9
SURPRISING_SIGMAS = 3.0
FEW_COURSES_RAD = math.radians(90.0)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a calibration comes from: file names, hashes and the software."""

    telemetry: str
    telemetry_sha256: str
    video: str
    camera: str
    camera_sha256: str | None
    targets: str
    software: str


def notes(found: Calibration, source: Source) -> tuple[str, ...]:
    """The comments at the head of the camera file."""
    return (
        f"Calibrated by {source.software} from {source.telemetry} (sha256 {source.telemetry_sha256[:16]}),",
        f"{_span(found)[0]} to {_span(found)[1]}, {found.targets} targets of {source.targets};"
        f" before: {source.camera}.",
        f"On the ground {found.before.median_m:.2f} m (median) before, {found.after.median_m:.2f} m after.",
        *warnings(found),
    )


def report(found: Calibration, source: Source, out: str) -> dict[str, Any]:
    """The whole report, ready for JSON: None where a number is not known."""
    first, last = _span(found)
    return {
        "schema": "droneops.calibration/1",
        "out": out,
        "source": asdict(source),
        "first": first,
        "last": last,
        "frames": found.frames,
        "looks": int(found.found.kept.sum()),
        "targets": found.targets,
        "outliers": found.outliers,
        "looks_without_pose": found.unposed,
        "misplaced_targets_px": {str(m): round(px, 1) for m, px in sorted(found.misplaced.items())},
        "strangers": {str(m): n for m, n in sorted(found.strangers.items())},
        "parameters": {name: _parameter(found, name) for name in NAMES},
        "correlations": _correlations(found.found),
        "sigma": _sigma(found.camera),
        "pixels": {"before": _figures(found.pixels_before), "after": _figures(found.pixels_after)},
        "ground": {
            "before": _figures(found.before),
            "after": _figures(found.after),
            "left_out": _figures(found.left_out),
        },
        "ce90_holds": _holds(found.after) and _holds(found.left_out),
        "warnings": list(warnings(found)),
    }


def _span(found: Calibration) -> tuple[str, str]:
    times_us = [look.frame_us for look in found.problem.looks]
    offset_us = round(found.camera.bias.time_offset_s * 1e6)
    return to_text(min(times_us) + offset_us), to_text(max(times_us) + offset_us)


def _parameter(found: Calibration, name: str) -> dict[str, Any]:
    fit, row = found.found, NAMES.index(name)
    unit, scale = UNITS[name]
    estimated = bool(fit.estimated[row])
    return {
        "unit": unit,
        "value": _number(_absolute(found.camera, found.found, name)),
        "change": _number(fit.step[row] * scale),
        "sigma": _number(_sigma_of(found, name) * scale) if estimated else None,
        "sigma_before": _number(fit.prior[row] * scale),
        "estimated": estimated,
        "held": bool(fit.held[row]),
    }


def _sigma_of(found: Calibration, name: str) -> float:
    return float(found.found.sigma[NAMES.index(name)])


def _absolute(camera: Camera, found: Fit, name: str) -> float:
    """The value in the new camera, in the parameter's unit; the focal length as its change."""
    lens = camera.lens
    if name in BORESIGHT:
        return math.degrees(camera.mount.boresight_rpy_rad[BORESIGHT.index(name)])
    values = {
        HEADING: math.degrees(camera.bias.heading_rad),
        CX: lens.cx_px,
        CY: lens.cy_px,
        K1: lens.distortion[0],
        K2: lens.distortion[1],
        TIME: camera.bias.time_offset_s,
        FOCAL: float(found.step[NAMES.index(FOCAL)]) * 100,
        LAG: camera.bias.gimbal_lag_s,
    }
    return values[name]


def _correlations(found: Fit) -> list[dict[str, Any]]:
    """Pairs of parameters that the flight hardly tells apart."""
    rows = np.flatnonzero(found.estimated & (found.sigma > 0))
    pairs = []
    for i, row in enumerate(rows):
        for other in rows[i + 1 :]:
            value = float(found.cov[row, other] / (found.sigma[row] * found.sigma[other]))
            if abs(value) > TELLING_CORRELATION:
                pairs.append({"of": [NAMES[row], NAMES[other]], "value": round(value, 3)})
    return pairs


def _sigma(camera: Camera) -> dict[str, float]:
    sigma = camera.sigma
    return {
        "heading_deg": round(math.degrees(sigma.heading_rad), 4),
        "boresight_deg": round(math.degrees(sigma.boresight_rad), 4),
        "gimbal_deg": round(math.degrees(sigma.gimbal_rad), 4),
        "time_offset_s": round(sigma.time_offset_s, 4),
        "pixel_px": round(sigma.pixel_px, 3),
        "focal_percent": round(sigma.focal_fraction * 100, 4),
    }


def _figures(of: Any) -> dict[str, Any]:
    return {name: value if isinstance(value, int) else _number(value) for name, value in asdict(of).items()}


def _number(value: float) -> float | None:
    return round(float(value), 6) + 0.0 if math.isfinite(value) else None


def _holds(of: Score) -> bool:
    return of.inside >= HOLDS


def warnings(found: Calibration) -> tuple[str, ...]:
    """What the user must know of what the flight did not tell, one line each."""
    return tuple(_warnings(found))


def _warnings(found: Calibration) -> Iterator[str]:
    fit, camera = found.found, found.camera
    for marker, px in sorted(found.misplaced.items()):
        yield f"target {marker} does not lie where targets.csv says: its looks are {px:.0f} px off; left out"
    low, high = _depressions_deg(fit)
    if fit.heading_only:
        yield (
            "cannot tell the heading from the mount's turn about the vertical, as the gimbal pitched only"
            f" from {-high:.0f} to {-low:.0f} degrees: all of it counts as heading, and holds for these alone"
        )
    courses_rad = _courses_rad(fit)
    if courses_rad < FEW_COURSES_RAD:
        yield (
            f"all courses lay within {math.degrees(courses_rad):.0f} degrees: what the compass errs on others"
            f" is taken to be {math.degrees(fit.noise.deviation_rad):.2f} degrees (1 sigma)"
        )
    for name in NAMES:
        row = NAMES.index(name)
        if fit.estimated[row] and abs(fit.step[row]) > SURPRISING_SIGMAS * fit.prior[row]:
            times = abs(fit.step[row]) / fit.prior[row]
            yield f"{name} lies {times:.1f} sigmas from the given camera's: check that it is the right file"
    lag_s, held_s = _estimated_lag_s(found), camera.bias.gimbal_lag_s
    if abs(lag_s - held_s) > SURPRISING_SIGMAS * fit.sigma[NAMES.index(LAG)]:
        yield (
            f"the picture seems to follow the gimbal's word {lag_s:.2f} s late, which no gimbal does:"
            f" gimbal_lag_s is {held_s:g} and gimbal_deg holds the rest; check the log's clock"
        )
    if not (_holds(found.after) and _holds(found.left_out)):
        yield "ce90_m does not hold 90 % of this flight: one flight is one draw, so calibrate on another too"


def _estimated_lag_s(found: Calibration) -> float:
    return found.problem.camera.bias.gimbal_lag_s + float(found.found.step[NAMES.index(LAG)])


def _depressions_deg(found: Fit) -> tuple[float, float]:
    """How far the mount's forward axis looked down, least and most, in degrees."""
    down = np.degrees(np.arcsin(np.clip(found.linear.down_in_mount[:, 0], -1, 1)))
    return float(down.min()), float(down.max())


def _courses_rad(found: Fit) -> float:
    """The smallest arc that holds all headings."""
    heading = np.sort(found.linear.stand.heading_rad % (2 * math.pi))
    gaps = np.diff(np.append(heading, heading[0] + 2 * math.pi))
    return 2 * math.pi - float(gaps.max())


def report_lines(values: dict[str, Any]) -> str:
    """The report for a person."""
    ground, pixels = values["ground"], values["pixels"]
    lines = [
        f"{values['looks']} looks at {values['targets']} targets from {values['first']} to {values['last']},"
        f" {values['outliers']} outliers, {values['looks_without_pose']} without a pose",
        "",
        f"{'':18}{'median':>9}{'p95':>9}{'ce90':>9}  inside ce90",
        *(_score_line(name.replace("_", " "), ground[name]) for name in ("before", "after", "left_out")),
        _pixel_line(pixels["before"], pixels["after"]),
        "",
        *(_parameter_line(name, told) for name, told in values["parameters"].items()),
        *(_correlation_line(pair) for pair in values["correlations"]),
        "",
        "sigmas now: " + ", ".join(f"{name} {value:g}" for name, value in values["sigma"].items()),
        "ce90_m holds 90 % here, also of targets left out"
        if values["ce90_holds"]
        else "ce90_m does NOT hold 90 % here",
        f"camera file: {values['out']}",
    ]
    return "\n".join(lines)


def _score_line(name: str, told: dict[str, Any]) -> str:
    if told["median_m"] is None:
        return f"{name:18}  no point on the ground"
    return (
        f"{name:18}{told['median_m']:>7.2f} m{told['p95_m']:>7.2f} m{told['median_ce90_m']:>7.2f} m"
        f"  {told['inside']:.0%}"
    )


def _pixel_line(before: dict[str, Any], after: dict[str, Any]) -> str:
    was, now = (f"{told['median_px']:.1f} px (p95 {told['p95_px']:.1f})" for told in (before, after))
    return f"in the picture: {was} before, {now} after"


def _parameter_line(name: str, told: dict[str, Any]) -> str:
    if not told["estimated"]:
        return f"{name:18} as it was: the flight does not tell"
    line = f"{name:18} {told['value']:10.4f} {told['unit']:3} +- {told['sigma']:.4f}"
    return f"{line}  as it was: a new value did harm on looks left out" if told["held"] else line


def _correlation_line(pair: dict[str, Any]) -> str:
    return f"hardly told apart: {pair['of'][0]} and {pair['of'][1]} (correlation {pair['value']:+.2f})"
