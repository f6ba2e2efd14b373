"""A site dies now and then in the middle of a patrol: the replay of its recordings says what it said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.fleet.recording.again import again
from droneops.fleet.recording.desk_notes import Began, DeskNotes
from droneops.fleet.recording.look_record import LookRecord, PictureTold, look_to_line, to_line
from droneops.fleet.recording.reader import LOOKS, Torn
from droneops.fleet.recording.session import Session, session_to_record
from droneops.fleet.recording.writer import LineWriter
from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Blindness
from droneops.replay.recorded import Judging, RecordedDesk, recording_in, replay_recording
from droneops.site.desk import Desk, Office, checkpoint_of
from droneops.site.reception import Reception
from droneops.site.report import Report
from droneops.types import GroundPoint, Sighting, read_only
from geofences import ZoneIndex, load_zones

START_US = 1_795_136_400_000_000
LOOK_US = 250_000
ZONES = ZoneIndex(load_zones())
PARK = LocalPlane.at(16.44, 104.75)
LIVE = Origin("trial", "exercise", "live")
DRONES = {"patrol-1": 0.0, "patrol-2": 60.0}
"""How far east each one's people walk: near enough to be one incident."""

OURS = ("id", "incident_id", "references", "evidence", "journal_head")
"""What a replay's contract makes its own."""


def _sighting(drone_id: str, time_us: int, index: int, east_m: float) -> Sighting:
    lat_deg, lon_deg = PARK.lat_lon_deg(east_m, 15.0 * index)
    point = GroundPoint(lat_deg, lon_deg, 200.0, read_only(np.eye(2) * 4.0), read_only(np.eye(2)), ce90_m=4.3)
    return Sighting(
        drone_id, time_us, index, "person", "person", None, 0.9, (9.0, 9.0, 19.0, 29.0), point, 0.01
    )


def _looks(drone_id: str, count: int) -> Iterator[LookRecord]:
    """Two people who walk; one goes out of sight for a while, and later the lens is covered."""
    for seq in range(1, count + 1):
        time_us = START_US + seq * LOOK_US + 40_000 * (drone_id == "patrol-2")
        people = range(1 if 60 <= seq < 120 else 2)
        blind = Blindness(drone_id, START_US + 150 * LOOK_US, "covered", frozenset({"phu-pha-thoep"}))
        east_m = DRONES[drone_id] + 0.3 * seq
        yield LookRecord(
            seq=seq,
            time_us=time_us,
            picture=PictureTold("eo", seq, (1280, 720), "RTCP", 0.01),
            inferred=True,
            sightings=tuple(_sighting(drone_id, time_us, index, east_m) for index in people),
            pictures={f"{drone_id}/{1 + seq % 2}": b"\xff\xd8" + bytes([seq % 250])} if seq % 7 < 2 else {},
            blind=(blind,) if 150 <= seq < 220 else (),
        )


@dataclass
class Life:
    """A site in a folder, whose process may die after any report."""

    folder: Path
    reports: Sequence[Report]
    now_us: int = START_US

    def live(self, deaths: Sequence[int]) -> list[dict[str, Any]]:
        """All reports, the process dying after these numbers of them; the alerts that were stored."""
        begin = 0
        for end in (*deaths, len(self.reports)):
            self._process(begin, end, is_last=end == len(self.reports))
            begin = end
        with Outbox.open(self.folder / "outbox.sqlite", self._clock_us) as outbox:
            return [json.loads(alert.raw) for alert in outbox.alerts()]

    def _process(self, begin: int, end: int, *, is_last: bool) -> None:
        with Outbox.open(self.folder / "outbox.sqlite", self._clock_us) as outbox:
            desk = Desk(checkpoint_of(outbox, RuleSet(), LIVE, ZONES), _office(outbox))
            began = Began(LIVE.site_id, LIVE.status, LIVE.run, resumed=begin > 0)
            notes = DeskNotes(self.folder / "recordings" / "site", began, self._clock_us, pytest.fail)
            reception = Reception(desk, notes, pytest.fail)
            for report in (*self._sent_again(reception, begin), *self.reports[begin:end]):
                self.now_us = max(self.now_us, report.time_us + 100_000)
                reception.report(report, self._now_s(), self.now_us)
                reception.step(self._now_s(), self.now_us)
            if is_last:
                self._wait(reception)
            notes.close()

    def _sent_again(self, reception: Reception, begin: int) -> list[Report]:
        """As each drone does on being welcomed: what the site has not on disk, one drone after another."""
        self.now_us += 2_000_000
        before = self.reports[:begin]
        return [
            report
            for drone_id in DRONES
            for stored in [reception.begin(drone_id)]
            for report in before
            if report.drone_id == drone_id and report.seq > stored
        ]

    def _wait(self, reception: Reception) -> None:
        for _ in range(400):
            self.now_us += 1_000_000
            reception.step(self._now_s(), self.now_us)
        reception.finish(self.now_us)

    def _now_s(self) -> float:
        return (self.now_us - START_US) / 1e6

    def _clock_us(self) -> int:
        return self.now_us


def _office(outbox: Outbox) -> Office:
    return Office(ZONES, _context(), lambda *_: ("police",), outbox, pytest.fail)


def _context() -> Context:
    return Context(
        status="exercise",
        software="droneops test",
        detector="forest 1",
        weights_sha256=None,
        zones_sha256=ZONES.sha256,
        site_sha256=None,
        drill_markers=False,
        near=lambda _lat, _lon, _at: "",
    )


@pytest.fixture
def life(tmp_path: Path) -> Life:
    reports = []
    for drone_id in DRONES:
        session = Session(drone_id, START_US, False, "droneops test", "forest 1", None, None)
        header = to_line(session_to_record(session))
        folder = tmp_path / "recordings" / drone_id / LOOKS
        writer = LineWriter(folder, LOOKS, lambda header=header: header, pytest.fail)  # type: ignore[misc]
        looks = list(_looks(drone_id, 260))
        for look in looks:
            writer.write(look_to_line(look), look.time_us)
        writer.close()
        reports += [found.report for found in again([session, *looks])]
    return Life(tmp_path, sorted(reports, key=lambda report: report.time_us))


def _replayed(folder: Path) -> RecordedDesk:
    recording = recording_in(folder / "recordings")
    origin = replace(LIVE, run=recording.sha256())
    judging = Judging(
        ZONES, origin, lambda: IncidentBook(RuleSet(), origin, ZONES), lambda _session: _context()
    )
    return replay_recording(recording, judging, Torn(), lambda _: None)


@pytest.mark.parametrize(
    "deaths", [(), (5,), (41, 42, 43), (90, 200, 310), tuple(range(20, 500, 17))], ids=len
)
def test_a_replay_says_what_the_site_said_however_often_it_died(life: Life, deaths: Sequence[int]) -> None:
    said = life.live(deaths)
    desk = _replayed(life.folder)
    again_said = [json.loads(message.raw) for message in desk.gone.messages]
    assert {alert["event"] for alert in said} == {"intrusion", "drone_blind"}
    assert any(alert["snapshot"] for alert in said)
    assert [_without_ours(alert) for alert in again_said] == [_without_ours(alert) for alert in said]
    assert desk.gone.missing == 0


def _without_ours(alert: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in alert.items() if key not in OURS}
