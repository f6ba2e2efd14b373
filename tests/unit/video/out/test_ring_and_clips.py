"""The last seconds of a stream, clips cut from them, and what goes when the disk's share is used up."""

from __future__ import annotations

import os
import threading

import pytest
from made_packets import FRAME_US, GOP, START_US, packets, read, shown

from droneops.errors import OutputError
from droneops.video.out.clips import clips_to_remove, write_clip, write_packets
from droneops.video.out.ring import PacketRing


def ring_of(made, **bounds) -> PacketRing:
    ring = PacketRing(**bounds)
    for packet in made:
        ring(packet)
    return ring


def test_a_clip_begins_with_the_key_frame_before_what_is_asked_for(tmp_path) -> None:
    made = packets()
    clip = tmp_path / "alert.mp4"
    (written,) = write_clip(ring_of(made), START_US + 15 * FRAME_US, START_US + 24 * FRAME_US, clip)
    assert written.path == clip
    assert (written.first_us, written.last_us) == (START_US + GOP * FRAME_US, START_US + 24 * FRAME_US)
    images = read(clip.read_bytes())[0]
    assert [image.tolist() for image in images] == [image.tolist() for image in shown(made)[GOP:25]]
    assert [path.name for path in tmp_path.iterdir()] == ["alert.mp4"]


def test_where_the_camera_changed_its_picture_the_clip_goes_on_in_another_file(tmp_path) -> None:
    made = packets() + packets("libx265", size=(128, 96), session=2, start_us=START_US + 5_000_000)
    written = write_packets(made, tmp_path / "alert.mp4")
    assert [clip.path.name for clip in written] == ["alert.mp4", "alert-2.mp4"]
    assert read(written[1].path.read_bytes())[2].width == 128


def test_of_a_span_that_nobody_saw_no_file_is_written(tmp_path) -> None:
    assert write_clip(PacketRing(), START_US, START_US + 10, tmp_path / "a.mp4") == []
    assert write_clip(ring_of(packets()), 0, 10, tmp_path / "a.mp4") == []
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_said_in_one_line_and_leaves_nothing_half(tmp_path) -> None:
    with pytest.raises(OutputError, match=r"a\.mp4.*free space"):
        write_packets(packets(), tmp_path / "missing" / "a.mp4")


def test_the_ring_keeps_the_last_seconds_and_no_more_bytes_than_allowed() -> None:
    made = packets(count=100)
    kept = ring_of(made, seconds=3.0).between(0, 2 * START_US)
    assert kept == tuple(made[-31:])
    small = ring_of(made, max_bytes=2000)
    assert 0 < small.size_bytes <= 2000
    assert small.size_bytes == sum(len(one.data) for one in small.between(0, 2 * START_US))


def test_a_clock_that_is_set_back_does_not_make_the_ring_grow() -> None:
    made = packets(count=50) + packets(count=50, start_us=START_US - 3_600_000_000)
    assert ring_of(made, seconds=3.0).between(0, 2 * START_US) == tuple(made[-31:])


def test_a_reader_gets_every_packet_once_and_waits_for_the_next() -> None:
    made = packets()
    ring = ring_of(made[:25])
    number = ring.newest_key()
    number, first = ring.after(number, 1.0)
    assert first == tuple(made[20:25])
    later = threading.Timer(0.1, ring, args=(made[25],))
    later.start()
    number, second = ring.after(number, 10.0)
    later.join()
    assert second == (made[25],)
    assert ring.after(number, 0.0) == (number, ())
    ring.close()
    assert ring.after(number, 10.0) is None


def test_a_reader_that_was_too_slow_goes_on_with_the_newest_key_frame() -> None:
    made = packets(count=100)
    number, found = ring_of(made, seconds=3.0).after(5, 1.0)
    assert (number, found) == (100, tuple(made[90:]))


def test_the_oldest_clips_go_first_and_never_evidence(tmp_path) -> None:
    for age, name in enumerate(["new", "middle", "proof", "old"]):
        path = tmp_path / f"{name}.mp4"
        path.write_bytes(bytes(100))
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "notes.txt").write_bytes(bytes(1000))
    proof = {tmp_path / "proof.mp4"}
    assert clips_to_remove(tmp_path, 400, proof) == []
    assert [path.name for path in clips_to_remove(tmp_path, 250, proof)] == ["old.mp4", "middle.mp4"]
    assert [path.name for path in clips_to_remove(tmp_path, 0, proof)] == ["old.mp4", "middle.mp4", "new.mp4"]
    with pytest.raises(OutputError):
        clips_to_remove(tmp_path / "missing", 0, proof)
