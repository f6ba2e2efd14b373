"""The time that a video's own stream carries: inside its pictures, and in the metadata beside them."""

from __future__ import annotations

import json
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import InputError
from droneops.telemetry.klv import KEY, checksum
from droneops.video import VideoFile, video_start
from droneops.video.misp import H264_ID, H265_ID, MispTime, NalFormat, misp_time, nal_format, picture_time
from droneops.video.stream_time import NoStreamTime, StreamTime, stream_time

START_US = 1_795_169_250_400_000
FPS = 10
FRAME_US = 1_000_000 // FPS
OPTIONS = {"bf": "0", "x265-params": "log-level=none"}
LOCKED, UNLOCKED = 0x1F, 0x9F
ANNEX_B = NalFormat(is_h265=False, length_bytes=0)


def stamp(time_us: int, status: int = LOCKED, uuid: bytes = H264_ID) -> bytes:
    digits = struct.pack(">Q", time_us)
    guarded = b"\xff".join(digits[at : at + 2] for at in range(0, 8, 2))
    return uuid + bytes([status]) + guarded


def message(payload: bytes) -> bytes:
    return bytes([5, len(payload)]) + payload


def sei(payload: bytes) -> bytes:
    return b"\0\0\0\1\x06" + message(payload) + b"\x80"


def sei_h265(payload: bytes) -> bytes:
    return b"\0\0\0\1\x4e\x01" + message(payload) + b"\x80"


def st0601(time_us: int, key: bytes = KEY, items: bytes = b"") -> bytes:
    body = key + bytes([14 + len(items)]) + b"\x02\x08" + struct.pack(">Q", time_us) + items + b"\x01\x02"
    return body + struct.pack(">H", checksum(body + b"\0\0"))


def record(path, *, picture=None, metadata=None, count=20, codec="libx264", gop=12):
    """A small video; picture(k) goes before picture k, metadata(k) into a packet of its time."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS, options={**OPTIONS, "g": str(gop)})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        data = container.add_data_stream("klv") if metadata else None
        packets = []
        for k in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), k % 256, np.uint8), format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            packets += stream.encode(frame)
        for k, packet in enumerate([*packets, *stream.encode()]):
            if data is not None and metadata(k):
                beside = av.Packet(metadata(k))
                beside.stream, beside.time_base = data, Fraction(1, FPS)
                beside.pts = beside.dts = k
                container.mux(beside)
            container.mux(with_sei(packet, b"" if picture is None else picture(k), stream))
    return path


def with_sei(packet, unit, stream):
    if not unit:
        return packet
    whole = av.Packet(unit + bytes(packet))
    whole.stream, whole.time_base = stream, packet.time_base
    whole.pts, whole.dts, whole.is_keyframe = packet.pts, packet.dts, packet.is_keyframe
    return whole


def utc_of(k: int) -> int:
    return START_US + k * FRAME_US


@pytest.mark.parametrize("name", ["a.ts", "a.mp4", "a.mkv"])
def test_the_stamps_inside_the_pictures_tell_when_the_first_was_taken(tmp_path, name) -> None:
    video = record(tmp_path / name, picture=lambda k: sei(stamp(utc_of(k))))
    assert stream_time(video) == StreamTime(START_US, "SEI (MISP)", 0.0, None)


@pytest.mark.parametrize("name", ["a.ts", "a.mp4"])
def test_h265_carries_them_under_its_own_identifier(tmp_path, name) -> None:
    video = record(
        tmp_path / name, codec="libx265", picture=lambda k: sei_h265(stamp(utc_of(k), uuid=H265_ID))
    )
    assert stream_time(video) == StreamTime(START_US, "SEI (MISP)", 0.0, None)


def test_the_time_is_that_of_the_frame_the_pipeline_calls_first(tmp_path) -> None:
    video = record(tmp_path / "a.ts", picture=lambda k: sei(stamp(utc_of(k))))
    with VideoFile(video, drone_id="d", camera_id="eo", start=video_start(video)) as opened:
        times = [frame.captured_at_us for frame in opened.frames()]
    assert times == [utc_of(k) for k in range(20)]


def test_pictures_at_the_beginning_that_cannot_be_decoded_do_not_shift_the_others(tmp_path) -> None:
    whole = record(tmp_path / "whole.ts", picture=lambda k: sei(stamp(utc_of(k))), count=36).read_bytes()
    video, lost = tmp_path / "cut.ts", 0
    for cut in range(10, len(whole) // 188 // 2, 6):
        # The tables, then all from somewhere on, most often in the middle of a picture.
        video.write_bytes(whole[: 188 * 3] + whole[188 * cut :])
        start = video_start(video)
        with VideoFile(video, drone_id="d", camera_id="eo", start=start) as opened:
            times = [frame.captured_at_us for frame in opened.frames()]
        assert times == [utc_of(k) for k in range(36 - len(times), 36)]
        lost += times[0] > start.start_us
    assert lost > 0


def test_a_clock_that_did_not_follow_utc_is_used_and_doubted(tmp_path) -> None:
    video = record(tmp_path / "a.ts", picture=lambda k: sei(stamp(utc_of(k), UNLOCKED)))
    start = video_start(video)
    assert (start.start_us, start.sigma_s) == (START_US, 0.5)
    assert "did not follow UTC" in start.warning


def test_metadata_with_pts_tell_the_start(tmp_path) -> None:
    video = record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k)))
    assert stream_time(video) == StreamTime(START_US, "KLV", 0.0, None)


def leap_seconds(seconds: int) -> bytes:
    return b"\x81\x08\x01" + struct.pack(">b", seconds)


def test_leap_seconds_are_added_to_the_time_of_all_metadata_though_only_some_tell_them(tmp_path) -> None:
    def told(k: int) -> bytes:
        return st0601(utc_of(k) + 29_000_000, items=leap_seconds(-29) if k % 10 == 5 else b"")

    assert stream_time(record(tmp_path / "a.ts", metadata=told)) == StreamTime(START_US, "KLV", 0.0, None)


def test_stamps_in_the_pictures_are_put_right_by_the_leap_seconds_beside_them(tmp_path) -> None:
    def told(k: int) -> bytes:
        return st0601(utc_of(k) + 29_000_000, items=leap_seconds(-29))

    same = record(tmp_path / "a.ts", picture=lambda k: sei(stamp(utc_of(k) + 29_000_000)), metadata=told)
    assert stream_time(same) == StreamTime(START_US, "SEI (MISP)", 0.0, None)
    in_utc = record(tmp_path / "b.ts", picture=lambda k: sei(stamp(utc_of(k))), metadata=told)
    assert stream_time(in_utc) == StreamTime(START_US, "SEI (MISP)", 0.0, None)


def test_an_impossible_number_of_leap_seconds_is_not_added_and_said(tmp_path) -> None:
    video = record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k), items=leap_seconds(101)))
    doubt = "20 packets tell an impossible number of leap seconds, which is not added"
    assert stream_time(video) == StreamTime(START_US, "KLV", 0.0, doubt)


def test_leap_seconds_that_change_in_flight_are_none_and_said(tmp_path) -> None:
    video = record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k), items=leap_seconds(30 - k // 10)))
    doubt = "its packets tell different numbers of leap seconds (29, 30): none is added"
    assert stream_time(video) == StreamTime(START_US, "KLV", 0.0, doubt)


def test_a_few_wrong_times_neither_move_the_start_nor_hide(tmp_path) -> None:
    wrong = {5: 3_600_000_000, 11: -7_000_000}
    video = record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k) + wrong.get(k, 0)), count=60)
    told = stream_time(video)
    assert (told.start_us, told.sigma_s) == (START_US, 0.0)
    assert told.doubt == "its clock jumps 4 times, by up to 3600.0 s"


def test_scatter_of_the_times_is_the_starts_error(tmp_path) -> None:
    rng = np.random.default_rng(0)
    late_us = rng.normal(0, 30_000, 200).round().astype(int).tolist()
    told = stream_time(
        record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k) + late_us[k]), count=200)
    )
    assert told.start_us == pytest.approx(START_US, abs=10_000)
    assert told.sigma_s == pytest.approx(0.03, abs=0.006)
    assert told.doubt is None


@pytest.mark.parametrize("rate", [2e-3, -2e-3])
def test_a_drift_against_the_videos_own_clock_is_named_and_widens(tmp_path, rate) -> None:
    video = record(
        tmp_path / "a.ts", picture=lambda k: sei(stamp(utc_of(k) + round(k * FRAME_US * rate))), count=300
    )
    told = stream_time(video)
    assert f"drifts against the video's by {rate * 1e3:+.2f} ms a second" in told.doubt
    # 30 s at 2 ms a second: 30 ms either way from the middle.
    assert told.start_us == pytest.approx(START_US + 30e6 / 2 * rate, abs=1000)
    assert told.sigma_s == pytest.approx(0.95 * 0.03 / 1.96, abs=0.001)


def test_a_clock_set_in_flight_is_named(tmp_path) -> None:
    video = record(tmp_path / "a.ts", picture=lambda k: sei(stamp(utc_of(k) + (k >= 8) * 5_000_000)))
    told = stream_time(video)
    assert told.doubt == "its clock jumps 1 times, by up to 5.0 s"
    assert told.sigma_s > 2


def test_the_streams_own_time_goes_before_the_sidecar_and_after_the_word_of_the_user(tmp_path) -> None:
    video = record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k)))
    video.with_suffix(".json").write_text('{"start_utc": "2020-01-01T00:00:00Z"}')
    assert video_start(video).source == "KLV"
    assert video_start(video, given_utc="2021-01-01T00:00:00Z").source == "--video-start"


def test_times_of_a_clock_never_set_are_passed_over_and_the_reason_given(tmp_path) -> None:
    video = record(tmp_path / "a.ts", picture=lambda k: sei(stamp(k * FRAME_US)))
    with pytest.raises(InputError, match=r"nothing says when .*: .*20 time stamps lie before 2000"):
        video_start(video)
    video.with_suffix(".json").write_text('{"start_utc": "2026-11-20T10:07:30.400Z"}')
    start = video_start(video)
    assert (start.start_us, start.source) == (START_US, "sidecar")
    assert "20 time stamps lie before 2000" in start.warning


def test_damaged_metadata_are_no_time(tmp_path) -> None:
    video = record(tmp_path / "a.ts", metadata=lambda k: st0601(utc_of(k))[:-1] + b"\0")
    assert "20 metadata packets, all damaged" in stream_time(video).reason


def test_a_video_that_carries_nothing_gives_no_reason(tmp_path) -> None:
    assert stream_time(record(tmp_path / "a.mp4")) == NoStreamTime(None)


def test_stamps_that_are_too_few_are_not_trusted(tmp_path) -> None:
    video = record(tmp_path / "a.ts", picture=lambda k: sei(stamp(utc_of(k))) if k < 2 else b"")
    assert "only 2 time stamps, 3 are needed" in stream_time(video).reason


RECORDED = {
    "osh_st0601_sample-stream.ts": (1_340_980_354_100_000, 0.0),
    "h264_klv.ts": (1_224_807_209_913_000, 0.5),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_streams_begin_when_their_first_picture_says(shared, name) -> None:
    told = stream_time(shared / "video" / name)
    assert (told.start_us, told.sigma_s) == RECORDED[name]


def test_recorded_metadata_agree_with_the_recorded_pictures(shared, monkeypatch) -> None:
    video = shared / "video" / "osh_st0601_sample-stream.ts"
    by_pictures = stream_time(video)
    monkeypatch.setattr("droneops.video.stream_time.picture_time", lambda packet, form: None)
    by_metadata = stream_time(video)
    assert (by_metadata.source, by_metadata.start_us) == ("KLV", by_pictures.start_us)


def test_metadata_without_pts_are_put_to_the_pictures_beside_them_with_a_larger_error(
    shared, monkeypatch
) -> None:
    monkeypatch.setattr("droneops.video.stream_time.picture_time", lambda packet, form: None)
    told = stream_time(shared / "video" / "h264_klv.ts")
    assert (told.source, told.sigma_s) == ("KLV", 0.3)
    assert "no PTS" in told.doubt
    # In this recording the multiplexer holds the pictures back by three.
    assert abs(told.start_us - RECORDED["h264_klv.ts"][0]) < 2 * told.sigma_s * 1e6


def test_eg_0104_metadata_are_named_as_the_reason(shared) -> None:
    assert "EG 0104" in stream_time(shared / "video" / "aphill_klv_10s.ts").reason


def test_a_recording_with_metadata_is_replayed_without_being_told_when_it_began(
    shared, droneops, tmp_path
) -> None:
    recording = shared / "video" / "osh_st0601_sample-stream.ts"
    outcome = droneops("replay", "--telemetry", recording, "--video", recording, "--out", tmp_path / "out")
    assert outcome.status == 0, outcome.stderr
    video = json.loads((tmp_path / "out" / "summary.json").read_text())["video"]
    assert video["start_source"] == "SEI (MISP)"
    assert video["start"] == "2012-06-29T14:32:34.100000Z"


def test_a_payload_is_read_with_its_status() -> None:
    assert misp_time(stamp(START_US)) == MispTime(START_US, True)
    assert misp_time(stamp(START_US, UNLOCKED)) == MispTime(START_US, False)


def test_a_payload_without_its_guards_or_cut_is_none() -> None:
    payload = stamp(START_US)
    assert all(misp_time(payload[:size]) is None for size in range(len(payload)))
    for guard in (19, 22, 25):
        assert misp_time(payload[:guard] + b"\0" + payload[guard + 1 :]) is None


def test_a_stamp_after_other_messages_and_behind_lengths_is_found() -> None:
    # A message of 300 bytes of zeros, which a coder has to part: its size is 255 + 45.
    first = bytes([1, 255, 45]) + b"\0\0\3" * 150
    unit = b"\x06" + first + message(stamp(START_US)) + b"\x80"
    found = MispTime(START_US, True)
    assert picture_time(b"\0\0\0\1\x09\xf0\0\0\1" + unit, ANNEX_B) == found
    with_length = struct.pack(">H", 2) + b"\x09\xf0" + struct.pack(">H", len(unit)) + unit
    assert picture_time(with_length, NalFormat(is_h265=False, length_bytes=2)) == found


def test_the_identifier_in_a_picture_itself_is_no_stamp() -> None:
    assert picture_time(b"\0\0\1\x65" + message(stamp(START_US)), ANNEX_B) is None


def test_how_units_are_parted_is_read_from_the_streams_head() -> None:
    assert nal_format("h264", b"\x01\x64\0\x1f\xff\xe1") == NalFormat(is_h265=False, length_bytes=4)
    assert nal_format("hevc", b"\x01" + bytes(20) + b"\xf1") == NalFormat(is_h265=True, length_bytes=2)
    assert nal_format("h264", b"\0\0\0\1\x67") == ANNEX_B
    assert nal_format("h264", None) == ANNEX_B
    assert nal_format("mpeg2video", None) is None


@given(st.binary(max_size=80), st.binary(max_size=80), st.integers(0, 4), st.booleans())
def test_no_bytes_break_the_reading_of_a_picture(before, after, length_bytes, is_h265) -> None:
    payload = stamp(START_US, uuid=H265_ID if is_h265 else H264_ID)
    form = NalFormat(is_h265, length_bytes)
    found = picture_time(before + message(payload) + after, form)
    assert found is None or isinstance(found, MispTime)
    assert picture_time(before + payload[:20] + after, form) in (None, found)
