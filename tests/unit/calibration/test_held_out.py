"""A new value that does harm on looks left out is not taken."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from made_targets import GIVEN, Truth, made_problem

from droneops.calibration.calibrate import Calibration, calibrate
from droneops.calibration.fit import Fit, fit, rough_fit, strays
from droneops.calibration.held_out import without_the_useless
from droneops.calibration.model import Problem
from droneops.calibration.noise import NoiseSigma
from droneops.calibration.parameters import FOCAL, HEADING, LAG, NAMES, TIME, prior_sigmas
from droneops.calibration.report import Source, report, report_lines
from droneops.types import Sigma

SURVEY = Sigma(0.5, "made")
SOURCE = Source("t", "0" * 64, "v", "c", None, "k", "s")


@pytest.fixture(scope="module")
def fitted() -> tuple[Problem, Fit]:
    problem, _ = made_problem(Truth(focal_percent=0.0, seed=3))
    prior = prior_sigmas(GIVEN, 0.1)
    start = rough_fit(problem, prior)
    kept, _ = strays(problem, start)
    return problem, fit(problem, prior, start, kept, NoiseSigma.before(GIVEN.sigma))


def _row(name: str) -> int:
    return NAMES.index(name)


def test_what_helps_is_kept(fitted):
    problem, found = fitted
    chosen = without_the_useless(problem, found)
    assert not chosen.held[[_row(HEADING), _row(TIME), _row(LAG)]].any()
    assert abs(math.degrees(chosen.step[_row(HEADING)]) - 3.0) < 1.0


def test_a_value_that_each_part_asks_for_otherwise_stays_as_it_was(fitted):
    problem, found = fitted
    assert found.estimated[_row(FOCAL)]
    column = int(np.sum(found.estimated[: _row(FOCAL)]))
    normal = found.normal
    at_prior = normal.at_prior.copy()
    time_us = np.array([look.frame_us for look in problem.only(found.used).looks])
    quarter = np.repeat((time_us - time_us.min()) * 4 // (np.ptp(time_us) + 1), 2)
    at_prior += np.where(quarter % 2 == 0, 0.03, -0.03) * normal.slopes[:, column]
    chosen = without_the_useless(problem, replace(found, normal=replace(normal, at_prior=at_prior)))
    assert chosen.held[_row(FOCAL)]
    assert chosen.step[_row(FOCAL)] == 0


def test_what_stays_as_it_was_keeps_its_value_and_says_how_far_that_may_be_off(fitted):
    _, found = fitted
    rows = np.ones(len(found.normal.at_prior), dtype=bool)
    held = np.zeros(int(found.estimated.sum()), dtype=bool)
    free, free_cov = found.normal.solve(rows, held)
    held[int(np.sum(found.estimated[: _row(TIME)]))] = True
    step, cov = found.normal.solve(rows, held)
    assert step[held] == 0
    assert np.sqrt(cov[held, held.argmax()]) == pytest.approx(
        np.hypot(free[held], np.sqrt(free_cov[held, held.argmax()]))
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_camera_that_is_right_already_is_not_made_worse(seed: int):
    truth = Truth(
        heading_deg=0.0,
        boresight_deg=(0.0, 0.0, 0.0),
        focal_percent=0.0,
        late_s=0.0,
        gimbal_lag_s=0.0,
        wander_deg=0.1,
        deviation_deg=0.1,
        seed=seed,
    )
    problem, seen = made_problem(truth)
    found: Calibration = calibrate(problem, seen, 0.1, SURVEY)
    assert found.left_out.median_m < found.before.median_m + 0.1
    values = report(found, SOURCE, "out")
    held = [name for name, told in values["parameters"].items() if told["held"]]
    text = report_lines(values)
    assert text.count("did harm on looks left out") == len(held)
    assert all(values["parameters"][name]["change"] == 0 for name in held)
