"""A drone hears that its reports are on disk when they are, and a full disk ends nothing."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from droneops.clock import now_us
from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.errors import OutputError
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.site.desk import Desk, Office, checkpoint_of
from droneops.site.reception import Reception
from geofences import ZoneIndex, load_zones

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
from delivery_script import reports

ZONES = ZoneIndex(load_zones())
SCRIPT = [report for report in reports(1, 2) if report.drone_id == reports(1, 2)[0].drone_id]
PICTURE = b"\xff\xd8 a picture"
DRONE = SCRIPT[0].drone_id
CONTEXT = Context(
    status="test",
    software="droneops test",
    detector="script",
    weights_sha256=None,
    zones_sha256=ZONES.sha256,
    site_sha256=None,
    drill_markers=False,
    near=lambda _lat, _lon, _at: None,
)


class Notes:
    """What was written down, in order."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def take(self, drone_id: str, seq: int, time_us: int) -> None:
        self.told.append((drone_id, seq, time_us))

    def tick(self, time_us: int) -> None:
        self.told.append(time_us)

    def heard(self, answers: Any, time_us: int) -> None:
        self.told.append((answers, time_us))


class Disk:
    """An outbox whose disk can be full."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox, self.is_full = outbox, False

    def put(self, alerts: Any, *, notes: Any = None) -> Any:
        if self.is_full:
            raise OutputError("No space left on device")
        return self._outbox.put(alerts, notes=notes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with Outbox.open(tmp_path / "outbox.sqlite", now_us) as outbox:
        yield Disk(outbox)


def reception_of(disk: Disk, lines: list[str], notes: Notes) -> Reception:
    begin = checkpoint_of(disk, RuleSet(), Origin("trial", "test", "live"), ZONES)  # type: ignore[arg-type]
    office = Office(ZONES, CONTEXT, lambda *_: ("police",), disk, lines.append)  # type: ignore[arg-type]
    return Reception(Desk(begin, office), notes, lines.append)


def feed(reception: Reception, script: Any, begin_s: float = 0.0) -> int:
    alerts = 0
    for number, report in enumerate(script):
        taken = reception.report(report, begin_s + number * 0.2, report.time_us + 50_000)
        alerts += taken.alerts
    return alerts


def test_reports_are_confirmed_once_they_are_on_disk_and_in_order_written_down(disk: Disk) -> None:
    notes = Notes()
    reception = reception_of(disk, [], notes)
    assert reception.begin(DRONE) == 0
    assert feed(reception, SCRIPT) > 0
    reception.finish(SCRIPT[-1].time_us)
    assert reception.confirmations() == {DRONE: SCRIPT[-1].seq}
    assert reception.confirmations() == {}
    assert [told[1] for told in notes.told] == [report.seq for report in SCRIPT]
    assert reception.begin(DRONE) == SCRIPT[-1].seq


def test_what_is_sent_again_after_a_restart_makes_no_alert_twice(disk: Disk) -> None:
    first = reception_of(disk, [], Notes())
    alerts = feed(first, SCRIPT)
    first.finish(SCRIPT[-1].time_us)
    again = reception_of(disk, [], Notes())
    assert alerts > 0
    assert feed(again, SCRIPT) == 0


def test_a_full_disk_is_told_once_confirms_nothing_and_loses_no_alert(disk: Disk) -> None:
    lines: list[str] = []
    reception = reception_of(disk, lines, Notes())
    disk.is_full = True
    assert feed(reception, SCRIPT) >= 0
    assert reception.confirmations() == {}
    assert len(lines) == 1
    disk.is_full = False
    reception.finish(SCRIPT[-1].time_us)
    assert "stored again" in lines[-1]
    assert reception.confirmations() == {DRONE: SCRIPT[-1].seq}
    assert disk.depth().alerts > 0


def test_an_alert_shows_its_thing_in_a_picture_that_came_with_an_earlier_report(disk: Disk) -> None:
    reception = reception_of(disk, [], Notes())
    tracks = {track.id for report in SCRIPT for track in report.tracks}
    bare = [replace(report, pictures={}) for report in SCRIPT]
    feed(reception, [replace(bare[0], pictures=dict.fromkeys(tracks, PICTURE)), *bare[1:]])
    reception.finish(SCRIPT[-1].time_us)
    opened = [json.loads(alert.raw) for alert in disk.alerts()]
    shown = [alert["snapshot"]["sha256"] for alert in opened if alert["snapshot"] is not None]
    assert shown
    assert set(shown) == {hashlib.sha256(PICTURE).hexdigest()}
