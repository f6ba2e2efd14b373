"""What users of video files may rely on."""

from __future__ import annotations

import socket
import wave
from pathlib import Path

import numpy as np
import pytest
from made_videos import HEIGHT, WIDTH, make_video

from droneops.errors import InputError, UsageError
from droneops.video import VideoFile, VideoStart

START_US = 1_795_169_250_400_000
START = VideoStart(START_US, "sidecar")


def opened(path, looks_per_second=None):
    return VideoFile(path, drone_id="d", camera_id="eo", start=START, looks_per_second=looks_per_second)


def read(path, looks_per_second=None):
    with opened(path, looks_per_second) as video:
        return list(video.frames()), video.counts


def offsets_ms(frames):
    return [(frame.captured_at_us - START_US) / 1000 for frame in frames]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mp4", "mpeg4"), ("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.avi", "mpeg4")],
)
def test_every_frame_of_any_container_comes_in_order_with_its_time_from_the_first(tmp_path, name, codec):
    frames, counts = read(make_video(tmp_path / name, codec=codec))
    assert offsets_ms(frames) == [100.0 * number for number in range(20)]
    assert [frame.seq for frame in frames] == list(range(20))
    # A codec may miss a grey by several steps of brightness, but not turn frames about.
    assert np.diff([frame.image.mean() for frame in frames]).min() > 0
    assert (counts.decoded, counts.looked, counts.cut_short) == (20, 20, False)
    assert (counts.first_time_us, counts.last_time_us) == (START_US, START_US + 1_900_000)


def test_a_frame_says_where_it_is_from_and_its_picture_cannot_be_written_to(tmp_path):
    frame = read(make_video(tmp_path / "a.mp4"))[0][0]
    assert (frame.drone_id, frame.camera_id, frame.time_source) == ("d", "eo", "sidecar")
    assert (frame.image.shape, frame.image.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0, 0] = 1


def test_colours_come_as_blue_green_red(tmp_path):
    import av

    path = tmp_path / "red.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        red = np.zeros((HEIGHT, WIDTH, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(red, format="rgb24")))
        container.mux(stream.encode())
    blue, green, red = read(path)[0][0].image.mean(axis=(0, 1))
    assert red > 200
    assert max(blue, green) < 60


@pytest.mark.parametrize(
    ("fps", "per_second", "numbers"),
    [
        (10, 5, range(0, 20, 2)),
        (10, 10, range(20)),
        (10, 1000, range(20)),
        (10, 4, [0, 3, 5, 8, 10, 13, 15, 18]),
        (10, 0.5, [0]),
        (30, 3, [0, 10]),
        (30, 15, range(0, 20, 2)),
        (25, 5, range(0, 20, 5)),
    ],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_first_frame_at_or_after_each_tick_is_looked_at(tmp_path, name, fps, per_second, numbers):
    frames, counts = read(make_video(tmp_path / name, fps=fps), per_second)
    assert [frame.seq for frame in frames] == list(numbers)
    assert (counts.decoded, counts.looked) == (20, len(numbers))


def test_looks_stay_on_the_grid_of_the_first_frame_after_uneven_frames_and_a_gap(tmp_path):
    stamps = [0, 90, 210, 290, 390, 410, 1390, 1410, 1590, 1600, 1610]
    frames, _ = read(make_video(tmp_path / "a.mkv", stamps), 5)
    assert offsets_ms(frames) == [0, 210, 410, 1390, 1410, 1600]


def test_looks_do_not_drift_over_a_long_video(tmp_path):
    frames, _ = read(make_video(tmp_path / "a.mkv", range(0, 60_000, 34)), 3)
    late = [offset - 1000 / 3 * tick for tick, offset in enumerate(offsets_ms(frames))]
    assert len(frames) == 180
    assert min(late) >= -1.0
    assert max(late) < 34.0


@pytest.mark.parametrize("per_second", [0, -1, float("nan"), float("inf")])
def test_looks_that_cannot_be_are_refused(tmp_path, per_second):
    with pytest.raises(UsageError, match="looks per second"):
        opened(make_video(tmp_path / "a.mp4"), per_second)


def test_reading_twice_gives_the_same_bytes(tmp_path):
    path = make_video(tmp_path / "a.mp4", noise=True)
    first, again = read(path, 5)[0], read(path, 5)[0]
    assert [frame.image.tobytes() for frame in first] == [frame.image.tobytes() for frame in again]


def test_a_video_that_does_not_begin_at_zero_still_begins_at_its_start(tmp_path):
    frames, _ = read(make_video(tmp_path / "a.mkv", [5000, 5100, 5200]))
    assert offsets_ms(frames) == [0, 100, 200]


def test_the_file_tells_its_size_rate_and_length(tmp_path):
    with opened(make_video(tmp_path / "a.mp4")) as video:
        assert (video.width_px, video.height_px, video.nominal_fps) == (WIDTH, HEIGHT, 10.0)
        assert video.duration_us == 2_000_000


def test_frames_without_any_time_stamp_are_an_error_with_the_mend(tmp_path):
    with pytest.raises(InputError, match=r"no time stamps \(.*ffmpeg"):
        read(make_video(tmp_path / "a.h264", form="h264"))


def test_frames_whose_time_goes_back_are_counted_and_passed_over(tmp_path):
    path = make_video(tmp_path / "a.avi", count=12, options={"bf": "2"})
    frames, counts = read(path)
    times = offsets_ms(frames)
    assert times == sorted(set(times))
    assert counts.backwards > 0
    assert counts.looked + counts.backwards == counts.decoded


def test_a_ts_cut_off_in_the_middle_gives_what_it_holds(tmp_path):
    path = make_video(tmp_path / "a.ts", count=30, noise=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, counts = read(path)
    assert 5 < len(frames) < 25
    assert offsets_ms(frames) == sorted(offsets_ms(frames))
    assert counts.looked == len(frames)


def test_an_mp4_that_lost_its_index_is_an_error(tmp_path):
    path = make_video(tmp_path / "a.mp4", noise=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"a\.mp4: (no video stream|not a video)"):
        read(path)


def damaged_copy(folder, codec):
    """A video whose middle is noise but whose index is whole, and the pictures it held."""
    path = make_video(folder / "a.mp4", count=30, noise=True, codec=codec, options={"g": "5", "bf": "0"})
    before = {frame.captured_at_us: frame.image for frame in read(path)[0]}
    raw = bytearray(path.read_bytes())
    start, size = len(raw) // 3, len(raw) // 8
    raw[start : start + size] = np.random.default_rng(1).bytes(size)
    path.write_bytes(raw)
    return path, before


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_damaged_packets_are_counted_and_gone_past(tmp_path, codec):
    path, _ = damaged_copy(tmp_path, codec)
    frames, counts = read(path)
    assert (frames[0].seq, offsets_ms(frames)[-1], counts.cut_short) == (0, 2900, False)
    assert counts.packets_damaged > 0
    assert counts.decoded + counts.packets_damaged == 30


def test_a_picture_the_decoder_marks_as_damaged_is_not_given_out(tmp_path):
    path, before = damaged_copy(tmp_path, "mpeg4")
    frames, counts = read(path)
    assert counts.damaged > 0
    assert counts.looked + counts.damaged == counts.decoded
    assert all(np.array_equal(frame.image, before[frame.captured_at_us]) for frame in frames)


def not_a_video(path):
    path.write_bytes(b"this is a letter\n" * 500)


def only_sound(path):
    with path.open("wb") as file, wave.open(file) as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.touch(), "an empty file"),
        (not_a_video, "not a video"),
        (lambda path: path.write_bytes(bytes(5000)), "not a video"),
        (only_sound, "no video stream"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line_that_names_it(tmp_path, write, says):
    path = tmp_path / "clip.mp4"
    write(path)
    with pytest.raises(InputError, match=rf"clip\.mp4: {says}") as caught:
        opened(path)
    assert "\n" not in str(caught.value)


def test_a_playlist_in_a_file_does_not_reach_out_to_the_network(tmp_path):
    path = tmp_path / "a.m3u8"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(InputError):
            read(path)
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def open_files():
    return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists a process's open files")
def test_the_file_is_closed_after_an_error_in_the_block(tmp_path):
    path = make_video(tmp_path / "a.mp4")

    class StopError(Exception):
        pass

    with pytest.raises(StopError), opened(path) as video:
        next(video.frames())
        assert str(path) in open_files()
        raise StopError
    assert str(path) not in open_files()
