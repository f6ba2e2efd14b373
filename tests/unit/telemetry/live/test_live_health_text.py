"""What a pilot reads of a link before take-off."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_conversation import START_US

from droneops.telemetry.live.commands import ACCEPTED, REFUSED
from droneops.telemetry.live.deframer import LinkCounts
from droneops.telemetry.live.health import LinkHealth, VehicleHealth
from droneops.telemetry.live.health_json import health_json
from droneops.telemetry.live.health_text import health_text
from droneops.telemetry.live.link_state import LinkState, LinkStatus
from droneops.telemetry.live.loss import LossCounts
from droneops.telemetry.live.rates import ASKED, NOT_ASKED, MessageRate
from droneops.telemetry.live.recorder import RecorderState, RecorderStatus
from droneops.telemetry.live.transport import TransportCounts
from droneops.telemetry.live.vitals import ClockOffset, EstimatorReport, Fix, Vitals
from droneops.types import NoPose, Pose, Reason, Sigma

NOW_US = START_US + 60_000_000


def link(state: LinkState = LinkState.CONNECTED, detail: str = "frames from 10.0.0.5:14550") -> LinkStatus:
    return LinkStatus(
        address="udpin:0.0.0.0:14550",
        state=state,
        since_us=START_US,
        detail=detail,
        attempts=0,
        next_attempt_us=None,
        last_frame_us=NOW_US,
        peers=(),
        strangers=0,
        counts=LinkCounts(bytes=9000, frames=300),
        transport=TransportCounts(),
    )


def pose(time_us: int = NOW_US) -> Pose:
    return Pose(
        drone_id="system-1",
        time_us=time_us,
        lat_deg=16.5,
        lon_deg=104.7,
        alt_msl_m=250.0,
        alt_above_home_m=120.0,
        ned_from_body=np.eye(3),
        ned_from_gimbal=None,
        velocity_ned_mps=np.zeros(3),
        hfov_rad=None,
        position_sigma_m=Sigma(1.5, "GPS_RAW_INT.h_acc"),
        altitude_sigma_m=Sigma(3.0, "assumed"),
        attitude_sigma_rad=Sigma(0.02, "assumed"),
        gimbal_sigma_rad=Sigma(0.02, "assumed"),
        age_s=0.0,
    )


def vehicle() -> VehicleHealth:
    return VehicleHealth(
        drone_id="system-1",
        system_id=1,
        component_id=1,
        peer="10.0.0.5:14550",
        mav_type=2,
        autopilot=3,
        is_armed=False,
        last_heard_us=NOW_US - 100_000,
        restarts=0,
        refused=None,
        loss=LossCounts(received=300),
        loss_total=LossCounts(received=300),
        vitals=Vitals(
            fix=Fix(3, 17, 0.8, 1.5),
            estimator=EstimatorReport("EKF_STATUS_REPORT", 831, 0.25, "compass_variance"),
            battery_percent=80,
            clock=ClockOffset(0.012, 0.001, 10),
        ),
        rates=(),
        requests=(),
        cameras=(),
        gimbals=(),
        pose=pose(),
        warnings=(),
    )


def health(*vehicles: VehicleHealth) -> LinkHealth:
    return LinkHealth(
        time_us=NOW_US,
        link=link(),
        vehicles=vehicles,
        other_components=0,
        echoes=0,
        signatures=None,
        recording=None,
        warnings=(),
    )


def rate(name: str, state: str, measured_hz: float | None, reason: str = "") -> MessageRate:
    return MessageRate(1, name, "a purpose", 10, state, reason, measured_hz)


def test_a_vehicle_that_is_well_is_shown_without_a_word_of_alarm() -> None:
    text = health_text(health(vehicle()))

    assert "ArduPilot, disarmed, heard 0.1 s ago, lost 0.0%" in text
    assert "position: 16.500000, 104.700000, 250 m above sea, 120 m above home, sigma 1.5 m" in text
    assert "3D fix, 17 satellites, 1.5 m; estimator's worst ratio 0.25" in text
    assert "battery 80 %; its clock minus ours +0.012 s" in text
    assert not any(word in text for word in ("unknown:", "AGO", "NOT HEARD", "WRONG", "REFUSED", "REJECTS"))


def test_of_two_receivers_that_differ_both_are_shown() -> None:
    fix = Fix(6, 20, 0.6, 0.02, source="GPS2_RAW", other_type=1)
    text = health_text(health(replace(vehicle(), vitals=replace(vehicle().vitals, fix=fix))))

    assert "RTK fixed, 20 satellites, 0.0 m (GPS2_RAW; the other receiver: no fix)" in text


def test_a_vehicle_that_fell_silent_is_said_not_to_be_heard() -> None:
    text = health_text(health(replace(vehicle(), last_heard_us=NOW_US - 20_000_000)))

    assert "NOT HEARD for 20 s" in text


def test_a_position_that_is_not_of_now_says_how_old_it_is() -> None:
    """A heartbeat may go on while positions have stopped."""
    text = health_text(health(replace(vehicle(), pose=pose(NOW_US - 20_000_000))))

    assert "position 20 s AGO: 16.5" in text


def test_the_age_of_a_position_does_not_come_from_a_vehicle_whose_clock_is_wrong() -> None:
    offset = ClockOffset(-3600.0, 0.001, 10)
    late = replace(
        vehicle(), vitals=replace(vehicle().vitals, clock=offset), pose=pose(NOW_US - 3_600_000_000)
    )

    text = health_text(health(late))

    assert "position: 16.5" in text
    assert "its clock minus ours -3600.000 s (ONE OF THEM IS WRONG)" in text


def test_what_the_vehicle_has_not_told_is_named_as_unknown_and_never_as_a_number() -> None:
    untold = replace(vehicle(), vitals=Vitals(), pose=None, autopilot=None, is_armed=None, loss=LossCounts())

    text = health_text(health(untold))

    assert "autopilot unknown, armed or not is unknown" in text
    assert "lost unknown" in text
    assert "position: unknown (the vehicle has told none)" in text
    assert "  unknown: fix, estimator, battery, clock" in text


def test_an_estimator_that_rejects_its_sensors_is_no_small_number_among_others() -> None:
    doubting = EstimatorReport("EKF_STATUS_REPORT", 831, 2.5, "pos_horiz_variance")
    vitals = replace(vehicle().vitals, estimator=doubting)

    text = health_text(health(replace(vehicle(), vitals=vitals)))

    assert "worst ratio 2.50 (pos_horiz_variance): IT REJECTS WHAT IT IS TOLD" in text


def test_a_height_that_nothing_tells_is_unknown_on_the_page_and_null_in_json() -> None:
    low = health(replace(vehicle(), pose=replace(pose(), alt_above_home_m=math.nan)))

    assert "unknown height above home" in health_text(low)
    assert (
        json.loads(json.dumps(health_json(low), allow_nan=False))["vehicles"][0]["pose"]["alt_above_home_m"]
        is None
    )


def test_why_there_is_no_position_is_said_in_words() -> None:
    text = health_text(health(replace(vehicle(), pose=NoPose(NOW_US, Reason.NO_FIX))))

    assert "position: none (no fix)" in text


def test_messages_that_were_granted_and_do_not_come_stand_apart_from_those_that_do() -> None:
    rates = (
        rate("ATTITUDE", ACCEPTED, 9.8),
        rate("GPS_RAW_INT", ACCEPTED, None),
        rate("EKF_STATUS_REPORT", ACCEPTED, 0.0),
        rate("SYS_STATUS", ASKED, None),
        rate("HOME_POSITION", REFUSED, 0.0, "DENIED"),
    )
    text = health_text(health(replace(vehicle(), rates=rates)))

    assert "  messages: ATTITUDE 9.8 of 10 Hz, GPS_RAW_INT ? of 10 Hz\n" in text
    assert "  granted, but do not come: EKF_STATUS_REPORT\n" in text
    assert "  asked for, no answer yet: SYS_STATUS\n" in text
    assert "HOME_POSITION (a purpose): refused (DENIED), comes at 0.0 of 10 Hz" in text


def test_who_only_listens_sees_the_rates_all_the_same() -> None:
    text = health_text(health(replace(vehicle(), rates=(rate("ATTITUDE", NOT_ASKED, 4.0),))))

    assert "messages, not asked for: ATTITUDE 4.0 of 10 Hz" in text


def test_of_a_refused_vehicle_nothing_is_shown_but_why() -> None:
    text = health_text(health(replace(vehicle(), refused="two vehicles have system id 1")))

    assert "REFUSED: two vehicles have system id 1" in text
    assert "position" not in text


def test_warnings_stand_before_the_long_lines_that_a_small_terminal_cuts_off() -> None:
    warned = replace(vehicle(), warnings=("no attitude",), rates=(rate("ATTITUDE", ACCEPTED, 9.8),))

    text = health_text(health(warned))

    assert text.index("warning: no attitude") < text.index("messages:")


def test_the_length_of_a_silence_is_that_of_now() -> None:
    silent = replace(link(LinkState.SILENT, "nothing heard for 3 s"), last_frame_us=NOW_US - 25_000_000)

    text = health_text(replace(health(), link=silent))

    assert "silent (nothing heard for 25 s)" in text


NOTHING = LinkCounts()
NOISE = LinkCounts(bytes=9000, junk_bytes=9000)
FRAMES = LinkCounts(bytes=9000, frames=300)


@pytest.mark.parametrize(
    ("state", "counts", "signatures", "why"),
    [
        (LinkState.BACKOFF, NOTHING, None, "the link is not open"),
        (LinkState.LISTENING, NOTHING, None, "nothing came (is the vehicle on"),
        (LinkState.LISTENING, NOISE, None, "bytes come that are no MAVLink (another baud rate?"),
        (LinkState.CONNECTED, FRAMES, None, "frames come, but not yet an autopilot's HEARTBEAT"),
        (
            LinkState.CONNECTED,
            FRAMES,
            {"bad_signature": 300},
            "no frame is believed (have the vehicle and we",
        ),
        (LinkState.CONNECTED, FRAMES, {"good": 300}, "frames come, but not yet an autopilot's HEARTBEAT"),
    ],
)
def test_where_no_vehicle_is_heard_the_page_says_what_to_look_at(
    state: LinkState, counts: LinkCounts, signatures: dict[str, int] | None, why: str
) -> None:
    alone = replace(health(), link=replace(link(state), counts=counts), signatures=signatures)

    assert f"no vehicle heard: {why}" in health_text(alone)


def test_a_wrong_baud_rate_does_not_look_like_silence() -> None:
    noisy = replace(link(LinkState.LISTENING, "open, nothing heard yet"), counts=NOISE)

    text = health_text(replace(health(), link=noisy))

    assert "listening (bytes come that are no MAVLink)" in text
    assert "nothing heard yet" not in text


def test_a_recording_names_its_file_its_losses_and_what_went_wrong() -> None:
    recording = RecorderStatus(
        RecorderState.CLOSED, Path("tlogs/link-1.tlog"), 4000, 90, 90, 0, 7, 0, "the disk is full"
    )
    text = health_text(replace(health(), recording=recording))

    assert (
        "recording: closed, 90 frames written, 7 lost (tlogs/link-1.tlog); last error: the disk is full"
        in text
    )
