"""When a machine carries less than is asked, looks are left out evenly and those that are made are fresh."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest

from droneops.video.live.capture_clock import CaptureTime
from droneops.video.live.gop import Arrived
from droneops.video.live.lag import Lag
from droneops.video.live.pace import LATE_S, LEAST_SHARE, LONGEST_REST_S, STEP_S, Pace
from droneops.video.live.shed import SHORT_US, Shed

FPS, LOOKS = 30, 5
FRAME_US, PERIOD_US = 1_000_000 // FPS, 1_000_000 // LOOKS


class Machine:
    """A pace, and time that the test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pace = Pace(lambda: self.now_s, lambda: 0.5)

    def goes_on(self, seconds: float, late_s: float, look_s: float = 0.02) -> float:
        """The share after some seconds of pictures that come so late and of looks that take so long."""
        for _ in range(round(seconds * LOOKS)):
            self.pace.decoded(late_s)
            self.pace.taken()
            self.now_s += look_s
            self.pace.looked()
            self.now_s += 1.0 / LOOKS - look_s
        return self.pace.share


def stream(seconds: float, key_every: int) -> list[Arrived]:
    return [
        Arrived(
            packet=SimpleNamespace(pts=k, size=1000),
            seq=k,
            pts_us=k * FRAME_US,
            captured=CaptureTime(k * FRAME_US, "receipt", 0.3),
            is_key=k % key_every == 0,
            is_disposable=False,
            is_wanted=k % (FPS // LOOKS) == 0,
            received_s=k / FPS,
        )
        for k in range(round(seconds * FPS))
    ]


def looked_at(shed: Shed, packets: list[Arrived], share: float) -> list[int]:
    return [one.seq for one in packets if shed.of(one, share).is_wanted]


def test_all_looks_are_made_while_they_are_in_time() -> None:
    assert Machine().goes_on(60.0, late_s=0.03) == 1.0


def test_looks_are_given_up_within_seconds_of_coming_late_and_never_all() -> None:
    machine = Machine()
    assert machine.goes_on(3 * STEP_S, late_s=2 * LATE_S) < 0.5
    assert machine.goes_on(120.0, late_s=2 * LATE_S) == LEAST_SHARE


def test_one_hiccup_costs_no_look() -> None:
    machine = Machine()
    machine.goes_on(10.0, late_s=0.03)
    machine.goes_on(0.2, late_s=2.0)
    assert machine.goes_on(10.0, late_s=0.03) == 1.0


def test_looks_come_back_when_the_machine_has_room_again() -> None:
    machine = Machine()
    machine.goes_on(20.0, late_s=1.0)
    assert machine.goes_on(10 * 2 * LONGEST_REST_S, late_s=0.02) == 1.0


def test_a_slow_detector_alone_costs_no_look() -> None:
    assert Machine().goes_on(30.0, late_s=0.05, look_s=0.19) == 1.0


def test_looks_that_take_longer_than_they_did_are_lateness() -> None:
    machine = Machine()
    machine.goes_on(10.0, late_s=0.05, look_s=0.02)
    for _ in range(20):
        machine.pace.decoded(0.05)
        machine.pace.taken()
        machine.now_s += 0.5
        machine.pace.looked()
    assert machine.pace.share < 1.0


def test_with_short_groups_the_looks_that_cost_least_decoding_are_made() -> None:
    shed = Shed(PERIOD_US)
    seen = looked_at(shed, stream(5.0, key_every=FPS), share=0.4)
    # From the second group on its length is known: the key frame and the look after it.
    assert seen[-6:] == [60, 66, 90, 96, 120, 126]
    assert shed.shed == 5 * LOOKS - len(seen)


def test_at_the_least_key_frames_alone_are_looked_at() -> None:
    seen = looked_at(Shed(PERIOD_US), stream(10.0, key_every=FPS), share=LEAST_SHARE)
    assert all(number % FPS == 0 for number in seen)
    assert 5 <= len(seen) <= 10


@pytest.mark.parametrize("share", [0.9, 0.5, LEAST_SHARE])
@pytest.mark.parametrize("key_every", [FPS, 2 * FPS, 10 * FPS, 10_000])
def test_no_gap_between_looks_is_longer_than_a_rule_can_bear(share, key_every) -> None:
    seen = looked_at(Shed(PERIOD_US), stream(30.0, key_every), share)
    apart_us = [(b - a) * FRAME_US for a, b in pairwise(seen)]
    assert max(apart_us) <= SHORT_US + PERIOD_US
    assert len(seen) <= share * 30 * LOOKS * 1.4 + 2


def test_after_a_backlog_was_given_up_the_next_key_frame_is_looked_at() -> None:
    shed = Shed(PERIOD_US)
    packets = stream(4.0, key_every=40)
    for one in packets[:50]:
        shed.of(one, 1.0)
    shed.take_next_key()
    assert [one.seq for one in packets[50:81] if shed.of(one, 1.0).is_wanted][-1] == 80


def test_a_packet_that_comes_late_is_told_from_one_whose_clock_is_another() -> None:
    lag = Lag()
    for k in range(100):
        assert lag.of(k * 40_000, 1000.0 + k * 0.04) == pytest.approx(0.0, abs=1e-6)
    assert lag.of(100 * 40_000, 1000.0 + 4.0 + 0.7) == pytest.approx(0.7)
    assert lag.of(3_600_000_000, 1005.0) == 0.0
