"""A camera whose clock is set to another hour does not cost the place of what it sees."""

from __future__ import annotations

import pytest

from droneops.fleet.clock_gap import USUAL_LATE_US, ClockGap

HOUR_US = 3_600_000_000
NOW_US = 1_790_000_000_000_000


class Pair:
    """A camera and a vehicle whose clocks the test steps."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.gap = ClockGap(self.said.append)
        self.now_s = 0.0

    def looks(
        self, count: int, *, camera_us: int = 0, vehicle_us: int | None = 0, late_us: int = 80_000
    ) -> int:
        """Looks at five a second; how far the last picture's time is from when it was taken."""
        apart_us = 0
        for _ in range(count):
            self.now_s += 0.2
            true_us = NOW_US + round(self.now_s * 1e6)
            told_us = None if vehicle_us is None else true_us + vehicle_us
            taken_us = true_us - late_us
            apart_us = self.gap.shifted_us(taken_us + camera_us, told_us, self.now_s) - taken_us
        return apart_us


def test_clocks_that_agree_are_left_alone() -> None:
    pair = Pair()
    assert pair.looks(50) == 0
    assert not pair.said


@pytest.mark.parametrize("step_us", [HOUR_US, -HOUR_US, 365 * 24 * HOUR_US])
def test_a_step_of_the_cameras_clock_is_taken_out_at_once_and_told_once(step_us) -> None:
    pair = Pair()
    pair.looks(50)
    assert pair.looks(1, camera_us=step_us) == 0
    assert pair.looks(50, camera_us=step_us) == 0
    assert len(pair.said) == 1
    assert pair.looks(5) == 0
    assert "agree again" in pair.said[-1]


def test_a_camera_that_was_never_set_has_its_pictures_as_if_just_taken() -> None:
    assert Pair().looks(20, camera_us=-20 * 365 * 24 * HOUR_US) == 80_000 - USUAL_LATE_US


def test_what_moving_leaves_open_is_part_of_the_error() -> None:
    pair = Pair()
    pair.looks(5)
    assert pair.gap.sigma_s == 0.0
    pair.looks(5, camera_us=HOUR_US)
    assert pair.gap.sigma_s == 0.5


def test_a_silent_link_moves_no_picture() -> None:
    pair = Pair()
    pair.looks(10)
    last_us = NOW_US + round(pair.now_s * 1e6)
    for k in range(1, 600):
        taken_us = last_us + k * 200_000
        assert pair.gap.shifted_us(taken_us, last_us, pair.now_s + k * 0.2) == taken_us
    assert not pair.said


def test_without_telemetry_nothing_is_moved() -> None:
    assert Pair().looks(20, camera_us=HOUR_US, vehicle_us=None) == HOUR_US
