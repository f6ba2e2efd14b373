"""The states of a link, over a transport and a clock that the test plays."""

from __future__ import annotations

import itertools
import select
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_frames import UNKNOWN_ID, attitude, data_of, heartbeat, raw_v2

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.address import LinkAddress, parse_address
from droneops.telemetry.live.backoff import backoff_s
from droneops.telemetry.live.link import OPEN_LIMIT_S, SILENCE_S, Link
from droneops.telemetry.live.link_state import LinkState
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.peers import MOST_PEERS
from droneops.telemetry.live.transport import TransportCounts
from droneops.telemetry.live.waker import Waker

ADDRESSES = {
    "udpin": "udpin:0.0.0.0:14550",
    "udpout": "udpout:10.0.0.5:14550",
    "tcp": "tcp:10.0.0.5:5760",
    "serial": "serial:/dev/ttyUSB0:57600",
}
START_US = 1_795_169_100_000_000


@dataclass
class Time:
    """Seconds since the test began."""

    now_s: float = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: START_US + round(self.now_s * 1e6), lambda: 1000.0 + self.now_s)


class PlayedWaker(Waker):
    """Waits by setting the clock forward."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def wait(self, timeout_s: float, fd: int | None = None, events: int = select.POLLIN) -> bool:
        self._time.now_s += timeout_s
        return False


@dataclass
class PlayedTransport:
    """Does what the test says: opens as ``opens`` has it (else at once), receives what is in ``comes``."""

    time: Time
    is_datagram: bool
    is_shared: bool
    opens: list[bool | OSError] = field(default_factory=list)
    comes: list[list[tuple[str, bytes]] | OSError] = field(default_factory=list)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    is_open: bool = False
    openings: int = 0

    def open(self, timeout_s: float) -> bool:
        outcome = self.opens.pop(0) if self.opens else True
        if outcome is True:
            self.is_open = True
            self.openings += 1
            return True
        if outcome is False:
            self.time.now_s += timeout_s
            return False
        raise outcome

    def receive(self, timeout_s: float) -> list[tuple[str, bytes]]:
        assert self.is_open
        assert timeout_s >= 0
        outcome = self.comes.pop(0) if self.comes else []
        if isinstance(outcome, OSError):
            raise outcome
        if not outcome:
            self.time.now_s += timeout_s
        return outcome

    def send(self, data: bytes, peer: str) -> bool:
        assert self.is_open
        self.sent.append((peer, data))
        return True

    def close(self) -> None:
        self.is_open = False

    def counts(self) -> TransportCounts:
        return TransportCounts()


@dataclass
class Played:
    """A link with what is around it."""

    link: Link
    transport: PlayedTransport
    time: Time

    def states(self) -> list[LinkState]:
        """The states gone through since the last call."""
        return [event.state for event in self.link.take_events()]

    def run(self, seconds: float) -> None:
        """Poll until that much time has passed."""
        until_s = self.time.now_s + seconds
        while self.time.now_s < until_s:
            self.link.poll(until_s - self.time.now_s)

    def hear(self, data: bytes, peer: str = "10.0.0.5:14550") -> list[bytes]:
        self.transport.comes.append([(peer, data)])
        return data_of(self.link.poll(0.0))


def played(kind: str, chance: float = 0.5) -> Played:
    time = Time()
    address: LinkAddress = parse_address(ADDRESSES[kind])
    transport = PlayedTransport(time, kind.startswith("udp"), kind == "udpin")
    waker = PlayedWaker(time)
    return Played(
        Link(address, transport, waker, time.clock, lambda: chance, load_dialect()), transport, time
    )


@pytest.fixture(params=sorted(ADDRESSES))
def each(request: pytest.FixtureRequest) -> Iterator[Played]:
    made = played(request.param)
    yield made
    made.link.close()


@pytest.fixture
def udpin() -> Iterator[Played]:
    made = played("udpin")
    yield made
    made.link.close()


@pytest.fixture
def tcp() -> Iterator[Played]:
    made = played("tcp")
    yield made
    made.link.close()


def test_a_link_is_connected_while_frames_come_and_says_when_they_stop(each: Played) -> None:
    each.link.poll(1.0)
    assert each.hear(heartbeat(1)) == [heartbeat(1)]
    each.run(SILENCE_S - 0.001)
    assert each.link.status().state is LinkState.CONNECTED
    each.run(0.002)
    assert each.link.status().state is LinkState.SILENT
    each.hear(heartbeat(2))
    assert each.states() == [
        LinkState.OPENING, LinkState.LISTENING, LinkState.CONNECTED, LinkState.SILENT, LinkState.CONNECTED,
    ]  # fmt: skip


def test_junk_and_messages_without_a_checksum_do_not_make_a_link_connected(each: Played) -> None:
    each.link.poll(1.0)
    assert each.hear(bytes(280)) == []
    unknown = raw_v2(UNKNOWN_ID, b"\1")
    each.run(1.0)
    assert each.hear(unknown) == []
    assert each.link.status().counts.unknown_frames <= 1
    assert each.link.status().state is LinkState.LISTENING
    assert each.link.status().last_frame_us is None


@pytest.mark.parametrize(("kind", "limit_s"), [("tcp", 10), ("serial", 10), ("udpout", 30), ("udpin", None)])
def test_a_silent_link_is_opened_again_where_that_can_help(kind: str, limit_s: float | None) -> None:
    silent = played(kind)
    silent.run(9.9 if limit_s is None else limit_s - 0.1)
    assert silent.states() == [LinkState.OPENING, LinkState.LISTENING]
    silent.run(1000.0 if limit_s is None else 0.2)
    assert silent.states() == ([] if limit_s is None else [LinkState.BACKOFF])
    silent.run(0.6)
    assert silent.transport.openings == (1 if limit_s is None else 2)
    silent.link.close()


def test_bytes_that_are_no_mavlink_are_told_from_silence(tcp: Played) -> None:
    tcp.link.poll(1.0)
    tcp.hear(b"\xff" * 100)
    tcp.run(10.1)
    assert tcp.link.status().detail == "bytes that are no MAVLink for 10 s"


def test_waits_double_up_to_eight_seconds_and_begin_anew_after_a_good_connection(tcp: Played) -> None:
    tcp.transport.opens = [ConnectionRefusedError(111, "Connection refused") for _ in range(7)]
    waits_s = []
    while len(waits_s) < 7:
        tcp.run(0.001)
        status = tcp.link.status()
        if status.state is LinkState.BACKOFF and status.next_attempt_us is not None:
            waits_s.append((status.next_attempt_us - status.since_us) / 1e6)
            assert status.detail == "Connection refused"
            assert status.attempts == len(waits_s)
            tcp.run(waits_s[-1])
    assert waits_s == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    tcp.run(20.0)
    tcp.hear(heartbeat(1))
    assert tcp.link.status().attempts == 0
    for _ in range(5):
        tcp.run(2.1)
        tcp.hear(heartbeat(1))
    tcp.transport.comes.append(ConnectionError("the other end closed the connection"))
    tcp.link.poll(0.0)
    status = tcp.link.status()
    assert status.detail == "the other end closed the connection"
    assert status.next_attempt_us == status.since_us + 500_000


@given(st.integers(0, 10**6), st.floats(0.0, 1.0, exclude_max=True))
def test_a_wait_is_within_a_fifth_of_its_length_and_never_above_ten_seconds(
    failures: int, chance: float
) -> None:
    wait_s = backoff_s(failures, chance)
    assert 0.4 <= wait_s <= 9.6
    assert abs(wait_s / backoff_s(failures, 0.5) - 1.0) <= 0.2 + 1e-9


def test_an_opening_that_nobody_answers_is_given_up(tcp: Played) -> None:
    tcp.transport.opens = [False] * 100
    tcp.run(OPEN_LIMIT_S + 0.1)
    status = tcp.link.status()
    assert (status.state, status.detail) == (LinkState.BACKOFF, "no answer within 1.5 s")


def test_half_a_frame_is_not_put_together_with_the_next_connection(tcp: Played) -> None:
    tcp.link.poll(1.0)
    tcp.hear(attitude(1)[:20])
    tcp.transport.comes.append(ConnectionError("closed"))
    tcp.link.poll(0.0)
    tcp.run(0.6)
    tcp.link.poll(0.0)
    assert tcp.hear(attitude(1)[20:] + attitude(2)) == [attitude(2)]
    assert tcp.link.status().counts.junk_bytes == len(attitude(1))


def test_frames_go_only_to_peers_heard_within_a_minute(udpin: Played) -> None:
    assert not udpin.link.send(b"x", None)
    udpin.link.poll(1.0)
    udpin.hear(heartbeat(1), "10.0.0.5:1")
    udpin.hear(bytes(280), "10.0.0.6:1")
    assert udpin.link.send(b"a", None)
    assert udpin.link.send(b"b", "10.0.0.5:1")
    assert not udpin.link.send(b"c", "10.0.0.6:1")
    assert not udpin.link.send(b"d", "10.0.0.7:1")
    assert udpin.transport.sent == [("10.0.0.5:1", b"a"), ("10.0.0.5:1", b"b")]
    udpin.run(61.0)
    assert not udpin.link.send(b"e", None)


def test_a_called_peer_is_sent_to_before_it_has_said_anything() -> None:
    calling = played("udpout")
    calling.link.poll(1.0)
    assert calling.link.send(b"hello", None)
    assert calling.link.send(b"again", "10.0.0.5:14550")
    assert not calling.link.send(b"else", "10.0.0.6:14550")
    calling.link.close()


def test_noise_from_ever_new_addresses_does_not_push_a_vehicle_out(udpin: Played) -> None:
    udpin.link.poll(1.0)
    udpin.hear(heartbeat(1), "drone:1")
    for port in range(1000):
        udpin.hear(bytes(100), f"noise:{port}")
    status = udpin.link.status()
    assert status.peers == ("drone:1",)
    assert status.strangers == MOST_PEERS - 1
    assert status.counts.junk_bytes == 100_000


def test_of_too_many_vehicles_the_one_silent_longest_goes(udpin: Played) -> None:
    udpin.link.poll(1.0)
    for port in range(MOST_PEERS):
        udpin.hear(heartbeat(1), f"drone:{port}")
    udpin.hear(heartbeat(2), "drone:0")
    udpin.hear(heartbeat(1), "drone:new")
    peers = udpin.link.status().peers
    assert len(peers) == MOST_PEERS
    assert "drone:0" in peers
    assert "drone:1" not in peers


def test_two_peers_with_half_a_frame_each_are_not_mixed_up(udpin: Played) -> None:
    udpin.link.poll(1.0)
    udpin.hear(attitude(1)[:20], "a:1")
    udpin.hear(attitude(2)[:20], "b:1")
    assert udpin.hear(attitude(1)[20:], "a:1") == [attitude(1)]
    assert udpin.hear(attitude(2)[20:], "b:1") == [attitude(2)]


def test_frames_behind_a_stalled_half_frame_come_out_without_more_bytes(tcp: Played) -> None:
    tcp.link.poll(1.0)
    tcp.hear(b"\xfd\xff\x00\x00\x00\x01\x01\x1e\x00\x00" + heartbeat(1))
    came_us = tcp.time.clock.utc_us()
    frames = tcp.link.poll(5.0)
    assert data_of(frames) == [heartbeat(1)]
    assert tcp.time.now_s == pytest.approx(0.5, abs=0.01)
    assert frames[0].received_us == came_us


def test_a_closed_link_stays_closed(each: Played) -> None:
    each.link.poll(1.0)
    each.link.close()
    each.link.close()
    each.link.wake()
    assert each.link.poll(1.0) == []
    assert not each.link.send(b"x", None)
    assert each.link.status().state is LinkState.CLOSED
    assert not each.transport.is_open


LEADS_TO = {
    LinkState.OPENING: {LinkState.LISTENING, LinkState.BACKOFF},
    LinkState.LISTENING: {LinkState.CONNECTED, LinkState.BACKOFF},
    LinkState.CONNECTED: {LinkState.SILENT, LinkState.BACKOFF},
    LinkState.SILENT: {LinkState.CONNECTED, LinkState.BACKOFF},
    LinkState.BACKOFF: {LinkState.OPENING},
}
ERRORS = st.sampled_from([ConnectionError("gone"), OSError(5, "Input/output error"), TimeoutError()])
COMES = st.lists(
    st.tuples(st.sampled_from(["a:1", "b:1"]), st.sampled_from([heartbeat(1), b"\xfd\xff", bytes(9)]))
)


@given(
    st.sampled_from(sorted(ADDRESSES)),
    st.lists(st.booleans() | ERRORS),
    st.lists(st.one_of(COMES, ERRORS)),
    st.lists(st.floats(0.0, 12.0), max_size=60),
)
def test_whatever_happens_a_link_goes_only_the_ways_that_are_written_down(
    kind: str,
    opens: list[bool | OSError],
    comes: list[list[tuple[str, bytes]] | OSError],
    timeouts_s: list[float],
) -> None:
    link = played(kind)
    link.transport.opens, link.transport.comes = opens, comes
    states = []
    for timeout_s in timeouts_s:
        began_s = link.time.now_s
        link.link.poll(timeout_s)
        assert link.time.now_s - began_s <= timeout_s + 1e-6
        link.link.send(heartbeat(9), None)
        states += link.states()
        status = link.link.status()
        assert (status.next_attempt_us is not None) == (status.state is LinkState.BACKOFF)
        if status.state is LinkState.BACKOFF:
            assert not link.transport.is_open
    link.link.close()
    assert not link.transport.is_open
    assert all(b in LEADS_TO[a] for a, b in itertools.pairwise(states))
