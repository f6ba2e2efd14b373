"""Quaternions: the conventions that everything else rests on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droneops.telemetry.quaternion import angle_between, from_euler, multiply, slerp, usable, yaw_of

ANGLES = st.floats(-3.1, 3.1)
ROTATIONS = st.tuples(ANGLES, st.floats(-1.5, 1.5), ANGLES).map(
    lambda angles: tuple(float(v) for v in from_euler(*([angle] for angle in angles))[0])
)


def matrix(q: np.ndarray) -> np.ndarray:
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def test_nose_up_and_turned_east_looks_up_and_east() -> None:
    up = matrix(from_euler([0.0], [math.radians(30)], [math.radians(90)])[0])
    assert up @ [1, 0, 0] == pytest.approx([0, math.cos(math.radians(30)), -0.5])
    right_wing_down = matrix(from_euler([math.radians(30)], [0.0], [0.0])[0])
    assert right_wing_down @ [0, 1, 0] == pytest.approx([0, math.cos(math.radians(30)), 0.5])


@given(ROTATIONS, ROTATIONS)
def test_a_product_of_rotations_turns_as_its_matrices_do(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    product = multiply(np.array([a]), np.array([b]))[0]
    assert matrix(product) == pytest.approx(matrix(np.array(a)) @ matrix(np.array(b)), abs=1e-12)


@given(ANGLES, st.floats(-1.5, 1.5), ANGLES)
def test_the_yaw_of_a_rotation_is_the_yaw_it_was_made_of(roll: float, pitch: float, yaw: float) -> None:
    assert yaw_of(from_euler([roll], [pitch], [yaw]))[0] == pytest.approx(yaw, abs=1e-9)


@given(ROTATIONS, ROTATIONS, st.floats(0, 1))
def test_slerp_is_of_unit_length_meets_both_ends_and_turns_evenly(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float], fraction: float
) -> None:
    between = slerp(a, b, fraction)
    assert math.hypot(*between) == pytest.approx(1, abs=1e-12)
    whole = angle_between(np.array([a]), np.array([b]))[0]
    assert angle_between(np.array([slerp(a, b, 0)]), np.array([a]))[0] == pytest.approx(0, abs=1e-7)
    assert angle_between(np.array([slerp(a, b, 1)]), np.array([b]))[0] == pytest.approx(0, abs=1e-7)
    assert angle_between(np.array([a]), np.array([between]))[0] == pytest.approx(fraction * whole, abs=1e-6)


@given(ROTATIONS, ROTATIONS, st.floats(0, 1))
@settings(deadline=None)  # the first example imports scipy
def test_slerp_equals_scipys(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float], fraction: float
) -> None:
    transform = pytest.importorskip("scipy.spatial.transform", reason="scipy is not installed")
    ends = transform.Rotation.from_quat([[*q[1:], q[0]] for q in (a, b)])
    x, y, z, w = transform.Slerp([0, 1], ends)(fraction).as_quat()
    ours = np.array([slerp(a, b, fraction)])
    # At half a turn both ways round are the shorter one.
    if angle_between(np.array([a]), np.array([b]))[0] < math.pi - 1e-3:
        assert angle_between(ours, np.array([[w, x, y, z]]))[0] == pytest.approx(0, abs=1e-6)


def test_a_rotation_and_its_negative_are_the_same() -> None:
    a, b = from_euler([0.1, 0.1], [0.0, 0.0], [0.0, 0.4])
    direct = slerp(tuple(a), tuple(b), 0.5)
    assert np.abs(np.dot(direct, slerp(tuple(a), tuple(-b), 0.5))) == pytest.approx(1)


def test_what_is_no_rotation_is_not_usable() -> None:
    quaternions = [[1, 0, 0, 0], [0, 0, 0, 0], [math.nan, 0, 0, 1], [math.inf, 0, 0, 0], [1e38, 0, 0, 0]]
    assert usable(np.array(quaternions)).tolist() == [True, False, False, False, False]
