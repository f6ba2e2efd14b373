"""A site file that changes in mid-patrol: the replay of the recording judges each look by what held then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droneops.config import load_site
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.fleet.recording.again import again
from droneops.fleet.recording.look_record import LookRecord, PictureTold, look_to_line, to_line
from droneops.fleet.recording.reader import LOOKS
from droneops.fleet.recording.session import Session, session_to_record
from droneops.fleet.recording.writer import LineWriter
from droneops.geo.wgs84 import LocalPlane
from droneops.replay.recorded_run import run_recording
from droneops.replay.request import ReplayRequest
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.site.live_parts import Front, Looker, changed, front_of, keep_in_force, notes_of
from droneops.site.reception import Reception
from droneops.site.report import Report
from droneops.types import GroundPoint, Sighting, read_only

START_US = 1_795_136_400_000_000
LOOK_US = 250_000
DRONE = "patrol-1"
PARK = LocalPlane.at(16.44, 104.75)
OURS = ("id", "incident_id", "references", "evidence", "journal_head")

ALL = '[site]\nid = "trial"\n[[drone]]\nid = "patrol-1"\n'
BORDER_ALONE = ALL + '[[zone_layer]]\nid = "mekong-border"\n'
OTHER_RULE = ALL + '[[rule]]\nid = "R0"\nseverity = "extreme"\n'
NO_RULES = ALL + "".join(f'[[rule]]\nid = "R{number}"\nenabled = false\n' for number in range(12))

SECOND = SecondLook("large 2", "ab" * 32, Answer.DISAGREED, Why.ANOTHER_LABEL, "boat", 0.25)


def _look(seq: int, east_m: float, people: int) -> LookRecord:
    time_us = START_US + seq * LOOK_US
    rows = []
    for index in range(people):
        lat_deg, lon_deg = PARK.lat_lon_deg(east_m + 150.0 * index, 0.0)
        point = GroundPoint(lat_deg, lon_deg, 200.0, read_only(np.eye(2) * 4.0), read_only(np.eye(2)), 4.3)
        box = (9.0, 9.0, 19.0, 29.0)
        rows.append(Sighting(DRONE, time_us, index, "person", "person", None, 0.9, box, point, 0.01))
    return LookRecord(
        seq=seq,
        time_us=time_us,
        picture=PictureTold("eo", seq, (1280, 720), "RTCP", 0.01),
        inferred=True,
        sightings=tuple(rows),
        second={f"{DRONE}/1": SECOND} if seq == 3 else {},
    )


@dataclass
class Life:
    """A site with a folder, whose clock is that of the looks."""

    folder: Path
    reports: list[Report]
    lines: list[str] = field(default_factory=list)
    now_us: int = START_US

    @property
    def path(self) -> Path:
        return self.folder / "site.toml"

    def live(self, reloads: dict[int, str], deaths: tuple[int, ...] = ()) -> list[dict[str, Any]]:
        """Before each of these reports another site file; the alerts that were stored."""
        begin = 0
        for end in (*deaths, len(self.reports)):
            with Outbox.open(self.folder / "var" / FILE_NAME, lambda: self.now_us) as outbox:
                self._process(outbox, begin, end, reloads)
            begin = end
        with Outbox.open(self.folder / "var" / FILE_NAME, lambda: self.now_us) as outbox:
            return [json.loads(alert.raw) for alert in outbox.alerts()]

    def _process(self, outbox: Outbox, begin: int, end: int, reloads: dict[int, str]) -> None:
        front = front_of(load_site(self.path), outbox, self.lines.append)
        notes = notes_of(front, resumed=begin > 0, clock_us=lambda: self.now_us, tell=self.lines.append)
        reception = Reception(front.desk, notes, self.lines.append)
        front.looks_with(DRONE, Looker("forest 1", None))
        begin = min(begin, reception.begin(DRONE))
        for number in range(begin, end):
            if number in reloads:
                self.path.write_text(reloads[number])
                front = self._renewed(front, reception)
            report = self.reports[number]
            self.now_us = max(self.now_us, report.time_us + 100_000)
            reception.report(report, self.now_us / 1e6, self.now_us)
            reception.step(self.now_us / 1e6, self.now_us)
        if end == len(self.reports):
            reception.finish(self.now_us)
        notes.close()

    def _renewed(self, front: Front, reception: Reception) -> Front:
        self.now_us += 3_000
        made = changed(front, load_site(self.path), self.now_us, reception.known)
        keep_in_force(made, self.lines.append)
        reception.renew(made.desk, made.in_force, self.now_us)
        return made


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    session = Session(DRONE, START_US, False, "droneops test", "forest 1", None, None)
    header = to_line(session_to_record(session))
    writer = LineWriter(tmp_path / "var/recordings" / DRONE / LOOKS, LOOKS, lambda: header, pytest.fail)
    looks = [_look(seq, 0.3 * seq, 1 if seq < 100 else 2) for seq in range(1, 260)]
    for look in looks:
        writer.write(look_to_line(look), look.time_us)
    writer.close()
    (tmp_path / "site.toml").write_text(ALL)
    yield Life(tmp_path, [found.report for found in again([session, *looks])])


class Heard:
    """Who hears of a replay."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, stage: str, done: float) -> None:
        pass


def _replayed(life: Life, site: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    path, heard, out = life.folder / "replayed.toml", Heard(), life.folder / "again"
    if site is not None:
        path.write_text(site)
    recordings = life.folder / "var" / "recordings"
    run_recording(ReplayRequest(recordings, out, site=None if site is None else path), heard)
    return [json.loads(line) for line in (out / "alerts.jsonl").read_bytes().splitlines()], heard.warnings


def _alike(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in alert.items() if key not in OURS} for alert in alerts]


@pytest.mark.parametrize(
    ("reloads", "deaths"),
    [
        ({}, ()),
        ({60: BORDER_ALONE}, ()),
        ({60: BORDER_ALONE, 150: ALL}, ()),
        ({60: OTHER_RULE, 150: BORDER_ALONE}, (90,)),
        ({40: NO_RULES, 120: ALL, 200: OTHER_RULE}, (50, 130)),
    ],
)
def test_each_look_is_judged_by_what_was_in_force(
    life: Life, reloads: dict[int, str], deaths: tuple[int, ...]
) -> None:
    said = life.live(reloads, deaths)
    assert said
    assert said[0]["provenance"]["second_look"]["answer"] == "disagreed"
    assert len({alert["provenance"]["zones_sha256"] for alert in said}) == 1 + (
        BORDER_ALONE in reloads.values()
    )
    last = life.path.read_text()
    alerts, warnings = _replayed(life, last)
    assert _alike(alerts) == _alike(said)
    assert not [text for text in warnings if "stand-in" not in text and "switched off" not in text]


def test_without_a_site_file_the_rules_and_zones_are_those_of_the_flight(life: Life) -> None:
    said = life.live({60: BORDER_ALONE})
    alerts, _ = _replayed(life, None)
    assert [alert["sent"] for alert in alerts] == [alert["sent"] for alert in said]


def test_a_site_file_with_other_rules_judges_all_of_it_and_that_is_told(life: Life) -> None:
    life.live({60: BORDER_ALONE})
    alerts, warnings = _replayed(life, OTHER_RULE)
    assert {alert["severity"] for alert in alerts} == {"extreme"}
    assert any("judged by the site file given" in text for text in warnings)


def test_a_text_that_was_lost_is_told_and_the_site_file_given_judges(life: Life) -> None:
    life.live({60: BORDER_ALONE})
    for path in (life.folder / "var/recordings/site/in_force").iterdir():
        path.write_bytes(b"other")
    alerts, warnings = _replayed(life, ALL)
    assert alerts
    assert any("is not known" in text for text in warnings)
