"""From what a live stream's packets tell to the UTC of its frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.video.rtp_time import (
    RECEIPT_SIGMA_S,
    RECEIPT_WINDOW_S,
    Receipt,
    StreamClock,
    next_clock,
)

START_US = 1_795_169_250_400_000
FRAME_US = 100_000
TURN_US = (1 << 32) * 1_000_000 // 90_000


def receipt(utc_us: int, set_on_us: int = 0) -> Receipt:
    """Read at a time of a clock of ours that was set on by ``set_on_us`` since."""
    return Receipt(utc_us - START_US + 7_000_000, utc_us + set_on_us)


def clock_after(told: list[int | None], delays_us: list[int] | None = None) -> StreamClock:
    """The clock after packets k at START_US + k frames; told[k] is by how much the sender's report is off."""
    clock = None
    for k, off_us in enumerate(told):
        utc_us = START_US + k * FRAME_US
        delay_us = 300_000 if delays_us is None else delays_us[k]
        rtcp_us = None if off_us is None else utc_us + off_us
        clock = next_clock(clock, k * FRAME_US, rtcp_us, receipt(utc_us + delay_us), TURN_US)
    assert clock is not None
    return clock


def test_the_senders_time_replaces_that_of_receipt_once_two_packets_agree() -> None:
    assert clock_after([None, None, 0]).source == "receipt"
    clock = clock_after([None, None, 0, 0])
    assert (clock.source, clock.utc_us(0), clock.behind_us) == ("RTCP", START_US, 300_000)


def test_a_packet_that_carries_the_time_of_the_next_one_is_not_believed() -> None:
    clock = clock_after([None, FRAME_US, 0, 0])
    assert (clock.source, clock.utc_us(0)) == ("RTCP", START_US)
    assert clock_after([None, FRAME_US, 0]).source == "receipt"


def test_without_reports_the_least_delayed_packet_sets_the_time_and_it_is_called_receipt() -> None:
    clock = clock_after([None] * 4, [400_000, 150_000, 900_000, 300_000])
    assert (clock.source, clock.sigma_s) == ("receipt", RECEIPT_SIGMA_S)
    assert (clock.utc_us(0), clock.behind_us) == (START_US + 150_000, 150_000)


def test_a_sender_whose_clock_was_never_set_is_not_believed() -> None:
    assert clock_after([-START_US] * 5).source == "receipt"


def test_a_report_that_stays_out_leaves_the_senders_time_in_force() -> None:
    assert clock_after([0, 0, None, None]).source == "RTCP"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_turn_of_the_rtp_time_stamp_is_gone_past(sign) -> None:
    clock = clock_after([0, 0, sign * TURN_US, sign * TURN_US, sign * TURN_US, 0, 0])
    assert (clock.utc_us(0), clock.jumps) == (START_US, 0)
    assert clock_after([0, 0, sign * TURN_US, sign * TURN_US]).utc_us(0) == START_US


def test_a_sender_that_sets_its_clock_is_followed_and_counted() -> None:
    clock = clock_after([0, 0, 5_000_000, 5_000_000, 5_000_000])
    assert (clock.utc_us(0), clock.jumps) == (START_US + 5_000_000, 1)


def test_small_corrections_are_followed_and_not_counted() -> None:
    clock = clock_after([0, 0, 5_000, 5_000])
    assert (clock.utc_us(0), clock.jumps) == (START_US + 5_000, 0)


@pytest.mark.parametrize("set_on_us", [3_000_000, -3_000_000])
def test_when_our_own_clock_is_set_the_frames_follow_it_at_once(set_on_us) -> None:
    clock = None
    for k in range(60):
        came = receipt(START_US + k * FRAME_US + 200_000, 0 if k < 30 else set_on_us)
        clock = next_clock(clock, k * FRAME_US, None, came, 0)
        moved_us = 0 if k < 30 else set_on_us
        assert (clock.utc_us(0), clock.behind_us) == (START_US + 200_000 + moved_us, 0)


def test_reading_our_clocks_one_after_the_other_moves_no_frame() -> None:
    clock = None
    for k in range(40):
        came = receipt(START_US + k * FRAME_US + 200_000, (k % 4) * 3_000)
        clock = next_clock(clock, k * FRAME_US, None, came, 0)
        assert clock.utc_us(0) == START_US + 200_000


@pytest.mark.parametrize("ppm", [100, -100])
def test_a_cameras_slow_or_fast_clock_does_not_add_up_over_hours(ppm) -> None:
    clock, pts_us, utc_us = None, 0, START_US
    for k in range(2 * 3600):
        pts_us, utc_us = round(k * 1e6 * (1 - ppm * 1e-6)), START_US + k * 1_000_000
        clock = next_clock(clock, pts_us, None, receipt(utc_us + 200_000), 0)
    assert clock is not None
    assert abs(clock.utc_us(pts_us) - utc_us - 200_000) <= 10_000
    assert len(clock.least_late.by_second) <= RECEIPT_WINDOW_S + 1


@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=300), st.integers(10_000, 2_000_000))
def test_the_time_of_receipt_is_that_of_the_least_delayed_packet_of_the_last_minute(delays_us, step_us):
    clock = None
    for k, delay_us in enumerate(delays_us):
        clock = next_clock(clock, k * step_us, None, receipt(START_US + k * step_us + delay_us), 0)
    assert clock is not None
    came_us = [k * step_us + delay_us + 7_000_000 for k, delay_us in enumerate(delays_us)]
    # A packet delayed by longer than the next one's step is read after it here: seconds may go back.
    if came_us == sorted(came_us):
        since = came_us[-1] // 1_000_000 - RECEIPT_WINDOW_S
        least_us = min(d for d, at in zip(delays_us, came_us, strict=True) if at // 1_000_000 > since)
        assert clock.utc_us(0) == START_US + least_us
    assert clock.behind_us >= 0
    assert len(clock.least_late.by_second) <= RECEIPT_WINDOW_S + 1
