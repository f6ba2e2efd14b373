"""When a live frame was taken: by stamps in the stream, else by its sender, else by its receipt."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import pytest

from droneops.telemetry.klv import KEY, checksum
from droneops.video.live.backoff import backoff_s
from droneops.video.live.capture_clock import MOST_METADATA_BYTES, CaptureClock
from droneops.video.live.stamps import Stamps
from droneops.video.misp import H264_ID
from droneops.video.rtp_time import Receipt

START_US = 1_795_169_250_400_000
FRAME_US = 50_000
LATE_US = 700_000
BASE = Fraction(1, 1_000_000)


def video_packet(k: int, stamp_us: int | None = None, status: int = 0x1F) -> av.Packet:
    data = b"\0\0\0\1\x41\x9a\x00"
    if stamp_us is not None:
        digits = struct.pack(">Q", stamp_us)
        guarded = b"\xff".join(digits[at : at + 2] for at in range(0, 8, 2))
        payload = H264_ID + bytes([status]) + guarded
        data = b"\0\0\0\1\x06" + bytes([5, len(payload)]) + payload + b"\x80" + data
    packet = av.Packet(data)
    packet.pts, packet.time_base = k * FRAME_US, BASE
    return packet


def metadata_packet(k: int, time_us: int, *, has_pts: bool = True, items: bytes = b"") -> av.Packet:
    body = KEY + bytes([14 + len(items)]) + b"\x02\x08" + struct.pack(">Q", time_us) + items + b"\x01\x02"
    packet = av.Packet(body + struct.pack(">H", checksum(body + b"\0\0")))
    packet.time_base = BASE
    if has_pts:
        packet.pts = k * FRAME_US
    return packet


def run(count=40, *, stamp=None, metadata=None, believes_stamps=True):
    """The capture times of frames that come LATE_US after they were taken."""
    clock = CaptureClock("h264", None, 0, believes_stamps=believes_stamps)
    times = []
    for k in range(count):
        if metadata is not None and (packet := metadata(k)) is not None:
            clock.metadata(packet)
        received = Receipt(10**9 + k * FRAME_US, START_US + k * FRAME_US + LATE_US)
        times.append(clock.picture(video_packet(k, *(stamp(k) if stamp else ())), k * FRAME_US, received))
    return times


def utc(k: int) -> int:
    return START_US + k * FRAME_US


def test_without_any_word_of_the_sender_the_time_of_receipt_is_taken() -> None:
    last = run()[-1]
    assert (last.time_us, last.source, last.sigma_s) == (utc(39) + LATE_US, "receipt", 0.3)


def test_metadata_beside_the_pictures_tell_when_they_were_taken() -> None:
    last = run(metadata=lambda k: metadata_packet(k, utc(k)))[-1]
    assert (last.time_us, last.source, last.sigma_s) == (utc(39), "KLV", 0.0)


def test_metadata_without_a_stamp_of_the_stream_are_less_certain() -> None:
    last = run(metadata=lambda k: metadata_packet(k, utc(k), has_pts=False))[-1]
    assert last.source == "KLV"
    assert abs(last.time_us - utc(39)) <= FRAME_US
    assert last.sigma_s == pytest.approx(0.3, abs=0.01)


def test_stamps_in_the_pictures_go_before_metadata() -> None:
    last = run(stamp=lambda k: (utc(k),), metadata=lambda k: metadata_packet(k, utc(k) + 90_000))[-1]
    assert (last.time_us, last.source) == (utc(39), "SEI (MISP)")


def test_a_camera_that_says_its_clock_is_not_set_right_is_believed_with_doubt() -> None:
    last = run(stamp=lambda k: (utc(k), 0x9F))[-1]
    assert (last.source, last.sigma_s) == ("SEI (MISP)", 0.5)


def test_leap_seconds_that_the_metadata_tell_are_added() -> None:
    last = run(metadata=lambda k: metadata_packet(k, utc(k) - 18_000_000, items=b"\x81\x08\x01\x12"))[-1]
    assert (last.time_us, last.source) == (utc(39), "KLV")


def test_one_wild_stamp_moves_no_frame() -> None:
    times = run(metadata=lambda k: metadata_packet(k, utc(k) + (k == 30) * 5_000_000))
    assert [one.time_us for one in times[10:]] == [utc(k) for k in range(10, 40)]


def test_a_clock_that_was_never_set_is_not_believed() -> None:
    assert run(metadata=lambda k: metadata_packet(k, 315_964_800_000_000 + k))[-1].source == "receipt"


def test_stamps_that_ceased_are_not_believed_for_ever() -> None:
    times = run(600, metadata=lambda k: metadata_packet(k, utc(k)) if k < 40 else None)
    assert times[100].source == "KLV"
    assert times[-1].source == "receipt"


def test_a_file_played_as_if_now_is_not_put_back_to_the_day_it_was_recorded() -> None:
    last = run(stamp=lambda k: (utc(k) - 10**12,), believes_stamps=False)[-1]
    assert (last.time_us, last.source) == (utc(39) + LATE_US, "receipt")


def test_metadata_that_are_too_large_or_no_metadata_are_passed_over() -> None:
    for data in (bytes(MOST_METADATA_BYTES + 1), b"\xff" * 100, KEY):
        clock = CaptureClock("h264", None, 0)
        clock.metadata(av.Packet(data))
        assert clock.picture(video_packet(0), 0, Receipt(0, START_US)).source == "receipt"


def test_stamps_begin_anew_when_the_stream_does() -> None:
    stamps = Stamps()
    for k in range(5):
        stamps = stamps.after(10**9 + k, 2 * START_US // 2 + k)
    stamps = stamps.after(0, START_US)
    assert len(stamps.told) == 1
    assert stamps.offset_at(0) is None


def test_the_wait_before_a_new_attempt_grows_and_stays_short_enough_to_be_back_in_time() -> None:
    waits = [backoff_s(failures, 0.5, is_refused=False) for failures in range(30)]
    assert waits == sorted(waits)
    assert 0.1 < waits[0] < 0.5
    assert waits[-1] <= 2.0
    assert backoff_s(0, 0.5, is_refused=True) > 5.0
    assert backoff_s(5, 0.0, is_refused=False) != backoff_s(5, 1.0, is_refused=False)
