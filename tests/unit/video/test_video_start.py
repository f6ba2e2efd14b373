"""How the time of a video's first frame is known."""

from __future__ import annotations

import json

import pytest
from made_videos import make_video

from droneops.errors import InputError
from droneops.video import video_start

UTC_US = 1_795_169_250_400_000
UTC = "2026-11-20T10:07:30.400Z"
CREATED = {"creation_time": "2026-11-20T10:07:30.000000Z"}


@pytest.fixture
def clip(tmp_path):
    return make_video(tmp_path / "clip.mp4", count=2)


def sidecar(clip, **values):
    clip.with_suffix(".json").write_text(json.dumps(values))


@pytest.mark.parametrize(
    "text",
    [UTC, "2026-11-20t10:07:30.4z", "2026-11-20T17:07:30.400000+07:00", "2026-11-20 10:07:30.4000009Z"],
)
def test_a_time_with_a_zone_is_taken_to_the_microsecond(clip, text):
    start = video_start(clip, given_utc=text)
    assert (start.start_us, start.source, start.warning) == (UTC_US, "--video-start", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-20",
        "2026-11-20T10:07:30",
        "2026-11-20T10:07Z",
        "20261120T100730Z",
        "2026-W47-5T10:07:30Z",
        "2026-02-30T10:07:30Z",
        "2026-11-20T10:07:60Z",
        "0001-01-01T00:00:00+23:00\n",
        "٢٠٢٦-11-20T10:07:30Z",
    ],
)
def test_a_time_that_leaves_the_instant_open_is_refused(clip, text):
    with pytest.raises(InputError, match=r"--video-start: .*not a time with a zone") as caught:
        video_start(clip, given_utc=text)
    assert "\n" not in str(caught.value)


def test_a_time_given_goes_before_the_sidecar(clip):
    sidecar(clip, start_utc="2020-01-01T00:00:00Z")
    assert video_start(clip, given_utc=UTC).start_us == UTC_US


def test_the_sidecar_goes_before_the_creation_time(tmp_path):
    clip = make_video(tmp_path / "clip.mp4", count=2, metadata={"creation_time": "2020-01-01T00:00:00Z"})
    sidecar(clip, start_utc=UTC, fps=10)
    start = video_start(clip)
    assert (start.start_us, start.source, start.warning) == (UTC_US, "sidecar", None)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_the_creation_time_is_the_last_resort_and_warns(tmp_path, name):
    start = video_start(make_video(tmp_path / name, count=2, metadata=CREATED))
    assert (start.start_us, start.source) == (UTC_US - 400_000, "creation time")
    assert "--video-start" in start.warning


@pytest.mark.parametrize("metadata", [{}, {"creation_time": "1980-01-06T00:00:00Z"}])
def test_without_any_credible_time_the_error_says_what_to_give(tmp_path, metadata):
    clip = make_video(tmp_path / "clip.mp4", count=2, metadata=metadata)
    with pytest.raises(InputError, match=r"clip\.mp4: nothing says when .*--video-start"):
        video_start(clip)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"a": "' + "x" * (1 << 20) + '"}', "not a JSON object of at most"),
        ("{}", "no start_utc"),
        ('{"start_utc": 1795169250.4}', "no start_utc"),
        ('{"start_utc": "2026-11-20T10:07:30"}', "start_utc: .*not a time with a zone"),
    ],
)
def test_a_sidecar_that_does_not_say_it_is_an_error_and_not_passed_over(clip, text, says):
    clip.with_suffix(".json").write_text(text)
    with pytest.raises(InputError, match=rf"clip\.json: {says}"):
        video_start(clip)


def test_a_sidecar_that_is_not_text_is_an_error(clip):
    clip.with_suffix(".json").write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(InputError, match="not JSON"):
        video_start(clip)


def test_a_video_that_cannot_be_opened_is_the_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        video_start(tmp_path / "clip.mp4")
