"""A live video from a real RTSP server, and what becomes of it when that fails.

Noticed within 3 s and back within 5 s is what is promised; the tests leave a busy machine some seconds more.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_video_peers import FPS, RtspCamera, Viewer, has_rtsp_server, make_clip, unused_port

from droneops.video.live.health import VideoState

NOTICE_S = 3.0 + 2.0
BACK_S = 5.0 + 3.0
OPEN_S = 15.0
LOST = (VideoState.STALLED, VideoState.WAITING, VideoState.CONNECTING)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not has_rtsp_server():
        pytest.skip("GStreamer's RTSP server is not installed: run tests/install-servers.sh")
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture
def camera(clip: Path) -> Iterator[RtspCamera]:
    camera = RtspCamera(clip, unused_port())
    camera.start()
    yield camera
    camera.kill()


@pytest.fixture
def viewer(camera: RtspCamera) -> Iterator[Viewer]:
    viewer = Viewer(camera.url("ops:geheim@"))
    viewer.until_frames(3, OPEN_S)
    yield viewer
    viewer.video.stop()


@pytest.mark.parametrize("scheme", ["rtsp", "rtsp+udp"])
def test_frames_come_with_the_senders_time_and_are_counted(camera, scheme) -> None:
    viewer = Viewer(camera.url().replace("rtsp", scheme, 1))
    viewer.until(lambda health: health.time_source == "RTCP", OPEN_S)
    viewer.until_frames(5, OPEN_S)
    age_s = time.time() - viewer.frames[-1].captured_at_us / 1e6
    health = viewer.video.health()
    viewer.video.stop()
    assert viewer.frames[-1].time_source == "RTCP"
    assert viewer.frames[-1].image.shape == (240, 320, 3)
    assert 0.0 < age_s < 1.0
    assert (health.codec, health.width_px, health.height_px) == ("h264", 320, 240)
    assert health.state is VideoState.STREAMING
    assert health.looked >= 5
    assert health.frames > health.decoded
    stamps = [frame.captured_at_us for frame in viewer.frames]
    assert stamps == sorted(set(stamps))


def test_a_killed_server_is_noticed_and_found_again_when_it_is_back(camera, viewer) -> None:
    camera.kill()
    assert viewer.until_state(*LOST, timeout_s=NOTICE_S) < NOTICE_S
    viewer.until_state(VideoState.WAITING, timeout_s=NOTICE_S)
    time.sleep(1.0)
    camera.start()
    viewer.until_frames(1, BACK_S)
    assert viewer.video.health().reconnects == 1
    assert viewer.lines[-1].endswith("video is back")


def test_a_server_that_hangs_is_noticed_and_followed_when_it_goes_on(camera, viewer) -> None:
    camera.signal(signal.SIGSTOP)
    viewer.until_state(*LOST, timeout_s=NOTICE_S)
    viewer.until(lambda health: health.error is not None, NOTICE_S)
    time.sleep(4.0)
    viewer.frames.clear()
    camera.signal(signal.SIGCONT)
    viewer.until_frames(2, BACK_S)


def test_a_server_that_stutters_is_not_given_up(camera, viewer) -> None:
    for _ in range(5):
        camera.signal(signal.SIGSTOP)
        time.sleep(0.5)
        camera.signal(signal.SIGCONT)
        viewer.until_frames(1, NOTICE_S)
    assert viewer.video.health().reconnects == 0


def test_a_server_that_comes_back_with_another_codec_and_size_is_followed(camera, viewer, tmp_path) -> None:
    camera.kill()
    viewer.until_state(*LOST, timeout_s=NOTICE_S)
    camera.video = make_clip(tmp_path / "other.mp4", codec="libx265", size=(640, 480), seconds=20)
    camera.codec = "h265"
    camera.start()
    viewer.until(lambda health: health.codec == "hevc" and health.width_px == 640, 2 * BACK_S)
    viewer.until_frames(1, BACK_S)
    assert viewer.frames[-1].image.shape == (480, 640, 3)


def test_passwords_are_in_no_message_and_in_no_state(camera, viewer, capfd) -> None:
    camera.kill()
    viewer.until_state(VideoState.WAITING, timeout_s=NOTICE_S)
    time.sleep(1.0)
    told = " ".join([*viewer.lines, repr(viewer.video.health()), *capfd.readouterr()])
    assert "ops:***@" in told
    assert "geheim" not in told


@pytest.mark.parametrize("state", ["streaming", "hanging", "gone"])
def test_it_stops_within_two_seconds_whatever_the_server_does(camera, viewer, state) -> None:
    if state == "hanging":
        camera.signal(signal.SIGSTOP)
        time.sleep(0.3)
    elif state == "gone":
        camera.kill()
        time.sleep(0.5)
    begun_s = time.monotonic()
    viewer.video.stop()
    assert time.monotonic() - begun_s < 2.0
    assert viewer.video.take(0.0) is None


def test_a_port_that_speaks_garbage_is_named_as_wrong_and_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=speak_garbage, args=(server,), daemon=True).start()
        viewer = Viewer(f"rtsp://127.0.0.1:{server.getsockname()[1]}/main")
        viewer.until(lambda health: health.error is not None, OPEN_S)
        viewer.until_state(VideoState.CONNECTING, timeout_s=OPEN_S)
        viewer.video.stop()
    assert viewer.frames == []


def speak_garbage(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
            with connection:
                for _ in range(20):
                    connection.sendall(os.urandom(4096))
                    time.sleep(0.05)
        except ConnectionError:
            continue
        except OSError:
            return


def test_a_slow_consumer_gets_the_newest_frame(viewer) -> None:
    time.sleep(2.0)
    frame = viewer.video.take(1.0)
    assert frame is not None
    assert time.time() - frame.captured_at_us / 1e6 < 1.5
    assert frame.seq - viewer.frames[-1].seq > FPS
