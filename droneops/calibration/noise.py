"""How the errors of looks hang together, and how large each kind of them is.

Residuals are not independent: a compass that is half a degree off stays so for a while. The covariance of
all residuals is a sum of known kinds, whose sizes come from the residuals themselves by maximum likelihood
(Fisher scoring on log sigmas, the parameters integrated out: Patterson and Thompson 1971, "Recovery of
inter-block information when block sizes are unequal").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from droneops.calibration.looks import Look
from droneops.calibration.model import Linear
from droneops.calibration.parameters import BORESIGHT, HEADING, NAMES, TIME
from droneops.geo.camera import CameraSigma
from droneops.types import FloatArray

HEADING_MEMORY_S = 20.0
"""How long a heading error lasts: in two recorded patrols it settles within 10 to 30 s of a turn."""

PLACE_MEMORY_S = 60.0
"""How long a wandering position error lasts. An assumption; the lasting part is apart from it."""

DEVIATION_PRIOR_RAD = math.radians(0.4)
"""A compass errs by its course (a ship's deviation): in two recorded patrols by 0.3 degrees each way."""

COURSE_MEMORY_RAD = 1.0
"""How far the drone turns until its compass's deviation is another. An assumption. The change is smooth: the
course is told by the very compass, whose wander must not pass for deviation."""

STAMP_SIGMA_S = 0.02
STAMP_MEMORY_S = 2.0
"""Positions and attitudes are stamped a little apart from when they held: 0.03 s in two recorded patrols."""

GIMBAL_MEMORY_S = 0.5
"""How long a stabiliser takes to bring the camera back. An assumption."""

LEAST_PIXEL_PX = 0.3
LEAST_GIMBAL_RAD = math.radians(0.03)
LEAST_WANDER_RAD = math.radians(0.01)
LEAST_PLACE_M = 0.02
"""No error is believed to be smaller: what the kinds below do not describe is of about this size."""

HEIGHT_SIGMA_M = 1.0
"""How far the autopilot's height above the sea may be from the survey's of the targets. An assumption."""

WANDER_PRIOR_RAD = math.radians(0.3)
PLACE_PRIOR_M = 0.2
_PRIOR_LOG_SIGMA = np.log([5.0, 5.0, 5.0, 5.0, 1.5])
"""Within what factors the sizes are known before anything is seen. What is seen decides, except for the
deviation: a flight has few courses, and on one a deviation passes for the lasting error of the heading. With
a factor of 2, five looks in a turn could take over half of 3 degrees of heading for deviation."""

_ROUNDS = 12
_MAX_STEP = 1.0
_CLOSE = 0.05


@dataclass(frozen=True, slots=True)
class NoiseSigma:
    """One sigma of each kind of error: of each look, each frame, and what wanders."""

    pixel_px: float
    gimbal_rad: float
    wander_rad: float
    place_m: float
    deviation_rad: float

    @classmethod
    def before(cls, sigma: CameraSigma) -> NoiseSigma:
        """What is thought before anything is seen; a 0 in the camera file is not believed of noise."""
        return cls(
            sigma.pixel_px or LEAST_PIXEL_PX,
            sigma.gimbal_rad or LEAST_GIMBAL_RAD,
            WANDER_PRIOR_RAD,
            PLACE_PRIOR_M,
            DEVIATION_PRIOR_RAD,
        )

    @property
    def logs(self) -> FloatArray:
        """(5,) natural logarithms, in the order of the fields."""
        return np.log([self.pixel_px, self.gimbal_rad, self.wander_rad, self.place_m, self.deviation_rad])

    @classmethod
    def of_logs(cls, logs: FloatArray) -> NoiseSigma:
        """The inverse of ``logs``."""
        return cls(*np.exp(logs).tolist())


LEAST = NoiseSigma(LEAST_PIXEL_PX, LEAST_GIMBAL_RAD, LEAST_WANDER_RAD, LEAST_PLACE_M, LEAST_WANDER_RAD)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The covariances (2n, 2n) of residuals by kind, each for a sigma of 1; ``steady`` as it is known."""

    pixel: FloatArray
    gimbal: FloatArray
    wander: FloatArray
    place: FloatArray
    deviation: FloatArray
    steady: FloatArray

    @property
    def sized(self) -> tuple[FloatArray, ...]:
        """In the order of NoiseSigma's fields."""
        return self.pixel, self.gimbal, self.wander, self.place, self.deviation

    def only(self, rows: npt.NDArray[np.bool_]) -> Kinds:
        """The kinds of some of the residuals, (2n,)."""
        parts = (*self.sized, self.steady)
        return Kinds(*(part[np.ix_(rows, rows)] for part in parts))

    def covariance(self, sigma: NoiseSigma) -> FloatArray:
        """(2n, 2n), in pixels squared."""
        total = self.steady.copy()
        for kind, log in zip(self.sized, sigma.logs, strict=True):
            total += kind * math.exp(2 * log)
        return total


def kinds_of(linear: Linear, looks: Sequence[Look]) -> Kinds:
    """The kinds of error of looks."""
    time_s = np.array([look.frame_us for look in looks]) / 1e6
    time_s -= time_s[0]
    apart_s = np.abs(time_s[:, None] - time_s[None, :])
    course = linear.stand.heading_rad
    heading = _by(linear.by_step[:, :, [NAMES.index(HEADING)]])
    mount = _by(linear.by_step[:, :, [NAMES.index(name) for name in BORESIGHT]])
    timing = _by(linear.by_step[:, :, [NAMES.index(TIME)]])
    level, height = _by(linear.by_place[:, :, :2]), _by(linear.by_place[:, :, 2:])
    lasting_m = float(np.median(linear.stand.position_sigma_m))
    height_m = math.hypot(float(np.median(linear.stand.altitude_sigma_m)), HEIGHT_SIGMA_M)
    turned = 1 - np.cos(course[:, None] - course[None, :])
    stamps = STAMP_SIGMA_S**2 * np.exp(-apart_s / STAMP_MEMORY_S)
    return Kinds(
        pixel=np.eye(2 * len(looks)),
        gimbal=mount * _twice(np.exp(-apart_s / GIMBAL_MEMORY_S)),
        wander=heading * _twice(np.exp(-apart_s / HEADING_MEMORY_S)),
        place=level * _twice(np.exp(-apart_s / PLACE_MEMORY_S)),
        deviation=heading * _twice(np.exp(-turned / COURSE_MEMORY_RAD**2)),
        steady=timing * _twice(stamps) + level * lasting_m**2 + height * height_m**2,
    )


def _by(slopes: FloatArray) -> FloatArray:
    """(2n, 2n) sum over k of g_k g_k^T for slopes (n, 2, k)."""
    flat = slopes.reshape(-1, slopes.shape[2])
    product: FloatArray = flat @ flat.T
    return product


def _twice(of_looks: FloatArray) -> FloatArray:
    """(2n, 2n) of (n, n): both pixels of a look share its time."""
    return np.repeat(np.repeat(of_looks, 2, axis=0), 2, axis=1)


def sized_noise(
    kinds: Kinds, residual: FloatArray, slopes: FloatArray, prior: FloatArray, before: NoiseSigma
) -> NoiseSigma:
    """The likeliest sizes of the kinds for residuals (2n,) at the parameters' prior mean.

    ``slopes`` (2n, k) are by the parameters, ``prior`` (k,) their sigmas.
    """
    spread = slopes * prior
    known = kinds.steady + spread @ spread.T
    kinds = replace(kinds, steady=known)
    logs = before.logs
    for _ in range(_ROUNDS):
        step = _scoring_step(kinds, residual, logs, before.logs)
        moved = np.maximum(logs + np.clip(step, -_MAX_STEP, _MAX_STEP), LEAST.logs) - logs
        logs = logs + moved
        if np.max(np.abs(moved)) < _CLOSE:
            break
    return NoiseSigma.of_logs(logs)


def _scoring_step(kinds: Kinds, residual: FloatArray, logs: FloatArray, prior_logs: FloatArray) -> FloatArray:
    inverse = np.linalg.inv(kinds.covariance(NoiseSigma.of_logs(logs)))
    weighted = inverse @ residual
    # The covariance changes by 2 sigma^2 times its kind for each unit of log sigma.
    changes = [2 * math.exp(2 * log) * kind for log, kind in zip(logs, kinds.sized, strict=True)]
    products = [inverse @ change for change in changes]
    slope = np.array(
        [(weighted @ c @ weighted - np.trace(p)) / 2 for c, p in zip(changes, products, strict=True)]
    )
    fisher = np.array([[float(np.sum(p * q.T)) / 2 for q in products] for p in products])
    hold = np.diag(_PRIOR_LOG_SIGMA**-2)
    step: FloatArray = np.linalg.solve(fisher + hold, slope - (logs - prior_logs) / _PRIOR_LOG_SIGMA**2)
    return step
