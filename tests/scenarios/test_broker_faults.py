"""Brokers that lie, cut, and talk nonsense: a scripted one that speaks just enough MQTT 3.1.1."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from droneops.delivery import courier as courier_module
from droneops.delivery import post as post_module
from droneops.delivery.clerk import Duties
from droneops.delivery.client import Link, LinkLostError, Session
from droneops.delivery.courier import Courier, deliver_until_sent
from droneops.delivery.mqtt import Broker
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import NewAlert
from droneops.delivery.post import Address
from droneops.errors import DeliveryError, OutputError

CONNECT, PUBLISH = 1, 3
CONNACK = b"\x20\x02\x00\x00"
Answer = Callable[[int, int, bytes], bytes | None]
"""(connection's number, kind of packet, its body) -> what is sent back; None cuts the connection."""


def utc_us() -> int:
    return time.time_ns() // 1000


def puback(body: bytes) -> bytes:
    topic_bytes = int.from_bytes(body[:2], "big")
    return b"\x40\x02" + body[2 + topic_bytes : 4 + topic_bytes]


class ScriptedBroker:
    """Answers as it is told, and keeps every PUBLISH with the number of its connection."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.published: list[tuple[int, dict[str, object]]] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> ScriptedBroker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    @property
    def address(self) -> Broker:
        return Broker.from_url(f"mqtt://127.0.0.1:{self.port}", None, None, None)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                self.connections += 1
                with connection, suppress(OSError, EOFError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            while True:
                kind, body = read_packet(stream.read)
                if kind == PUBLISH:
                    self.published.append((self.connections, payload_of(body)))
                answer = self._answer(self.connections, kind, body)
                if answer is None:
                    return
                connection.sendall(answer)


def read_packet(read: Callable[[int], bytes]) -> tuple[int, bytes]:
    head = read(1)
    if not head:
        raise EOFError
    length = shift = 0
    while True:
        byte = read(1)[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return head[0] >> 4, read(length)


def payload_of(body: bytes) -> dict[str, object]:
    topic_bytes = int.from_bytes(body[:2], "big")
    found: dict[str, object] = json.loads(body[4 + topic_bytes :])
    return found


def honest(_connection: int, kind: int, body: bytes) -> bytes:
    return CONNACK if kind == CONNECT else puback(body) if kind == PUBLISH else b""


def alert(incident: int, sequence: int) -> NewAlert:
    incident_id = str(uuid.UUID(int=incident))
    raw = json.dumps({"incident": incident, "sequence": sequence}).encode()
    return NewAlert(
        id=str(uuid.uuid5(uuid.UUID(incident_id), str(sequence))),
        incident_id=incident_id,
        sequence=sequence,
        raw=raw,
        event="intrusion",
        severity="moderate",
        status="test",
        zone_ids=frozenset(),
        agencies=("police",),
        raises=sequence == 1,
    )


@contextmanager
def outbox_with(folder: Path, *alerts: NewAlert) -> Iterator[Outbox]:
    with Outbox.open(folder / "outbox.sqlite", utc_us) as outbox:
        outbox.put(alerts)
        yield outbox


def wait_until(is_so: Callable[[], object], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def courier(outbox: Outbox, broker: ScriptedBroker, lines: list[str]) -> Courier:
    address = Address("s", broker.address, Session("test", kept=True))
    return Courier(outbox, address, Duties("s"), utc_us, lines.append)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is faked where it is only waited for: reconnecting after 50 ms in place of a second."""
    monkeypatch.setattr("droneops.delivery.reconnect.FIRST_WAIT_S", 0.05)


def test_a_broker_that_takes_and_never_confirms_is_not_believed(tmp_path: Path, monkeypatch) -> None:
    """A wait for a PUBACK that ends without one is no delivery."""
    monkeypatch.setattr(courier_module, "PROGRESS_WITHIN_S", 1.0)

    def silent(_connection: int, kind: int, _body: bytes) -> bytes:
        return CONNACK if kind == CONNECT else b""

    with ScriptedBroker(silent) as broker, outbox_with(tmp_path, alert(1, 1)) as outbox:
        with pytest.raises(DeliveryError, match="no PUBACK"):
            deliver_until_sent(outbox, broker.address, "s", utc_us)
        assert broker.published
        assert outbox.depth().waiting == 1


@pytest.mark.usefixtures("quick_retries")
def test_a_silent_connection_is_given_up_and_the_next_one_brings_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(post_module, "PUBACK_TIMEOUT_S", 0.5)

    def first_silent(connection: int, kind: int, body: bytes) -> bytes:
        return b"" if connection == 1 and kind == PUBLISH else honest(connection, kind, body)

    lines: list[str] = []
    with (
        ScriptedBroker(first_silent) as broker,
        outbox_with(tmp_path, alert(1, 1)) as outbox,
        courier(outbox, broker, lines),
    ):
        wait_until(lambda: outbox.depth().waiting == 0)
    assert any("no PUBACK" in line for line in lines)


@pytest.mark.usefixtures("quick_retries")
def test_what_was_on_its_way_at_a_cut_is_sent_once_by_the_next_connection_and_before_what_follows(
    tmp_path: Path,
) -> None:
    """paho would send its own queue on reconnecting, beside ours."""

    def cut_first_three(connection: int, kind: int, body: bytes) -> bytes | None:
        return None if kind == PUBLISH and connection <= 3 else honest(connection, kind, body)

    alerts = [alert(1, sequence) for sequence in (1, 2, 3)]
    with (
        ScriptedBroker(cut_first_three) as broker,
        outbox_with(tmp_path, *alerts) as outbox,
        courier(outbox, broker, []),
    ):
        wait_until(lambda: outbox.depth().waiting == 0)
    assert [(connection, table["sequence"]) for connection, table in broker.published] == [
        (1, 1), (2, 1), (3, 1), (4, 1), (4, 2), (4, 3),
    ]  # fmt: skip


@pytest.mark.usefixtures("quick_retries")
def test_a_picture_that_the_broker_hangs_up_on_does_not_cut_off_the_alerts(tmp_path: Path) -> None:
    def hangs_up_on_large(connection: int, kind: int, body: bytes) -> bytes | None:
        return None if len(body) > 5000 else honest(connection, kind, body)

    picture = json.dumps("x" * 6000).encode()
    with (
        ScriptedBroker(hangs_up_on_large) as broker,
        outbox_with(tmp_path, replace(alert(1, 1), picture=picture)) as outbox,
        courier(outbox, broker, []),
    ):
        wait_until(lambda: broker.connections == 3)
        for number in range(2, 22):
            time.sleep(0.1)
            outbox.put([alert(number, 1)])
        wait_until(lambda: outbox.depth().waiting == 0)
        assert broker.connections == 3
        assert outbox.depth().pictures_waiting == 1


def test_a_message_that_the_broker_passes_over_goes_out_again_while_others_are_confirmed(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(post_module, "PUBACK_TIMEOUT_S", 0.5)
    passed_over: list[bytes] = []

    def forgets_the_first(connection: int, kind: int, body: bytes) -> bytes:
        if kind == PUBLISH and not passed_over:
            passed_over.append(body)
            return b""
        return honest(connection, kind, body)

    with ScriptedBroker(forgets_the_first) as broker, outbox_with(tmp_path, alert(1, 1)) as outbox:
        with courier(outbox, broker, []):
            wait_until(lambda: passed_over)
            for number in range(2, 100):
                outbox.put([alert(number, 1)])
                time.sleep(0.1)
                if len(broker.published) > number:
                    break
            wait_until(lambda: outbox.depth().waiting == 0)
        assert broker.connections == 1
        assert [said["incident"] for _, said in broker.published].count(1) == 2


def test_what_is_stored_goes_out_while_a_full_disk_takes_no_word_of_it(tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("No space left on device")

    with ScriptedBroker(honest) as broker, outbox_with(tmp_path, alert(1, 1), alert(1, 2)) as outbox:
        write_down = outbox.sent
        monkeypatch.setattr(outbox, "sent", full)
        with courier(outbox, broker, []):
            wait_until(lambda: len(broker.published) == 1)
            outbox.put([alert(2, 1)])
            wait_until(lambda: len(broker.published) == 2)
            monkeypatch.setattr(outbox, "sent", write_down)
            wait_until(lambda: outbox.depth().waiting == 0)
    assert [(said["incident"], said["sequence"]) for _, said in broker.published] == [(1, 1), (2, 1), (1, 2)]


def test_a_message_published_without_a_connection_is_an_error_and_never_goes_out_later(
    tmp_path: Path,
) -> None:
    def cut_after_connack(_connection: int, kind: int, body: bytes) -> bytes | None:
        return CONNACK if kind == CONNECT else None

    with ScriptedBroker(cut_after_connack) as broker:
        link = Link.open(broker.address, Session("test"), lambda: False)
        with suppress(LinkLostError):
            link.publish("t", b'{"n": 1}')
            while True:
                link.step(0.1)
        with pytest.raises(LinkLostError):
            link.publish("t", b'{"n": 2}')
        link.close()
        again = Link.open(broker.address, Session("test"), lambda: False)
        with suppress(LinkLostError):
            again.step(0.2)
        again.close()
    assert [table for _, table in broker.published] == [{"n": 1}]


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x40\x00",
        b"\x30\xff\xff\xff\xff\x01",
        b"\xf0\x00" * 9,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x40\x02\xff\xff",
    ],
    ids=["short-puback", "endless-length", "unknown-kind", "http", "another-messages-puback"],
)
def test_a_broker_that_talks_nonsense_is_left_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nonsense: bytes
) -> None:
    monkeypatch.setattr(post_module, "PUBACK_TIMEOUT_S", 0.5)

    def mad_at_first(connection: int, kind: int, body: bytes) -> bytes:
        return nonsense if kind == PUBLISH and connection == 1 else honest(connection, kind, body)

    with ScriptedBroker(mad_at_first) as broker, outbox_with(tmp_path, alert(1, 1)) as outbox:
        working = courier(outbox, broker, [])
        with working:
            wait_until(lambda: outbox.depth().waiting == 0)
        assert working.failure is None
        assert [connection for connection, _ in broker.published] == [1, 2]


def test_a_port_that_answers_nothing_is_no_broker_and_can_be_left(tmp_path: Path) -> None:
    def mute(_connection: int, _kind: int, _body: bytes) -> bytes:
        return b""

    with ScriptedBroker(mute) as broker, outbox_with(tmp_path, alert(1, 1)) as outbox:
        with courier(outbox, broker, []):
            wait_until(lambda: broker.connections == 1)
        assert outbox.depth().waiting == 1
