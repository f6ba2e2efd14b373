"""Delivery against bare paho at QoS 1, in one run on one mosquitto: rate, cost, a backlog, latency.

    python benchmarks/delivery.py [--alerts 5000] [--backlog 100000]

Bare paho publishes the same payloads with the same window and keeps nothing: the price of what we keep is the
ratio. `fdatasync` is the disk's own limit for flushes of 2 KiB, one after another. Latency is from handing an
alert to the outbox until its PUBACK is written down, at 50 alerts a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from delivery_faults import answers, free_port, wait_until
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from droneops.config import Site, load_site
from droneops.delivery.courier import Courier, site_courier
from droneops.delivery.mqtt import Broker
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.delivery.outbox.types import DeliveryState, NewAlert

WINDOW = 64
PAYLOAD_BYTES = 2_000
MESSAGES_AN_INCIDENT = 5
BATCH = 500
LATENCY_RATE, LATENCY_ALERTS = 50, 500

SITE = """
[site]
id = "bench"
status = "test"

[broker]
url = "mqtt://127.0.0.1:{port}"

[[agency]]
id = "police"
receipt_within_s = 3600
"""


def now_us() -> int:
    """UTC in microseconds."""
    return time.time_ns() // 1000


def alerts(count: int) -> Iterator[NewAlert]:
    """Alerts of several messages an incident."""
    for number in range(count):
        incident, sequence = divmod(number, MESSAGES_AN_INCIDENT)
        alert_id = str(uuid.uuid4())
        head = json.dumps({"id": alert_id, "incident_id": str(incident), "sequence": sequence + 1})
        yield NewAlert(
            id=alert_id,
            incident_id=f"incident-{incident}",
            sequence=sequence + 1,
            raw=head.encode().ljust(PAYLOAD_BYTES),
            event="intrusion",
            severity="moderate",
            status="test",
            zone_ids=frozenset(),
            agencies=("police",),
            raises=sequence == 0,
        )


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A mosquitto that keeps nothing on disk and bounds no queue; its port."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise SystemExit("mosquitto is missing: apt-get install mosquitto")
    port, config = free_port(), folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
    with subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: answers(port), 10)
            with subscriber(port):
                yield port
        finally:
            process.terminate()


@contextmanager
def subscriber(port: int) -> Iterator[None]:
    """Somebody at the agency's end, in a process of its own."""
    command = ["mosquitto_sub", "-p", str(port), "-q", "1", "-t", "droneops/v1/bench/#"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        time.sleep(0.5)
        try:
            yield
        finally:
            process.terminate()


def bare_paho(port: int, count: int) -> tuple[float, float]:
    """Alerts a second and CPU microseconds an alert, publish to PUBACK, nothing kept."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bare", protocol=MQTTv5)
    client.max_inflight_messages_set(WINDOW)
    client.max_queued_messages_set(0)
    done = threading.Semaphore(0)
    client.on_publish = lambda *_: done.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_until(client.is_connected, 10)
    begin, cpu = time.perf_counter(), time.process_time()
    for alert in alerts(count):
        client.publish(f"droneops/v1/bench/alerts/police/{alert.incident_id}", alert.raw, qos=1)
    for _ in range(count):
        done.acquire()
    spent, cpu_spent = time.perf_counter() - begin, time.process_time() - cpu
    client.disconnect()
    client.loop_stop()
    return count / spent, cpu_spent / count * 1e6


def bare_flush(folder: Path, count: int = 300) -> float:
    """Flushes of one payload each, a second."""
    with (folder / "flushed").open("wb", buffering=0) as file:
        begin = time.perf_counter()
        for _ in range(count):
            file.write(bytes(PAYLOAD_BYTES))
            os.fdatasync(file.fileno())
        return count / (time.perf_counter() - begin)


def unsent(outbox: Outbox) -> int:
    """Alerts without PUBACK."""
    return outbox.depth().waiting


def stored_and_sent(site: Site, folder: Path, count: int) -> tuple[float, float]:
    """Alerts a second and CPU microseconds an alert, stored batch after batch while the courier delivers."""
    with Outbox.open(folder / "together.sqlite", now_us) as outbox, courier(outbox, site):
        time.sleep(1)
        begin, cpu = time.perf_counter(), time.process_time()
        pending = list(alerts(count))
        for start in range(0, count, BATCH):
            outbox.put(pending[start : start + BATCH])
        wait_until(lambda: unsent(outbox) == 0, 600)
        spent, cpu_spent = time.perf_counter() - begin, time.process_time() - cpu
    return count / spent, cpu_spent / count * 1e6


def drained(site: Site, folder: Path, count: int) -> tuple[float, float]:
    """Seconds to store a backlog, and to deliver it when the broker is back."""
    with Outbox.open(folder / FILE_NAME, now_us) as outbox:
        begin = time.perf_counter()
        pending: list[NewAlert] = []
        for alert in alerts(count):
            pending.append(alert)
            if len(pending) == BATCH:
                outbox.put(pending)
                pending.clear()
        outbox.put(pending)
        stored_s = time.perf_counter() - begin
        begin = time.perf_counter()
        with courier(outbox, site):
            wait_until(lambda: unsent(outbox) == 0, 3600)
            return stored_s, time.perf_counter() - begin


def latencies_ms(site: Site, folder: Path) -> list[float]:
    """From the hand-over to the outbox to the PUBACK written down, sorted."""
    handed: dict[str, int] = {}
    with Outbox.open(folder / "latency.sqlite", now_us) as outbox, courier(outbox, site):
        time.sleep(1)
        begin = time.perf_counter()
        for number, alert in enumerate(alerts(LATENCY_ALERTS)):
            time.sleep(max(begin + number / LATENCY_RATE - time.perf_counter(), 0))
            handed[alert.id] = now_us()
            outbox.put([alert])
        wait_until(lambda: unsent(outbox) == 0, 60)
        time.sleep(0.5)
        rows = list(outbox.alerts())
    sent = {row.id: delivery.sent_us for row in rows for delivery in row.deliveries}
    states = {delivery.state for row in rows for delivery in row.deliveries}
    if states != {DeliveryState.SENT}:
        raise SystemExit(f"not all was sent: {states}")
    return sorted((at - handed[alert_id]) / 1000 for alert_id, at in sent.items() if at is not None)


def courier(outbox: Outbox, site: Site) -> Courier:
    """The service's own courier."""
    return site_courier(
        outbox, Broker.of(site), site, now_us, keys={"police": None}, software="bench", tell=lambda _: None
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alerts", type=int, default=5_000)
    parser.add_argument("--backlog", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as port:
        folder = Path(name)
        path = folder / "site.toml"
        path.write_text(SITE.format(port=port))
        site = load_site(path)
        paho_rate, paho_us = bare_paho(port, options.alerts)
        rate, cpu_us = stored_and_sent(site, folder, options.alerts)
        flushes = bare_flush(folder)
        waits = latencies_ms(site, folder)
        stored_s, drained_s = drained(site, folder, options.backlog)
    result = {
        "bare_paho_alerts_per_s": round(paho_rate),
        "bare_paho_cpu_us": round(paho_us),
        "alerts_per_s": round(rate),
        "cpu_us": round(cpu_us),
        "share_of_bare_paho": round(rate / paho_rate, 3),
        "cpu_times_bare_paho": round(cpu_us / paho_us, 2),
        "bare_fdatasync_per_s": round(flushes),
        "latency_p50_ms": round(waits[len(waits) // 2], 2),
        "latency_p99_ms": round(waits[len(waits) * 99 // 100], 2),
        "backlog": options.backlog,
        "backlog_stored_per_s": round(options.backlog / stored_s),
        "backlog_drained_per_s": round(options.backlog / drained_s),
    }
    print(
        json.dumps(result) if options.json else "\n".join(f"{key}: {value}" for key, value in result.items())
    )


if __name__ == "__main__":
    sys.exit(main())
