"""From looks at targets to a calibrated camera, and what can be said of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.calibration.fit import Fit, fit, rough_fit, spread_out, strays
from droneops.calibration.held_out import without_the_useless
from droneops.calibration.judge import Misses, Score, misses, score
from droneops.calibration.looks import Seen
from droneops.calibration.model import Problem, residuals_px
from droneops.calibration.noise import NoiseSigma
from droneops.calibration.parameters import NAMES, prior_sigmas
from droneops.calibration.result import calibrated
from droneops.errors import DroneopsError
from droneops.geo.camera import Camera
from droneops.types import FloatArray, Sigma

MIN_LOOKS = 30
"""Three seconds at ten frames a second: less says nothing of what wanders."""

MAX_JUDGED = 1000
"""Looks that are put on the ground to see how well that goes: neighbours go alike."""

MIN_TARGETS = 2
"""One target at one place cannot tell a turned camera from a drone that is elsewhere."""

MIN_WAY_M = 20.0
MIN_TURN_RAD = math.radians(30.0)
"""A drone that neither moves nor turns looks the same whether it or its camera is off."""


class CannotCalibrateError(DroneopsError):
    """The flight does not tell enough: the command ran, and found the flight to be bad."""

    exit_status = 1


@dataclass(frozen=True, slots=True)
class Pixels:
    """Median and 95th percentile of the looks' residuals in the picture, in pixels."""

    median_px: float
    p95_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """``camera`` is what was found. ``left_out`` judges each target by a camera found without it.

    ``outliers`` are looks passed over, ``misplaced`` targets that are not where they should be, with how far
    off in pixels, ``unposed`` looks at times the telemetry says nothing of. The scores leave outliers out.
    """

    problem: Problem
    found: Fit
    camera: Camera
    frames: int
    outliers: int
    misplaced: Mapping[int, float]
    strangers: Mapping[int, int]
    unposed: int
    pixels_before: Pixels
    pixels_after: Pixels
    before: Score
    after: Score
    left_out: Score

    @property
    def targets(self) -> int:
        """How many targets the fit rests on."""
        return len({look.marker for look in self.problem.only(self.found.kept).looks})


def calibrate(problem: Problem, seen: Seen, time_sigma_s: float, ground_sigma_m: Sigma) -> Calibration:
    """Calibrate by the looks of ``problem``, which are those of ``seen``.

    ``time_sigma_s`` is how far the video's start may be off beforehand, ``ground_sigma_m`` the error of the
    targets' heights.

    Raises:
        CannotCalibrateError: too few looks, too few targets, or all from one place.
    """
    whole = len(problem.looks)
    problem = problem.only(_posed(problem))
    prior = prior_sigmas(problem.camera, time_sigma_s)
    _refuse(problem, whole, seen)
    start = rough_fit(problem, prior)
    kept, misplaced = strays(problem, start)
    _refuse(problem.only(kept), whole, seen)
    found = fit(problem, prior, start, kept, NoiseSigma.before(problem.camera.sigma))
    found = without_the_useless(problem, found)
    _refuse(problem.only(found.kept), whole, seen)
    camera = calibrated(problem, found)
    good = problem.only(spread_out(found.kept, MAX_JUDGED))
    given = misses(good.looks, good.poses, good.targets, good.camera, good.offset_s, ground_sigma_m)
    after = misses(good.looks, good.poses, good.targets, camera, camera.bias.time_offset_s, ground_sigma_m)
    return Calibration(
        problem=problem,
        found=found,
        camera=camera,
        frames=seen.frames,
        outliers=int(np.sum(~found.kept)),
        misplaced=misplaced,
        strangers=seen.strangers,
        unposed=whole - len(problem.looks),
        pixels_before=_pixels(good, np.zeros(len(NAMES))),
        pixels_after=_pixels(good, found.step),
        before=score(given),
        after=score(after),
        left_out=score(_left_out(problem, found, ground_sigma_m)),
    )


def _posed(problem: Problem) -> npt.NDArray[np.bool_]:
    """(n,) the looks at which the telemetry tells all that the camera file leaves to it.

    Raises:
        CannotCalibrateError: the field of view is left to it, and it never tells one.
    """
    stand = problem.stand(problem.offset_s, 0.0)
    if problem.camera.fov_source == "file":
        return stand.known
    zoom_known = np.isfinite(stand.hfov_rad)
    if stand.known.any() and not (stand.known & zoom_known).any():
        what = "the camera file leaves the field of view to the telemetry, which tells none"
        raise CannotCalibrateError(what, mend='set fov = "file" there, with hfov_deg or fx_px')
    return stand.known & zoom_known


def _refuse(problem: Problem, whole: int, seen: Seen) -> None:
    """Raise where the looks cannot tell what a calibration needs."""
    mend = "fly lanes in several directions over targets that lie apart"
    if not whole:
        others = ", ".join(map(str, sorted(seen.strangers)[:5]))
        told = f"markers seen: {others}" if others else "no marker was seen at all"
        raise CannotCalibrateError(f"no target in {seen.frames} frames ({told})", mend=mend)
    count = len(problem.looks)
    if count < MIN_LOOKS:
        what = f"only {count} of {whole} looks at targets can be used; {MIN_LOOKS} are needed"
        raise CannotCalibrateError(what, mend=mend)
    targets = {look.marker for look in problem.looks}
    if len(targets) < MIN_TARGETS:
        raise CannotCalibrateError(
            f"only target {min(targets)} was seen; {MIN_TARGETS} are needed", mend=mend
        )
    way_m, turn_rad = _variety(problem)
    if way_m < MIN_WAY_M and turn_rad < MIN_TURN_RAD:
        turn_deg = math.degrees(turn_rad)
        what = f"all looks are from one place: {way_m:.0f} m of way, {turn_deg:.0f} degrees of turn"
        raise CannotCalibrateError(what, mend=mend)


def _variety(problem: Problem) -> tuple[float, float]:
    """How far apart the places are that the looks are from, in metres, and their headings, in radians."""
    stand = problem.stand(problem.offset_s, 0.0)
    spots = np.array([(t.lat_deg, t.lon_deg) for t in (problem.targets[k.marker] for k in problem.looks)])
    metres = np.radians(spots - spots[0]) * 6.371e6 * (1.0, math.cos(math.radians(spots[0, 0])))
    places = metres - stand.target_ned_m[:, :2]
    way_m = float(np.linalg.norm(np.nanmax(places, axis=0) - np.nanmin(places, axis=0)))
    turned = np.angle(np.exp(1j * (stand.heading_rad - stand.heading_rad[0])))
    return way_m, float(np.nanmax(turned) - np.nanmin(turned))


def _pixels(problem: Problem, step: FloatArray) -> Pixels:
    off_px = np.hypot(*residuals_px(problem, step).T)
    return Pixels(float(np.nanmedian(off_px)), float(np.nanpercentile(off_px, 95)))


def _left_out(problem: Problem, found: Fit, ground_sigma_m: Sigma) -> Misses:
    """Every used look, located by a camera that its target had no part in."""
    parts = list(_each_left_out(problem, found, ground_sigma_m))
    return Misses(np.concatenate([p.off_m for p in parts]), np.concatenate([p.ce90_m for p in parts]))


def _each_left_out(problem: Problem, found: Fit, ground_sigma_m: Sigma) -> Iterator[Misses]:
    part = problem.only(found.used)
    markers: npt.NDArray[np.int64] = np.array([look.marker for look in part.looks])
    for marker in np.unique(markers):
        own = markers == marker
        if own.all():
            continue
        camera = calibrated(problem, found.without(own))
        looks = part.only(own).looks
        offset_s = camera.bias.time_offset_s
        yield misses(looks, part.poses, part.targets, camera, offset_s, ground_sigma_m)
