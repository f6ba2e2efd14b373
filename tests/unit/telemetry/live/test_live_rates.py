"""Message rates: asked for, refused or granted, and whether they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_conversation import (
    ARDUPILOT,
    CAMERA,
    GCS,
    NO_AUTOPILOT,
    PX4,
    Answer,
    any_frames,
    component_of,
    exchange,
    frame_of,
    heartbeat_of,
)

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.commands import ACCEPTED, REFUSED, UNANSWERED, Commands
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.identity import Identity
from droneops.telemetry.live.rates import NOT_ASKED, MessageRate, Rates
from droneops.telemetry.live.wanted import WANTED_OF_ARDUPILOT, WANTED_OF_AUTOPILOT, WANTED_STREAMS

UNSUPPORTED, DENIED = 3, 2


class Vehicle:
    """A vehicle on a link: sends what it was asked to, refuses what ``refused`` names."""

    def __init__(self, autopilot: int = ARDUPILOT, refused: dict[str, int] | None = None) -> None:
        self.commands = Commands(Identity())
        self.rates = Rates(1, self.commands)
        self.refused = refused or {}
        self.granted_hz: dict[str, float] = {}
        self.sends = True
        self.asked: list[str] = []
        self.now_s = 0.0
        self.rates.attend(component_of(heartbeat_of(autopilot=autopilot)), 0.0)

    def answer(self, out: Outgoing) -> int | None:
        name = load_dialect().by_id[int(out.fields["param1"])].name
        self.asked.append(name)
        if name not in self.refused:
            self.granted_hz[name] = 1e6 / out.fields["param2"]
        return self.refused.get(name, 0)

    def fly(self, seconds: float, answer: Answer | None = None) -> list[Outgoing]:
        """Goes on in steps of 50 ms; gives back what was sent besides commands."""
        besides: list[Outgoing] = []
        for _ in range(round(seconds * 20)):
            self.now_s = round(self.now_s + 0.05, 6)
            self.rates.hear(heartbeat_of(), self.now_s)
            for name, rate_hz in self.granted_hz.items():
                if self.sends and (self.now_s * rate_hz + 1e-6) % 1 < rate_hz * 0.05:
                    self.rates.hear(frame_of(name), self.now_s)
            besides += self.rates.due(self.now_s)
            exchange(self.commands, answer or self.answer, self.now_s)
            for outcome in self.commands.outcomes():
                self.rates.settle(outcome, self.now_s)
        return besides

    def row(self, name: str) -> MessageRate:
        return next(row for row in self.rates.report(self.now_s) if row.name == name)


def test_all_that_is_wanted_is_asked_for_at_its_rate() -> None:
    vehicle = Vehicle()
    vehicle.fly(1)
    assert sorted(vehicle.asked) == sorted(want.messages[0] for want in WANTED_OF_ARDUPILOT)
    assert vehicle.granted_hz["GLOBAL_POSITION_INT"] == pytest.approx(10)
    assert "HEARTBEAT" not in vehicle.asked


def test_what_was_granted_and_comes_is_not_asked_for_again() -> None:
    vehicle = Vehicle()
    vehicle.fly(60)
    assert len(vehicle.asked) == len(set(vehicle.asked))
    row = vehicle.row("ATTITUDE")
    assert (row.state, row.reason) == (ACCEPTED, "")
    assert row.measured_hz == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("autopilot", "refused", "asked"),
    [
        (ARDUPILOT, "ESTIMATOR_STATUS", "EKF_STATUS_REPORT"),
        (PX4, "EKF_STATUS_REPORT", "ESTIMATOR_STATUS"),
    ],
)
def test_each_autopilot_is_asked_for_its_own_estimator_message_only(
    autopilot: int, refused: str, asked: str
) -> None:
    vehicle = Vehicle(autopilot, {refused: DENIED})
    vehicle.fly(5)
    assert asked in vehicle.asked
    assert refused not in vehicle.asked


def test_after_a_refusal_the_other_message_is_asked_for_and_the_refusal_is_kept() -> None:
    vehicle = Vehicle(PX4, {"ESTIMATOR_STATUS": DENIED, "GIMBAL_DEVICE_ATTITUDE_STATUS": UNSUPPORTED})
    vehicle.fly(30)
    assert vehicle.row("ESTIMATOR_STATUS").state == REFUSED
    assert vehicle.row("ESTIMATOR_STATUS").reason == "DENIED"
    assert vehicle.row("EKF_STATUS_REPORT").state == ACCEPTED
    assert vehicle.row("MOUNT_ORIENTATION").state == ACCEPTED
    assert "MOUNT_STATUS" not in vehicle.asked
    assert vehicle.asked.count("ESTIMATOR_STATUS") == 1


def test_what_was_granted_and_does_not_come_is_said_and_asked_for_ever_more_rarely() -> None:
    vehicle = Vehicle()
    vehicle.fly(1)
    vehicle.granted_hz["ATTITUDE"] = 4
    vehicle.fly(11, answer=lambda out: 0)
    assert vehicle.row("ATTITUDE").reason == "accepted, but comes at 4.0 Hz"
    times: list[float] = []

    def listen(out: Outgoing) -> int:
        if out.fields["param1"] == 30:
            times.append(vehicle.now_s)
        return 0

    vehicle.fly(300, answer=listen)
    gaps = [round(b - a) for a, b in pairwise(times)]
    assert gaps[:2] == [60, 120]
    vehicle.granted_hz["ATTITUDE"] = 20
    vehicle.fly(15, answer=listen)
    assert vehicle.row("ATTITUDE").reason == ""


def test_what_was_granted_and_never_comes_is_asked_for_under_its_other_name() -> None:
    vehicle = Vehicle()
    vehicle.fly(60, answer=lambda out: 0)
    rates = {rate.name: rate for rate in vehicle.rates.report(vehicle.now_s)}
    assert rates["ATTITUDE"].reason == "accepted, but comes at 0.0 Hz"
    assert rates["ATTITUDE_QUATERNION"].state == ACCEPTED


def test_an_unanswered_request_is_made_again_later() -> None:
    vehicle = Vehicle()
    vehicle.fly(60, answer=lambda out: None if out.fields["param1"] == 30 else 0)
    assert vehicle.row("ATTITUDE").state == UNANSWERED
    assert vehicle.row("ATTITUDE").reason == "no answer to 3 tries"
    vehicle.fly(120)
    assert vehicle.row("ATTITUDE").state == ACCEPTED


def test_everything_is_asked_for_again_after_a_reboot_what_was_refused_too() -> None:
    vehicle = Vehicle(refused={"EKF_STATUS_REPORT": DENIED})
    vehicle.fly(5)
    before = list(vehicle.asked)
    vehicle.rates.rebooted()
    vehicle.fly(5)
    assert vehicle.asked == before * 2


def test_a_reboot_while_a_request_is_on_its_way_loses_none() -> None:
    vehicle = Vehicle()
    vehicle.fly(0.5, answer=lambda out: None)
    vehicle.rates.rebooted()
    vehicle.fly(20)
    assert sorted(set(vehicle.asked)) == sorted(want.messages[0] for want in WANTED_OF_ARDUPILOT)


def test_everything_is_asked_for_again_after_a_silence_and_nothing_during_it() -> None:
    vehicle = Vehicle(refused={"EKF_STATUS_REPORT": DENIED})
    vehicle.fly(5)
    before = list(vehicle.asked)
    vehicle.now_s += 60
    assert vehicle.rates.due(vehicle.now_s) == []
    assert len(vehicle.commands) == 0
    vehicle.fly(5)
    assert vehicle.asked == before * 2


@pytest.mark.parametrize("seconds", [0.1, 5])
def test_everything_is_asked_for_again_at_the_address_the_vehicle_has_moved_to(seconds: float) -> None:
    vehicle = Vehicle()
    vehicle.fly(seconds, answer=None if seconds == 5 else lambda out: None)
    vehicle.rates.attend(component_of(heartbeat_of(peer="b:2", at_s=9)), vehicle.now_s)
    vehicle.rates.attend(component_of(heartbeat_of(at_s=0)), vehicle.now_s)
    asked: list[Outgoing] = []

    def note(out: Outgoing) -> int:
        asked.append(out)
        return 0

    vehicle.fly(5, answer=note)
    assert {out.peer for out in asked} == {"b:2"}
    assert len(asked) == len(WANTED_OF_ARDUPILOT)


def test_a_camera_is_asked_for_its_field_of_view_and_others_for_nothing() -> None:
    commands = Commands(Identity())
    rates = Rates(1, commands)
    rates.attend(component_of(heartbeat_of(CAMERA, NO_AUTOPILOT, source=(1, 100))), 0.0)
    rates.attend(component_of(heartbeat_of(GCS, NO_AUTOPILOT, source=(1, 190))), 0.0)
    rates.attend(component_of(heartbeat_of(source=(2, 1))), 0.0)
    rates.due(0.0)
    (out,) = commands.due(0.0)
    assert (out.fields["param1"], out.fields["param2"], out.fields["target_component"]) == (271, 2e5, 100)


def test_an_old_ardupilot_that_knows_no_intervals_is_asked_for_streams() -> None:
    vehicle = Vehicle()
    besides = vehicle.fly(2, answer=lambda out: UNSUPPORTED)
    assert [(o.name, o.fields["req_stream_id"], o.fields["req_message_rate"]) for o in besides] == [
        ("REQUEST_DATA_STREAM", stream_id, rate_hz) for stream_id, rate_hz in WANTED_STREAMS
    ]
    assert all(o.fields["start_stop"] == 1 and o.fields["target_component"] == 1 for o in besides)
    vehicle.granted_hz = {"GLOBAL_POSITION_INT": 10, "ATTITUDE": 10}
    assert vehicle.fly(60) == []
    vehicle.granted_hz = {}
    assert vehicle.fly(25)[: len(besides)] == besides


def test_streams_are_not_asked_for_where_anything_was_granted() -> None:
    vehicle = Vehicle()
    assert vehicle.fly(20, answer=lambda out: 0 if out.fields["param1"] == 2 else UNSUPPORTED) == []
    assert Vehicle(PX4).fly(20, answer=lambda out: UNSUPPORTED) == []


@pytest.mark.parametrize("answer", [0, UNSUPPORTED, None])
def test_a_listener_that_is_to_be_silent_never_sends(answer: int | None) -> None:
    vehicle = Vehicle()
    vehicle.rates = Rates(1, vehicle.commands, listen_only=True)
    vehicle.rates.attend(component_of(heartbeat_of()), 0.0)
    vehicle.granted_hz = {"ATTITUDE": 20}
    assert vehicle.fly(40, answer=lambda out: answer) == []
    vehicle.rates.rebooted()
    assert vehicle.fly(5) == []
    assert vehicle.asked == []
    row = vehicle.row("ATTITUDE")
    assert row.state == NOT_ASKED
    assert row.measured_hz == pytest.approx(20, abs=1)


def test_every_message_wanted_is_in_the_dialect() -> None:
    for want in (*WANTED_OF_ARDUPILOT, *WANTED_OF_AUTOPILOT):
        assert set(want.messages) <= set(load_dialect().by_name)
        assert set(want.order(PX4)) == set(want.messages)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(any_frames(), st.floats(0, 20), st.sampled_from([0, 1, 2, 3, 5, None]))))
def test_any_frames_and_answers_are_survived(steps: list[tuple[LiveFrame, float, int | None]]) -> None:
    vehicle = Vehicle()
    for frame, wait_s, result in steps:
        vehicle.now_s += wait_s
        vehicle.rates.hear(frame, vehicle.now_s)
        if result == 5:
            vehicle.rates.rebooted()
        vehicle.rates.due(vehicle.now_s)
        for out in vehicle.commands.due(vehicle.now_s):
            assert out.name == "COMMAND_LONG"
        vehicle.commands.hear(frame, vehicle.now_s)
        for outcome in vehicle.commands.outcomes():
            vehicle.rates.settle(outcome, vehicle.now_s)
    assert len(vehicle.rates.report(vehicle.now_s)) <= 13
