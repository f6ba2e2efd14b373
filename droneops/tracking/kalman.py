"""A constant-velocity filter whose sightings share an error that does not average out.

Every sighting is z = position + L u + v: own noise v ~ N(0, R), and one unit normal u for all sightings of
a drone, with L the symmetric root of the sighting's common covariance. This is Schmidt's consider filter
(S. F. Schmidt, "Application of state-space methods to navigation problems", 1966) with the gain taken from
the own noise alone: u is never estimated, only carried along as ``bias``, the matrix B in error = own + B u.

The gain leaves u alone on purpose. An optimal gain would read u off the way L changes with the view, and be
certain of it, although the sources behind L (heading, terrain, clock) change each in its own way. With a
weighted mean the shared error can at worst add up as it is carried here, never more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.types import FloatArray, read_only

INITIAL_SPEED_SIGMA_MPS = 3.0
"""A thing first seen may be a runner or a slow vehicle; a few sightings settle it."""

TURNING_SHARE = 0.2
"""The part of the common variance that may be new at each sighting when the view has turned. Only for telling
whether a sighting fits a track, where too little would split a track in two. An assumption."""

SHIFT_VARIES = 0.25
"""By how much of itself the shift of a look differs from place to place: what lies a quarter further away is
put aside by a quarter more, and across a picture of 60 degrees the direction changes by as much."""

LEAST_M2 = 1e-9
"""A camera file may call its pixels exact; two sightings at one time would then leave nothing to weigh by."""

_POSITION = slice(0, 2)
_EYE4 = np.eye(4)


@dataclass(frozen=True, slots=True)
class State:
    """Position and velocity east, north (4,), the covariance of their own error (4, 4), ``bias`` (4, 2)."""

    mean: FloatArray
    own_cov: FloatArray
    bias: FloatArray

    @property
    def common_cov(self) -> FloatArray:
        """The covariance (4, 4) of the shared part of the error."""
        return self.bias @ self.bias.T

    @property
    def cov(self) -> FloatArray:
        """The covariance (4, 4) of all of the error."""
        return self.own_cov + self.common_cov


def begin(position_m: FloatArray, cov_m2: FloatArray, cov_common_m2: FloatArray) -> State:
    """The state after a first sighting."""
    own = np.diag([0.0, 0.0, INITIAL_SPEED_SIGMA_MPS**2, INITIAL_SPEED_SIGMA_MPS**2])
    own[_POSITION, _POSITION] = cov_m2 - cov_common_m2
    bias = np.zeros((4, 2))
    bias[_POSITION] = root(cov_common_m2)
    return _state(np.array([position_m[0], position_m[1], 0.0, 0.0]), own, bias)


def predict(state: State, dt_s: float, acceleration_mps2: float) -> State:
    """The state ``dt_s`` later, under white acceleration noise of that size (per root second)."""
    move = np.eye(4)
    move[0, 2] = move[1, 3] = dt_s
    q = acceleration_mps2**2
    noise = np.zeros((4, 4))
    noise[[0, 1], [0, 1]] = q * dt_s**3 / 3
    noise[[0, 1, 2, 3], [2, 3, 0, 1]] = q * dt_s**2 / 2
    noise[[2, 3], [2, 3]] = q * dt_s
    return _state(move @ state.mean, move @ state.own_cov @ move.T + noise, move @ state.bias)


def forget_speed(state: State) -> State:
    """The state after a long time out of sight: somewhere near, with a speed that nobody knows."""
    mean, own, bias = state.mean.copy(), state.own_cov.copy(), state.bias.copy()
    mean[2:], bias[2:] = 0.0, 0.0
    own[2:, :], own[:, 2:] = 0.0, 0.0
    own[2, 2] = own[3, 3] = INITIAL_SPEED_SIGMA_MPS**2
    return _state(mean, own, bias)


def wander(state: State, variance_m2: float) -> State:
    """The state of a thing that may have gone anywhere about its place, with that variance on each axis."""
    own = state.own_cov.copy()
    own[0, 0] += variance_m2
    own[1, 1] += variance_m2
    return _state(state.mean, own, state.bias)


def innovation(
    state: State, position_m: FloatArray, cov_m2: FloatArray, cov_common_m2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The difference (2,) between a sighting and the state, and its covariance (2, 2).

    What both share cancels: two sightings with the same bias agree better than either with the truth.
    """
    apart = state.bias[_POSITION] - root(cov_common_m2)
    own = state.own_cov[_POSITION, _POSITION] + cov_m2 - cov_common_m2
    spread = own + apart @ apart.T + TURNING_SHARE * cov_common_m2
    return position_m - state.mean[_POSITION], spread


def update(state: State, position_m: FloatArray, cov_m2: FloatArray, cov_common_m2: FloatArray) -> State:
    """The state after a further sighting."""
    return _weighed(state, position_m, cov_m2 - cov_common_m2, root(cov_common_m2))


def _weighed(state: State, position_m: FloatArray, noise_m2: FloatArray, bias: FloatArray) -> State:
    spread = state.own_cov[_POSITION, _POSITION] + noise_m2 + LEAST_M2 * np.eye(2)
    gain = state.own_cov[:, _POSITION] @ np.linalg.inv(spread)
    keep = _EYE4.copy()
    keep[:, _POSITION] -= gain
    return _state(
        state.mean + gain @ (position_m - state.mean[_POSITION]),
        keep @ state.own_cov @ keep.T + gain @ noise_m2 @ gain.T,
        keep @ state.bias + gain @ bias,
    )


def root(cov_m2: FloatArray) -> FloatArray:
    """The symmetric square root of a (2, 2) covariance: (A + sqrt(det) I) / sqrt(trace + 2 sqrt(det))."""
    ((a, b), (_, d)) = cov_m2.tolist()
    det_root = max(a * d - b * b, 0.0) ** 0.5
    scale = (a + d + 2 * det_root) ** 0.5
    if scale == 0:
        return np.zeros((2, 2))
    return np.array([[(a + det_root) / scale, b / scale], [b / scale, (d + det_root) / scale]])


def _state(mean: FloatArray, own_cov: FloatArray, bias: FloatArray) -> State:
    return State(read_only(mean), read_only((own_cov + own_cov.T) / 2), read_only(bias))
