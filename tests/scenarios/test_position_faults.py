"""Named faults of position and clock, put into the recorded patrol: what is believed, and how well."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from silent import Silent

from droneops.app import replay
from droneops.replay.request import ReplayRequest
from droneops.telemetry.clock import read_clock
from droneops.telemetry.live.encode import encode
from droneops.telemetry.log import read_pose_track
from droneops.telemetry.plausible import DOUBT_S, STEP_SOURCE
from droneops.telemetry.pose_track import PoseTrack
from droneops.telemetry.tlog import Tlog, read_tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.times import from_text, to_text
from droneops.types import NoPose, Pose, Reason

# The example's video begins at 10:07:30.4 and shows targets all along.
FAULT_US = from_text("2026-11-20T10:07:40.000Z")
METRES_NORTH = 1 / 111_195 * 1e7
"""One metre in the wire's units of latitude."""

Fields = dict[str, Any]
Alter = Callable[[str, Fields, int], Fields | None]
"""Given a message's name, its fields and when it was sent (UTC): the fields to send instead."""


def altered(source: Path, target: Path, change: Alter, names: tuple[str, ...]) -> Path:
    """A copy of a .tlog in which messages of some types are changed; where ``change`` says None, left out."""
    log = read_tlog(source)
    late_us = int(log.first_us) - boot_utc(source)
    parts = []
    ids = {log.dialect.by_name[name].id for name in names}
    headers = log.headers
    for row in range(len(headers)):
        record = log.data[headers.record_start[row] : headers.record_end[row]]
        if int(headers.message_id[row]) in ids:
            frame = changed_frame(log, row, change, late_us)
            record = b"" if frame is None else record[:8] + frame
        parts.append(record)
    target.write_bytes(b"".join(parts))
    return target


def boot_utc(source: Path) -> int:
    """The vehicle's UTC of the first record."""
    log = read_tlog(source)
    clock = read_clock(log, Vehicle(1, 1))
    return int(clock.utc_of_stamps(log.headers.stamp_us[:1], log.headers.record_start[:1])[0])


def changed_frame(log: Tlog, row: int, change: Alter, late_us: int) -> bytes | None:
    headers = log.headers
    message = log.dialect.by_id[int(headers.message_id[row])]
    start, size = int(headers.payload_start[row]), message.payload.itemsize
    payload = log.data[start : start + int(headers.payload_bytes[row])][:size].ljust(size, b"\0")
    record = np.frombuffer(payload, dtype=message.payload)[0]
    fields = {name: record[name] for name in message.payload.names or ()}
    fields = change(message.name, fields, int(headers.stamp_us[row]) - late_us)
    if fields is None:
        return None
    return encode(
        message,
        fields,
        system_id=int(headers.system_id[row]),
        component_id=int(headers.component_id[row]),
        seq=int(headers.seq[row]),
    )


def during(seconds: float, change: Callable[[Fields], Fields]) -> Alter:
    """The change from FAULT_US on for some time."""

    def alter(_: str, fields: Fields, time_us: int) -> Fields:
        return change(fields) if FAULT_US <= time_us < FAULT_US + seconds * 1e6 else fields

    return alter


def moved(metres: float) -> Callable[[Fields], Fields]:
    return lambda fields: {**fields, "lat": int(fields["lat"]) + round(metres * METRES_NORTH)}


def track_of(path: Path) -> PoseTrack:
    return read_pose_track(path, drone_id="drone-1")


def at(track: PoseTrack, seconds: float) -> Pose | NoPose:
    """The pose some time after FAULT_US."""
    return track.at(FAULT_US + round(seconds * 1e6))


def pose_at(track: PoseTrack, seconds: float) -> Pose:
    pose = at(track, seconds)
    assert isinstance(pose, Pose), pose
    return pose


@pytest.fixture(scope="module")
def sound(example: Path) -> PoseTrack:
    """The patrol as it was."""
    return track_of(example / "capture.tlog")


@pytest.fixture
def faulty(example: Path, tmp_path: Path) -> Callable[..., PoseTrack]:
    """Makes the track of the patrol with a fault in it."""

    def make(change: Alter, *names: str) -> PoseTrack:
        return track_of(altered(example / "capture.tlog", tmp_path / "faulty.tlog", change, names))

    return make


def replayed(telemetry: Path, example: Path, out: Path) -> Path:
    request = ReplayRequest(
        telemetry=telemetry,
        video=example / "video.mp4",
        camera=example / "camera.toml",
        site=example / "site.toml",
        video_start_utc=json.loads((example / "video.json").read_text())["start_utc"],
        out=out,
    )
    replay(request, Silent())
    return out


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def events(track: PoseTrack) -> list[str]:
    return [gap.what for gap in track.gaps if gap.what in ("glitch", "reset")]


def test_the_patrol_as_recorded_has_neither_glitch_nor_reset(sound) -> None:
    assert events(sound) == []
    assert sound.warnings == ()


def test_a_log_written_anew_without_a_fault_gives_the_same_poses(faulty, sound) -> None:
    track = faulty(lambda _, fields, __: fields, "GLOBAL_POSITION_INT", "SYSTEM_TIME", "GPS_RAW_INT")
    for seconds in np.arange(-60, 60, 7.3):
        assert pose_at(track, seconds).lat_deg == pose_at(sound, seconds).lat_deg
        assert pose_at(track, seconds).position_sigma_m == pose_at(sound, seconds).position_sigma_m


def test_a_gps_glitch_of_500_m_for_3_s_is_left_out_and_the_rest_stands(faulty, sound) -> None:
    track = faulty(during(3, moved(500)), "GLOBAL_POSITION_INT")
    (gap,) = [gap for gap in track.gaps if gap.what == "glitch"]
    assert (gap.end_us - gap.start_us) / 1e6 == pytest.approx(3.1, abs=0.11)
    assert gap.reason.startswith("moved 499 m in 0.1 s, 500 m beyond") and "limit" in gap.reason
    assert any("cannot have been there" in text for text in track.warnings)
    assert at(track, 1.5) == NoPose(FAULT_US + 1_500_000, Reason.NO_FIX)
    for seconds in (-0.5, 3.5):
        assert pose_at(track, seconds).lat_deg == pose_at(sound, seconds).lat_deg


def test_a_glitch_raises_no_alert_and_no_sighting_elsewhere(example, tmp_path) -> None:
    telemetry = altered(
        example / "capture.tlog", tmp_path / "glitch.tlog", during(3, moved(500)), ("GLOBAL_POSITION_INT",)
    )
    glitch, clean = (
        replayed(path, example, tmp_path / name)
        for path, name in ((telemetry, "glitch"), (example / "capture.tlog", "clean"))
    )
    seen, expected = lines(glitch / "sightings.jsonl"), lines(clean / "sightings.jsonl")
    assert len(seen) == len(expected) > 100
    unlocated = 0
    for one, other in zip(seen, expected, strict=True):
        if one["reason"] is None:
            assert (one["lat_deg"], one["lon_deg"]) == (other["lat_deg"], other["lon_deg"])
        elif other["reason"] is None:
            unlocated += 1
            assert one["reason"] == "no_fix"
            assert FAULT_US - 2e5 <= from_text(one["time"]) <= FAULT_US + 3.2e6
    assert unlocated > 0
    places = {(row["lat_deg"], row["lon_deg"]) for row in expected}
    for alert in lines(glitch / "alerts.jsonl"):
        north_m = [(alert["position"]["lat_deg"] - lat) * 111_195 for lat, _ in places]
        assert min(map(abs, north_m)) < 5
    summary = json.loads((glitch / "summary.json").read_text())
    (gap,) = [gap for gap in summary["gaps"] if gap["what"] == "glitch"]
    assert "limit" in gap["reason"]
    assert "beyond its velocity" in (glitch / "report.html").read_text()


def test_a_reset_of_80_m_stands_on_both_sides_and_is_doubted_on_both(faulty, sound) -> None:
    track = faulty(during(1e4, moved(80)), "GLOBAL_POSITION_INT")
    assert events(track) == ["reset"]
    before, after = pose_at(track, -1.0), pose_at(track, 1.0)
    assert before.lat_deg == pose_at(sound, -1.0).lat_deg
    assert (after.lat_deg - pose_at(sound, 1.0).lat_deg) * 111_195 == pytest.approx(80, abs=0.1)
    for pose in (before, after, pose_at(track, DOUBT_S - 1), pose_at(track, 1 - DOUBT_S)):
        assert pose.position_sigma_m.value == pytest.approx(80, abs=0.5)
        assert pose.position_sigma_m.source == STEP_SOURCE
        assert pose.altitude_sigma_m.source != STEP_SOURCE
    assert pose_at(track, DOUBT_S + 1).position_sigma_m.value < 1


def test_no_pose_lies_between_the_two_sides_of_a_reset(faulty, sound) -> None:
    track = faulty(during(1e4, moved(80)), "GLOBAL_POSITION_INT")
    answers = [at(track, seconds) for seconds in np.arange(-0.3, 0.3, 0.004)]
    off_m = [
        (pose.lat_deg - sound.at(pose.time_us).lat_deg) * 111_195
        for pose in answers
        if isinstance(pose, Pose)
    ]
    assert all(min(abs(m), abs(m - 80)) < 0.1 for m in off_m)
    missing = [answer.reason for answer in answers if isinstance(answer, NoPose)]
    assert missing and set(missing) == {Reason.POSE_TOO_OLD}


def test_a_burst_of_zeros_is_no_place_in_the_gulf_of_guinea(faulty, sound) -> None:
    track = faulty(during(2, lambda fields: {**fields, "lat": 0, "lon": 0}), "GLOBAL_POSITION_INT")
    assert at(track, 1.0) == NoPose(FAULT_US + 1_000_000, Reason.NO_FIX)
    assert [gap.what for gap in track.gaps if gap.start_us <= FAULT_US <= gap.end_us] == ["no_fix"]
    assert events(track) == []
    assert pose_at(track, 2.5).lat_deg == pose_at(sound, 2.5).lat_deg


def test_latitudes_of_more_than_90_degrees_are_left_out(faulty, sound) -> None:
    # 400 degrees * 1e7 does not fit the wire's 32 bits; 200 degrees does.
    track = faulty(during(2, lambda fields: {**fields, "lat": 2_000_000_000}), "GLOBAL_POSITION_INT")
    assert at(track, 1.0) == NoPose(FAULT_US + 1_000_000, Reason.NO_FIX)
    assert pose_at(track, 2.5).lat_deg == pose_at(sound, 2.5).lat_deg


def test_a_height_in_space_is_left_out(faulty) -> None:
    track = faulty(during(1e4, lambda fields: {**fields, "alt": 2_000_000_000}), "GLOBAL_POSITION_INT")
    assert at(track, 5.0) == NoPose(FAULT_US + 5_000_000, Reason.NO_FIX)
    assert "height above sea of 2000000 m" in next(g.reason for g in track.gaps if g.what == "glitch")


def test_a_receiver_that_gets_worse_widens_the_circle(example, tmp_path) -> None:
    def worse(_: str, fields: Fields, time_us: int) -> Fields:
        grown_m = np.interp((time_us - FAULT_US) / 1e6, [0, 10], [0.3, 50])
        return {**fields, "h_acc": round(grown_m * 1000)}

    telemetry = altered(example / "capture.tlog", tmp_path / "worse.tlog", worse, ("GPS_RAW_INT",))
    rows = [
        row
        for row in lines(replayed(telemetry, example, tmp_path / "out") / "sightings.jsonl")
        if row["reason"] is None
    ]
    late = [row["ce90_m"] for row in rows if from_text(row["time"]) > FAULT_US + 10e6]
    early = [row["ce90_m"] for row in rows if from_text(row["time"]) < FAULT_US]
    # 2.146 sigma hold 90 % of a round error in the plane: sqrt(2 ln 10).
    assert min(late) > 50 * 2.1
    assert max(early) < 40


def test_an_estimator_that_rejects_its_receiver_is_believed_less(faulty, sound) -> None:
    track = faulty(during(3, lambda fields: {**fields, "pos_horiz_variance": 4.0}), "EKF_STATUS_REPORT")
    told = pose_at(sound, 1.5).position_sigma_m
    assert pose_at(track, 1.5).position_sigma_m.value == pytest.approx(4 * told.value, rel=1e-3)
    assert pose_at(track, 1.5).position_sigma_m.source == f"{told.source}, test ratio"
    assert pose_at(track, 6.0).position_sigma_m == pose_at(sound, 6.0).position_sigma_m


def test_a_compass_that_the_estimator_rejects_is_said(faulty) -> None:
    track = faulty(during(5, lambda fields: {**fields, "compass_variance": 2.5}), "EKF_STATUS_REPORT")
    assert any("rejected its compass" in text and "2.5" in text for text in track.warnings)


@pytest.mark.parametrize("step_s", [1.0, -37.0, 365.25 * 86_400])
def test_a_clock_set_when_gps_comes_is_right_for_the_whole_boot(faulty, sound, step_s) -> None:
    """The vehicle flew by a wrong clock until a minute before the fault, and had no fix until then."""

    def late(name: str, fields: Fields, time_us: int) -> Fields:
        if time_us >= FAULT_US - 60e6:
            return fields
        if name == "GPS_RAW_INT":
            return {**fields, "fix_type": min(int(fields["fix_type"]), 1)}
        told_us = int(fields["time_unix_usec"])
        return {**fields, "time_unix_usec": told_us - round(step_s * 1e6) if told_us else 0}

    track = faulty(late, "SYSTEM_TIME", "GPS_RAW_INT")
    assert track.boots[0].utc_minus_boot_us == pytest.approx(sound.boots[0].utc_minus_boot_us, abs=1000)
    assert abs(track.boots[0].first_us - sound.boots[0].first_us) < 1000
    assert any(f"set its clock by {step_s:+.2f} s" in text for text in track.warnings)
    assert pose_at(track, 1.0).lat_deg == pytest.approx(pose_at(sound, 1.0).lat_deg, abs=1e-9)


def test_time_that_goes_back_changes_no_pose(faulty, sound) -> None:
    """Every tenth position again, 0.7 s late, with the time that it had."""
    held: list[Fields] = []

    def back(_: str, fields: Fields, time_us: int) -> Fields:
        held.append(fields)
        return held[-8] if len(held) % 10 == 0 else fields

    track = faulty(back, "GLOBAL_POSITION_INT")
    assert events(track) == []
    for seconds in np.arange(-30, 30, 1.7):
        assert pose_at(track, seconds).lat_deg == pytest.approx(pose_at(sound, seconds).lat_deg, abs=1e-7)


def test_a_link_gap_in_honest_flight_is_a_gap_and_no_jump(faulty) -> None:
    track = faulty(
        lambda _, fields, time_us: None if FAULT_US <= time_us < FAULT_US + 12e6 else fields,
        "GLOBAL_POSITION_INT",
    )
    assert events(track) == []
    assert [gap.what for gap in track.gaps if gap.start_us <= FAULT_US + 1e6 <= gap.end_us] == ["link"]


def test_a_position_once_a_second_is_no_jump(faulty, sound) -> None:
    last: list[int] = [0]

    def thin(_: str, fields: Fields, time_us: int) -> Fields | None:
        if time_us - last[0] < 950_000:
            return None
        last[0] = time_us
        return fields

    track = faulty(thin, "GLOBAL_POSITION_INT")
    assert events(track) == []
    assert to_text(track.first_us)[:16] == to_text(sound.first_us)[:16]
