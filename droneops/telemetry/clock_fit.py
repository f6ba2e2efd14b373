"""What a vehicle told of UTC minus its time since boot, boiled down: which of it to believe, and its drift.

A vehicle starts with whatever its clock chip says, or nothing, and sets its clock when GPS tells the time:
what it told before is wrong by the whole step. Its crystal then runs a few ppm off GPS time, which adds up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array

# Between two SYSTEM_TIMEs a crystal drifts by microseconds and a busy autopilot is late by tens of
# milliseconds; the smallest step that matters, a leap second, is twice this.
STEP_US = 500_000
# Fewer that disagree are damaged or late messages, no step.
STEP_WITNESSES = 3
# No crystal is this far off over the temperatures of a flight (watch crystals: 200 ppm from -40 to 85 C).
_MOST_DRIFT_PPM = 200.0
# A drift that adds up to less over the whole boot moves a point at 10 m/s by 5 cm: a constant says as much.
_LEAST_DRIFT_US = 5_000
# So many standard errors that chance gives a slope like it once in 16,000 boots.
_SIGNIFICANT = 4.0
# The standard deviation of a normal distribution over its median absolute deviation.
_SIGMA_OF_MAD = 1.4826

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ClockFit:
    """UTC minus time since boot is ``offset_us`` at ``about_us`` after boot and grows by ``drift_ppm``.

    95 % of what was told lies within ``spread_us`` of that.
    """

    offset_us: int
    about_us: int
    drift_ppm: float
    spread_us: int


def after_fix(offsets_us: Int64Array, has_fix: BoolArray) -> BoolArray:
    """(n,) which of the offsets (n,) belong to the clock that the vehicle had after its GPS fix.

    Offsets within STEP_US of each other, also by way of others, are of one clock; of several clocks the one
    told most often since the fix counts, of two the last. All count where there is one clock or no fix.
    """
    order = np.argsort(offsets_us, kind="stable")
    clock = np.empty(len(offsets_us), dtype=np.int64)
    clock[order] = np.concatenate([[0], np.cumsum(np.diff(offsets_us[order]) > STEP_US)])
    if clock.max() == 0 or not has_fix.any():
        return np.ones(len(offsets_us), dtype=np.bool_)
    told = np.bincount(clock[has_fix], minlength=int(clock.max()) + 1)
    kept: BoolArray = clock == (clock[-1] if told[clock[-1]] == told.max() else told.argmax())
    return kept


def step_of(offsets_us: Int64Array, kept: BoolArray) -> int | None:
    """How far the clock kept is ahead of the others, microseconds; None where too few tell of others."""
    if int((~kept).sum()) < STEP_WITNESSES:
        return None
    return int(np.median(offsets_us[kept]) - np.median(offsets_us[~kept]))


def fit_clock(boot_us: Int64Array, offsets_us: Int64Array) -> ClockFit:
    """The line through offsets (n,) told at times since boot (n,), n > 0; level where no drift shows.

    The slope is the median over pairs half the boot apart, which single wrong offsets do not move
    (a repeated-median of Theil and Sen with n / 2 of its pairs).
    """
    level = level_clock(offsets_us)
    middle_us = level.offset_us
    half = len(boot_us) // 2
    x_us, y_us = boot_us.astype(np.float64), (offsets_us - middle_us).astype(np.float64)
    ways_us = x_us[half : 2 * half] - x_us[:half]
    if half == 0 or not (ways_us > 0).all():
        return level
    slopes = (y_us[half : 2 * half] - y_us[:half]) / ways_us
    slope = float(np.median(slopes))
    noise = _SIGMA_OF_MAD * float(np.median(np.abs(slopes - slope))) * np.sqrt(np.pi / 2 / half)
    total_us = abs(slope) * float(x_us.max() - x_us.min())
    if total_us < _LEAST_DRIFT_US or abs(slope) > _MOST_DRIFT_PPM * 1e-6 or abs(slope) < _SIGNIFICANT * noise:
        return level
    about_us = int(np.median(boot_us))
    rest_us = y_us - slope * (x_us - about_us)
    offset_us = float(np.median(rest_us))
    return ClockFit(
        middle_us + round(offset_us), about_us, slope * 1e6, _spread_us(np.rint(rest_us - offset_us))
    )


def level_clock(offsets_us: Int64Array) -> ClockFit:
    """The median of offsets (n,), n > 0."""
    middle_us = int(np.median(offsets_us))
    return ClockFit(middle_us, 0, 0.0, _spread_us(offsets_us - middle_us))


def _spread_us(residuals_us: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> int:
    return int(np.percentile(np.abs(residuals_us), 95))
