"""Old recordings go after their days, and what an incident holds stays."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from droneops.config import RetentionSection
from droneops.errors import OutputError
from droneops.evidence.retention import DAY_US, Days, Hold, Kind
from droneops.site.housekeeping import EVERY_S, FIRST_AFTER_S, Housekeeping, kept_in

NOW_US = 1_795_136_400_000_000
SECTION = RetentionSection(sightings=7, video=2, incidents=30)
DAYS = Days(7, 2, 30)


@dataclass
class Site:
    """A data folder with files of given ages."""

    folder: Path
    journal: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def put(self, name: str, age_days: float) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        at_ns = (NOW_US - round(age_days * DAY_US)) * 1000
        os.utime(path, ns=(at_ns, at_ns))
        return path

    def names(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}

    def keeper(self) -> Housekeeping:
        return Housekeeping(self.folder, self._append, self.lines.append)

    def _append(self, kind: str, body: Mapping[str, Any]) -> None:
        self.journal.append((kind, body))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_each_kind_goes_after_its_own_days_and_its_tombstone_stays(site: Site) -> None:
    for name in (
        "recordings/d1/looks/looks-1.jsonl",
        "recordings/d1/telemetry/d1.tlog",
        "recordings/site/desk-1.jsonl",
    ):
        site.put(name, 8)
        site.put(name.replace("1.", "2."), 6)
    site.put("clips/i1/d1-eo.mp4", 3)
    site.put("clips/i2/d1-eo.mp4", 1)
    site.put("evidence/b1.zip", 31)
    site.put("evidence/b2.zip", 29)
    site.keeper().clear_up(DAYS, [], NOW_US)
    assert site.names() == {
        "recordings/d1/looks/looks-2.jsonl",
        "recordings/d1/telemetry/d2.tlog",
        "recordings/site/desk-2.jsonl",
        "clips/i2/d1-eo.mp4",
        "evidence/b2.zip",
    }
    assert len(site.journal) == 5
    assert {body["name"] for _, body in site.journal}.isdisjoint(site.names())
    assert site.lines == ["5 old recordings were removed"]


def test_what_an_incident_holds_stays_for_the_incidents_days(site: Site) -> None:
    site.put("recordings/d1/looks/looks-1.jsonl", 8)
    site.put("clips/i1/d1-eo.mp4", 8)
    at_us = NOW_US - 8 * DAY_US
    site.keeper().clear_up(DAYS, [Hold("i1", at_us - 60_000_000, at_us)], NOW_US)
    assert len(site.names()) == 2
    site.keeper().clear_up(DAYS, [], NOW_US)
    assert site.names() == set()


@pytest.mark.parametrize(
    "name",
    [
        "outbox.sqlite",
        "recordings/d1/tracker.json",
        "recordings/site/in_force/" + "0" * 64 + ".txt",
        "run/store.log",
        "outbox.jsonl",
    ],
)
def test_what_is_no_recording_is_never_touched(site: Site, name: str) -> None:
    site.put(name, 5000)
    site.put("recordings/d1/looks/looks-1.jsonl", 0)
    site.keeper().clear_up(DAYS, [], NOW_US)
    assert name in site.names()


def test_a_link_out_of_the_folder_is_not_followed(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = Site(tmp_path_factory.mktemp("outside"))
    target = outside.put("looks-1.jsonl", 5000)
    (site.folder / "recordings").mkdir()
    (site.folder / "recordings" / "looks-1.jsonl").symlink_to(target)
    assert kept_in(site.folder) == []
    site.keeper().clear_up(DAYS, [], NOW_US)
    assert target.exists()


def test_the_kinds_are_those_of_the_contract(site: Site) -> None:
    site.put("recordings/d1/looks/looks-1.jsonl", 1)
    site.put("clips/i1/a.mp4", 1)
    site.put("evidence/b1.zip", 1)
    assert {kept.kind for kept in kept_in(site.folder)} == {Kind.SIGHTINGS, Kind.VIDEO, Kind.INCIDENT}


def test_a_journal_that_takes_nothing_stops_it_and_that_is_told(site: Site) -> None:
    site.put("recordings/d1/looks/looks-1.jsonl", 8)

    def full(_kind: str, _body: Mapping[str, Any]) -> None:
        raise OutputError("No space left on device")

    Housekeeping(site.folder, full, site.lines.append).clear_up(DAYS, [], NOW_US)
    assert site.names() == {"recordings/d1/looks/looks-1.jsonl"}
    assert "cannot be removed" in site.lines[0]


def test_it_begins_a_while_after_the_start_and_then_once_a_day(site: Site) -> None:
    keeper, begun = site.keeper(), list[float]()
    for now_s in (0.0, FIRST_AFTER_S - 1.0, FIRST_AFTER_S, FIRST_AFTER_S + 60.0, FIRST_AFTER_S + EVERY_S):
        site.put("recordings/d1/looks/looks-1.jsonl", 8)
        keeper.step(now_s, NOW_US, SECTION, lambda: ())
        deadline_s = time.monotonic() + 30
        is_due = now_s in (FIRST_AFTER_S, FIRST_AFTER_S + EVERY_S)
        while is_due and site.names() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        if not site.names():
            begun.append(now_s)
    assert begun == [FIRST_AFTER_S, FIRST_AFTER_S + EVERY_S]
    assert json.dumps([body for _, body in site.journal])
