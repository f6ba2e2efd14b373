"""The courier with a real mosquitto: alerts reach the terminal, receipts come back, whatever breaks."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path

import pytest
from conftest import free_port
from courier_peers import Broker, Terminal, alert, outbox_of, running, site_at, states, wait_until

from droneops.delivery.courier import deliver_until_sent
from droneops.delivery.mqtt import Broker as Address
from droneops.delivery.outbox.types import DeliveryState
from droneops.errors import DeliveryError

OURS = "persistence true\npersistence_location {folder}/\nautosave_on_changes true\nautosave_interval 10\n"


def sequences(raws: list[bytes]) -> dict[str, list[int]]:
    """The sequences of each incident in the order they came."""
    found: dict[str, list[int]] = {}
    for raw in raws:
        table = json.loads(raw)
        found.setdefault(table["incident_id"], []).append(table["sequence"])
    return found


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_an_alert_reaches_its_agency_byte_by_byte_and_the_receipts_come_back(
    tmp_path: Path, protocol: str
) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port, broker=f'protocol = "{protocol}"')
        with Terminal(broker.port, "s", "police") as police, running(site) as (outbox, _):
            sent = alert(1, 1, picture=b"\xff\xd8picture")
            outbox.put([sent])
            key = (sent.incident_id, 1)
            wait_until(lambda: states(outbox)[key].state is DeliveryState.RECEIVED)
            wait_until(lambda: len(police.messages) == 2)
            police.say(police.alerts[0], "acknowledged", by="Somchai")
            wait_until(lambda: states(outbox)[key].state is DeliveryState.ACKNOWLEDGED)
            assert [raw for _, raw, _ in police.messages] == [sent.raw, b"\xff\xd8picture"]


def test_each_incident_comes_in_order_while_many_are_on_their_way(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with Terminal(broker.port, "s", "police") as police, running(site) as (outbox, _):
            for sequence in range(1, 6):
                outbox.put([alert(number, sequence) for number in range(60)])
            wait_until(lambda: len(police.first_alerts) == 300)
            wait_until(lambda: all(d.state is DeliveryState.RECEIVED for d in states(outbox).values()))
    assert all(found == [1, 2, 3, 4, 5] for found in sequences(police.first_alerts).values())


def test_what_another_process_puts_is_sent_without_being_told(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with Terminal(broker.port, "s", "police") as police, running(site), outbox_of(site) as other:
            other.put([alert(1, 1)])
            wait_until(lambda: police.alerts)


@pytest.mark.parametrize("settings", ["", OURS], ids=["its-own-settings", "our-settings"])
def test_a_broker_killed_in_the_middle_loses_nothing_and_changes_no_order(
    tmp_path: Path, settings: str
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    store.chmod(0o777)
    with Broker(tmp_path, settings.format(folder=store)) as broker:
        # No ordinary repeat comes in the time of this test.
        site = site_at(tmp_path, broker.port, within_s=600)
        with Terminal(broker.port, "s", "police") as police, running(site) as (outbox, lines):
            for sequence in range(1, 11):
                outbox.put([alert(number, sequence) for number in range(10)])
                if sequence in (3, 7):
                    broker.kill()
                    broker.start()
                time.sleep(0.1)
            wait_until(lambda: len(police.first_alerts) == 100, 60)
            wait_until(lambda: all(d.state is DeliveryState.RECEIVED for d in states(outbox).values()), 60)
        assert any("waiting" in line for line in lines)
    assert all(found == list(range(1, 11)) for found in sequences(police.first_alerts).values())


def test_a_cut_connection_doubles_at_most_what_was_on_its_way(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Cutter(broker.port) as cutter:
        site = site_at(tmp_path, cutter.port)
        with Terminal(broker.port, "s", "police") as police, running(site) as (outbox, _):
            for sequence in range(1, 21):
                outbox.put([alert(number, sequence) for number in range(20)])
                if sequence % 7 == 0:
                    cutter.cut()
            wait_until(lambda: len(police.first_alerts) == 400, 60)
    assert all(found == list(range(1, 21)) for found in sequences(police.first_alerts).values())


def test_receipts_said_while_the_site_is_off_wait_for_it_at_the_broker(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with Terminal(broker.port, "s", "police", answers=False) as police:
            with running(site) as (outbox, _):
                outbox.put([alert(1, 1)])
                wait_until(lambda: police.alerts)
                wait_until(lambda: outbox.depth().waiting == 0)
            police.say(police.alerts[0], "acknowledged", by="Somchai")
            with running(site) as (outbox, _):
                wait_until(lambda: [d.state for d in states(outbox).values()] == [DeliveryState.ACKNOWLEDGED])


def test_receipts_that_do_not_count_are_refused_and_recorded_and_the_good_one_still_counts(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with Terminal(broker.port, "s", "police", answers=False) as police, running(site) as (outbox, _):
            outbox.put([alert(1, 1)])
            wait_until(lambda: police.alerts)
            topic = f"droneops/v1/s/receipts/police/{alert(1, 1).incident_id}"
            police.publish(topic, b"not json")
            police.publish(topic, b"{}", retain=True)
            police.publish(topic, b"[" * 10_000)
            police.publish(topic, b" " * 10_000_000)
            police.publish(topic.replace("police", "stranger"), b"{}")
            for _ in range(2000):
                police.publish(topic, b"flood")
            police.say(police.alerts[0], "acknowledged", by="Somchai")
            wait_until(lambda: [d.state for d in states(outbox).values()] == [DeliveryState.ACKNOWLEDGED])
            outbox.close()
        with outbox_of(site) as outbox:
            refused = {(one["agency"], one["reason"]): one["count"] for one in outbox.refusals()}
    assert refused["police", "not_json"] == 2002
    assert refused["police", "retained"] == 1
    assert refused["stranger", "unknown_agency"] == 1


def test_nobody_acknowledges_then_it_is_repeated_and_the_next_agency_gets_it_from_the_first_message(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port, within_s=2, police='escalate_to = "forest"')
        with (
            Terminal(broker.port, "s", "police", answers=False) as police,
            Terminal(broker.port, "s", "forest") as forest,
            running(site) as (outbox, _),
        ):
            outbox.put([alert(1, 1), alert(1, 2)])
            wait_until(lambda: len(forest.alerts) == 2)
            assert forest.first_alerts == [alert(1, 1).raw, alert(1, 2).raw]
            wait_until(lambda: police.alerts.count(alert(1, 1).raw) >= 2)


def test_the_state_is_retained_and_says_how_much_waits_and_a_stop_is_told(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        topic = "droneops/v1/s/state"
        with Terminal(broker.port, "s", "police", topics=(topic,)) as police:
            with running(site) as (outbox, _):
                wait_until(lambda: police.messages)
                head = outbox.journal_head()
            wait_until(lambda: len(police.messages) >= 2)
        with Terminal(broker.port, "s", "police", topics=(topic,)) as late:
            wait_until(lambda: late.messages)
    first, last = json.loads(police.messages[0][1]), json.loads(police.messages[-1][1])
    assert first["online"] is True
    assert first["outbox"] == {"waiting": 0, "oldest_s": None, "unacknowledged": 0}
    assert first["journal_head"] == {"n": head[0], "sha256": head[1]}
    assert (last["online"], last["reason"]) == (False, "stopped")
    assert late.messages[0][1:] == (police.messages[-1][1], True)


def test_until_sent_returns_when_every_message_has_its_puback(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with Terminal(broker.port, "s", "police") as police, outbox_of(site) as outbox:
            outbox.put([alert(number, 1, picture=b"\xff\xd8") for number in range(20)])
            told: list[int] = []
            address = Address.from_url(f"mqtt://localhost:{broker.port}", None, None, None)
            deliver_until_sent(outbox, address, "s", lambda: time.time_ns() // 1000, told.append)
            assert outbox.depth().waiting == outbox.depth().pictures_waiting == 0
            assert told[-1] == 40
            wait_until(lambda: len(police.messages) == 40)


def test_until_sent_says_that_the_broker_is_away_and_everything_stays(tmp_path: Path) -> None:
    port = free_port()
    with outbox_of(site_at(tmp_path, port)) as outbox:
        outbox.put([alert(1, 1)])
        address = Address.from_url(f"mqtt://localhost:{port}", None, None, None)
        with pytest.raises(DeliveryError, match="cannot be reached"):
            deliver_until_sent(outbox, address, "s", lambda: time.time_ns() // 1000)
        assert outbox.depth().waiting == 1


class Cutter:
    """A relay to the broker whose connections can be cut without a word."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Cutter:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def cut(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with suppressed():
                    end.shutdown(socket.SHUT_RDWR)

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppressed():
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._pairs.append((near, far))
                self._start(self._carry, near, far)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
            back.start()
            self._pump(near, far)
            back.join(5)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppressed():
            while data := source.recv(65536):
                target.sendall(data)
        with suppressed():
            target.shutdown(socket.SHUT_RDWR)


def suppressed():
    from contextlib import suppress

    return suppress(OSError)


def test_what_a_broker_confirmed_and_forgot_comes_again_although_it_was_sent(tmp_path: Path) -> None:
    """mosquitto with its own settings keeps nothing; the terminal was away when it was killed."""
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port, broker='protocol = "3.1.1"')
        with running(site) as (outbox, _):
            outbox.put([alert(1, 1), alert(1, 2)])
            wait_until(lambda: outbox.depth().waiting == 0)
            broker.kill()
            broker.start()
            with Terminal(broker.port, "s", "police") as police:
                wait_until(lambda: len(police.first_alerts) == 2)
    assert police.first_alerts == [alert(1, 1).raw, alert(1, 2).raw]
