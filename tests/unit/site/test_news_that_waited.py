"""News that waited for its time, and is told when no drone reports any more, still shows what was seen."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.fleet.recording.desk_notes import Began, DeskNotes
from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Change, Origin
from droneops.incidents.rule_set import RuleSet
from droneops.site.desk import Checkpoint, Desk, Office
from droneops.site.reception import Reception
from droneops.site.report import Report
from droneops.tracking.tracker import Tracker
from droneops.types import GroundPoint, Sighting, read_only
from geofences import ZoneIndex, load_zones

START_US = 1_795_136_400_000_000
ZONES = ZoneIndex(load_zones())
ORIGIN = Origin("trial", "exercise", "live")
JPEG = b"\xff\xd8picture"


class Patient(IncidentBook):
    """Tells what it finds only once time has passed without reports, as between messages of an incident."""

    waiting: tuple[Change, ...] = ()
    latest_us = 0

    def observe(self, seen: Any, time_us: int, blind: Any = (), friends: Any = ()) -> tuple[Change, ...]:
        self.latest_us = time_us
        self.waiting += super().observe(seen, time_us, blind, friends)
        return ()

    def tick(self, time_us: int) -> tuple[Change, ...]:
        if time_us <= self.latest_us:
            return ()
        told, self.waiting = self.waiting, ()
        return told


def _report(tracker: Tracker, seq: int) -> Report:
    time_us = START_US + seq * 200_000
    lat_deg, lon_deg = LocalPlane.at(16.44, 104.75).lat_lon_deg(0.2 * seq, 0.0)
    cov = read_only(np.eye(2) * 4.0)
    point = GroundPoint(lat_deg, lon_deg, 200.0, cov, read_only(np.eye(2)), ce90_m=4.3)
    box = (9.0, 9.0, 19.0, 29.0)
    sighting = Sighting("patrol-1", time_us, 0, "person", "person", None, 0.9, box, point, 0.0)
    tracks = tuple(track for track in tracker.observe((sighting,), time_us) if track is not None)
    return Report("patrol-1", seq, time_us, tracks, None, {track.id: JPEG for track in tracks})


def test_the_alert_has_the_picture_of_the_last_report(tmp_path: Path) -> None:
    told: list[str] = []
    now_us = START_US
    context = Context(
        status="exercise",
        software="droneops test",
        detector="forest 1",
        weights_sha256=None,
        zones_sha256=ZONES.sha256,
        site_sha256=None,
        drill_markers=False,
        near=lambda _lat, _lon, _at: "",
    )
    with Outbox.open(tmp_path / "outbox.sqlite", lambda: now_us) as outbox:
        office = Office(ZONES, context, lambda *_: ("police",), outbox, told.append)
        desk = Desk(Checkpoint(Patient(RuleSet(), ORIGIN, ZONES), {}), office)
        began = Began("trial", "exercise", "live", resumed=False)
        notes = DeskNotes(tmp_path / "notes", began, lambda: now_us, told.append)
        reception, tracker = Reception(desk, notes, told.append), Tracker("patrol-1")
        for seq in range(1, 40):
            now_us = START_US + seq * 200_000
            reception.report(_report(tracker, seq), seq * 0.2, now_us)
        assert list(outbox.alerts()) == []
        reception.step(40 * 0.2 + 5.0, now_us + 5_000_000)
        notes.close()
        alert = json.loads(next(iter(outbox.alerts())).raw)
    assert alert["snapshot"] == {"sha256": hashlib.sha256(JPEG).hexdigest(), "bytes": len(JPEG)}
    assert told == []
