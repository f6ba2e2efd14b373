"""The fit of measured to foreseen motion: robust least squares with priors on what else is unknown.

Each pair of frames gives four numbers, how fast the points went away from where they should have come: their
shift right and down, their turn and their growth about the picture's middle, in pixels a second. They are
averaged over SMOOTH_S twice. For between samples the telemetry goes straight, and its noise is least half
way: unsmoothed, that alone would set the frames between the samples. The sum of Cauchy losses (c = 2.385,
95 % efficient for normal errors: Holland and Welsch 1977) is made least by Gauss-Newton steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Camera, normalised
from droneops.geo.locate import Ground, view_of
from droneops.sync.motion import MotionPair
from droneops.sync.predict import CameraPath, Unknowns, moved
from droneops.telemetry.gimbal_lag import Poses
from droneops.types import FloatArray, NoGroundPoint, NoPose, read_only

OFFSET, DRIFT, LAG, HEADING, LOG_HEIGHT = range(5)
"""Places in a state: offset_s, drift_s_per_s, gimbal_lag_s, heading_rad, log_height."""

NUISANCES = (LAG, HEADING, LOG_HEIGHT)

GIMBAL_LAG_S = 0.06
GIMBAL_LAG_SIGMA_S = 0.06
"""Reported angles are measured (no lag) or demanded (recorded ArduPilot flights: 0.12 s late)."""

HEADING_SIGMA_RAD = math.radians(3.0)
LOG_HEIGHT_SIGMA = 0.02
"""The least that heading and height are left free, whatever the camera and the ground claim."""

OFFSET_SIGMA_S = 30.0
DRIFT_SIGMA = 0.1
"""Wide enough to pull at nothing; they keep the equations solvable where the pictures say nothing."""

SMOOTH_S = 0.6
"""Six telemetry positions (10 Hz); a turn of a drone takes seconds."""

_POINTS = 12
_CAUCHY = 2.385
_MIN_SCALE_PXPS = 0.2
_BEHIND_PXPS = 1e4
_NORMAL_MAD = 0.6745
_NOTHING = 1e-300
_BLOCK_S = 3.0
_STEPS = {OFFSET: 0.03, LAG: 0.03, HEADING: 0.01, LOG_HEIGHT: 0.02}

State = FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What was measured, n pairs of k points.

    Times (n,) in microseconds; ``start`` and ``end`` (n, k, 2) ideal normalised coordinates; ``summary``
    (n, 4, 2 k) makes the four numbers, in pixels a second, of a difference of coordinates; ``middle_s`` (n,)
    is the pair's time in seconds from ``at_us``, the mean of all, and grows.
    """

    from_us: FloatArray
    to_us: FloatArray
    start: FloatArray
    end: FloatArray
    summary: FloatArray
    middle_s: FloatArray
    at_us: int

    def only(self, kept: npt.NDArray[np.bool_]) -> Observed:
        """The pairs that are kept; their times are counted from their own mean."""
        return _observed(*(a[kept] for a in (self.from_us, self.to_us, self.start, self.end, self.summary)))


def observe(pairs: Sequence[MotionPair], poses: Poses, camera: Camera) -> Observed:
    """The pairs through the camera's lens; pairs for which the lens is unknown are left out."""
    ordered = sorted(pairs, key=lambda pair: pair.from_us)
    rows = [row for pair in ordered if (row := _through_lens(pair, poses, camera)) is not None]
    times = np.array([row[0] for row in rows], dtype=np.float64).reshape(-1, 2)
    start = np.array([row[1] for row in rows]).reshape(-1, _POINTS, 2)
    end = np.array([row[2] for row in rows]).reshape(-1, _POINTS, 2)
    pace = np.array([row[3] for row in rows]) / (np.diff(times)[:, 0] / 1e6)
    summary = np.array([_summary(points) for points in start]).reshape(-1, 4, 2 * _POINTS)
    return _observed(times[:, 0], times[:, 1], start, end, summary * pace[:, None, None])


def _observed(
    from_us: FloatArray, to_us: FloatArray, start: FloatArray, end: FloatArray, summary: FloatArray
) -> Observed:
    middle_us = (from_us + to_us) / 2
    at_us = round(float(middle_us.mean())) if len(middle_us) else 0
    return Observed(from_us, to_us, start, end, summary, (middle_us - at_us) / 1e6, at_us)


def _through_lens(
    pair: MotionPair, poses: Poses, camera: Camera
) -> tuple[tuple[int, int], FloatArray, FloatArray, float] | None:
    lens = camera.lens
    if camera.fov_source == "telemetry":
        pose = poses.at(pair.from_us)
        view = None if isinstance(pose, NoPose) else view_of(pose, camera)
        if view is None or isinstance(view, NoGroundPoint):
            return None
        lens = view.lens
    start, end = normalised(pair.from_px, lens), normalised(pair.to_px, lens)
    shown = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    if shown.sum() < _POINTS or lens.fx_px is None:
        return None
    # OpenCV gives the best corners first; every so many spreads them over good and bad alike.
    chosen = np.flatnonzero(shown)[np.linspace(0, shown.sum() - 1, _POINTS).astype(np.int64)]
    return (pair.from_us, pair.to_us), start[chosen], end[chosen], lens.fx_px


def _summary(points: FloatArray) -> FloatArray:
    """(4, 2 k): the least-squares shift, turn and growth of differences at ``points`` (k, 2)."""
    x, y = points.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    right, down = np.column_stack((one, zero, -y, x)), np.column_stack((zero, one, x, y))
    design = np.stack((right, down), axis=1).reshape(-1, 4)
    inverse: FloatArray = np.linalg.pinv(design)
    return inverse


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Measured motion, the path it is held against, and one sigma of each part of a state."""

    observed: Observed
    path: CameraPath
    prior: State
    prior_sigma: State

    def misses(self, state: State) -> FloatArray:
        """(n, 4) pixels a second: measured less foreseen motion, smoothed, for a state."""
        o = self.observed
        shift_us = (state[OFFSET] + state[DRIFT] * o.middle_s) * 1e6
        unknowns = Unknowns(float(state[LAG]), float(state[HEADING]), float(state[LOG_HEIGHT]))
        foreseen = moved(self.path, o.start, o.from_us + shift_us, o.to_us + shift_us, unknowns)
        difference = (o.end - foreseen).reshape(len(o.end), -1, 1)
        return self._smooth(self._smooth(np.nan_to_num((o.summary @ difference)[:, :, 0], nan=_BEHIND_PXPS)))

    def _smooth(self, rates: FloatArray) -> FloatArray:
        """Each row's mean with all that are within SMOOTH_S / 2 of it."""
        sums = np.concatenate((np.zeros((1, rates.shape[1])), np.cumsum(rates, axis=0)))
        first, end = self._neighbours()
        mean: FloatArray = (sums[end] - sums[first]) / (end - first)[:, None]
        return mean

    def _neighbours(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        middle_s = self.observed.middle_s
        first = np.searchsorted(middle_s, middle_s - SMOOTH_S / 2)
        return first, np.searchsorted(middle_s, middle_s + SMOOTH_S / 2, side="right")

    def slopes(self, state: State, free: Sequence[int]) -> FloatArray:
        """(n, 4, len(free)): how the misses change with parts of the state."""
        return np.stack([self._slope(state, part) for part in free], axis=2)

    def _slope(self, state: State, part: int) -> FloatArray:
        if part == DRIFT:
            return self._slope(state, OFFSET) * self.observed.middle_s[:, None]
        step = np.zeros_like(state)
        step[part] = _STEPS[part]
        slope: FloatArray = (self.misses(state + step) - self.misses(state - step)) / (2 * _STEPS[part])
        return slope

    def loss(self, state: State, scale_pxps: FloatArray) -> float:
        """Twice the negative logarithm of the likelihood, but for a constant, as if all were independent."""
        missed = self.misses(state) / scale_pxps
        told = ((state - self.prior) / self.prior_sigma) ** 2
        return float(_CAUCHY**2 * np.log1p((missed / _CAUCHY) ** 2).sum() + told.sum())

    def solve(self, state: State, scale_pxps: FloatArray, free: Sequence[int], rounds: int) -> State:
        """The state after some Gauss-Newton steps in its free parts."""
        found, parts = state.copy(), list(free)
        for _ in range(rounds):
            missed, slopes = self.misses(found), self.slopes(found, free)
            weight = _weights(missed, scale_pxps)
            pull = -np.einsum("nc,ncp,nc->p", weight, slopes, missed)
            pull -= ((found - self.prior) / self.prior_sigma**2)[parts]
            step = np.linalg.solve(self._information(slopes, weight, parts), pull)
            found[parts] += np.clip(step, -_LONGEST_STEP[parts], _LONGEST_STEP[parts])
        return found

    def _information(self, slopes: FloatArray, weight: FloatArray, parts: list[int]) -> FloatArray:
        data = np.einsum("nc,ncp,ncq->pq", weight, slopes, slopes)
        information: FloatArray = data + np.diag(1 / self.prior_sigma[parts] ** 2)
        return information

    def scale_pxps(self, state: State) -> FloatArray:
        """(4,) robust standard deviations of the misses (median absolute deviation from zero)."""
        spread = np.median(np.abs(self.misses(state)), axis=0) / _NORMAL_MAD
        return np.maximum(spread, _MIN_SCALE_PXPS)

    def covariance(
        self, state: State, scale_pxps: FloatArray, free: Sequence[int]
    ) -> tuple[FloatArray, float]:
        """Covariance of the free parts, and by how much neighbouring misses say the same again (>= 1).

        The misses of neighbouring pairs have common causes, so blocks of _BLOCK_S count as one saying each
        (cluster-robust covariance, Liang and Zeger 1986, for the first free part, with the shrinkage of few
        blocks undone); what the blocks add over independent pairs thins all measurements alike.
        """
        missed, slopes = self.misses(state), self.slopes(state, free)
        weight = _weights(missed, scale_pxps)
        score = np.einsum("nc,ncp,nc->np", weight, slopes, missed)
        block = np.unique(np.floor(self.observed.middle_s / _BLOCK_S), return_inverse=True)[1]
        grouped = np.zeros((int(block.max()) + 1, len(free)))
        np.add.at(grouped, block, score)
        parts = list(free)
        row = np.linalg.inv(self._information(slopes, weight, parts))[0]
        told = np.bincount(block, np.einsum("nc,ncp,p->n", weight, slopes**2, row**2))
        few = 1 + 2 * float((told**2).sum() / max(float(told.sum()) ** 2, _NOTHING))
        apart = float(np.einsum("nc,ncp,ncq,p,q->", weight, slopes, slopes, row, row))
        first, end = self._neighbours()
        thinning = max(
            float(np.median(end - first)), few * float(((grouped @ row) ** 2).sum()) / max(apart, _NOTHING)
        )
        covariance = np.linalg.inv(self._information(slopes, weight / thinning, parts))
        return read_only(covariance), thinning

    def explained(self, state: State) -> float:
        """Share (0 to 1) of the changes in the picture's shift that the foreseen motion accounts for.

        No pair counts less than nothing, so that a few bad ones do not decide.
        """
        o = self.observed
        rates = (o.summary @ (o.end - o.start).reshape(len(o.end), -1, 1))[:, :2, 0]
        changes = self._smooth(self._smooth(rates))
        apart = ((changes - np.median(changes, axis=0)) ** 2).sum(axis=1)
        missed = (self.misses(state)[:, :2] ** 2).sum(axis=1)
        return 1.0 - float(np.minimum(missed, apart).sum() / max(float(apart.sum()), _MIN_SCALE_PXPS**2))


_LONGEST_STEP = read_only((0.1, 0.01, 0.1, 0.2, 0.1))


def _weights(missed: FloatArray, scale_pxps: FloatArray) -> FloatArray:
    """(n, 4) inverse variances in (s / px)^2, after Cauchy's loss."""
    weight: FloatArray = 1 / (scale_pxps**2 * (1 + (missed / (_CAUCHY * scale_pxps)) ** 2))
    return weight


def prior_of(camera: Camera, ground: Ground, height_m: float) -> tuple[State, State]:
    """What is known of a state before anything is measured, and its one sigma."""
    heading_rad = max(camera.sigma.heading_rad, HEADING_SIGMA_RAD)
    log_height = max(ground.sigma_m.value / height_m, LOG_HEIGHT_SIGMA)
    sigma = (OFFSET_SIGMA_S, DRIFT_SIGMA, GIMBAL_LAG_SIGMA_S, heading_rad, log_height)
    return read_only((0.0, 0.0, GIMBAL_LAG_S, 0.0, 0.0)), read_only(sigma)
