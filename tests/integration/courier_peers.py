"""Peers for the courier's tests: a mosquitto that can be killed, an agency's terminal, a site's outbox."""

from __future__ import annotations

import getpass
import hashlib
import json
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import free_port, wait_for_port

from droneops.config import Site, load_site
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.delivery.outbox.types import Delivery, NewAlert
from droneops.delivery.receipt import make_receipt

DEADLINE_S = 30.0


def utc_us() -> int:
    return time.time_ns() // 1000


def wait_until(is_so: Callable[[], Any], timeout_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


class Broker:
    """A mosquitto with settings of its own, which can be killed and started again on the same port."""

    def __init__(self, folder: Path, settings: str = "", *, listener: str = "allow_anonymous true") -> None:
        found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if found is None:
            pytest.skip("mosquitto is not installed: run tests/install-servers.sh")
        self._program, self.port = found, free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"user {getpass.getuser()}\nlistener {self.port} 127.0.0.1\n{listener}\n"
            f"max_queued_messages 0\n{settings}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([self._program, "-c", str(self._config)], stderr=subprocess.DEVNULL)
        try:
            wait_for_port(self.port)
        except OSError:
            self.kill()
            raise

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@dataclass
class Terminal:
    """An agency's terminal: keeps what comes, and answers each alert with a `received` unless told not to."""

    port: int
    site_id: str
    agency: str
    answers: bool = True
    user: str | None = None
    password: str | None = None
    topics: tuple[str, ...] = ()
    options: Callable[[Any], None] | None = None
    messages: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def __enter__(self) -> Terminal:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        self.client = Client(CallbackAPIVersion.VERSION2, f"terminal-{uuid.uuid4()}", protocol=MQTTv5)
        if self.user is not None:
            self.client.username_pw_set(self.user, self.password)
        if self.options is not None:
            self.options(self.client)
        self._ready = threading.Event()
        self.acked: dict[int, Any] = {}
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._subscribe
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._take
        self.client.on_publish = lambda _c, _d, mid, reason, _p: self.acked.__setitem__(mid, reason)
        self.client.connect("localhost", self.port, 5)
        self.client.loop_start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    @property
    def alerts(self) -> list[bytes]:
        """The alerts' bytes as they came, repeats too."""
        return [raw for topic, raw, _ in self.messages if "/alerts/" in topic]

    @property
    def first_alerts(self) -> list[bytes]:
        """Each alert once."""
        return list(dict.fromkeys(self.alerts))

    def say(self, alert: bytes, action: str, **more: Any) -> None:
        """Send a receipt for an alert."""
        table = json.loads(alert)
        raw = make_receipt(
            {"id": table["id"], "sha256": hashlib.sha256(alert).hexdigest()},
            action,  # type: ignore[arg-type]
            receipt_id=str(uuid.uuid4()),
            agency=self.agency,
            at_us=utc_us(),
            **more,
        )
        self.publish(f"droneops/v1/{self.site_id}/receipts/{self.agency}/{table['incident_id']}", raw)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> int:
        return self.client.publish(topic, payload, qos=qos, retain=retain).mid

    def _subscribe(self, *_: Any) -> None:
        own = [f"droneops/v1/{self.site_id}/{kind}/{self.agency}/+" for kind in ("alerts", "snapshots")]
        self.client.subscribe([(topic, 1) for topic in (*own, *self.topics)])

    def _take(self, _client: Any, _data: Any, message: Any) -> None:
        self.messages.append((message.topic, bytes(message.payload), bool(message.retain)))
        if self.answers and "/alerts/" in message.topic:
            self.say(bytes(message.payload), "received", by="terminal")


def incident(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


def alert(
    incident_number: int,
    sequence: int,
    *,
    agencies: tuple[str, ...] = ("police",),
    picture: bytes | None = None,
    severity: str = "moderate",
) -> NewAlert:
    incident_id = incident(incident_number)
    alert_id = str(uuid.uuid5(uuid.UUID(incident_id), str(sequence)))
    table = {"id": alert_id, "incident_id": incident_id, "sequence": sequence, "fill": "x" * 200}
    return NewAlert(
        id=alert_id,
        incident_id=incident_id,
        sequence=sequence,
        raw=json.dumps(table).encode(),
        event="intrusion",
        severity=severity,
        status="test",
        zone_ids=frozenset(),
        agencies=agencies,
        raises=sequence == 1,
        picture=picture,
    )


SITE = """
[site]
id = "s"
status = "test"
data_dir = "var"
[broker]
url = "{url}"
{broker}
[[agency]]
id = "police"
receipt_within_s = {within_s}
{police}
[[agency]]
id = "forest"
receipt_within_s = {within_s}
[delivery]
repeat_at_most_every_s = 3600
"""


def site_at(
    folder: Path,
    port: int,
    *,
    within_s: float = 600,
    broker: str = "",
    police: str = "",
    scheme: str = "mqtt",
) -> Path:
    path = folder / "site.toml"
    url = f"{scheme}://localhost:{port}"
    path.write_text(SITE.format(url=url, broker=broker, within_s=within_s, police=police))
    (folder / "var").mkdir(exist_ok=True)
    return path


@contextmanager
def outbox_of(site_path: Path) -> Iterator[Outbox]:
    site = load_site(site_path)
    with Outbox.open(site.beside(site.file.site.data_dir) / FILE_NAME, utc_us) as outbox:
        yield outbox


@contextmanager
def running(site_path: Path) -> Iterator[tuple[Outbox, list[str]]]:
    """The site's courier over its outbox in this process, and the lines it told."""
    from droneops.delivery.courier import site_courier
    from droneops.delivery.mqtt import Broker as Address
    from droneops.delivery.service import agency_keys

    site: Site = load_site(site_path)
    lines: list[str] = []
    with outbox_of(site_path) as outbox:
        address, keys = Address.of(site), agency_keys(site)
        courier = site_courier(outbox, address, site, utc_us, keys=keys, software="test", tell=lines.append)
        with courier:
            yield outbox, lines
        assert courier.failure is None, courier.failure


def states(outbox: Outbox, agency: str = "police") -> dict[tuple[str, int], Delivery]:
    """Each delivery to an agency, by incident and sequence."""
    return {
        (delivery.incident_id, delivery.sequence): delivery
        for stored in outbox.alerts()
        for delivery in stored.deliveries
        if delivery.agency == agency
    }
