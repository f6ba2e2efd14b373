"""The likeliest step from the given camera, and how sure it is (maximum a posteriori least squares).

First a rough fit that outliers do not move (Cauchy weights), then one with the errors as they hang together.
What the looks cannot tell is held where it was: only then does the sigma of the rest say what it is good for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from droneops.calibration.model import Linear, Problem, linearise, residuals_px
from droneops.calibration.noise import NoiseSigma, kinds_of, sized_noise
from droneops.calibration.parameters import BORESIGHT, HEADING, LAG, LENS, NAMES
from droneops.types import FloatArray

Mask = npt.NDArray[np.bool_]

TELLS = 0.5
"""A parameter is estimated where the looks at least halve its sigma; else it stays as it was."""

OUTLIER_SIGMAS = 5.0
"""One in two million by chance: a marker misread, not a bad day."""

TELLS_OF_LENS = 0.2
"""The lens's numbers are held sooner: at one pitch of the gimbal a principal point passes for a boresight."""

MAX_FITTED = 240
"""Looks in the fit: errors of neighbours are the same, and the covariance's cost grows with the cube."""

MAX_SIZED = 120
"""Of these, looks that tell the sizes of the errors, at a higher cost."""

STRAY_TIMES = 8.0
STRAY_PX = 25.0
"""A look is a stray beyond both. Wandering telemetry moves the picture by some 5 px, 10 in a fast turn; a
target with wrong coordinates, or a marker misread, lies a hundred away."""

_ROUGH_ROUNDS = 10
_ROUGH_PASSES = 20.0
"""In the rough fit all looks together weigh as this many: neighbours repeat each other."""
_ROUNDS = 6
_CENTRE_PX = 1.0
_CAUCHY = 2.4
"""95 % as good as least squares where errors are normal."""
_TIGHT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """The last round's equations: residuals (2n,) at the prior mean, their slopes (2n, k) and covariance."""

    at_prior: FloatArray
    slopes: FloatArray
    covariance: FloatArray
    information: FloatArray

    def solve(self, rows: Mask, held: Mask) -> tuple[FloatArray, FloatArray]:
        """The step (k,) by some of the residuals, (2n,), and the covariance of its error.

        ``held`` (k,) parameters keep their old values; the error of that is added to the covariance, so that
        what the looks tell of them still counts.
        """
        weighted = np.linalg.solve(self.covariance[np.ix_(rows, rows)], self.slopes[rows])
        information = self.slopes[rows].T @ weighted + self.information
        pull = weighted.T @ self.at_prior[rows]
        cov: FloatArray = np.linalg.inv(information).astype(np.float64)
        best = cov @ pull
        if not held.any():
            return best, cov
        step = np.zeros_like(best)
        step[~held] = np.linalg.solve(information[np.ix_(~held, ~held)], pull[~held])
        return step, cov + np.outer(best - step, best - step)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """``step`` and ``cov`` are in the order of NAMES; ``estimated`` says which were.

    ``held`` are those of the estimated that keep their old values, as the new did harm.

    ``heading_only`` says that turns of the mount about the vertical count as heading, ``kept`` (n,) which
    looks are no outliers, ``used`` which of them the fit rests on.
    """

    step: FloatArray
    cov: FloatArray
    prior: FloatArray
    estimated: Mask
    held: Mask
    heading_only: bool
    noise: NoiseSigma
    kept: Mask
    used: Mask
    linear: Linear
    normal: Normal

    def without(self, looks: Mask) -> Fit:
        """The fit by those of the used looks (m,) that are not ``looks``, errors as large as before."""
        step, cov = self.normal.solve(np.repeat(~looks, 2), self.held[self.estimated])
        return replace(self, step=whole(step, self.estimated), cov=whole(cov, self.estimated))

    @property
    def sigma(self) -> FloatArray:
        """One sigma of NAMES; 0 for what was not estimated."""
        return np.sqrt(np.maximum(np.diag(self.cov), 0.0))


def rough_fit(problem: Problem, prior: FloatArray) -> FloatArray:
    """A step near the likeliest, however wrong some looks are. The lens's distortion is left alone."""
    free = prior > 0
    free &= np.array([name not in LENS[3:] for name in NAMES])
    step = np.zeros(len(NAMES))
    problem = problem.only(spread_out(np.ones(len(problem.looks), dtype=bool), MAX_FITTED))
    for _ in range(_ROUGH_ROUNDS):
        linear = linearise(problem, step)
        residual = linear.residual_px
        size = np.hypot(*residual.T)
        seen = np.isfinite(size)
        if not seen.any():  # no target lies where any look could see it
            return step
        scale_px = max(float(np.median(size[seen])), _CENTRE_PX)
        weight = 1 / (1 + (size[seen] / (_CAUCHY * scale_px)) ** 2)
        weight *= _ROUGH_PASSES / (seen.sum() * scale_px**2)
        slopes = linear.by_step[seen][:, :, free].reshape(-1, free.sum())
        weights = np.repeat(weight, 2)
        normal = slopes.T @ (slopes * weights[:, None]) + np.diag(prior[free] ** -2)
        pull = slopes.T @ (weights * residual[seen].ravel()) - step[free] / prior[free] ** 2
        step[free] += np.linalg.solve(normal, pull)
    return step


def strays(problem: Problem, step: FloatArray) -> tuple[Mask, dict[int, float]]:
    """Looks (n,) near where a rough fit has their targets, and targets that all of their looks are far from.

    The latter with how far, in pixels: the median.
    """
    off_px = np.hypot(*residuals_px(problem, step).T)
    markers = np.array([look.marker for look in problem.looks])
    seen = np.isfinite(off_px)
    if not seen.any():  # every target is behind the camera
        return seen, {}
    far_px = max(STRAY_TIMES * float(np.median(off_px[seen])), STRAY_PX)
    medians = {int(m): float(np.median(off_px[seen & (markers == m)])) for m in np.unique(markers[seen])}
    misplaced = {marker: px for marker, px in medians.items() if px > far_px}
    # Once they are gone, what is left may be much nearer.
    seen &= ~np.isin(markers, list(misplaced))
    far_px = max(STRAY_TIMES * float(np.median(off_px[seen])), STRAY_PX) if seen.any() else far_px
    return seen & (off_px <= far_px), misplaced


def fit(problem: Problem, prior: FloatArray, start: FloatArray, kept: Mask, before: NoiseSigma) -> Fit:
    """The likeliest step from ``start`` on; ``kept`` (n,) are the looks that are no outliers so far."""
    state = _State(prior > 0, None)
    found = _converge(problem, prior, start, kept, before, state)
    while (smaller := _less(found, state)) is not None:
        state = smaller
        found = _converge(problem, prior, found.step, found.kept, found.noise, state)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Which parameters are estimated; ``vertical`` (3,) is the turn of the mount that is not, or None."""

    free: Mask
    vertical: FloatArray | None


def _less(found: Fit, state: _State) -> _State | None:
    """The state without what the looks tell least of, or None when they tell all of the rest.

    The lens goes first: a principal point passes for a boresight, and the boresight for a heading.
    """
    share = np.where(state.free, found.sigma / np.where(found.prior > 0, found.prior, 1.0), 0.0)
    for group in (LENS[3:], LENS[1:3], LENS[:1], (LAG,)):
        worst = max(group, key=lambda name: share[NAMES.index(name)])
        if share[NAMES.index(worst)] > (TELLS if worst == LAG else TELLS_OF_LENS):
            free = state.free.copy()
            free[NAMES.index(worst)] = False
            return _State(free, state.vertical)
    if state.vertical is None and state.free[NAMES.index(HEADING)]:
        vertical = np.mean(found.linear.down_in_mount, axis=0)
        vertical /= np.linalg.norm(vertical)
        rows = [NAMES.index(name) for name in BORESIGHT]
        turn = float(vertical @ found.cov[np.ix_(rows, rows)] @ vertical) ** 0.5
        if turn > TELLS * found.prior[rows[0]]:
            return _State(state.free, vertical)
    return None


def _converge(
    problem: Problem, prior: FloatArray, start: FloatArray, kept: Mask, noise: NoiseSigma, state: _State
) -> Fit:
    step = np.where(state.free, start, 0.0)
    before = NoiseSigma.before(problem.camera.sigma)
    information = _information(prior, state)
    for _ in range(_ROUNDS):
        used = spread_out(kept, MAX_FITTED)
        part = problem.only(used)
        linear = linearise(part, step)
        if not (seen := np.isfinite(linear.residual_px[:, 0])).all():
            kept = kept.copy()
            kept[np.flatnonzero(used)[~seen]] = False
            continue
        kinds = kinds_of(linear, part.looks)
        slopes = linear.by_step[:, :, state.free].reshape(-1, state.free.sum())
        at_prior = linear.residual_px.ravel() + slopes @ step[state.free]
        few = np.repeat(spread_out(np.ones(len(part.looks), dtype=bool), MAX_SIZED), 2)
        noise = sized_noise(kinds.only(few), at_prior[few], slopes[few], prior[state.free], before)
        normal = Normal(at_prior, slopes, kinds.covariance(noise), information)
        best, cov = normal.solve(np.ones(len(at_prior), dtype=bool), np.zeros(state.free.sum(), dtype=bool))
        moved, step = best - step[state.free], whole(best, state.free)
        out = _outliers(normal.covariance, at_prior - slopes @ best)
        kept = kept.copy()
        kept[np.flatnonzero(used)[out]] = False
        if not out.any() and np.all(moved**2 < 0.01 * np.diag(cov)):
            break
    by_mount = state.vertical is not None
    held = np.zeros_like(state.free)
    cov = whole(cov, state.free)
    return Fit(step, cov, prior, state.free, held, by_mount, noise, kept, used, linear, normal)


def whole(values: FloatArray, free: Mask) -> FloatArray:
    """A step or a covariance of the free parameters, put among zeros in the order of NAMES."""
    padded = np.zeros((len(free),) * values.ndim)
    padded[np.ix_(*(free,) * values.ndim)] = values
    return padded


def _information(prior: FloatArray, state: _State) -> FloatArray:
    information = np.diag(prior[state.free] ** -2.0)
    if state.vertical is not None:
        rows = [int(np.sum(state.free[: NAMES.index(name)])) for name in BORESIGHT]
        firm = (_TIGHT * prior[NAMES.index(BORESIGHT[0])]) ** -2
        information[np.ix_(rows, rows)] += firm * np.outer(state.vertical, state.vertical)
    return information


def _outliers(covariance: FloatArray, residual: FloatArray) -> Mask:
    """(n,) looks whose pixel the other looks do not expect: (C^-1 r)_i / sqrt((C^-1)_ii) sigmas."""
    inverse = np.linalg.inv(covariance)
    surprise = np.abs(inverse @ residual) / np.sqrt(np.diag(inverse))
    out: Mask = np.any(surprise.reshape(-1, 2) > OUTLIER_SIGMAS, axis=1)
    return out


def spread_out(kept: Mask, most: int) -> Mask:
    """At most about ``most`` of the looks, evenly taken."""
    rows = np.flatnonzero(kept)
    every = -(-len(rows) // most)
    used = np.zeros_like(kept)
    used[rows[::every]] = True
    return used
