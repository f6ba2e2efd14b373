"""Poses while flying: what a replay of the recording will say, from the last frames alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.headers import STAMP_BYTES
from droneops.telemetry.live.encode import encode
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.live_track import LiveTrack
from droneops.telemetry.live.rolling_log import MAX_BYTES, WINDOW_US, RollingLog
from droneops.telemetry.pose_track import build_pose_track
from droneops.telemetry.tlog import Tlog, parse_tlog, read_tlog
from droneops.telemetry.vehicles import Vehicle, choose_vehicle
from droneops.types import NoPose, Pose, Reason

START_US = 1_795_169_100_000_000


def frames_of(log: Tlog, system_id: int) -> Iterator[LiveFrame]:
    h = log.headers
    for i in np.flatnonzero(h.system_id == system_id).tolist():
        yield LiveFrame(
            received_us=int(h.stamp_us[i]),
            peer="link",
            message_id=int(h.message_id[i]),
            system_id=system_id,
            component_id=int(h.component_id[i]),
            seq=int(h.seq[i]),
            version=int(h.version[i]),
            signed=False,
            is_known=True,
            data=log.data[h.record_start[i] + STAMP_BYTES : h.record_end[i]],
        )


def frame(name: str, received_us: int, **fields: object) -> LiveFrame:
    message = load_dialect().by_name[name]
    data = encode(message, fields, system_id=1, component_id=1, seq=0)
    return LiveFrame(received_us, "link", message.id, 1, 1, 0, 2, signed=False, is_known=True, data=data)


def test_a_live_pose_is_the_one_that_a_replay_of_the_recording_gives(example: Path) -> None:
    log = read_tlog(example / "capture.tlog")
    vehicle = choose_vehicle(log, 1)
    assert vehicle is not None
    replayed = build_pose_track(log, vehicle, drone_id="patrol")
    live = LiveTrack(vehicle, drone_id="patrol")
    compared = 0
    for number, one in enumerate(frames_of(log, 1)):
        live.append(one)
        if number % 2_500 or number < 10_000:
            continue
        track = live.track()
        assert track is not None and track.last_us is not None
        time_us = track.last_us - 100_000
        ours, theirs = live.at(time_us), replayed.at(time_us)
        assert isinstance(ours, Pose) and isinstance(theirs, Pose)
        assert (ours.lat_deg, ours.lon_deg) == pytest.approx((theirs.lat_deg, theirs.lon_deg), abs=1e-8)
        assert ours.alt_msl_m == pytest.approx(theirs.alt_msl_m, abs=1e-2)
        assert np.abs(ours.ned_from_body @ theirs.ned_from_body) == pytest.approx(1, abs=1e-9)
        assert ours.ned_from_gimbal is not None and theirs.ned_from_gimbal is not None
        assert np.abs(ours.ned_from_gimbal @ theirs.ned_from_gimbal) == pytest.approx(1, abs=1e-8)
        compared += 1
    assert compared > 10


def test_before_the_first_frame_and_after_a_reboot_there_is_no_pose(example: Path) -> None:
    log = read_tlog(example / "capture.tlog")
    vehicle = choose_vehicle(log, 1)
    assert vehicle is not None
    live = LiveTrack(vehicle, drone_id="patrol")
    assert live.at(START_US) == NoPose(START_US, Reason.NO_POSE)
    for number, one in enumerate(frames_of(log, 1)):
        live.append(one)
        if number > 3_000:
            break
    track = live.track()
    assert track is not None and track.last_us is not None
    assert isinstance(live.at(track.last_us), Pose)
    live.forget()
    assert live.at(track.last_us) == NoPose(track.last_us, Reason.NO_POSE)


def test_frames_outside_the_dialect_alone_give_no_pose_and_no_error(example: Path) -> None:
    log = read_tlog(example / "capture.tlog")
    vehicle = choose_vehicle(log, 1)
    assert vehicle is not None
    live = LiveTrack(vehicle, drone_id="patrol")
    unknown = bytes([0xFD, 1, 0, 0, 0, 1, 1, 0xFF, 0xFF, 0x7F, 0, 0, 0])
    live.append(LiveFrame(START_US, "link", 0x7FFFFF, 1, 1, 0, 2, signed=False, is_known=False, data=unknown))
    assert live.at(START_US) == NoPose(START_US, Reason.NO_POSE)


def test_the_rolling_log_keeps_its_window_and_what_holds_for_longer() -> None:
    log = RollingLog()
    log.append(frame("HOME_POSITION", START_US, latitude=1, altitude=205_000))
    log.append(frame("HEARTBEAT", START_US, autopilot=3))
    for second in range(200):
        log.append(frame("ATTITUDE", START_US + second * 1_000_000, time_boot_ms=second * 1000))
    kept = parse_tlog(log.tlog())
    assert kept.messages == {"ATTITUDE": WINDOW_US // 1_000_000 + 1, "HEARTBEAT": 1, "HOME_POSITION": 1}
    assert kept.table("HOME_POSITION")["altitude"].tolist() == [205_000]
    assert kept.first_us == START_US, "lasting messages keep the time at which they came"


def test_a_clock_that_is_set_back_by_an_hour_does_not_make_the_rolling_log_grow_for_an_hour() -> None:
    log = RollingLog()
    for second in range(400):
        at_us = START_US + (second - (3600 if second >= 100 else 0)) * 1_000_000
        log.append(frame("ATTITUDE", at_us, time_boot_ms=(second + 1) * 1000))
    kept = parse_tlog(log.tlog()).table("ATTITUDE")["time_boot_ms"].tolist()
    window_s = WINDOW_US // 1_000_000
    assert window_s <= len(kept) <= window_s + 2
    assert kept[-1] == 400_000


def test_a_flood_makes_the_rolling_log_no_larger_than_its_bound() -> None:
    log = RollingLog()
    one = frame("ATTITUDE", START_US, time_boot_ms=2**31, roll=1.0, yawspeed=1.0)
    for _ in range(2 * MAX_BYTES // len(one.data)):
        log.append(one)
    assert len(log.tlog()) <= MAX_BYTES * (len(one.data) + STAMP_BYTES) / len(one.data)


def test_a_live_gimbal_that_never_moves_is_disbelieved_after_a_minute_of_flight() -> None:
    live = LiveTrack(Vehicle(1, 1), drone_id="patrol")
    for tenth in range(850):
        at_us, boot_ms = START_US + tenth * 100_000, 10_000 + tenth * 100
        if tenth % 10 == 0:
            live.append(frame("HEARTBEAT", at_us, type=2, autopilot=3))
            live.append(frame("SYSTEM_TIME", at_us, time_unix_usec=at_us, time_boot_ms=boot_ms))
        live.append(frame("ATTITUDE", at_us, time_boot_ms=boot_ms, yaw=tenth * 0.01))
        where = {"lat": 165_000_000 + tenth, "lon": 1_047_000_000, "alt": 200_000, "relative_alt": 50_000}
        live.append(frame("GLOBAL_POSITION_INT", at_us, time_boot_ms=boot_ms, vx=11, **where))
        live.append(frame("GIMBAL_DEVICE_ATTITUDE_STATUS", at_us, flags=32, q=(1, 0, 0, 0)))
        pose = live.at(at_us) if tenth in (300, 849) else None
        if tenth == 300:
            assert isinstance(pose, Pose) and pose.ned_from_gimbal is not None
        if tenth == 849:
            assert isinstance(pose, Pose) and pose.ned_from_gimbal is None
    track = live.track()
    assert track is not None and any("does not move" in warning for warning in track.warnings)
