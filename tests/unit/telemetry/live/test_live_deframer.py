"""Which frames come out of a stream, whatever pieces it comes in and whatever is wrong with it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from live_frames import UNKNOWN_ID, attitude, data_of, heartbeat, raw_v1, raw_v2, v2

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.deframer import HOLD_US, Deframer, LinkCounts, Tally
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.tlog import read_tlog

LONGEST_FRAME = 280
HEARTBEAT_ID, ATTITUDE_ID = 0, 30
DIALECT = load_dialect()
# Pushes out whatever waits for the rest of a candidate.
PADDING = bytes(LONGEST_FRAME)

HEARTBEAT_PAYLOAD = st.binary(min_size=9, max_size=9)
KNOWN_V2_FRAMES = st.one_of(
    st.builds(raw_v2, st.just(ATTITUDE_ID), st.binary(min_size=1, max_size=255), seq=st.integers(0, 255)),
    st.builds(raw_v2, st.just(HEARTBEAT_ID), HEARTBEAT_PAYLOAD, flags=st.just(1)),
    st.builds(attitude, st.integers(0, 255)),
)
KNOWN_V1_FRAMES = st.builds(raw_v1, st.just(HEARTBEAT_ID), HEARTBEAT_PAYLOAD, seq=st.integers(0, 255))
KNOWN_FRAMES = KNOWN_V2_FRAMES | KNOWN_V1_FRAMES
UNKNOWN_FRAMES = st.one_of(
    st.builds(raw_v2, st.sampled_from([UNKNOWN_ID, 0xFFFFFF]), st.binary(max_size=255)),
    st.builds(raw_v1, st.just(UNKNOWN_ID & 0xFF), st.binary(max_size=255)),
)
QUIET_JUNK = st.binary(max_size=300).map(lambda data: data.replace(b"\xfd", b"\0").replace(b"\xfe", b"\0"))
LOUD_JUNK = st.lists(
    st.sampled_from([b"\xfd", b"\xfe", b"\xfd\xff\x00", b"\xfe\xff\x00\x01\x01\x00", b"\x00"])
    | st.binary(max_size=40)
).map(b"".join)


class Counted(Deframer):
    """One with a tally of its own."""

    def __init__(self, *, datagrams: bool) -> None:
        self.tally = Tally()
        super().__init__(DIALECT, self.tally, datagrams=datagrams)

    def counts(self) -> LinkCounts:
        return self.tally.snapshot()


def deframed(chunks: list[bytes], *, datagrams: bool = False) -> tuple[list[LiveFrame], Counted]:
    """The frames of chunks that came at 0, 1, 2, ... us."""
    deframer = Counted(datagrams=datagrams)
    frames = [frame for at, chunk in enumerate(chunks) for frame in deframer.feed(chunk, at, "peer")]
    return frames, deframer


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces."""
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[begin:end] for begin, end in itertools.pairwise(edges)]


@given(st.lists(KNOWN_FRAMES | UNKNOWN_FRAMES, max_size=8), st.lists(st.integers(0, 2000)), st.booleans())
def test_a_whole_stream_comes_out_frame_by_frame_however_it_is_cut(
    frames: list[bytes], places: list[int], datagrams: bool
) -> None:
    found, deframer = deframed(cut(b"".join(frames), places), datagrams=datagrams)
    assert data_of(found) == frames
    assert deframer.counts().junk_bytes == 0
    assert deframer.pending_bytes == 0


def in_junk(junk: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[tuple[bytes, list[bytes]]]]:
    """Junk before a MAVLink 2 frame, or before a MAVLink 1 frame with another one behind it."""
    lone = KNOWN_V2_FRAMES.map(lambda frame: [frame])
    pair = st.tuples(KNOWN_V1_FRAMES, KNOWN_V2_FRAMES).map(list)
    return st.lists(st.tuples(junk, lone | pair), max_size=6)


@given(in_junk(QUIET_JUNK), QUIET_JUNK, st.lists(st.integers(0, 3000)))
def test_junk_without_markers_costs_no_known_frame_and_is_counted_to_the_byte(
    parts: list[tuple[bytes, list[bytes]]], last_junk: bytes, places: list[int]
) -> None:
    stream = b"".join(junk + b"".join(frames) for junk, frames in parts) + last_junk
    found, deframer = deframed(cut(stream, places))
    assert data_of(found) == [frame for _, frames in parts for frame in frames]
    assert deframer.counts().junk_bytes == sum(len(junk) for junk, _ in parts) + len(last_junk)


@given(in_junk(LOUD_JUNK), st.lists(st.integers(0, 3000)), st.booleans())
def test_junk_with_markers_costs_no_known_frame_once_a_longest_frame_has_followed(
    parts: list[tuple[bytes, list[bytes]]], places: list[int], datagrams: bool
) -> None:
    stream = b"".join(junk + b"".join(frames) for junk, frames in parts)
    found, deframer = deframed([*cut(stream, places), PADDING], datagrams=datagrams)
    # Junk that looks like a whole unknown message, at the right place, is taken for one with all it claims.
    assume(deframer.counts().unknown_frames == 0)
    assert data_of(found) == [frame for _, frames in parts for frame in frames]


def test_whole_frames_behind_several_cut_off_ones_come_out_once_a_datagram_begins_anew() -> None:
    cut_off = b"\xfd\xff\x00"
    frames = [attitude(1), attitude(2)]
    found, deframer = deframed([cut_off + frames[0] + cut_off + frames[1], heartbeat(3)], datagrams=True)
    assert data_of(found) == [*frames, heartbeat(3)]
    assert deframer.counts().junk_bytes == 2 * len(cut_off)


def test_a_mavlink_1_frame_in_the_middle_of_junk_is_doubted() -> None:
    frame = raw_v1(HEARTBEAT_ID, bytes(range(9)))
    assert deframed([b"\0" + frame + b"\0"])[0] == []
    assert data_of(deframed([b"\0" + frame])[0]) == [frame]
    assert data_of(deframed([b"\0" + frame + heartbeat(1)])[0]) == [frame, heartbeat(1)]
    assert data_of(deframed([heartbeat(1) + frame + b"\0"])[0]) == [heartbeat(1), frame]


@given(st.lists(st.binary(max_size=600) | LOUD_JUNK | KNOWN_FRAMES | UNKNOWN_FRAMES), st.booleans())
def test_every_byte_is_in_a_frame_or_junk_or_pending_and_little_is_ever_pending(
    chunks: list[bytes], datagrams: bool
) -> None:
    found, deframer = deframed(chunks, datagrams=datagrams)
    counts = deframer.counts()
    assert deframer.pending_bytes < LONGEST_FRAME
    assert counts.bytes == sum(map(len, chunks))
    assert counts.bytes == sum(len(f.data) for f in found) + counts.junk_bytes + deframer.pending_bytes
    assert counts.frames + counts.unknown_frames == len(found)


SMALL_STREAM = [
    heartbeat(1),
    raw_v1(HEARTBEAT_ID, bytes(range(9)), seq=2),
    attitude(3),
    raw_v2(HEARTBEAT_ID, bytes(range(9)), seq=4, flags=1),
    heartbeat(5),
]


def spans(frames: list[bytes]) -> list[tuple[int, int]]:
    """Begin and end of each frame in the stream."""
    ends = list(itertools.accumulate(len(frame) for frame in frames))
    return list(zip([0, *ends], ends, strict=False))


def is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    """Whether ``part`` is in ``whole``, in order."""
    rest = iter(whole)
    return all(item in rest for item in part)


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_every_single_byte_corruption_costs_only_the_frame_it_hits(chunk_bytes: int) -> None:
    stream = b"".join(SMALL_STREAM)
    values = range(256) if chunk_bytes == 1000 else (0x00, 0x01, 0xFD, 0xFE, 0xFF)
    for (index, (begin, end)), value in itertools.product(enumerate(spans(SMALL_STREAM)), values):
        for at in range(begin, end):
            damaged = stream[:at] + bytes([value]) + stream[at + 1 :] + PADDING
            chunks = [damaged[i : i + chunk_bytes] for i in range(0, len(damaged), chunk_bytes)]
            found = [frame.data for frame in deframed(chunks)[0] if frame.is_known]
            untouched = SMALL_STREAM[:index] + SMALL_STREAM[index + 1 :]
            # The signature is not covered by the checksum: its frame stays.
            assert [data for data in found if data in SMALL_STREAM] == (
                SMALL_STREAM if value == stream[at] else untouched
            )
            assert all(data in damaged for data in found)


def test_every_truncation_keeps_the_frames_that_are_whole() -> None:
    stream = b"".join(SMALL_STREAM)
    for size in range(len(stream) + 1):
        found, _ = deframed([stream[:size]])
        assert data_of(found) == [stream[begin:end] for begin, end in spans(SMALL_STREAM) if end <= size]


def test_every_span_lost_costs_only_the_frames_it_touches() -> None:
    stream = b"".join(SMALL_STREAM)
    signature_end = spans(SMALL_STREAM)[3][1]
    mistaken = 0
    for begin, end in itertools.combinations(range(len(stream) + 1), 2):
        found, deframer = deframed([stream[:begin] + stream[end:] + PADDING])
        if deframer.counts().unknown_frames:
            # Two ends put together can look like an unknown message, and are then taken for one.
            mistaken += 1
            continue
        kept = [stream[a:b] for a, b in spans(SMALL_STREAM) if b <= begin or a >= end]
        if signature_end - 13 <= begin < signature_end:
            # No checksum covers a signature: what is lost of it is taken from the frame behind it.
            kept = [frame for frame in kept if frame != SMALL_STREAM[4]]
        # A frame cut in the middle can be made whole by the like bytes of the next: more may come out.
        assert is_subsequence(kept, data_of(found))
    assert mistaken < 0.01 * len(stream) ** 2 / 2


@pytest.mark.parametrize("size", range(1, len(attitude())))
def test_a_datagram_cut_short_does_not_delay_the_next(size: int) -> None:
    deframer = Counted(datagrams=True)
    datagrams = [heartbeat(0), attitude(1)[:size], attitude(2), heartbeat(3)]
    found = [data_of(deframer.feed(datagram, 0, "peer")) for datagram in datagrams]
    assert found == [[heartbeat(0)], [], [attitude(2)], [heartbeat(3)]]
    assert deframer.counts().junk_bytes == size


def test_a_frame_split_over_datagrams_by_a_serial_bridge_comes_out() -> None:
    frame = attitude(1)
    found, _ = deframed([heartbeat(0) + frame[:11], frame[11:] + heartbeat(2)], datagrams=True)
    assert data_of(found) == [heartbeat(0), frame, heartbeat(2)]


def test_a_header_claiming_255_bytes_holds_later_frames_back_only_for_a_while() -> None:
    deframer = Counted(datagrams=False)
    deframer.feed(b"\xfd\xff\x00\x00\x00\x01\x01\x1e\x00\x00", 0, "peer")
    assert deframer.feed(heartbeat(1), 100_000, "peer") == []
    assert deframer.feed(heartbeat(2), 200_000, "peer") == []
    late = deframer.feed(b"", HOLD_US, "peer")
    assert data_of(late) == [heartbeat(1), heartbeat(2)]
    assert [frame.received_us for frame in late] == [100_000, 200_000]
    assert deframer.counts().junk_bytes == 10


def test_half_a_frame_waits_for_the_other_half_through_a_stall() -> None:
    deframer = Counted(datagrams=False)
    deframer.feed(attitude(1)[:20], 0, "peer")
    deframer.feed(b"", 60_000_000, "peer")
    found = deframer.feed(attitude(1)[20:], 61_000_000, "peer")
    assert data_of(found) == [attitude(1)]
    assert found[0].received_us == 61_000_000


@pytest.mark.parametrize("chunk_bytes", [1, 5, 50, 1000])
def test_a_frame_inside_a_payload_is_no_frame(chunk_bytes: int) -> None:
    carried = heartbeat(7) + heartbeat(8)
    outer = v2("FILE_TRANSFER_PROTOCOL", {"target_system": 1, "payload": list(carried.ljust(251, b"\1"))})
    stream = outer + heartbeat(9)
    found, _ = deframed([stream[i : i + chunk_bytes] for i in range(0, len(stream), chunk_bytes)])
    assert data_of(found) == [outer, heartbeat(9)]


def test_a_payload_longer_than_the_dialect_is_accepted() -> None:
    longer = raw_v2(HEARTBEAT_ID, bytes(range(200)))
    assert data_of(deframed([longer])[0]) == [longer]


@pytest.mark.parametrize("flags", [0x02, 0x03, 0x80, 0xFF])
def test_a_frame_with_flags_nobody_has_defined_is_none(flags: int) -> None:
    frame = raw_v2(HEARTBEAT_ID, bytes(range(9)), flags=flags)
    found, deframer = deframed([frame + heartbeat(1)])
    assert data_of(found) == [heartbeat(1)]
    assert deframer.counts().junk_bytes == len(frame)


def test_an_unknown_message_counts_only_where_a_frame_is_due() -> None:
    unknown = raw_v2(UNKNOWN_ID, b"\1\2\3")
    assert [f.is_known for f in deframed([heartbeat(0) + unknown + heartbeat(1)])[0]] == [True, False, True]
    assert data_of(deframed([b"\0" + unknown + heartbeat(1)])[0]) == [heartbeat(1)]
    assert data_of(deframed([unknown + b"\0" + heartbeat(1)])[0]) == [heartbeat(1)]


def test_what_a_frame_says_is_read_from_its_header() -> None:
    signed = raw_v2(HEARTBEAT_ID, bytes(range(9)), seq=200, flags=1)
    (frame,) = Counted(datagrams=True).feed(signed, 1_234, "10.0.0.5:14550")
    assert frame == LiveFrame(1_234, "10.0.0.5:14550", 0, 1, 1, 200, 2, True, True, signed)
    old = raw_v1(HEARTBEAT_ID, bytes(range(9)), seq=201)
    (frame,) = Counted(datagrams=True).feed(old, 5, "x")
    assert frame == LiveFrame(5, "x", 0, 1, 1, 201, 1, False, True, old)


def test_a_wrong_checksum_is_counted_where_a_frame_was_due() -> None:
    damaged = heartbeat(1)[:-1] + bytes([heartbeat(1)[-1] ^ 1])
    _, deframer = deframed([heartbeat(0) + damaged + heartbeat(2)])
    counts = deframer.counts()
    assert (counts.frames, counts.bad_checksum_frames, counts.junk_bytes) == (2, 1, len(damaged))


@pytest.mark.parametrize("datagrams", [False, True])
def test_a_recorded_flight_comes_out_as_the_log_reader_reads_it(shared: Path, datagrams: bool) -> None:
    path = min((shared / "logs").rglob("*.tlog"), key=lambda path: path.stat().st_size)
    headers = read_tlog(path).headers
    log = path.read_bytes()
    frames = [
        log[begin + 8 : end]
        for begin, end in zip(headers.record_start.tolist(), headers.record_end.tolist(), strict=True)
    ]
    stream = b"".join(frames)
    chunks = frames if datagrams else [stream[i : i + 1111] for i in range(0, len(stream), 1111)]
    assert data_of(deframed(chunks, datagrams=datagrams)[0]) == frames
