"""The frames of a live stream carry the sender's time: against a real RTSP server on this machine.

The tests' one clock is this machine's: the server prints when each frame left its camera.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from conftest import free_port, wait_for_port

from droneops.video.rtp_time import Receipt, StreamClock, next_clock, pts_us, rtcp_time_us, turn_us_of

DEBIAN_PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).with_name("gst_rtsp_server.py")
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
FPS = 20
FRAMES_AFTER_THE_REPORT = 5
TENS_OF_MS_US = 80_000


@dataclass(frozen=True)
class Camera:
    """The server's address and what it prints."""

    address: str
    log: Path

    def left_us(self, frame_pts_us: int) -> int:
        """This machine's time when the frame of a PTS left the camera, the last time it was played."""
        left = {}
        for line in self.log.read_text().splitlines():
            pts_ns, time_us = line.split()
            left[round(int(pts_ns) / 1e6)] = int(time_us)
        return left[round(frame_pts_us / 1e3)]


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Camera]:
    """A server that plays eight seconds of video."""
    if (
        not DEBIAN_PYTHON.is_file()
        or subprocess.run([DEBIAN_PYTHON, "-c", NEEDED], capture_output=True).returncode
    ):
        pytest.skip("GStreamer's RTSP server is not installed: run tests/install-servers.sh")
    folder = tmp_path_factory.mktemp("rtsp")
    port, log = free_port(), folder / "log.txt"
    command = [DEBIAN_PYTHON, SERVER, video(folder / "video.mp4"), str(port)]
    with log.open("wb") as stream, subprocess.Popen(command, stdout=stream) as process:
        try:
            wait_for_port(port)
            yield Camera(f"rtsp://127.0.0.1:{port}", log)
        finally:
            process.terminate()


def video(path: Path) -> Path:
    """Frames in the order shown, so that each leaves the camera at its PTS."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"bf": "0", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(8 * FPS):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), k, np.uint8), format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@dataclass(frozen=True)
class Seen:
    """A packet: its PTS, when it was read, and the clock after it."""

    pts_us: int
    received_us: int
    clock: StreamClock


def read(address: str, transport: str, *, pause_s: float = 0.0, count: int = 200) -> list[Seen]:
    """Packets until some after the sender's first report, or ``count``."""
    seen: list[Seen] = []
    clock = None
    with av.open(address, options={"rtsp_transport": transport}, timeout=10) as container:
        stream = container.streams.video[0]
        time.sleep(pause_s)
        for packet in container.demux(stream):
            stamp_us = pts_us(packet)
            if stamp_us is None:
                continue
            now_us = time.time_ns() // 1000
            received = Receipt(time.monotonic_ns() // 1000, now_us)
            clock = next_clock(clock, stamp_us, rtcp_time_us(packet), received, turn_us_of(stream))
            seen.append(Seen(stamp_us, now_us, clock))
            told = sum(one.clock.source == "RTCP" for one in seen)
            if told >= FRAMES_AFTER_THE_REPORT or len(seen) >= count:
                break
    return seen


def assert_as_they_left(seen: list[Seen], camera: Camera) -> None:
    assert len(seen) == FRAMES_AFTER_THE_REPORT
    for one in seen:
        assert abs(one.clock.utc_us(one.pts_us) - camera.left_us(one.pts_us)) < TENS_OF_MS_US


def test_frames_over_udp_have_the_time_at_which_they_left_the_camera(camera) -> None:
    seen = [one for one in read(f"{camera.address}/main", "udp") if one.clock.source == "RTCP"]
    assert_as_they_left(seen, camera)


def test_a_reader_over_tcp_that_is_late_does_not_make_the_frames_later(camera) -> None:
    seen = read(f"{camera.address}/main", "tcp", pause_s=1.5)
    told = [one for one in seen if one.clock.source == "RTCP"]
    assert_as_they_left(told, camera)
    assert max(one.received_us - camera.left_us(one.pts_us) for one in seen) > 150_000
    for one in told:
        late_us = one.received_us - camera.left_us(one.pts_us)
        assert abs(one.clock.behind_us - late_us) < TENS_OF_MS_US


def test_without_reports_the_time_of_receipt_is_taken_and_called_so(camera) -> None:
    last = read(f"{camera.address}/silent", "tcp", count=30)[-1]
    assert last.clock.source == "receipt"
    missed_us = last.clock.utc_us(last.pts_us) - camera.left_us(last.pts_us)
    assert 0 < missed_us < 3 * last.clock.sigma_s * 1e6
