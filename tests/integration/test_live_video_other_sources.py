"""Live video that comes as RTP told by an SDP file, from an RTMP server, or from a file for a rehearsal."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_video_peers import FPS, Viewer, make_clip, unused_port

from droneops.video.live.encoded import EncodedPacket
from droneops.video.live.health import VideoState
from droneops.video.out.ring import PacketRing

OPEN_S = 15.0
RTMP_SERVER = Path(__file__).with_name("tiny_rtmp_server.py")
SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=camera
c=IN IP4 127.0.0.1
t=0 0
m=video {port} RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1
"""
RTP_SENDER = """
import sys, time, av
from live_video_peers import FPS, encoder, picture
from fractions import Fraction
with av.open(sys.argv[1], "w", format="rtp") as container:
    stream = container.add_stream("libx264", rate=FPS)
    stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
    context = encoder("libx264", 320, 240)
    begun_s, k = time.monotonic(), 0
    while True:
        for packet in context.encode(picture(k, 320, 240)):
            packet.stream, packet.time_base = stream, Fraction(1, FPS)
            container.mux(packet)
        k += 1
        time.sleep(max(0.0, begun_s + k / FPS - time.monotonic()))
"""


@pytest.fixture
def rtp_port() -> Iterator[int]:
    """A port that a sender of RTP sends to."""
    port = unused_port() & ~1  # RTP takes an even port, RTCP the one above it
    command = [sys.executable, "-c", RTP_SENDER, f"rtp://127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=Path(__file__).parent, env={"PYTHONPATH": "."}) as process:
        yield port
        process.kill()


def test_rtp_is_found_by_its_description(rtp_port, tmp_path) -> None:
    description = tmp_path / "camera.sdp"
    description.write_text(SDP.format(port=rtp_port))
    viewer = Viewer(str(description))
    viewer.until_frames(5, OPEN_S)
    viewer.video.stop()
    assert viewer.frames[-1].image.shape == (240, 320, 3)
    assert viewer.frames[-1].time_source in ("receipt", "RTCP")
    assert 0 < time.time() - viewer.frames[-1].captured_at_us / 1e6 < 2.0


def test_a_description_that_is_missing_is_said_and_not_hammered(tmp_path) -> None:
    viewer = Viewer(str(tmp_path / "camera.sdp"))
    viewer.until_state(VideoState.FAILED, timeout_s=OPEN_S)
    assert "no such file" in viewer.video.health().error
    time.sleep(1.0)
    viewer.video.stop()
    assert len(viewer.lines) == 1


def test_a_file_is_played_at_its_own_pace_as_if_it_happened_now(tmp_path) -> None:
    clip = make_clip(tmp_path / "flight.mp4", seconds=3)
    ring = PacketRing()
    begun_us = time.time_ns() // 1000
    viewer = Viewer(str(clip), sink=ring)
    took_s = viewer.until_state(VideoState.FAILED, timeout_s=OPEN_S)
    viewer.video.stop()
    assert took_s > 2.5
    assert "at its end" in viewer.video.health().error
    assert {frame.time_source for frame in viewer.frames} == {"receipt"}
    assert (
        begun_us
        <= viewer.frames[0].captured_at_us
        <= viewer.frames[-1].captured_at_us
        <= time.time_ns() // 1000
    )
    assert len(ring.between(0, 2 * begun_us)) == 3 * FPS


def test_who_keeps_packets_gets_each_of_them_decoded_or_not(tmp_path) -> None:
    packets: list[EncodedPacket] = []
    viewer = Viewer(str(make_clip(tmp_path / "flight.mp4", seconds=2)), 1.0, packets.append)
    viewer.until_state(VideoState.FAILED, timeout_s=OPEN_S)
    health = viewer.video.health()
    viewer.video.stop()
    assert len(packets) == health.frames == 2 * FPS
    assert health.decoded < health.frames
    assert [packet.dts_us for packet in packets] == sorted({packet.dts_us for packet in packets})
    assert packets[0].is_key


def test_something_that_is_no_video_is_said(tmp_path) -> None:
    (tmp_path / "notes.mp4").write_text("no video")
    viewer = Viewer(str(tmp_path / "notes.mp4"))
    viewer.until(lambda health: health.error is not None, OPEN_S)
    viewer.video.stop()
    assert "notes.mp4" in viewer.lines[0]


@pytest.fixture
def rtmp_url(tmp_path) -> Iterator[str]:
    """A server that plays a video to whoever asks."""
    clip, port = make_clip(tmp_path / "flight.mp4", seconds=20), unused_port()
    with subprocess.Popen([sys.executable, RTMP_SERVER, clip, str(port)]) as process:
        yield f"rtmp://127.0.0.1:{port}/live/geheim"
        process.kill()


def test_rtmp_is_played_and_its_stream_key_kept_secret(rtmp_url) -> None:
    viewer = Viewer(rtmp_url)
    viewer.until_frames(5, OPEN_S)
    health = viewer.video.health()
    viewer.video.stop()
    assert viewer.frames[-1].image.shape == (240, 320, 3)
    assert health.state is VideoState.STREAMING
    assert "geheim" not in " ".join([*viewer.lines, repr(health)])
