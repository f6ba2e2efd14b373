"""The track filter: what averages out, and what must not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.geo.ellipse import ce90_m
from droneops.tracking import kalman

OWN = np.diag([4.0, 1.0])
COMMON = np.array([[9.0, 3.0], [3.0, 5.0]])


def filtered(positions: np.ndarray, common: np.ndarray = COMMON, dt_s: float = 0.2) -> kalman.State:
    """The state after all positions (n, 2) of a thing that keeps its speed."""
    state = kalman.begin(positions[0], OWN + common, common)
    for position in positions[1:]:
        state = kalman.update(kalman.predict(state, dt_s, 0.0), position, OWN + common, common)
    return state


def test_a_thousand_sightings_never_get_below_the_error_they_share() -> None:
    state = filtered(np.zeros((1000, 2)))
    assert state.cov[:2, :2] == pytest.approx(COMMON, abs=0.05)
    assert np.linalg.eigvalsh(state.cov[:2, :2] - COMMON).min() > -1e-9


def test_without_a_shared_error_it_is_the_least_squares_line() -> None:
    random = np.random.default_rng(5)
    times = np.arange(40) * 0.2
    positions = np.column_stack((3 + 2 * times, -1 - times)) + random.normal(size=(40, 2)) * (2.0, 1.0)
    state = filtered(positions, np.zeros((2, 2)))
    design = np.column_stack((np.ones(40), times - times[-1]))
    for axis, sigma in enumerate((2.0, 1.0)):
        information = design.T @ design / sigma**2
        information[1, 1] += 1 / kalman.INITIAL_SPEED_SIGMA_MPS**2
        want = np.linalg.solve(information, design.T @ positions[:, axis] / sigma**2)
        assert state.mean[[axis, axis + 2]] == pytest.approx(want, abs=1e-6)
        assert state.cov[axis, axis] == pytest.approx(np.linalg.inv(information)[0, 0], rel=1e-6)


@pytest.mark.parametrize("speed_mps", [0.0, 5.0])
def test_ninety_percent_of_the_tracks_lie_within_their_circle(speed_mps: float) -> None:
    random = np.random.default_rng(11)
    draw = np.linalg.cholesky(COMMON)
    inside = 0
    for _ in range(1500):
        bias = draw @ random.normal(size=2)
        times = np.arange(15) * 0.2
        truth = np.column_stack((speed_mps * times, np.zeros(15)))
        state = filtered(truth + bias + random.normal(size=(15, 2)) * (2.0, 1.0))
        inside += np.hypot(*(state.mean[:2] - truth[-1])) <= ce90_m(state.cov[:2, :2])[0]
    assert 0.875 <= inside / 1500 <= 0.925


def test_a_shared_error_that_turns_with_the_view_is_not_taken_for_knowledge() -> None:
    """Two views at right angles, each sharp where the other is not, leave what their mean leaves."""
    along, across = np.diag([25.0, 0.25]), np.diag([0.25, 25.0])
    state = kalman.begin(np.zeros(2), OWN + along, along)
    for step in range(400):
        common = along if step % 2 else across
        state = kalman.update(kalman.predict(state, 0.2, 0.0), np.zeros(2), OWN + common, common)
    assert np.diag(state.cov)[:2] == pytest.approx([7.6, 7.6], rel=0.05)


def test_two_sightings_with_the_same_bias_agree_within_their_own_noise() -> None:
    state = kalman.begin(np.zeros(2), OWN + COMMON, COMMON)
    _, spread = kalman.innovation(state, np.ones(2), OWN + COMMON, COMMON)
    assert spread == pytest.approx(2 * OWN + kalman.TURNING_SHARE * COMMON)


@given(st.lists(st.floats(0, 50), min_size=3, max_size=3))
def test_the_root_squared_is_the_covariance(values: list[float]) -> None:
    turn = np.array([[np.cos(values[2]), -np.sin(values[2])], [np.sin(values[2]), np.cos(values[2])]])
    cov = turn @ np.diag(values[:2]) @ turn.T
    cov = (cov + cov.T) / 2
    assert kalman.root(cov) @ kalman.root(cov) == pytest.approx(cov, abs=1e-6 * (1 + max(values)))


def test_two_exact_sightings_at_one_time_are_no_end_of_the_filter() -> None:
    state = kalman.begin(np.zeros(2), COMMON, COMMON)
    again = kalman.update(kalman.predict(state, 0.0, 1.0), np.zeros(2), COMMON, COMMON)
    assert again.cov[:2, :2] == pytest.approx(COMMON)
