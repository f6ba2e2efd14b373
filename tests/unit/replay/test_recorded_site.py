"""The replay of what a site recorded gives what the site said: alert by alert, answers of people included."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.receipt import make_receipt, parse_receipt
from droneops.errors import InputError, UsageError
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
from droneops.replay.recorded import Judging, RecordedDesk, recording_in, replay_recording
from droneops.replay.recorded_run import run_recording
from droneops.replay.request import ReplayRequest
from droneops.site.desk import Desk, Office, checkpoint_of
from droneops.site.reception import Reception
from droneops.types import GroundPoint, Sighting, read_only
from geofences import ZoneIndex, load_zones

START_US = 1_795_136_400_000_000
ZONES = ZoneIndex(load_zones())
PARK = LocalPlane.at(16.44, 104.75)
LIVE = Origin("trial", "exercise", "live")
OURS = ("id", "incident_id", "references", "evidence", "journal_head")
"""What a replay's contract makes its own."""


def _sighting(drone_id: str, time_us: int, east_m: float, north_m: float) -> Sighting:
    lat_deg, lon_deg = PARK.lat_lon_deg(east_m, north_m)
    cov = read_only(np.eye(2) * 4.0)
    point = GroundPoint(lat_deg, lon_deg, 200.0, cov, read_only(np.eye(2)), 4.3)
    box = (10.0, 10.0, 20.0, 30.0)
    return Sighting(drone_id, time_us, 0, "person", "person", None, 0.9, box, point, 0.01)


def _looks(drone_id: str, east_m: float, seconds: int, late_us: int) -> list[LookRecord]:
    """Somebody who walks through the park, looked at five times a second; gone for a while in between."""
    looks = []
    for seq in range(1, seconds * 5 + 1):
        time_us = START_US + late_us + seq * 200_000
        seen = not 100 <= seq < 140
        looks.append(
            LookRecord(
                seq=seq,
                time_us=time_us,
                picture=PictureTold("eo", seq, (1280, 720), "RTCP", 0.01),
                inferred=True,
                sightings=(_sighting(drone_id, time_us, east_m + 0.2 * seq, 0.0),) if seen else (),
                pictures={f"{drone_id}/1": b"\xff\xd8" + bytes([seq % 250])} if seq % 10 == 0 else {},
            )
        )
    return looks


def _record(folder: Path, drone_id: str, looks: Sequence[LookRecord]) -> None:
    session = Session(drone_id, START_US, False, "droneops test", "forest 1", None, None)
    header = to_line(session_to_record(session))
    writer = LineWriter(folder / drone_id / LOOKS, LOOKS, lambda: header, pytest.fail)
    for look in looks:
        writer.write(look_to_line(look), look.time_us)
    writer.close()


def _context(origin: Origin) -> Context:
    return Context(
        status="exercise",
        software="droneops test",
        detector="forest 1",
        weights_sha256=None,
        zones_sha256=ZONES.sha256,
        site_sha256=None,
        drill_markers=False,
        near=lambda _lat, _lon, _at: origin.site_id,
    )


def _dismiss(outbox: Outbox, time_us: int) -> None:
    """As a person of the police does with the first alert."""
    for owed in outbox.due(time_us, 99):
        outbox.sent([owed.key], time_us)
    alert = next(iter(outbox.alerts()))
    made = make_receipt(
        {"id": alert.id, "sha256": hashlib.sha256(alert.raw).hexdigest()},
        "dismissed",
        receipt_id=str(uuid.uuid4()),
        agency="police",
        at_us=time_us,
        by="Sgt Somchai",
    )
    outbox.receipt(parse_receipt(made, "police", None), time_us)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A site with two drones, live: its recordings, and the alerts that it stored."""
    folder = tmp_path_factory.mktemp("site")
    flown = {"patrol-1": _looks("patrol-1", 0.0, 60, 0), "patrol-2": _looks("patrol-2", 900.0, 40, 70_000)}
    for drone_id, looks in flown.items():
        _record(folder / "recordings", drone_id, looks)
    session = Session("", START_US, False, "", "forest 1", None, None)
    reports = [
        found.report
        for drone_id, looks in flown.items()
        for found in again([replace(session, drone_id=drone_id), *looks])
    ]
    reports.sort(key=lambda report: report.time_us)
    now_us = START_US
    with Outbox.open(folder / "outbox.sqlite", lambda: now_us) as outbox:
        began = Began(LIVE.site_id, LIVE.status, LIVE.run, resumed=False)
        notes = DeskNotes(folder / "recordings" / "site", began, lambda: now_us, pytest.fail)
        office = Office(ZONES, _context(LIVE), lambda *_: ("police",), outbox, pytest.fail)
        desk = Desk(checkpoint_of(outbox, RuleSet(), LIVE, ZONES), office)
        reception = Reception(desk, notes, pytest.fail)
        for number, report in enumerate(reports):
            now_us, now_s = report.time_us + 100_000, (report.time_us - START_US) / 1e6
            reception.report(report, now_s, now_us)
            reception.step(now_s, now_us)
            if number == len(reports) // 2:
                _dismiss(outbox, now_us)
        for _ in range(400):
            now_us, now_s = now_us + 1_000_000, now_s + 1.0
            reception.step(now_s, now_us)
        reception.finish(now_us)
        notes.close()
        alerts = [json.loads(alert.raw) for alert in outbox.alerts()]
    return folder / "recordings", alerts


def _replayed(folder: Path) -> RecordedDesk:
    recording = recording_in(folder)
    origin = replace(LIVE, run=recording.sha256())
    judging = Judging(
        ZONES, origin, lambda: IncidentBook(RuleSet(), origin, ZONES), lambda _session: _context(origin)
    )
    torn = Torn()
    desk = replay_recording(recording, judging, torn, lambda _: None)
    assert torn.lines == 0
    return desk


def _without_ours(alert: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in alert.items() if key not in OURS}


def _messages(desk: RecordedDesk) -> Iterator[dict[str, Any]]:
    return (json.loads(message.raw) for message in desk.gone.messages)


def test_each_alert_of_the_live_site_comes_again_in_the_same_order(
    lived: tuple[Path, list[dict[str, Any]]],
) -> None:
    folder, alerts = lived
    desk = _replayed(folder)
    assert {alert["drone"]["id"] for alert in alerts} == {"patrol-1", "patrol-2"}
    assert any(alert["snapshot"] for alert in alerts)
    assert [_without_ours(alert) for alert in _messages(desk)] == [_without_ours(alert) for alert in alerts]
    assert {alert["incident_id"] for alert in _messages(desk)}.isdisjoint(
        alert["incident_id"] for alert in alerts
    )


def test_a_dismissal_is_a_part_of_the_recording(lived: tuple[Path, list[dict[str, Any]]]) -> None:
    desk = _replayed(lived[0])
    assert desk.gone.notes["heard"] == 1
    assert "closed" in {str(incident.state) for incident in desk.book.incidents}
    assert desk.gone.missing == 0


def test_looks_that_are_gone_are_counted_and_not_made_up(
    lived: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "recordings"
    shutil.copytree(lived[0], folder)
    (path,) = (folder / "patrol-1" / LOOKS).iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:20] + lines[30:]))
    assert _replayed(folder).gone.missing == 10


class _Listener:
    def __init__(self) -> None:
        self.warned: list[str] = []

    def warn(self, text: str) -> None:
        self.warned.append(text)

    def progress(self, stage: str, done: float) -> None:
        assert stage and 0.0 <= done <= 1.0


def test_the_command_writes_alerts_sightings_and_a_summary(
    lived: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    out, listener = tmp_path / "out", _Listener()
    run_recording(ReplayRequest(telemetry=lived[0], out=out), listener)
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    alerts = (out / "alerts.jsonl").read_text("utf-8").splitlines()
    assert len(alerts) == summary["counts"]["alerts"] == len(lived[1])
    assert {json.loads(line)["status"] for line in alerts} == {"exercise"}
    assert summary["counts"]["looks"] == {"patrol-1": 300, "patrol-2": 200}
    assert len((out / "sightings.jsonl").read_text("utf-8").splitlines()) == 500 - 2 * 40
    again_out = tmp_path / "again"
    run_recording(ReplayRequest(telemetry=lived[0], out=again_out), listener)
    assert (again_out / "alerts.jsonl").read_bytes() == (out / "alerts.jsonl").read_bytes()


def test_a_wish_that_means_nothing_for_a_recording_is_refused_by_name(tmp_path: Path) -> None:
    request = ReplayRequest(telemetry=tmp_path, out=tmp_path / "out", detector="forest")
    with pytest.raises(UsageError, match="--detector"):
        run_recording(request, _Listener())


def test_a_folder_without_a_recording_is_named_with_what_is_due(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no recording.*desk-\*\.jsonl"):
        run_recording(ReplayRequest(telemetry=tmp_path, out=tmp_path / "out"), _Listener())
