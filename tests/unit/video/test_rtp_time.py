"""From what a live stream's packets tell to the UTC of its frames."""

from __future__ import annotations

import pytest

from droneops.video.rtp_time import RECEIPT_SIGMA_S, StreamClock, next_clock

START_US = 1_795_169_250_400_000
FRAME_US = 100_000
TURN_US = (1 << 32) * 1_000_000 // 90_000


def clock_after(told: list[int | None], delays_us: list[int] | None = None) -> StreamClock:
    """The clock after packets k at START_US + k frames; told[k] is by how much the sender's report is off."""
    clock = None
    for k, off_us in enumerate(told):
        utc_us = START_US + k * FRAME_US
        delay_us = 300_000 if delays_us is None else delays_us[k]
        rtcp_us = None if off_us is None else utc_us + off_us
        clock = next_clock(clock, k * FRAME_US, rtcp_us, utc_us + delay_us, TURN_US)
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
