"""How the site file names a live video, and that its password stays out of logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from droneops.errors import ConfigError
from droneops.video.live.source import VideoSource


@pytest.mark.parametrize(
    ("text", "kind", "url", "transport"),
    [
        ("rtsp://10.0.0.5:8554/main", "rtsp", "rtsp://10.0.0.5:8554/main", "tcp"),
        ("rtsp+udp://10.0.0.5/main", "rtsp", "rtsp://10.0.0.5/main", "udp"),
        ("rtsps://cam.example/main", "rtsp", "rtsps://cam.example/main", "tcp"),
        ("rtmp://10.0.0.5/live/key", "rtmp", "rtmp://10.0.0.5/live/key", "tcp"),
        ("udp://0.0.0.0:5600", "udp", "udp://0.0.0.0:5600", "tcp"),
        ("udp://@239.1.1.1:5600", "udp", "udp://@239.1.1.1:5600", "tcp"),
        ("/dev/video2", "webcam", "/dev/video2", "tcp"),
        ("camera.sdp", "sdp", "/site/camera.sdp", "tcp"),
        ("flight.mp4", "file", "/site/flight.mp4", "tcp"),
    ],
)
def test_each_kind_of_source_is_told_by_its_address(text, kind, url, transport) -> None:
    source = VideoSource.parse(text, folder=Path("/site"))
    assert (source.kind, source.url, source.transport) == (kind, url, transport)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("rtsp://ops:geheim@cam/main", "rtsp://ops:***@cam/main"),
        ("rtsp://ops:geh%40im@[::1]:8554/a", "rtsp://ops:***@[::1]:8554/a"),
        ("rtsp://cam/main?token=geheim", "rtsp://cam/main?***"),
        ("rtmp://cam/live/geheim", "rtmp://cam/live/***"),
        ("rtsp://cam/main", "rtsp://cam/main"),
    ],
)
def test_the_text_for_logs_has_no_password_token_or_stream_key(text, safe) -> None:
    source = VideoSource.parse(text)
    assert source.safe == str(source) == safe
    assert "geheim" not in repr(source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://cam/geheim.mjpg",
        "rtsp://",
        "rtsp://ops:geh eim@cam/main",
        "rtsp://ops:geheim@cam:port/main",
        "rtsp://ops:geheim@[::1/main",
        "udp://0.0.0.0",
    ],
)
def test_a_wrong_address_is_refused_in_one_line_without_its_password(text) -> None:
    with pytest.raises(ConfigError) as caught:
        VideoSource.parse(text, where="site.toml")
    assert caught.value.where == "site.toml"
    assert caught.value.mend
    assert "geheim" not in str(caught.value)
