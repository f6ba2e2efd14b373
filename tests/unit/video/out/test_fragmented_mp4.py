"""Clips, pieces for a browser and HLS hold the sender's own pictures, unchanged, at their own times."""

from __future__ import annotations

import itertools
import re
import struct
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_packets import FRAME_US, GOP, START_US, packets, read, shown

from droneops.video.live.encoded import EncodedPacket, StreamForm
from droneops.video.out.clips import clip_bytes
from droneops.video.out.decoder_config import config_of
from droneops.video.out.fragments import pieces
from droneops.video.out.hls import SEGMENTS, HlsWindow
from droneops.video.out.runs import runs


def assert_same(found: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("bf", [0, 2])
@pytest.mark.parametrize("global_header", [False, True])
def test_a_clip_shows_the_pictures_of_the_stream_at_its_pace(codec, bf, global_header) -> None:
    made = packets(codec, bf=bf, first_pts_us=77_000_000, global_header=global_header)
    (run,) = runs(made)
    images, times, context = read(clip_bytes(run))
    assert_same(images, shown(made))
    assert (context.width, context.height) == (64, 48)
    np.testing.assert_allclose(np.diff(times), FRAME_US / 1e6, atol=2e-6)


@pytest.mark.parametrize("size", [(64, 48), (1920, 1080), (642, 362)])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_the_size_is_read_from_the_stream_itself(codec, size) -> None:
    config = config_of(packets(codec, size=size, count=1)[0])
    assert config is not None
    assert (config.picture.width_px, config.picture.height_px) == size
    assert (config.picture.chroma_format, config.picture.luma_bits) == (1, 8)


def test_browsers_are_told_profile_and_level() -> None:
    h264, h265 = (config_of(packets(codec, count=1)[0]) for codec in ("libx264", "libx265"))
    assert re.fullmatch(r"avc1\.64[0-9a-f]{4}", h264.name)
    assert re.fullmatch(r"hvc1\.1\.6\.L\d+(\.[0-9A-F]+)*", h265.name)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_pieces_for_a_browser_begin_with_a_key_frame_and_show_every_picture_after_it(codec) -> None:
    made = packets(codec, bf=2, first_pts_us=10**9)
    sent = list(pieces(made[3:]))
    assert [one.is_init for one in sent] == [True] + [False] * (len(sent) - 1)
    assert sent[0].mime.startswith('video/mp4; codecs="')
    images, times, _ = read(b"".join(one.data for one in sent))
    assert_same(images, shown(made[GOP:]))
    assert times[-1] - times[0] == pytest.approx((len(images) - 1) * FRAME_US / 1e6, abs=1e-5)


def test_a_piece_leaves_with_its_packet_and_not_with_the_next() -> None:
    made = packets()
    given_out = []
    sent = pieces(given_out.append(one) or one for one in made)
    for count, _ in enumerate(itertools.islice(sent, 1, 6), start=1):
        assert len(given_out) == count


def test_a_new_connection_and_a_new_size_bring_a_new_beginning_and_time_goes_on() -> None:
    made = packets(first_pts_us=50_000_000) + packets(session=2, start_us=START_US + 9_000_000)
    made += packets(session=2, size=(128, 96), first_pts_us=4_000_000)
    sent = list(pieces(made))
    begins = [k for k, one in enumerate(sent) if one.is_init]
    assert len(begins) == 3
    decode_us = [tfdt(one.data) for one in sent if not one.is_init]
    assert decode_us == sorted(set(decode_us))
    assert max(np.diff(decode_us)) <= FRAME_US
    images, _, context = read(b"".join(one.data for one in sent[begins[2] :]))
    assert (len(images), context.width) == (40, 128)


def tfdt(data: bytes) -> int:
    at = data.index(b"tfdt")
    return struct.unpack_from(">Q", data, at + 8)[0]


def test_each_fragment_says_when_its_picture_was_taken() -> None:
    sent = [one for one in pieces(packets()) if not one.is_init]
    at = sent[3].data.index(b"prft")
    seconds, part = struct.unpack_from(">II", sent[3].data, at + 12)
    told_us = (seconds - 2_208_988_800) * 1_000_000 + round(part / 2**32 * 1e6)
    assert abs(told_us - sent[3].captured_at_us) <= 1
    assert sent[3].captured_at_us == START_US + 3 * FRAME_US


def window(made: list[EncodedPacket], segment_s: float = 1.0) -> HlsWindow:
    hls = HlsWindow(segment_s)
    for packet in made:
        hls.add(packet)
    return hls


def test_a_player_of_the_playlist_sees_every_picture_of_the_whole_segments() -> None:
    made = packets(bf=2)
    hls = window(made)
    text = hls.playlist("s{number}.m4s", "i{number}.mp4")
    numbers = [int(one) for one in re.findall(r"^s(\d+)\.m4s$", text, re.M)]
    (init_number,) = re.findall(r'#EXT-X-MAP:URI="i(\d+)\.mp4"', text)
    data = hls.init(int(init_number)) + b"".join(hls.segment(number).data for number in numbers)
    assert numbers == [0, 1, 2]
    assert_same(read(data)[0], shown(made)[: 3 * GOP])
    assert [float(one) for one in re.findall(r"#EXTINF:([\d.]+),", text)] == [1.0] * 3
    first = re.findall(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)", text)[0]
    assert datetime.fromisoformat(first).timestamp() * 1e6 == pytest.approx(START_US, abs=1000)


def test_the_playlist_moves_on_and_forgets_what_is_old() -> None:
    made = packets(count=130)
    text = window(made).playlist("{number}", "i{number}")
    assert "#EXT-X-MEDIA-SEQUENCE:6\n" in text
    assert text.count("#EXTINF") == SEGMENTS
    hls = window(made)
    assert hls.segment(3) is not None
    assert hls.segment(2) is None
    assert hls.segment(99) is None
    assert hls.init(7) is None


def test_a_lost_connection_is_a_discontinuity() -> None:
    hls = window(packets() + packets(session=2, start_us=START_US + 9_000_000))
    text = hls.playlist("{number}", "i{number}")
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:0\n" in text


def test_before_the_first_segment_the_playlist_is_empty_and_valid() -> None:
    text = HlsWindow().playlist("{number}", "i{number}")
    assert text.startswith("#EXTM3U\n")
    assert "#EXTINF" not in text


@given(st.binary(max_size=200), st.binary(max_size=80), st.sampled_from(["h264", "hevc", "mjpeg"]))
def test_no_bytes_of_a_sender_raise(data, extradata, codec) -> None:
    start = b"\0\0\1\x67" if codec == "h264" else b"\0\0\1\x42\x01"
    form = StreamForm(1, codec, extradata, None, None)
    for body in (data, start + data, start + data + b"\0\0\1\x68abcd" + b"\0\0\1\x40\x01ab\0\0\1\x44\x01ab"):
        packet = EncodedPacket(form, body, 0, 0, START_US, is_key=True)
        later = replace(packet, pts_us=-(10**15), dts_us=2_500_000)
        list(pieces([packet, later]))
        hls = window([packet, later])
        for number in (0, 1):
            segment = hls.segment(number)
            assert segment is None or segment.data
        for run in runs([packet, later]):
            assert clip_bytes(run)
