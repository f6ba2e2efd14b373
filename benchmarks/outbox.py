"""How many alerts a second the outbox makes durable, against what the disk under it can do in the same run.

    python benchmarks/outbox.py [--folder DIR] [--seconds S] [--waiting N] [--json]

The limit is a plain file: append 1 KiB, fdatasync, again. A caller puts one alert of 2.5 KB for one agency
and waits until it is durable; more callers share transactions. ``waiting`` alerts then wait to be sent, and
the calls that the courier lives on are timed against that.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import NewAlert

CALLERS = (1, 8, 64)
ALERT_BYTES = 2500
"""An alert of a replay of the example patrol has 2.2 to 2.6 KB."""

AT_A_TIME = 256
IN_FLIGHT = 64


def now_us() -> int:
    return time.time_ns() // 1000


def bare_syncs_per_s(folder: Path, seconds: float) -> float:
    """Appends of 1 KiB with fdatasync."""
    path, block, count = folder / "bare", b"x" * 1024, 0
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        os.write(fd, block)
        os.fdatasync(fd)
        count += 1
    took = time.perf_counter() - begun
    os.close(fd)
    path.unlink()
    return count / took


def alert(caller: int, number: int) -> NewAlert:
    """Three messages an incident."""
    incident = uuid.uuid5(uuid.NAMESPACE_URL, f"{caller} {number // 3}")
    raw = f"{caller} {number} ".encode().ljust(ALERT_BYTES, b"x")
    ident = str(uuid.uuid5(incident, str(number)))
    severity = ("moderate", "severe", "extreme")[number % 3]
    words = ("intrusion", severity, "exercise", frozenset[str](), ("police",), number % 3 == 0)
    return NewAlert(ident, str(incident), number % 3 + 1, raw, *words)


def durable_per_s(folder: Path, callers: int, seconds: float) -> float:
    """Alerts a second from so many threads, each waiting for its own."""
    path = folder / f"callers-{callers}.sqlite"
    counts = [0] * callers
    with Outbox.open(path, now_us) as box:
        begun = time.perf_counter()

        def work(caller: int) -> None:
            while time.perf_counter() - begun < seconds:
                box.put([alert(caller, counts[caller])])
                counts[caller] += 1

        threads = [threading.Thread(target=work, args=(caller,)) for caller in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - begun)


def cpu_us_per_alert(folder: Path) -> float:
    """Processor time of one alert among many in a transaction: what is left where the disk costs nothing."""
    with Outbox.open(folder / "cpu.sqlite", now_us) as box:
        batches = [
            [alert(1, number) for number in range(start, start + AT_A_TIME)] for start in range(0, 2560, 256)
        ]
        begun = time.process_time()
        for batch in batches:
            box.put(batch)
        return (time.process_time() - begun) / 2560 * 1e6


def median_ms(call: Callable[[], object], times: int = 15) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1e3


def with_many_waiting(folder: Path, waiting: int) -> dict[str, float]:
    """The courier's calls, and draining, with so many alerts that wait."""
    path, largest_log = folder / "waiting.sqlite", 0
    log = Path(f"{path}-wal")
    later = itertools.count()
    with Outbox.open(path, now_us) as box:
        begun = time.perf_counter()
        for start in range(0, waiting, AT_A_TIME):
            box.put([alert(0, number) for number in range(start, min(start + AT_A_TIME, waiting))])
            largest_log = max(largest_log, log.stat().st_size)
        filled_s = time.perf_counter() - begun
        found = {
            "waiting": waiting,
            "filled_per_s": waiting / filled_s,
            "due_64_ms": median_ms(lambda: box.due(now_us(), IN_FLIGHT)),
            "put_1_ms": median_ms(lambda: box.put([alert(1, next(later))])),
            "depth_ms": median_ms(box.depth, 5),
            "open_deliveries_ms": median_ms(box.open_deliveries, 3),
        }
        found["drained_per_s"] = drained_per_s(box, min(waiting, 20_000))
        found["largest_log_mib"] = max(largest_log, log.stat().st_size) / 2**20
    begun = time.perf_counter()
    Outbox.open(path, now_us).close()
    found["open_and_close_ms"] = (time.perf_counter() - begun) * 1e3
    found["file_mib"] = path.stat().st_size / 2**20
    return found


def drained_per_s(box: Outbox, count: int) -> float:
    """As the courier does, with a broker that confirms at once."""
    done, begun = 0, time.perf_counter()
    while done < count:
        owed = box.due(now_us(), IN_FLIGHT)
        box.sent([one.key for one in owed], now_us())
        done += len(owed)
    return done / (time.perf_counter() - begun)


def measured(folder: Path, seconds: float, waiting: int) -> dict[str, Any]:
    before = bare_syncs_per_s(folder, seconds)
    durable = {callers: durable_per_s(folder, callers, seconds) for callers in CALLERS}
    bare = (before + bare_syncs_per_s(folder, seconds)) / 2
    return {
        "bare_fdatasync_per_s": bare,
        "durable_per_s": durable,
        "ratio": {callers: rate / bare for callers, rate in durable.items()},
        "cpu_us_per_alert": cpu_us_per_alert(folder),
        "many": with_many_waiting(folder, waiting),
    }


def table(found: dict[str, Any]) -> str:
    bare = found["bare_fdatasync_per_s"]
    lines = [f"limit: 1 KiB appended and fdatasync  {bare:8.0f} a second   1.00"]
    lines += [
        f"durable alerts, {callers:2d} callers           {rate:8.0f} a second   {rate / bare:.2f}"
        for callers, rate in found["durable_per_s"].items()
    ]
    lines += [f"processor time of an alert          {found['cpu_us_per_alert']:8.0f} us", ""]
    lines += [f"{key:20s} {value:10.1f}" for key, value in found["many"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; else the temporary folder")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each rate")
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        found = measured(Path(folder), wanted.seconds, wanted.waiting)
    print(json.dumps(found) if wanted.json else table(found))


if __name__ == "__main__":
    main()
