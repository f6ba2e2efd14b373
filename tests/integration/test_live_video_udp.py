"""A live video as MPEG-TS over UDP, with metadata; its sender changes, falls silent, is disturbed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from live_video_peers import UdpCamera, Viewer, unused_port

from droneops.video.live.health import VideoState

OPEN_S = 10.0
NOTICE_S = 3.0 + 2.0
BACK_S = 5.0 + 3.0
SMALL, LARGE = ("libx264", 320, 240), ("libx264", 640, 480)
LATE_US = 400_000
GOP = 10


@pytest.fixture
def port() -> int:
    return unused_port()


@pytest.fixture
def camera(port: int) -> Iterator[UdpCamera]:
    camera = UdpCamera(port, SMALL, LATE_US)
    yield camera
    camera.stop()


@pytest.fixture
def viewer(camera: UdpCamera, port: int) -> Iterator[Viewer]:
    viewer = Viewer(f"udp://127.0.0.1:{port}")
    viewer.until_frames(2, OPEN_S)
    yield viewer
    viewer.video.stop()


def test_frames_have_the_time_that_their_metadata_tell(viewer) -> None:
    viewer.until(lambda health: health.time_source == "KLV", OPEN_S)
    viewer.until_frames(5, OPEN_S)
    frame = viewer.frames[-1]
    age_s = time.time() - frame.captured_at_us / 1e6
    assert frame.time_source == "KLV"
    # The sender says that its frames were taken this much before they left; receipt would know nothing of it.
    assert LATE_US / 1e6 < age_s < LATE_US / 1e6 + 1.0


def test_it_waits_for_a_sender_that_comes_later(port) -> None:
    viewer = Viewer(f"udp://127.0.0.1:{port}")
    viewer.until(lambda health: health.error is not None, OPEN_S)
    assert viewer.video.health().state is VideoState.WAITING
    camera = UdpCamera(port, SMALL)
    viewer.until_frames(1, BACK_S)
    viewer.video.stop()
    camera.stop()


def test_another_size_in_mid_stream_reaches_the_pipeline_with_its_frames(camera, viewer) -> None:
    camera.form = LARGE
    viewer.until(lambda health: (health.width_px, health.height_px) == LARGE[1:], BACK_S)
    viewer.until_frames(2, BACK_S)
    assert viewer.frames[-1].image.shape == (480, 640, 3)
    assert viewer.video.health().reconnects == 0


def test_another_codec_in_mid_stream_is_noticed_and_decoded(camera, viewer) -> None:
    camera.form = ("libx265", 640, 480)
    viewer.until(lambda health: health.codec == "hevc" and health.width_px == 640, NOTICE_S + BACK_S)
    viewer.until_frames(2, BACK_S)
    assert viewer.frames[-1].image.shape == (480, 640, 3)


def test_a_sender_that_falls_silent_is_noticed_and_seen_again_when_it_goes_on(camera, viewer) -> None:
    camera.is_silent = True
    viewer.until_state(VideoState.STALLED, VideoState.WAITING, timeout_s=NOTICE_S)
    time.sleep(1.0)
    camera.is_silent = False
    viewer.until_frames(1, BACK_S)
    assert viewer.video.health().state is VideoState.STREAMING


def test_garbage_between_the_packets_does_not_end_the_stream(camera, viewer) -> None:
    chance = random.Random(7)  # noqa: S311 - noise, no secret
    camera.noise = lambda: chance.randbytes(1316)
    viewer.until_frames(5, BACK_S)
    camera.noise = None
    viewer.until_frames(5, BACK_S)
    assert viewer.video.health().state is VideoState.STREAMING


def test_without_a_look_rate_every_frame_is_decoded(camera, port) -> None:
    viewer = Viewer(f"udp://127.0.0.1:{port}", looks_per_second=None)
    viewer.until_frames(30, OPEN_S)
    health = viewer.video.health()
    viewer.video.stop()
    # What came before the first key frame cannot be decoded.
    assert health.frames - health.decoded <= GOP
