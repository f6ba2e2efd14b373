"""What a drone's process keeps of an incident: its video from before the alert on, in whole files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from made_packets import FRAME_US, START_US, packets

from droneops.fleet.clip_writer import ClipWriter, Reel, file_name
from droneops.fleet.wire import ClipDone, ClipWanted
from droneops.telemetry.live.now import system_clock
from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.ring import PacketRing

INCIDENT = "0d7f1c9a-0000-5000-8000-000000000001"


@contextmanager
def writing(folder: Path, reels: dict[str, Reel], drone_id: str = "patrol-1") -> Iterator[ClipWriter]:
    writer = ClipWriter(folder, drone_id, reels, system_clock(), [].append)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


def ring_of(made: list[EncodedPacket]) -> PacketRing:
    ring = PacketRing()
    for packet in made:
        ring(packet)
    return ring


def answer(writer: ClipWriter) -> ClipDone:
    end_s = time.monotonic() + 30
    while time.monotonic() < end_s:
        for done in writer.done():
            return done
        time.sleep(0.02)
    raise AssertionError("no answer came")


def frames_of(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        packet = next(container.demux(video=0))
        assert packet.is_keyframe
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def test_a_clip_is_written_once_its_last_picture_has_come_and_begins_with_a_key_frame(tmp_path: Path) -> None:
    made = packets(count=40)
    ring = ring_of(made[:25])
    with writing(tmp_path, {"eo": Reel(ring)}) as writer:
        wanted = ClipWanted(INCIDENT, START_US + 12 * FRAME_US, START_US + 35 * FRAME_US)
        writer.want(wanted, {})
        time.sleep(0.6)
        assert writer.done() == []
        for packet in made[25:]:
            ring(packet)
        done = answer(writer)
    assert done == ClipDone(INCIDENT, (f"patrol-1-eo-{wanted.from_us}.mp4",))
    # From the key frame before (10) to the last picture that was wanted (35).
    assert len(frames_of(tmp_path / INCIDENT / done.names[0])) == 26
    assert [path.name for path in (tmp_path / INCIDENT).iterdir()] == list(done.names)


def test_a_camera_whose_times_are_moved_gives_the_pictures_of_the_reports_time(tmp_path: Path) -> None:
    ring = ring_of(packets(count=40))
    ahead_us = 3_600_000_000
    with writing(tmp_path, {"eo": Reel(ring, offset_us=100)}) as writer:
        begin_us = START_US + 20 * FRAME_US + ahead_us + 100
        writer.want(ClipWanted(INCIDENT, begin_us, begin_us + 9 * FRAME_US), {"eo": ahead_us})
        (name,) = answer(writer).names
    assert len(frames_of(tmp_path / INCIDENT / name)) == 10


def test_each_camera_has_its_clip_and_one_without_pictures_says_why_there_is_none(tmp_path: Path) -> None:
    made = packets(count=20)
    blind = ring_of([packet for packet in made if not packet.is_key])
    reels = {"eo": Reel(ring_of(made)), "ir": Reel(blind), "empty": Reel(PacketRing())}
    with writing(tmp_path, reels) as writer:
        writer.want(ClipWanted(INCIDENT, START_US, START_US + 5 * FRAME_US), {})
        done = answer(writer)
    assert len(done.names) == 1
    assert "camera ir: no key frame" in done.why
    assert "camera empty: no picture" in done.why


def test_what_was_asked_for_is_written_with_what_has_come_when_the_process_ends(tmp_path: Path) -> None:
    with writing(tmp_path, {"eo": Reel(ring_of(packets(count=20)))}) as writer:
        writer.want(ClipWanted(INCIDENT, START_US, START_US + 100 * FRAME_US), {})
    assert len(frames_of(next((tmp_path / INCIDENT).glob("*.mp4")))) == 20


def test_a_full_disk_costs_the_clip_alone(tmp_path: Path) -> None:
    (tmp_path / "clips").write_bytes(b"a file where the folder should be")
    with writing(tmp_path / "clips", {"eo": Reel(ring_of(packets(count=20)))}) as writer:
        for _ in range(2):
            writer.want(ClipWanted(INCIDENT, START_US, START_US + FRAME_US), {})
            assert "camera eo: " in answer(writer).why


@pytest.mark.parametrize(
    ("incident", "span_us"), [("../up", 1), ("", 1), (INCIDENT, 0), (INCIDENT, 10**12), ("a/b", 1)]
)
def test_nonsense_is_refused_and_touches_no_disk(tmp_path: Path, incident: str, span_us: int) -> None:
    with writing(tmp_path, {"eo": Reel(ring_of(packets(count=2)))}) as writer:
        writer.want(ClipWanted(incident, START_US, START_US + span_us), {})
        assert answer(writer).why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["โดรน ๑", "a b", ".hidden", "x" * 64])
def test_ids_of_any_script_give_short_plain_and_different_file_names(name: str) -> None:
    assert file_name(name).isascii()
    assert len(file_name(name)) < 50
    assert not file_name(name).startswith(".")
    assert file_name(name) != file_name(name + "1")
    assert file_name("patrol-1") == "patrol-1"
