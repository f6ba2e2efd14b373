"""Drones on their topics through a real mosquitto: who sees them, and that no alert waits behind them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from courier_peers import Broker, Terminal, alert, outbox_of, site_at, utc_us, wait_until
from store_peers import Vitals

from droneops.config import load_site
from droneops.delivery.courier import Courier, site_courier
from droneops.delivery.drone_topics import DroneTopics
from droneops.delivery.mqtt import Broker as Address
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.service import agency_keys

STATES, POSITIONS = "droneops/v1/s/drones/+/state", "droneops/v1/s/drones/+/position"
SLOW_BYTES_PER_S = 2500
"""20 kbit/s: a poor satellite link."""


@contextmanager
def courier_at(site_path: Path) -> Iterator[tuple[Outbox, Courier]]:
    site = load_site(site_path)
    with outbox_of(site_path) as outbox:
        keys = agency_keys(site)
        address = Address.of(site)
        with site_courier(outbox, address, site, utc_us, keys=keys, software="test", tell=print) as courier:
            yield outbox, courier
        assert courier.failure is None


def fleet(count: int) -> list[Vitals]:
    told = {"link_state": "connected", "video_state": "streaming", "blind": None}
    return [Vitals(f"d{number}", utc_us(), told) for number in range(count)]


def test_the_state_is_there_for_who_comes_later_and_the_position_only_live(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, courier_at(site_at(tmp_path, broker.port)) as (_, courier):
        with Terminal(broker.port, "s", "police", topics=(STATES, POSITIONS)) as early:
            courier.say(DroneTopics("s").due(fleet(2), utc_us()))
            wait_until(lambda: len(early.messages) == 4)
        with Terminal(broker.port, "s", "police", topics=(STATES, POSITIONS)) as late:
            wait_until(lambda: len(late.messages) == 2)
            time.sleep(0.3)
    assert {topic for topic, _, _ in late.messages} == {f"droneops/v1/s/drones/d{n}/state" for n in (0, 1)}
    assert all(retained for _, _, retained in late.messages)
    assert json.loads(late.messages[0][1])["video"] == "streaming"


def test_drones_are_told_over_websockets_too(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (
        Broker(tmp_path, f"listener {port} 127.0.0.1\nprotocol websockets") as broker,
        courier_at(site_at(tmp_path, port, scheme="ws")) as (_, courier),
        Terminal(broker.port, "s", "police", topics=(POSITIONS,)) as police,
    ):
        courier.say(DroneTopics("s").due(fleet(2), utc_us()))
        wait_until(lambda: len(police.messages) == 2)


def test_fifty_drones_are_told_each_second_on_a_good_link(tmp_path: Path) -> None:
    topics = DroneTopics("s")
    with (
        Broker(tmp_path) as broker,
        courier_at(site_at(tmp_path, broker.port)) as (_, courier),
        Terminal(broker.port, "s", "police", topics=(POSITIONS,)) as police,
    ):
        for _ in range(5):
            courier.say(topics.due(fleet(50), utc_us()))
            time.sleep(1)
        wait_until(lambda: len(police.messages) >= 200)
    assert len({topic for topic, _, _ in police.messages}) == 50


@contextmanager
def slow_way_to(port: int) -> Iterator[int]:
    """A port from which bytes reach another one at `SLOW_BYTES_PER_S`, and come back without delay."""
    stopping = threading.Event()

    def carry(source: socket.socket, target: socket.socket, bytes_per_s: float | None) -> None:
        while not stopping.is_set():
            try:
                part = source.recv(256)
                target.sendall(part)
            except OSError:
                return
            if not part:
                return
            if bytes_per_s is not None:
                time.sleep(len(part) / bytes_per_s)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        # The proxy's own buffer must not hide how slow the way is.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        thread = threading.Thread(target=_carry_one, args=(listening, port, carry), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stopping.set()
            thread.join(10)


Carry = Callable[[socket.socket, socket.socket, float | None], None]


def _carry_one(listening: socket.socket, port: int, carry: Carry) -> None:
    listening.settimeout(10)
    here, _ = listening.accept()
    with here, socket.create_connection(("127.0.0.1", port)) as there:
        back = threading.Thread(target=carry, args=(there, here, None), daemon=True)
        back.start()
        carry(here, there, SLOW_BYTES_PER_S)


def test_on_a_slow_link_an_alert_does_not_wait_behind_fifty_drones(tmp_path: Path) -> None:
    topics, seen_s = DroneTopics("s"), []
    with (
        Broker(tmp_path) as broker,
        slow_way_to(broker.port) as port,
        courier_at(site_at(tmp_path, port)) as (outbox, courier),
        Terminal(broker.port, "s", "police") as police,
    ):
        for round_number in range(6):
            courier.say(topics.due(fleet(50), utc_us()))
            time.sleep(1)
            put_s = time.monotonic()
            outbox.put([alert(round_number, 1)])
            wait_until(lambda expected=round_number + 1: len(police.first_alerts) == expected)
            seen_s.append(time.monotonic() - put_s)
    # 50 positions and states of 250 bytes each would be 10 s.
    assert max(seen_s) < 5, seen_s
