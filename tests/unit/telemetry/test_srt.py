"""DJI's subtitles: what each model writes, and what is refused rather than guessed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droneops.errors import InputError
from droneops.telemetry.log import read_pose_track
from droneops.telemetry.pose_track import PoseTrack, track_of
from droneops.telemetry.quaternion import yaw_of
from droneops.telemetry.srt import parse_srt
from droneops.telemetry.srt_samples import srt_samples
from droneops.times import from_text
from droneops.types import NoPose, Pose, Reason

START_US = from_text("2026-11-20T10:00:00Z")
MODERN = "[latitude: 16.44000{n}] [longitude: 104.750000] [rel_alt: 100.000 abs_alt: 312.000]"
RTK = (
    "F/5.6, GPS (104.75000{n}, 16.440000, 15), HOME (104.75, 16.43, -57.98m), D 1.0m, H 85.8m,"
    " F.PRY (2.0°, -7.0°, 110.0°), G.PRY (-24.4°, 0.0°, 115.0°)"
)


def captions(text: str, *, count: int = 4, step_s: int = 1, dated: bool = True) -> bytes:
    blocks = []
    for n in range(count):
        date = f"2026-11-20 10:00:{n * step_s:02d}\n" if dated else ""
        times = f"00:00:{n * step_s:02d},000 --> 00:00:{(n + 1) * step_s:02d},000"
        blocks.append(f"{n + 1}\n{times}\n{date}{text.format(n=n)}\n")
    return "\n".join(blocks).encode()


def track_from(data: bytes, utc_offset_s: float | None = 0.0, **given_values: float) -> PoseTrack:
    samples = srt_samples(parse_srt(data), utc_offset_s=utc_offset_s, **given_values)  # type: ignore[arg-type]
    return track_of(samples, drone_id="d")


def test_brackets_tell_place_and_both_heights() -> None:
    track = track_from(captions(MODERN))
    path = track.path()
    assert path.lat_deg == pytest.approx([16.44, 16.440001, 16.440002, 16.440003])
    assert (path.alt_msl_m[0], path.alt_above_home_m[0]) == (312, 100)
    assert (track.first_us, track.last_us) == (START_US, START_US + 3_000_000)
    assert track.at(START_US) == NoPose(START_US, Reason.NO_POSE)
    assert track.warnings == ("the log holds no attitude of the vehicle (F.PRY)",)


def test_a_real_time_kinematic_drone_also_tells_how_it_and_its_gimbal_stood() -> None:
    track = track_from(captions(RTK), home_alt_msl_m=200.0)
    pose = track.at(START_US + 500_000)
    assert isinstance(pose, Pose)
    assert (pose.lat_deg, pose.lon_deg) == (pytest.approx(16.44), pytest.approx(104.7500005))
    assert (pose.alt_above_home_m, pose.alt_msl_m) == (pytest.approx(85.8), pytest.approx(285.8))
    assert pose.ned_from_gimbal is not None
    angles_deg = np.degrees([yaw_of(pose.ned_from_body), yaw_of(pose.ned_from_gimbal)])
    assert angles_deg == pytest.approx([110, 115], abs=1e-6)
    assert 2 * math.asin(pose.ned_from_gimbal[2] / math.cos(math.radians(57.5))) == pytest.approx(
        math.radians(-24.4), abs=0.02
    )


def test_without_the_height_of_home_there_is_a_path_but_no_pose() -> None:
    track = track_from(captions(RTK))
    assert track.at(START_US) == NoPose(START_US, Reason.NO_POSE)
    assert track.first_us == START_US
    assert "the subtitles do not tell the height above mean sea level (abs_alt)" in track.warnings


def test_the_time_zone_is_what_the_caller_says_or_a_warning() -> None:
    assert track_from(captions(MODERN), 25_200.0).first_us == START_US - 25_200_000_000
    unknown = track_from(captions(MODERN), None)
    assert unknown.first_us == START_US
    assert any("time zone is not known" in text for text in unknown.warnings)


def test_whole_seconds_are_refined_by_the_subtitles_own_times() -> None:
    data = captions(MODERN).replace(b"10:00:02", b"10:00:01")
    steps_us = np.diff(track_from(data).path().time_us)
    assert steps_us.tolist() == [1_000_000] * 3


def test_a_clock_that_steps_is_followed_and_told() -> None:
    track = track_from(captions(MODERN, count=5).replace(b"10:00:04", b"10:20:04"))
    assert track.last_us == START_US + 1204_000_000
    assert "the time of 1 subtitles does not go with the video's" in track.warnings


def test_without_a_date_the_start_of_the_video_must_be_given() -> None:
    with pytest.raises(InputError, match="no date and time"):
        track_from(captions(RTK, dated=False))
    track = track_from(captions(RTK, dated=False), start_us=START_US)
    assert track.first_us == START_US
    assert track.boots[0].source == "the video's start"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("GPS(104.7500,16.4400,19)", (16.44, 104.75)),
        ("GPS(16.4400,104.7500,19)", (16.44, 104.75)),
        ("GPS(16.4400,104.7500,0.0M) BAROMETER:1.0M", (16.44, 104.75)),
        ("GPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M", (36.6146, -6.112)),
        ("HOME(-1.2218,42.4668)\nGPS(-1.2218,42.4668,11) BAROMETER:0.0", (42.4668, -1.2218)),
        ("F/2.8, SS 30.15, GPS (-21.7458, 48.0771, 17), D 2.2m, H 2.7m", (48.0771, -21.7458)),
    ],
)
def test_the_order_of_gps_follows_from_its_numbers_or_the_model(
    text: str, place: tuple[float, float]
) -> None:
    row = parse_srt(captions(text)).rows[0]
    assert (row.lat_deg, row.lon_deg) == place


@pytest.mark.parametrize("text", ["GPS(42.1,11.2,19)", "HOME(1.0,2.0)\nGPS(42.1,11.2,0.0M)"])
def test_an_order_that_nothing_tells_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(InputError, match="latitude or longitude first"):
        parse_srt(captions(text))


def test_one_damaged_number_does_not_turn_the_order_round() -> None:
    data = captions("GPS(36.6146,-6.1120,0.0M)", count=9).replace(b"36.6146", b"136.614", 1)
    rows = parse_srt(data).rows
    assert [row.lat_deg for row in rows] == [136.614, *[36.6146] * 8]
    assert any("1 subtitles with impossible numbers" in text for text in track_from(data).warnings)


def test_zeros_are_no_position_and_a_lone_altitude_is_no_height() -> None:
    zeros = captions("[latitude: 0.000000] [longitude: 0.000000] [altitude: 117.0]")
    track = track_from(zeros)
    assert track.first_us is None
    assert np.isnan(track.path().alt_msl_m).all()
    assert "the vehicle never had a position fix in this log" in track.warnings


def test_few_digits_widen_the_sigma() -> None:
    coarse = captions("GPS(36.6146,-6.1120,0.0M)")
    sigma_m = srt_samples(parse_srt(coarse)).positions.sigma_m
    assert sigma_m == pytest.approx([math.hypot(3.0, 11.1195 / math.sqrt(12))] * 4)


@pytest.mark.parametrize("data", [b"", b"1\n", b"1\n00:00:00,000 --> 00:00:01,000\nGood morning\n"])
def test_subtitles_without_a_place_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"no subtitle|none with a place"):
        parse_srt(data)


@given(
    st.sampled_from([captions(MODERN, count=2), captions(RTK, count=2), captions("GPS(95,6,1.M)")]),
    st.integers(0, 400),
    st.binary(max_size=40)
    | st.sampled_from([b"nan", b"1e38", b"9999-99-99 99:99:99", b"400.0", b"-", b"999999999"]),
    st.integers(0, 500),
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_stop_the_reader(data: bytes, at: int, noise: bytes, cut: int) -> None:
    damaged = (data[:at] + noise + data[at + len(noise) :])[: len(data) - cut]
    try:
        track = track_from(damaged, home_alt_msl_m=200.0)
    except InputError as error:
        assert "\n" not in str(error)
        return
    for time_us in (track.first_us, track.last_us):
        pose = None if time_us is None else track.at(time_us)
        assert not isinstance(pose, Pose) or (abs(pose.lat_deg) <= 90 and math.isfinite(pose.alt_msl_m))


COUNTS = {  # subtitles with a place, and without
    "air2s.srt": (17, 0),
    "broken_incomplete.SRT": (19, 1),
    "broken_incomplete2.SRT": (4, 2),
    "matrice_300.srt": (381, 0),
    "mavic_air2.srt": (25, 0),
    "mavic_mini.SRT": (117, 0),
    "mavic_pro_buggy.SRT": (530, 16),
    "mix_p4rtk_mavic2pro.srt": (12, 0),
    "old_format.SRT": (468, 0),
    "p4_rtk.SRT": (55, 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_each_model_is_read_as_it_was_written(shared: Path, name: str) -> None:
    expected = json.loads((shared / "video/expected-metadata.json").read_text())
    told = expected["files"][f"dji_srt/{name}"]
    read = parse_srt((shared / "video/dji_srt" / name).read_bytes())
    assert (len(read.rows), read.unread) == COUNTS[name]
    assert len(read.rows) + read.unread == told["timecode_lines"]
    lats, lons = [row.lat_deg for row in read.rows], [row.lon_deg for row in read.rows]
    if "GPS_tuple_first_last" in told:
        first = [float(number) for number in told["GPS_tuple_first_last"][0][:2]]
        assert (lats[0], lons[0]) == tuple(first if name == "matrice_300.srt" else reversed(first))
    else:
        assert (lats[0], lons[0]) == (told["latitude_first_last"][0], told["longitude_first_last"][0])
    # A subtitle cut off within its place is not guessed at: the last whole one stands.
    last = told.get("latitude_first_last", [None, lats[-1]])[1]
    assert lats[-1] == pytest.approx(last, abs=1e-5)


@pytest.mark.parametrize("name", ["broken_empty.SRT", "broken_empty2.SRT", "mavic_mini.SRT", "p4_rtk.SRT"])
def test_files_without_places_or_dates_are_refused_in_one_line(shared: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pose_track(shared / "video/dji_srt" / name, drone_id="d")
    assert "\n" not in str(caught.value)


def test_a_real_file_gives_poses_when_start_and_home_are_given(shared: Path) -> None:
    path = shared / "video/dji_srt/p4_rtk.SRT"
    track = read_pose_track(path, drone_id="d", start_us=START_US, home_alt_msl_m=20.0)
    pose = track.at(START_US + 500_000)
    assert isinstance(pose, Pose)
    assert pose.lat_deg == pytest.approx((-34.237922 - 34.237911) / 2)
    assert pose.alt_msl_m == pytest.approx(20 + 85.815)
    # It moves off to the north, to the left of where it looks, and leans that way.
    assert pose.velocity_ned_mps[0] > 1.5
    assert track.gaps == ()
