"""A made-up patrol's camera is found again, as surely as is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from made_targets import GIVEN, Truth, made_problem

from droneops.calibration.calibrate import Calibration, CannotCalibrateError, calibrate
from droneops.calibration.camera_text import camera_text
from droneops.calibration.fit import Fit, fit, rough_fit, strays
from droneops.calibration.looks import Seen
from droneops.calibration.model import Problem
from droneops.calibration.noise import NoiseSigma
from droneops.calibration.parameters import (
    BORESIGHT,
    FOCAL,
    HEADING,
    LAG,
    NAMES,
    PITCH,
    TIME,
    prior_sigmas,
)
from droneops.calibration.report import warnings
from droneops.calibration.result import calibrated
from droneops.calibration.targets import Target
from droneops.camera_file import CameraFile, load_camera
from droneops.geo.camera import Camera
from droneops.types import Sigma

SURVEY = Sigma(0.5, "made")
SEEDS = range(3)
VERTICAL = -math.sin(math.radians(-60)), 0.0, math.cos(math.radians(-60))


def _true(truth: Truth) -> np.ndarray:
    boresight = np.radians(truth.boresight_deg)
    heading, focal = math.radians(truth.heading_deg), truth.focal_percent / 100
    return np.array([heading, *boresight, focal, 0, 0, 0, 0, -truth.late_s, truth.gimbal_lag_s])


def _fit(problem: Problem) -> Fit:
    prior = prior_sigmas(GIVEN, 0.1)
    start = rough_fit(problem, prior)
    kept, _ = strays(problem, start)
    return fit(problem, prior, start, kept, NoiseSigma.before(GIVEN.sigma))


@pytest.fixture(scope="module")
def moving() -> list[Fit]:
    return [_fit(made_problem(Truth(seed=seed))[0]) for seed in SEEDS]


@pytest.fixture(scope="module")
def still() -> list[Fit]:
    return [_fit(made_problem(Truth(seed=seed, gimbal_moves=False))[0]) for seed in SEEDS]


def _scores(fits: list[Fit], name: str) -> np.ndarray:
    row = NAMES.index(name)
    return np.array([(f.step[row] - _true(Truth())[row]) / f.sigma[row] for f in fits])


def test_with_a_moving_gimbal_all_are_found_within_their_sigmas(moving):
    names = [HEADING, *BORESIGHT, FOCAL, TIME]
    scores = np.concatenate([_scores(moving, name) for name in names])
    assert np.abs(scores).max() < 4
    # Eighteen numbers of spread 1 have a root mean square of 1 within 0.17; some are correlated.
    assert 0.5 < np.sqrt(np.mean(scores**2)) < 1.5


def test_with_a_moving_gimbal_the_sigmas_are_small_enough_to_be_of_use(moving):
    limits = {HEADING: math.radians(0.5), PITCH: math.radians(0.2), FOCAL: 0.003, TIME: 0.02}
    for name, limit in limits.items():
        assert max(f.sigma[NAMES.index(name)] for f in moving) < limit, name
    assert not any(f.heading_only for f in moving)


def test_the_gimbals_lag_is_told_apart_from_the_videos(moving):
    lags = [f.step[NAMES.index(LAG)] for f in moving]
    # The made gimbal steps every 0.02 s, which takes that much from its lag.
    assert min(lags) > 0.09 and max(lags) < 0.12


def test_with_a_gimbal_that_never_moves_heading_takes_the_mounts_turn_about_the_vertical(still):
    assert all(f.heading_only for f in still)
    true = _true(Truth())
    turn = sum(a * b for a, b in zip(VERTICAL, true[1:4], strict=True))
    expected = true.copy()
    expected[0] += turn
    expected[1:4] -= turn * np.array(VERTICAL)
    scores = np.array([(f.step - expected)[[0, 2, 9]] / f.sigma[[0, 2, 9]] for f in still])
    assert np.abs(scores).max() < 4
    assert np.sqrt(np.mean(scores**2)) < 1.6
    assert not any(f.estimated[NAMES.index(LAG)] for f in still)


def test_what_wanders_is_sized(still):
    wander = np.median([math.degrees(f.noise.wander_rad) for f in still])
    assert 0.1 < wander < 0.35


@pytest.fixture(scope="module")
def lagging() -> Calibration:
    return calibrate(*made_problem(Truth()), 0.1, SURVEY)


def test_under_a_moving_gimbal_its_lag_is_corrected_and_no_longer_an_error(lagging):
    assert 0.08 < lagging.camera.bias.gimbal_lag_s < 0.14
    # Uncorrected the lag alone is 0.6 degrees of gimbal_deg, and 95 % lie within 9 m.
    assert math.degrees(lagging.camera.sigma.gimbal_rad) < 0.3
    assert lagging.after.p95_m < 4.5 and lagging.left_out.p95_m < 4.5
    assert lagging.after.inside > 0.85 and lagging.left_out.inside > 0.85


def test_a_lag_that_the_given_camera_holds_is_where_the_search_begins(lagging):
    problem, seen = made_problem(Truth(), _with_lag(GIVEN, 0.2))
    again = calibrate(problem, seen, 0.1, SURVEY)
    row = NAMES.index(LAG)
    assert again.camera.bias.gimbal_lag_s == pytest.approx(0.2 + again.found.step[row])
    assert again.camera.bias.gimbal_lag_s == pytest.approx(lagging.camera.bias.gimbal_lag_s, abs=0.01)


def test_a_flight_that_does_not_tell_leaves_the_given_lag():
    truth = Truth(gimbal_moves=False, gimbal_lag_s=0.0, video_s=70.0)
    found = calibrate(*made_problem(truth, _with_lag(GIVEN, 0.2)), 0.1, SURVEY)
    assert found.camera.bias.gimbal_lag_s == 0.2


def test_the_new_camera_file_holds_the_lag(lagging, tmp_path):
    given = CameraFile.model_validate(
        {"camera": {"name": "x", "width_px": 1280, "height_px": 720, "fx_px": 1}}
    )
    path = tmp_path / "camera.toml"
    path.write_text(camera_text(given, lagging, ()))
    assert load_camera(path).bias.gimbal_lag_s == pytest.approx(lagging.camera.bias.gimbal_lag_s, abs=1e-6)


def test_a_picture_ahead_of_its_gimbal_gives_no_lag_but_a_warning_and_an_error(lagging, tmp_path):
    step = lagging.found.step.copy()
    step[NAMES.index(LAG)] = -0.1
    found = replace(lagging.found, step=step)
    camera = calibrated(lagging.problem, found)
    assert camera.bias.gimbal_lag_s == 0.0
    assert camera.sigma.gimbal_rad > 1.5 * lagging.camera.sigma.gimbal_rad
    told = warnings(replace(lagging, found=found, camera=camera))
    assert any("-0.10 s late, which no gimbal does" in text for text in told)


def _with_lag(camera: Camera, lag_s: float) -> Camera:
    return replace(camera, bias=replace(camera.bias, gimbal_lag_s=lag_s))


@pytest.fixture(scope="module")
def good() -> tuple[Problem, Seen]:
    return made_problem(Truth(gimbal_moves=False, gimbal_lag_s=0.0, video_s=70.0))


def test_errors_on_the_ground_shrink_and_circles_hold_them(good):
    found = calibrate(*good, 0.1, SURVEY)
    assert found.after.median_m < 0.2 * found.before.median_m
    assert found.after.median_ce90_m < 0.5 * found.before.median_ce90_m
    assert found.left_out.inside > 0.8


def test_misread_markers_and_a_misplaced_target_are_left_out(good):
    problem, _ = good
    random = np.random.default_rng(3)
    wrong = set(random.choice(len(problem.looks), 12, replace=False).tolist())
    looks = tuple(
        replace(look, u_px=random.uniform(0, 1280), v_px=random.uniform(0, 720)) if row in wrong else look
        for row, look in enumerate(problem.looks)
    )
    moved = max({look.marker for look in looks}, key=lambda m: sum(look.marker == m for look in looks))
    there = problem.targets[moved]
    targets = {**problem.targets, moved: replace(there, lat_deg=there.lat_deg + 3e-4)}
    fouled = replace(problem, looks=looks, targets=targets)
    found = calibrate(fouled, Seen(looks, len(looks), {}), 0.1, SURVEY)
    assert list(found.misplaced) == [moved]
    own = {row for row, look in enumerate(looks) if look.marker == moved}
    out = set(np.flatnonzero(~found.found.kept).tolist())
    assert len(wrong - out) <= 1 and own <= out
    assert len(out - wrong - own) < 0.02 * len(looks)
    assert found.after.median_m < 1.0


def test_looks_in_a_gap_of_the_telemetry_are_counted_and_not_used(good):
    problem, seen = good
    gapped = replace(problem, poses=replace(problem.poses, gap_s=(20.0, 32.0)))
    found = calibrate(gapped, seen, 0.1, SURVEY)
    hidden = sum(20 < (look.frame_us - problem.looks[0].frame_us) / 1e6 < 31.5 for look in seen.looks)
    assert found.unposed >= hidden > 0
    assert found.after.median_m < 1.0


def _refused(problem: Problem) -> str:
    seen = Seen(tuple(problem.looks), 100, {44: 3})
    with pytest.raises(CannotCalibrateError) as error:
        calibrate(problem, seen, 0.1, SURVEY)
    assert error.value.exit_status == 1
    return error.value.one_line()


def test_too_little_is_refused_with_the_reason(good):
    problem, _ = good
    assert "no target in 100 frames (markers seen: 44)" in _refused(replace(problem, looks=()))
    assert "only 12 of 12 looks" in _refused(replace(problem, looks=problem.looks[:12]))
    one = [replace(problem.looks[0], frame_us=look.frame_us) for look in problem.looks]
    assert "only target" in _refused(replace(problem, looks=one))


def test_a_drone_that_hangs_in_one_place_is_refused():
    problem, _ = made_problem(Truth(speed_mps=0.0, gimbal_moves=False, wander_deg=0.0, video_s=40.0))
    spot = {1: Target(1, 16.4405, 104.7503, 212.0), 2: Target(2, 16.4406, 104.7503, 212.0)}
    looks = [replace(look, marker=1 + row % 2) for row, look in enumerate(problem.looks)]
    if len(looks) < 40:
        base = problem.looks[0] if problem.looks else None
        assert base is not None
        looks = [replace(base, frame_us=base.frame_us + k * 200_000, marker=1 + k % 2) for k in range(100)]
    assert "all looks are from one place" in _refused(replace(problem, looks=looks, targets=spot))
