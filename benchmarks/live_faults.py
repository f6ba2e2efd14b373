"""What a running service does when something around it, or of it, fails: a row for each fault.

    python benchmarks/live_faults.py [--only NAME ...] [--json]

A drone hops from marker to marker, each of which is an event (live_events.py), before `droneops run`, with
a real RTSP server, a MAVLink link, mosquitto and Redis. Each fault strikes while a marker is in view. In
seconds: ``notice`` from then until the service says so (its log, its metrics), ``recover`` from when the
cause is gone until a picture is looked at again, a pose is there again, the broker or store is connected
again. ``blind`` is when the police were told that the drone sees nothing, if they were.

``lost`` and ``doubled`` count events. An event has to have its alert at the police's terminal, in exactly
one incident, if the service went on looking, or if the looks that it wrote down show the marker, placed on
the ground, for as long as the rule asks and two looks more. What nobody could see stands in ``unseen``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import live_rig as rig
from delivery_faults import answers, free_port
from live_events import EVENT_S, FPS, HOP_M, draw_film, scenario_in
from live_sender import Course, write_camera
from police_terminal import PoliceTerminal

SIZE_PX = (640, 360)
LOOKS_PER_SECOND = 5
DWELL_S = 2.0
"""R0's."""

IN_VIEW_S = EVENT_S / 2
STRIKE_AT_S = 1.0
"""Into an event: the marker has been seen, and the rule has not fired."""

OUTAGE_S = 10.0
"""Longer than all that is to be noticed takes."""

NOTICED_WITHIN_S, RECOVERED_WITHIN_S = 15.0, 60.0
DISK_BYTES = 64 << 20


@dataclass
class Stage:
    """All that runs."""

    course: Course
    service: rig.Process
    video: rig.Process
    telemetry: rig.Process
    broker: rig.Process
    broker_port: int
    store: rig.Process
    metrics_port: int
    has_own_disk: bool
    log_from: int = 0

    @property
    def folder(self) -> Path:
        return Path(self.course.folder)

    def says(self, text: str) -> bool:
        """Whether the service's log says it since the last strike."""
        return text.encode() in (self.folder / "run.log").read_bytes()[self.log_from :]

    def number(self, name: str, labels: str = "") -> float | None:
        """One of the service's metrics."""
        return rig.metrics(self.metrics_port).get((f"droneops_{name}", labels))

    def looks_at(self, since_us: int) -> bool:
        """Whether a picture taken since then was looked at and placed."""
        look = rig.newest_look(self.folder)
        pose = look.get("pose")
        return look.get("time_us", 0) > since_us and isinstance(pose, dict) and "lat_deg" in pose


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a stage, how it is undone, and how one knows that it was noticed and is over.

    ``lasts_s`` is 0 where nothing outside has to come back. ``goes_on_looking``: no look may be missed.
    """

    name: str
    strike: Callable[[Stage], None]
    heal: Callable[[Stage], None]
    is_noticed: Callable[[Stage], bool]
    is_over: Callable[[Stage, int], bool]
    lasts_s: float = OUTAGE_S
    goes_on_looking: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A fault as it went. Seconds; None: it did not come about in time, or was not told."""

    fault: str
    notice_s: float | None
    recover_s: float | None
    blind_s: float | None
    events: int
    unseen: int
    alerts_lost: int
    alerts_doubled: int


@dataclass(frozen=True, slots=True)
class Struck:
    """When a fault struck, and what was measured at once."""

    fault: Fault
    at_us: int
    notice_s: float | None
    recover_s: float | None


def now_us() -> int:
    return time.time_ns() // 1000


def _nothing(_: Stage) -> None:
    """What ends by itself."""


def _kill_drone(stage: Stage) -> None:
    for pid in rig.drone_pids(stage.service.pid).values():
        os.kill(pid, signal.SIGKILL)


def _reload(text: str) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        path = stage.folder / "site.toml"
        shutil.copy(path, stage.folder / "good.toml")
        path.write_text(path.read_text() + text)
        stage.service.signal(signal.SIGHUP)

    return strike


def _put_back(stage: Stage) -> None:
    shutil.copy(stage.folder / "good.toml", stage.folder / "site.toml")


def _fill(stage: Stage) -> None:
    path = stage.folder / "var" / "recordings" / "filler"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16 if shutil.disk_usage(path.parent).free > 1 << 17 else 1))


def _empty(stage: Stage) -> None:
    (stage.folder / "var" / "recordings" / "filler").unlink()


def _state(kind: str, state: str) -> Callable[[Stage], float | None]:
    labels = f'drone="patrol-1",state="{state}"'
    return lambda stage: stage.number(kind, labels)


def _is_gone(stage: Stage) -> bool:
    return not rig.metrics(stage.metrics_port)


STREAMING, CONNECTED = _state("video_state", "streaming"), _state("link_state", "connected")


def _looks_again(stage: Stage, since_us: int) -> bool:
    return stage.looks_at(since_us)


FAULTS = (
    Fault(
        "RTSP server killed",
        lambda stage: stage.video.kill(),
        lambda stage: stage.video.start(),
        lambda stage: STREAMING(stage) == 0.0 or stage.says("trying again"),
        _looks_again,
    ),
    Fault(
        "RTSP server hangs",
        lambda stage: stage.video.signal(signal.SIGSTOP),
        lambda stage: stage.video.signal(signal.SIGCONT),
        lambda stage: STREAMING(stage) == 0.0 or stage.says("trying again"),
        _looks_again,
    ),
    Fault(
        "telemetry silent",
        lambda stage: stage.telemetry.kill(),
        lambda stage: stage.telemetry.start(),
        lambda stage: CONNECTED(stage) == 0.0,
        _looks_again,
    ),
    Fault(
        "drone process kill -9",
        _kill_drone,
        _nothing,
        lambda stage: stage.says("SIGKILL"),
        _looks_again,
        lasts_s=0.0,
    ),
    Fault(
        "site process kill -9",
        lambda stage: stage.service.kill(),
        lambda stage: stage.service.start(),
        _is_gone,
        _looks_again,
        lasts_s=2.0,
    ),
    Fault(
        "broker kill -9",
        lambda stage: stage.broker.kill(),
        lambda stage: stage.broker.start(),
        lambda stage: stage.number("broker_connected") == 0.0,
        lambda stage, _: stage.number("broker_connected") == 1.0,
        goes_on_looking=True,
    ),
    Fault(
        "Redis kill -9",
        lambda stage: stage.store.kill(),
        lambda stage: stage.store.start(),
        lambda stage: stage.number("store_connected") == 0.0,
        lambda stage, _: stage.number("store_connected") == 1.0,
        goes_on_looking=True,
    ),
    Fault(
        "SIGHUP, new rules",
        _reload('[[rule]]\nid = "R4"\nenabled = false\n'),
        _put_back,
        lambda stage: stage.says("was read anew"),
        _looks_again,
        lasts_s=0.0,
        goes_on_looking=True,
    ),
    Fault(
        "SIGHUP, wrong file",
        _reload('[[rule]]\nid = "R99"\n'),
        _put_back,
        lambda stage: stage.says("the old one goes on"),
        _looks_again,
        lasts_s=0.0,
        goes_on_looking=True,
    ),
    Fault(
        "disk full (recordings)",
        _fill,
        _empty,
        lambda stage: stage.says("cannot be written down"),
        _looks_again,
        goes_on_looking=True,
    ),
)
FIRST_EVENT = 2


def build(folder: Path, film: Path) -> Stage:
    """Everything but the processes, which are not started yet."""
    telemetry, rtsp, broker, store, metrics = (free_port() for _ in range(5))
    start_us = now_us() + 3_000_000
    course = Course(str(folder), str(film), SIZE_PX, FPS, start_us, EVENT_S, HOP_M, 1000, rtsp, (telemetry,))
    course.write()
    write_camera(course)
    rig.write_site(course, broker, looks=LOOKS_PER_SECOND, metrics=metrics, store=store)
    redis = ["redis-server", "--port", str(store), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    recordings = folder / "var" / "recordings"
    recordings.mkdir(parents=True, mode=0o700)
    return Stage(
        course,
        rig.service(course),
        rig.sender(course, "video"),
        rig.sender(course, "telemetry"),
        rig.broker(folder, broker),
        broker,
        rig.Process(redis, folder / "redis.log"),
        metrics,
        _has_own_disk(recordings),
    )


def _has_own_disk(path: Path) -> bool:
    """Whether a small disk could be put there, for which one has to be root."""
    options = f"size={DISK_BYTES},mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    return shutil.which("mount") is not None and not subprocess.run(command, capture_output=True).returncode


def strike(stage: Stage, fault: Fault, event: int) -> Struck:
    """One fault, from an event on, until it is over."""
    _sleep_until(stage.course.start_us + round((event * EVENT_S + STRIKE_AT_S) * 1e6))
    stage.log_from = (stage.folder / "run.log").stat().st_size
    at_us = now_us()
    fault.strike(stage)
    is_noticed = rig.wait_until(lambda: fault.is_noticed(stage), NOTICED_WITHIN_S) is not None
    notice_s = (now_us() - at_us) / 1e6 if is_noticed else None
    _sleep_until(at_us + round(fault.lasts_s * 1e6))
    healed_us = now_us() if fault.lasts_s else at_us
    fault.heal(stage)
    is_back = rig.wait_until(lambda: fault.is_over(stage, healed_us), RECOVERED_WITHIN_S) is not None
    recover_s = (now_us() - healed_us) / 1e6 if is_back else None
    return Struck(fault, at_us, notice_s, recover_s)


def _sleep_until(at_us: int) -> None:
    time.sleep(max((at_us - now_us()) / 1e6, 0.0))


def next_event(stage: Stage) -> int:
    """The event after the next, so that one passes in peace."""
    return int((now_us() - stage.course.start_us) / 1e6 // EVENT_S) + 2


def fly(stage: Stage, faults: list[Fault]) -> tuple[list[Struck], int, PoliceTerminal, float]:
    """All faults one after the other; also the event after the last, the terminal, and how long the end took."""
    with PoliceTerminal(stage.broker_port, rig.SITE_ID, rig.AGENCY, "police-faults") as police:
        stage.telemetry.start()
        stage.video.start()
        stage.service.start()
        if rig.wait_until(lambda: stage.looks_at(0), 30.0) is None:
            raise SystemExit((stage.folder / "run.log").read_text()[-4000:])
        struck = [strike(stage, fault, max(next_event(stage), FIRST_EVENT)) for fault in faults]
        end = next_event(stage)
        _sleep_until(stage.course.start_us + round((end * EVENT_S + 4.0) * 1e6))
        return struck, end, police, stage.service.stop()


def judged(stage: Stage, struck: list[Struck], end: int, police: PoliceTerminal) -> list[Row]:
    """Each fault with the events from its own on to the next one's."""
    alerts = [json.loads(raw) for raw in police.first_bytes.values()]
    seen_s = _seen_s(stage)
    firsts = [_event_at(stage, one.at_us) for one in struck]
    rows = []
    for one, first, after in zip(struck, firsts, [*firsts[1:], end], strict=True):
        found = [_of_event(stage, event, alerts) for event in range(first, after)]
        due = [
            one.fault.goes_on_looking or seen_s[event] >= DWELL_S + 2 / LOOKS_PER_SECOND
            for event in range(first, after)
        ]
        rows.append(
            Row(
                fault=one.fault.name,
                notice_s=_rounded(one.notice_s),
                recover_s=_rounded(one.recover_s),
                blind_s=_rounded(_blind_s(one, alerts)),
                events=after - first,
                unseen=sum(not is_due and not count for is_due, count in zip(due, found, strict=True)),
                alerts_lost=sum(is_due and not count for is_due, count in zip(due, found, strict=True)),
                alerts_doubled=sum(max(count - 1, 0) for count in found),
            )
        )
    return rows


def _event_at(stage: Stage, time_us: int) -> int:
    return int((time_us - stage.course.start_us) / 1e6 // EVENT_S)


def _of_event(stage: Stage, event: int, alerts: list[dict[str, Any]]) -> int:
    """How many incidents the police were told of for the marker of an event."""
    return len(
        {
            alert["incident_id"]
            for alert in alerts
            if alert["sequence"] == 1
            and alert["event"] != "drone-blind"
            and _event_at(stage, _us(alert["onset"])) == event
        }
    )


def _blind_s(one: Struck, alerts: list[dict[str, Any]]) -> float | None:
    """When the police were told that nothing is seen: by the time at which the alert was made."""
    after_s = [(_us(alert["sent"]) - one.at_us) / 1e6 for alert in alerts if alert["event"] == "drone-blind"]
    return min((value for value in after_s if 0 < value < OUTAGE_S + NOTICED_WITHIN_S), default=None)


def _seen_s(stage: Stage) -> dict[int, float]:
    """For how long the looks that were written down show each event's marker on the ground."""
    times: dict[int, list[int]] = defaultdict(list)
    for look in rig.looks(stage.folder):
        if any(sighting["point"] is not None for sighting in look["sightings"]):
            times[_event_at(stage, look["time_us"])].append(look["time_us"])
    spans = {event: (max(seen) - min(seen)) / 1e6 for event, seen in times.items()}
    return defaultdict(float, spans)


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def measured(faults: list[Fault]) -> tuple[list[Row], float]:
    """All rows, and how long SIGTERM took."""
    with tempfile.TemporaryDirectory(prefix="live-faults-") as name:
        folder = Path(name)
        film = folder / "film"
        draw_film(scenario_in(folder, SIZE_PX, rig.MARKERS), SIZE_PX, rig.MARKERS, film)
        stage = build(folder, film / "video.mp4")
        if not stage.has_own_disk:
            print("disk full: left out, for no small disk can be mounted here", file=sys.stderr)
            faults = [fault for fault in faults if fault.strike is not _fill]
        try:
            stage.broker.start()
            stage.store.start()
            rig.wait_until(lambda: answers(stage.broker_port), 10.0)
            struck, end, police, stop_s = fly(stage, faults)
            return judged(stage, struck, end, police), stop_s
        finally:
            for process in (stage.service, stage.video, stage.telemetry, stage.broker, stage.store):
                process.kill()
            if stage.has_own_disk:
                subprocess.run(["umount", str(folder / "var" / "recordings")], check=False)


def main() -> int:
    """The table; exit status 1 if an alert was lost or doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], help="faults whose name holds one of these words")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    faults = [fault for fault in FAULTS if not given.only or any(word in fault.name for word in given.only)]
    rows, stop_s = measured(faults)
    lost, doubled = sum(row.alerts_lost for row in rows), sum(row.alerts_doubled for row in rows)
    if given.json:
        table = [asdict(row) for row in rows]
        print(json.dumps({"faults": table, "lost": lost, "doubled": doubled, "stop_s": round(stop_s, 2)}))
    else:
        print(f"{'fault':24} {'notice':>8} {'recover':>8} {'blind':>8}  events unseen lost doubled")
        for row in rows:
            took = "".join(f" {_told(value):>8}" for value in (row.notice_s, row.recover_s, row.blind_s))
            counts = f"{row.events:8}{row.unseen:7}{row.alerts_lost:5}{row.alerts_doubled:8}"
            print(f"{row.fault:24}{took}{counts}")
        print(f"SIGTERM: ended after {stop_s:.2f} s; {lost} alerts lost, {doubled} doubled")
    return 1 if lost or doubled else 0


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
