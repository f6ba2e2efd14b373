"""A rehearsal as the service meets it: the product's own video reader and ground station, and players."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import av
import pytest
from conftest import free_port
from live_peers import listening
from live_video_peers import DEBIAN_PYTHON, Viewer, has_rtsp_server
from rehearsal_process import rehearsing

from droneops.telemetry.live.commands import ACCEPTED
from droneops.telemetry.live.listen import LinkRequest
from droneops.types import Pose

OPEN_S = 20.0
FAULTS = """
[[drone.fault]]
kind = "off"
from_s = 3.0
to_s = 6.0
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the film, so that it is rendered once."""
    return tmp_path_factory.mktemp("rehearsal")


@pytest.mark.parametrize("scheme", ["rtsp", "rtsp+udp"])
def test_the_video_comes_with_the_times_of_the_truth(kept: Path, scheme: str) -> None:
    with rehearsing(kept, free_port(), "--truth", "truth") as rehearsal:
        viewer = Viewer(rehearsal.drone["video"].replace("rtsp", scheme, 1))
        viewer.until(lambda health: health.time_source == "RTCP", OPEN_S)
        viewer.until_frames(5, OPEN_S)
        viewer.video.stop()
    lines = (kept / "truth" / "patrol-1.jsonl").read_text().splitlines()
    true_us = [json.loads(line)["time_us"] for line in lines]
    told = [frame.captured_at_us for frame in viewer.frames if frame.time_source == "RTCP"]
    # RTP's clock of 90 kHz has steps of 11 microseconds; NTP's are far finer.
    assert told
    assert all(min(abs(time_us - t) for t in true_us) <= 25 for time_us in told)


def test_a_ground_station_finds_the_drone_its_rates_its_camera_and_its_stream(kept: Path) -> None:
    port = free_port()
    with rehearsing(kept, port) as rehearsal:
        request = LinkRequest(f"udpin:127.0.0.1:{port}")
        with listening(request) as listener:
            listener.until(_is_known, OPEN_S)
            vehicle = listener.station.vehicles[7]
            (camera,) = vehicle.discovery.cameras()
            assert (camera.width_px, camera.height_px) == (320, 180)
            assert camera.streams[0].uri == rehearsal.drone["video"]
            track = vehicle.track.track()
            assert track.last_us is not None
            pose = listener.station.pose(7, track.last_us)
            assert isinstance(pose, Pose)
            assert pose.ned_from_gimbal is not None
            assert pose.alt_above_home_m == pytest.approx(30.0, abs=6.0)
            assert abs(pose.time_us / 1e6 - time.time()) < 5.0


def test_players_that_give_no_login_get_no_picture(kept: Path) -> None:
    kept.joinpath("login").write_text("ops:geheim\n", encoding="utf-8")
    with rehearsing(kept, free_port(), "--login-file", "login") as rehearsal:
        url = rehearsal.drone["video"]
        with pytest.raises(av.HTTPUnauthorizedError):
            av.open(url, timeout=10)
        with av.open(url.replace("rtsp://", "rtsp://ops:geheim@"), timeout=10) as stream:
            assert next(stream.decode(video=0)).width == 320


def test_a_stream_that_was_off_is_seen_again_when_it_is_back(tmp_path: Path) -> None:
    with rehearsing(tmp_path, free_port(), faults=FAULTS) as rehearsal:
        viewer = Viewer(rehearsal.drone["video"])
        viewer.until_frames(3, OPEN_S)
        viewer.until(lambda health: health.reconnects >= 1, OPEN_S)
        before = len(viewer.frames)
        viewer.until_frames(before + 5, OPEN_S)
        viewer.video.stop()


def test_a_rehearsal_ends_within_two_seconds_of_being_told_to(kept: Path) -> None:
    with rehearsing(kept, free_port()) as rehearsal:
        rehearsal.process.send_signal(signal.SIGTERM)
        assert rehearsal.process.wait(5) == 0


def test_noise_instead_of_requests_ends_only_its_own_connection(kept: Path) -> None:
    with rehearsing(kept, free_port()) as rehearsal:
        port = int(rehearsal.drone["video"].rpartition(":")[2].partition("/")[0])
        for noise in (bytes(range(256)) * 160, b"GET / HTTP/1.1\r\n\r\n", b"$\0\xff\xff"):
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(noise)
        with av.open(rehearsal.drone["video"], timeout=10) as stream:
            assert next(stream.decode(video=0)).height == 180


def _is_known(station: object) -> bool:
    vehicle = station.vehicles.get(7)  # type: ignore[attr-defined]  # a Station
    if vehicle is None or vehicle.track.track() is None:
        return False
    rates = vehicle.rates.report(time.monotonic())
    cameras = vehicle.discovery.cameras()
    asked = [rate for rate in rates if rate.state == ACCEPTED]
    return len(asked) >= 5 and bool(cameras) and bool(cameras[0].streams)


GSTREAMER = """
import sys, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipe = Gst.parse_launch(f"rtspsrc location={sys.argv[1]} protocols={sys.argv[2]} latency=0 ! rtph264depay ! "
                        "h264parse ! identity name=seen ! fakesink sync=false")
count = 0
def seen(*_):
    global count
    count += 1
    return Gst.PadProbeReturn.OK
pipe.get_by_name("seen").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, seen)
pipe.set_state(Gst.State.PLAYING)
bus = pipe.get_bus()
for _ in range(200):
    message = bus.timed_pop_filtered(100 * Gst.MSECOND, Gst.MessageType.ERROR)
    if message or count >= 5:
        break
pipe.set_state(Gst.State.NULL)
sys.exit(0 if count >= 5 else message.parse_error()[0].message if message else "no picture came")
"""


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_gstreamer_plays_it(kept: Path, protocol: str) -> None:
    if not has_rtsp_server():
        pytest.skip("GStreamer is not installed: run tests/install-servers.sh")
    with rehearsing(kept, free_port()) as rehearsal:
        command = [DEBIAN_PYTHON, "-c", GSTREAMER, rehearsal.drone["video"], protocol]
        played = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert played.returncode == 0, played.stderr
