"""Clips: the encoded pictures themselves, from the key frame before the time asked for."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from made_videos import STEP, make_video

from droneops.errors import InputError
from droneops.video.clip import Clip, NoClip, cut

START_US = 1_795_000_000_000_000


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Ten seconds at 10 fps with a key frame each second, and B-frames."""
    options = {"g": "10", "keyint_min": "10", "sc_threshold": "0", "bf": "2"}
    return make_video(tmp_path / "v.mp4", count=100, options=options)


def seconds(value: float) -> int:
    return START_US + round(value * 1e6)


def clip_of(path: Path, start: float, end: float, **bounds: float) -> Clip:
    clip = cut(path, start_us=START_US, from_us=seconds(start), to_us=seconds(end), **bounds)
    assert isinstance(clip, Clip), clip
    return clip


def packets(raw: bytes | Path) -> list[bytes]:
    with av.open(io.BytesIO(raw) if isinstance(raw, bytes) else str(raw)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def greys(raw: bytes) -> list[int]:
    with av.open(io.BytesIO(raw)) as container:
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return [round(float(np.median(picture)) / STEP) for picture in pictures]


def test_a_clip_begins_at_the_key_frame_before_and_ends_after_the_time_asked_for(video: Path) -> None:
    clip = clip_of(video, 4.35, 6.0)
    assert clip.name == "clip.mp4"
    assert clip.from_us == seconds(4.0)
    assert seconds(6.0) <= clip.to_us <= seconds(6.4)
    assert not clip.is_cut_short
    assert greys(clip.raw)[:20] == [number % 32 for number in range(40, 60)]


def test_the_encoded_pictures_are_the_videos_own(video: Path) -> None:
    own, cut_out = packets(video), packets(clip_of(video, 4.35, 6.0).raw)
    place = own.index(cut_out[0])
    assert place == 40
    assert cut_out == own[place : place + len(cut_out)]


def test_the_same_cut_gives_the_same_bytes(video: Path) -> None:
    assert clip_of(video, 4.35, 6.0) == clip_of(video, 4.35, 6.0)


def test_what_lies_outside_the_video_is_left_out(video: Path) -> None:
    clip = clip_of(video, -10, 100)
    assert clip.from_us == START_US
    assert packets(clip.raw) == packets(video)
    late = cut(video, start_us=START_US, from_us=seconds(60), to_us=seconds(70))
    early = cut(video, start_us=START_US, from_us=seconds(-20), to_us=seconds(-10))
    assert isinstance(late, NoClip)
    assert isinstance(early, NoClip)


def test_a_clip_is_bounded_in_time_and_in_bytes(video: Path, tmp_path: Path) -> None:
    short = clip_of(video, 2, 9, max_s=3.0)
    assert short.is_cut_short
    assert seconds(5.0) <= short.to_us <= seconds(5.4)
    noisy = make_video(tmp_path / "n.mp4", count=100, noise=True, options={"g": "10", "crf": "1"})
    small = clip_of(noisy, 2, 9, max_bytes=(1 << 20) + 50_000)
    assert small.is_cut_short
    assert len(small.raw) < 60_000 + (1 << 20)
    assert packets(small.raw)


@pytest.mark.parametrize(
    ("suffix", "form", "name"), [(".mkv", "matroska", "clip.mp4"), (".ts", "mpegts", "clip.ts")]
)
def test_other_containers_are_cut_as_well(tmp_path: Path, suffix: str, form: str, name: str) -> None:
    path = make_video(tmp_path / f"v{suffix}", count=100, form=form, options={"g": "10"})
    clip = clip_of(path, 4.35, 6.0)
    assert clip.name == name
    assert seconds(3.9) <= clip.from_us <= seconds(4.35)
    assert greys(clip.raw)[:10] == [number % 32 for number in range(40, 50)]


def test_a_transport_streams_metadata_go_with_it(shared: Path) -> None:
    path = shared / "video" / "osh_st0601_sample-stream.ts"
    clip = clip_of(path, 4, 9)
    with av.open(io.BytesIO(clip.raw)) as container:
        assert [stream.type for stream in container.streams] == ["video", "data"]
        assert sum(bool(packet.size) for packet in container.demux(container.streams.data)) > 100


def test_a_stream_that_cannot_be_sought_in_is_read_from_its_beginning(shared: Path) -> None:
    clip = clip_of(shared / "video" / "aphill_klv_10s.ts", 4, 9)
    assert clip.from_us <= seconds(4)


def test_a_video_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.ts", count=100, form="mpegts", options={"g": "10"})
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 6 // 10])
    clip = clip_of(path, 4, 9)
    assert seconds(4) < clip.to_us < seconds(7)


def test_no_video_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"no video at all")
    with pytest.raises(InputError):
        cut(tmp_path / "v.mp4", start_us=0, from_us=0, to_us=1)
