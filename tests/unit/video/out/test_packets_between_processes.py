"""What a camera's socket promises those who watch through it."""

from __future__ import annotations

import random
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from made_packets import packets

from droneops.errors import InputError
from droneops.telemetry.live.now import system_clock
from droneops.video.live.encoded import EncodedPacket, StreamForm
from droneops.video.out.packet_client import PacketClient, connect
from droneops.video.out.packet_port import MOST_VIEWERS, PacketPort, socket_path
from droneops.video.out.packet_wire import MAX_BYTES, Decoder, encode_form, encode_packet
from droneops.video.out.ring import PacketRing

FORM = StreamForm(3, "h264", b"\x01\x02", 1280, None)


def made(k: int, *, is_key: bool = False, data: bytes = b"x", form: StreamForm = FORM) -> EncodedPacket:
    return EncodedPacket(form, data, k * 40_000, k * 40_000 - 5, 1_795_000_000_000_000 + k * 40_000, is_key)


def wired(some: list[EncodedPacket]) -> bytes:
    return b"".join(encode_form(one.form) + encode_packet(one) for one in some)


@contextmanager
def served(folder: Path, ring: PacketRing | None = None) -> Iterator[tuple[PacketPort, Path]]:
    path = socket_path(folder / "run" / "video", "patrol-1", "eo")
    told: list[str] = []
    port = PacketPort(path, ring or PacketRing(), system_clock(), told.append)
    port.start()
    try:
        yield port, path
    finally:
        port.stop()
    assert not told


def read(client: PacketClient, count: int) -> list[EncodedPacket]:
    found: list[EncodedPacket] = []
    end_s = time.monotonic() + 20
    while len(found) < count and time.monotonic() < end_s:
        packet = client.read(0.2)
        found += [] if packet is None else [packet]
    return found


def test_packets_come_out_as_they_went_in_however_they_are_cut() -> None:
    some = [*packets(count=12), made(5, is_key=True), made(6, form=replace(FORM, session=4, extradata=b""))]
    decoder, raw, chance, found = Decoder(), wired(some), random.Random(1), []  # noqa: S311 - where bytes are cut
    while raw:
        cut = chance.randint(1, 500)
        found += list(decoder.feed(raw[:cut]))
        raw = raw[cut:]
    assert found == some


def test_bytes_that_are_no_packets_end_the_stream_with_one_line_and_nothing_else() -> None:
    chance, good = random.Random(2), wired([made(1, is_key=True, data=b"abc" * 20), made(2)])  # noqa: S311 - noise
    for _ in range(2000):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            list(Decoder().feed(bytes(raw[: chance.randint(0, len(raw))])))
        except InputError as error:
            assert "\n" not in error.one_line()


def test_a_length_beyond_the_bound_is_refused_before_anything_is_kept() -> None:
    with pytest.raises(InputError, match="at most"):
        list(Decoder().feed((MAX_BYTES + 1).to_bytes(4, "big")))
    with pytest.raises(ValueError, match="larger"):
        encode_packet(made(1, data=bytes(MAX_BYTES)))


def test_who_connects_begins_at_the_newest_key_frame_and_goes_on_live(tmp_path: Path) -> None:
    with served(tmp_path) as (port, path):
        for k in range(25):
            port(made(k, is_key=k % 10 == 0))
        with connect(path) as client:
            assert [one.pts_us // 40_000 for one in read(client, 5)] == [20, 21, 22, 23, 24]
            port(made(25))
            assert read(client, 1) == [made(25)]
            assert client.read(0.0) is None


def test_the_socket_is_for_the_services_own_user_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    with served(tmp_path) as (_, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()
    with pytest.raises(InputError, match="while it runs"):
        connect(path)


def test_a_folder_whose_name_is_longer_than_a_sockets_address_will_do(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / ("longer" * 20)
    with served(folder) as (port, path), connect(path) as client:
        port(made(0, is_key=True))
        assert read(client, 1) == [made(0, is_key=True)]


def test_a_socket_left_behind_by_a_process_that_was_killed_is_replaced(tmp_path: Path) -> None:
    path = socket_path(tmp_path / "run" / "video", "patrol-1", "eo")
    path.parent.mkdir(parents=True)
    path.touch()
    with served(tmp_path) as (port, path), connect(path) as client:
        port(made(0, is_key=True))
        assert read(client, 1)


def test_a_viewer_that_is_slow_goes_on_from_a_key_frame_and_the_camera_never_waits(tmp_path: Path) -> None:
    picture = bytes(100_000)
    with served(tmp_path) as (port, path), connect(path) as client:
        port(made(0, is_key=True, data=picture))
        assert read(client, 1)
        began_s = time.monotonic()
        for k in range(1, 400):
            port(made(k, is_key=k % 50 == 0, data=picture))
        assert time.monotonic() - began_s < 5
        numbers = [0]
        while numbers[-1] != 399:
            numbers += [one.pts_us // 40_000 for one in read(client, 1)]
    jumps = [(a, b) for a, b in pairwise(numbers) if b != a + 1]
    assert jumps, "it was given everything, although it was slow"
    assert all(b % 50 == 0 for _, b in jumps)


def test_there_are_only_so_many_viewers_and_one_that_leaves_makes_room(tmp_path: Path) -> None:
    with served(tmp_path) as (port, path):
        port(made(0, is_key=True))
        clients = [connect(path) for _ in range(MOST_VIEWERS)]
        assert all(read(client, 1) for client in clients)
        with connect(path) as refused, pytest.raises(InputError, match="over"):
            read(refused, 1)
        clients.pop().close()
        end_s = time.monotonic() + 20
        is_in = False
        while not is_in and time.monotonic() < end_s:
            with connect(path) as again:
                try:
                    is_in = bool(read(again, 1))
                except InputError:
                    time.sleep(0.05)
        assert is_in
        for client in clients:
            client.close()


def test_all_viewers_are_hung_up_on_when_the_camera_stops(tmp_path: Path) -> None:
    with served(tmp_path) as (port, path):
        port(made(0, is_key=True))
        client = connect(path)
        assert read(client, 1)
    with client, pytest.raises(InputError, match="over"):
        read(client, 1)
