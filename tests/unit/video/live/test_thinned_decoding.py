"""What is decoded when only some frames are looked at: the same pictures, for less work."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from droneops.video.live.capture_clock import CaptureTime
from droneops.video.live.decoder import PictureDecoder
from droneops.video.live.disposable import is_disposable
from droneops.video.live.gop import HOLD_BACK, MOST_HELD, Arrived, Gop, Work
from droneops.video.misp import nal_format

FPS = 30
FRAME_US = 1_000_000 // FPS


class Packets:
    """Encoded pictures of a stripe that moves, and what a decoder of all of them shows, by PTS."""

    def __init__(self, codec: str, *, count: int = 90, gop: int = 30, bf: int = 0, refs: str = "") -> None:
        encoder = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
        x265 = f"log-level=none:keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bf}:open-gop=0"
        encoder.options = {"g": str(gop), "bf": str(bf), "sc_threshold": "0", "x265-params": x265}
        self.packets = []
        for k in range(count):
            image = np.zeros((48, 64, 3), np.uint8)
            image[:, k % 64 :] = 220
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            self.packets += encoder.encode(frame)
        self.packets += encoder.encode()
        self.form = nal_format(self.decoder_context().name, None)
        context = self.decoder_context()
        shown = [f for p in [*self.packets, None] for f in context.decode(p)]
        self.shown = {frame.pts: frame.to_ndarray(format="bgr24") for frame in shown}
        self.codec = codec

    def decoder_context(self):
        name = "hevc" if self.packets and b"\x40\x01" in bytes(self.packets[0])[:8] else "h264"
        return av.CodecContext.create(name, "r")

    def arrived(self, wanted: set[int]) -> list[Arrived]:
        return [
            Arrived(
                packet=packet,
                seq=number,
                pts_us=packet.pts * FRAME_US,
                captured=CaptureTime(packet.pts * FRAME_US, "receipt", 0.3),
                is_key=packet.is_keyframe,
                is_disposable=is_disposable(bytes(packet), self.form),
                is_wanted=packet.pts in wanted,
                received_s=0.0,
            )
            for number, packet in enumerate(self.packets)
        ]


def look(packets: Packets, wanted: set[int], lead_us: int = 0):
    """What comes out when the packets arrive one by one, as `Connection.step` does it."""
    gop, decoder = Gop(), PictureDecoder(packets.decoder_context(), lambda: 0.0)
    seen = {}
    next_look_us = 0
    for arrived in packets.arrived(wanted):
        gop.add(arrived)
        if arrived.is_wanted:
            later = [pts for pts in wanted if pts > arrived.packet.pts]
            next_look_us = min(later, default=10**6) * FRAME_US
        shown = list(decoder.decode(gop.wanted_work(), lambda: False))
        awaits = decoder.awaits
        work = gop.all_work(with_disposable=True) if awaits else gop.early_work(next_look_us, lead_us)
        shown += decoder.decode(work, lambda: False)
        seen.update({one.picture.pts: one.picture.to_ndarray(format="bgr24") for one in shown})
    return seen, decoder, gop


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("bf", [0, 2])
@pytest.mark.parametrize("lead_us", [0, 200_000])
def test_the_frames_looked_at_are_the_ones_a_decoder_of_everything_shows(codec, bf, lead_us) -> None:
    packets = Packets(codec, bf=bf)
    wanted = {0, 15, 30, 45, 60, 75}
    seen, decoder, _ = look(packets, wanted, lead_us)
    assert wanted - {75} <= set(seen)
    for pts, image in seen.items():
        np.testing.assert_array_equal(image, packets.shown[pts])
    assert decoder.decoded < len(packets.packets)
    assert decoder.damaged == 0


def test_what_lies_between_the_last_look_and_the_next_key_frame_is_not_decoded() -> None:
    packets = Packets("libx264")
    _, decoder, _ = look(packets, {0, 15, 30, 45, 60, 75}, lead_us=200_000)
    # Of each 30 frames, those up to the second look; the rest of the last 30 had no key frame after it.
    assert 3 * 16 <= decoder.decoded <= 3 * 16 + 15


def test_with_one_look_for_each_key_frame_only_key_frames_are_decoded() -> None:
    packets = Packets("libx264")
    _, decoder, _ = look(packets, {0, 30, 60})
    assert decoder.decoded == 3


def test_pictures_that_no_other_leans_on_are_left_out() -> None:
    packets = Packets("libx264", bf=2)
    disposable = [one for one in packets.arrived(set()) if one.is_disposable]
    assert 20 < len(disposable) < 70
    context = packets.decoder_context()
    kept = [one.packet for one in packets.arrived(set()) if not one.is_disposable]
    shown = [f for p in [*kept, None] for f in context.decode(p)]
    assert len(shown) == len(kept)
    for frame in shown:
        np.testing.assert_array_equal(frame.to_ndarray(format="bgr24"), packets.shown[frame.pts])


def test_a_stream_without_b_pictures_has_nothing_to_leave_out() -> None:
    assert not any(one.is_disposable for one in Packets("libx264").arrived(set()))


def test_of_two_wanted_frames_that_waited_only_the_newer_is_shown() -> None:
    packets = Packets("libx264")
    gop = Gop()
    for arrived in packets.arrived({0, 10, 40}):
        gop.add(arrived)
    work = gop.wanted_work()
    assert [one.packet.pts for one in work.packets] == list(range(30, 41))
    assert work.is_fresh_start
    assert gop.dropped == 2


def test_nothing_is_held_before_the_first_key_frame() -> None:
    gop = Gop()
    for arrived in Packets("libx264").arrived({5})[1:30]:
        gop.add(arrived)
    assert len(gop) == 0
    assert gop.wanted_work() == Work()


def test_a_stream_without_further_key_frames_is_decoded_along_and_never_held_without_bound() -> None:
    packets = Packets("libx264", count=HOLD_BACK + 10, gop=1000)
    gop, most = Gop(), 0
    for arrived in packets.arrived({0}):
        gop.add(arrived)
        gop.wanted_work()
        gop.early_work(10**12, 0)
        most = max(most, len(gop))
    assert most <= HOLD_BACK


def test_when_nobody_decodes_what_is_held_stays_bounded_and_the_next_key_frame_begins_anew() -> None:
    packets = Packets("libx264", count=MOST_HELD + 60, gop=MOST_HELD + 30)
    gop = Gop()
    for arrived in packets.arrived({5}):
        gop.add(arrived)
        assert len(gop) <= MOST_HELD
    assert gop.dropped > MOST_HELD
    work = gop.all_work(with_disposable=False)
    assert work.packets[0].is_key
    assert work.is_fresh_start
