"""The time offset between a video and the telemetry, or why it cannot be told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.sync.fit import (
    DRIFT,
    HEADING,
    LOG_HEIGHT,
    NUISANCES,
    OFFSET,
    Observed,
    Problem,
    State,
    observe,
    prior_of,
)
from droneops.sync.motion import MotionPair
from droneops.sync.predict import STEP_US, CameraPath, camera_path
from droneops.telemetry.gimbal_lag import Poses
from droneops.types import FloatArray

MIN_PAIRS = 50
"""Five seconds at ten frames a second: less has no turn in it that could be told from a gust."""

MAX_SIGMA_S = 0.025
"""Half of the 0.05 s that points can bear. In straight flight, noise in the telemetry passes for motion:
recorded flights then claim 0.03 to 0.09 s and are wrong by up to ten times that."""

FLOOR_SIGMA_S = 0.015
"""What no fit sees. A camera that looks 2.3 degrees off its reported direction moved the offset of recorded
flights by 0.005 and 0.018 s; with none, 0.001 s are left."""

MIN_EXPLAINED = 0.85
"""Two recorded patrols reach 0.995 wherever there is a turn, and 0.68 at most with each other's video."""

AMBIGUOUS_LOSS = 9.0
"""A second offset within 3 sigma of the best one's likelihood may be the true one."""

DRIFT_SIGMAS = 4.0
"""A drift is named when it is this many sigmas from none..."""

MIN_DRIFT_S = 0.02
"""... and moves the offset by this much over the video."""

SUSPECTED_SIGMAS = 1.0
"""A drift between this and DRIFT_SIGMAS is not named, but the offset is no surer than it would leave it."""

_GRID_S = 0.1
_APART_S = 0.4
_MARGIN_S = 0.5
_NUISANCE_ROUNDS = 2
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class OffsetEstimate:
    """What to add to the video's start so that its frames meet the telemetry.

    ``seconds`` holds at the nominal frame time ``at_us``; a picture 0.4 s late gives -0.4. ``sigma_s`` is
    its one sigma. ``drift_s_per_s`` is what it grows by in a second of video, with its one sigma, None when
    no drift shows; a drift that may be there and does not show has widened ``sigma_s`` by what it would do by
    the ends. ``pairs`` were used.
    """

    seconds: float
    sigma_s: float
    at_us: int
    drift_s_per_s: float | None
    drift_sigma_s_per_s: float
    pairs: int


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The offset cannot be told from these pictures, and why, in one line. ``pairs`` could be used."""

    reason: str
    pairs: int


def estimate_offset(
    pairs: Sequence[MotionPair],
    poses: Poses,
    camera: Camera,
    ground: Ground,
    *,
    span_s: tuple[float, float] = (-3.0, 3.0),
) -> OffsetEstimate | CannotTell:
    """The offset within ``span_s`` at which the telemetry foresees the motion that was measured.

    Heading, height above ground and a lag of the gimbal are found alongside, within what camera and ground
    leave open. A pair counts only where the pose is known at every offset that is tried.
    """
    observed = observe(pairs, poses, camera)
    if len(observed.from_us) < MIN_PAIRS:
        return _too_few(len(observed.from_us))
    path = _path(observed, poses, camera, ground, span_s)
    reach_us = [(span_s[0] - _MARGIN_S) * 1e6, (span_s[1] + _MARGIN_S) * 1e6]
    known = path.known_throughout(observed.from_us + reach_us[0], observed.to_us + reach_us[1])
    if known.sum() < MIN_PAIRS:
        return _too_few(int(known.sum()))
    height_m = float(np.median(-path.centre_m[path.known, 2]))
    problem = Problem(observed.only(known), path, *prior_of(camera, ground, height_m))
    return _estimate(problem, span_s)


def _too_few(count: int) -> CannotTell:
    return CannotTell(f"only {count} pairs of frames could be used, {MIN_PAIRS} are needed", count)


def _path(
    observed: Observed, poses: Poses, camera: Camera, ground: Ground, span_s: tuple[float, float]
) -> CameraPath:
    first_us = int(observed.from_us.min() + (span_s[0] - 2 * _MARGIN_S) * 1e6)
    last_us = int(observed.to_us.max() + (span_s[1] + 2 * _MARGIN_S) * 1e6)
    return camera_path(poses, camera, ground, first_us - first_us % STEP_US, last_us)


def _estimate(problem: Problem, span_s: tuple[float, float]) -> OffsetEstimate | CannotTell:
    count = len(problem.observed.from_us)
    offsets_s = np.arange(span_s[0], span_s[1] + _GRID_S / 2, _GRID_S)
    states, scale_pxps = _grid(problem, offsets_s)
    best = int(np.argmin([problem.loss(state, scale_pxps) for state in states]))
    state = states[best]
    for _ in range(2):
        state = problem.solve(state, scale_pxps, (OFFSET, *NUISANCES), _ROUNDS // 2)
        scale_pxps = problem.scale_pxps(state)
    sigma_s, thinning = _sigma_s(problem, state, scale_pxps, (OFFSET, *NUISANCES))
    if sigma_s > MAX_SIGMA_S:
        return CannotTell(f"{_why_unsure(problem, state, scale_pxps)} (sigma {sigma_s:.2f} s)", count)
    if best in (0, len(states) - 1) or not span_s[0] < state[OFFSET] < span_s[1]:
        return CannotTell(f"the offset may lie outside {span_s[0]:g} to {span_s[1]:g} s", count)
    explained = problem.explained(state)
    if explained < MIN_EXPLAINED:
        share = f"explains {explained:.0%} of how the picture moved, {MIN_EXPLAINED:.0%} are needed"
        return CannotTell(f"no offset makes the telemetry fit: the best one {share}", count)
    rival_s = _rival_s(problem, offsets_s, states, state, scale_pxps, AMBIGUOUS_LOSS * thinning)
    if rival_s is not None:
        return CannotTell(f"{state[OFFSET]:+.2f} s and {rival_s:+.2f} s fit alike", count)
    return _with_drift(problem, state, scale_pxps, sigma_s)


def _sigma_s(
    problem: Problem, state: State, scale_pxps: FloatArray, free: Sequence[int]
) -> tuple[float, float]:
    """One sigma of the offset, the first of the free parts, and the thinning it rests on."""
    covariance, thinning = problem.covariance(state, scale_pxps, free)
    return math.hypot(math.sqrt(covariance[0, 0]), FLOOR_SIGMA_S), thinning


def _why_unsure(problem: Problem, state: State, scale_pxps: FloatArray) -> str:
    with_lag_known_s, _ = _sigma_s(problem, state, scale_pxps, (OFFSET, HEADING, LOG_HEIGHT))
    if with_lag_known_s <= MAX_SIGMA_S:
        return "only the gimbal moved, and its own lag is not known"
    return "the picture moved too evenly, or not at all as the telemetry says"


def _grid(problem: Problem, offsets_s: FloatArray) -> tuple[list[State], FloatArray]:
    """The best state at each offset, and the scale of misses: the best that any offset reaches."""
    states = []
    scale_pxps = np.full(4, math.inf)
    for offset_s in offsets_s:
        state = problem.prior.copy()
        state[OFFSET] = offset_s
        state = problem.solve(state, problem.scale_pxps(state), NUISANCES, _NUISANCE_ROUNDS)
        scale_pxps = np.minimum(scale_pxps, problem.scale_pxps(state))
        states.append(state)
    return states, scale_pxps


def _rival_s(
    problem: Problem,
    offsets_s: FloatArray,
    states: Sequence[State],
    state: State,
    scale_pxps: FloatArray,
    margin: float,
) -> float | None:
    """Another offset, well away from the best one, whose loss is within a margin of its."""
    away = np.flatnonzero(np.abs(offsets_s - state[OFFSET]) > _APART_S).tolist()
    losses = [problem.loss(states[place], scale_pxps) for place in away]
    if not losses or min(losses) - problem.loss(state, scale_pxps) >= margin:
        return None
    return float(offsets_s[away[int(np.argmin(losses))]])


def _with_drift(problem: Problem, state: State, scale_pxps: FloatArray, sigma_s: float) -> OffsetEstimate:
    o = problem.observed
    free = (DRIFT, OFFSET, *NUISANCES)
    drifting = problem.solve(state, scale_pxps, free, _ROUNDS)
    covariance, _ = problem.covariance(drifting, problem.scale_pxps(drifting), free)
    whole_s = float(np.ptp(o.middle_s))
    drift = float(drifting[DRIFT])
    drift_sigma = math.hypot(math.sqrt(covariance[0, 0]), math.sqrt(2) * FLOOR_SIGMA_S / whole_s)
    shows = abs(drift) > DRIFT_SIGMAS * drift_sigma and abs(drift) * whole_s > MIN_DRIFT_S
    if shows:
        state, sigma_s = drifting, math.hypot(math.sqrt(covariance[1, 1]), FLOOR_SIGMA_S)
    elif abs(drift) > SUSPECTED_SIGMAS * drift_sigma:
        sigma_s = math.hypot(sigma_s, drift * whole_s / 2)
    return OffsetEstimate(
        seconds=float(state[OFFSET]),
        sigma_s=sigma_s,
        at_us=o.at_us,
        drift_s_per_s=drift if shows else None,
        drift_sigma_s_per_s=drift_sigma,
        pairs=len(o.from_us),
    )
