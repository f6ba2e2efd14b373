"""Bundles of live incidents: what is in them, and what a bad day takes away."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droneops.config import load_site
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.evidence.check import Question, answer
from droneops.evidence.keys import make_key_pair
from droneops.field_set.sealed import read_sealed
from droneops.fleet.recording.again import again
from droneops.fleet.recording.look_record import LookRecord, PictureTold, look_to_line, to_line
from droneops.fleet.recording.reader import LOOKS
from droneops.fleet.recording.session import Session, session_to_record
from droneops.fleet.recording.writer import LineWriter
from droneops.geo.wgs84 import LocalPlane
from droneops.site.live_parts import Front, Looker, front_of, notes_of
from droneops.site.reception import Reception
from droneops.site.sealing import clips
from droneops.site.sealing.clerk import COMMAND
from droneops.site.sealing.job import Job, case_of, job_of, job_to_bytes
from droneops.site.service import RUN
from droneops.types import GroundPoint, Sighting, read_only

START_US = 1_795_136_400_000_000
DRONE = "patrol-1"
PARK = LocalPlane.at(16.44, 104.75)
SITE = '[site]\nid = "trial"\n[evidence]\nkey_file = "keys/site.key"\n[[drone]]\nid = "patrol-1"\n'
JPEG = b"\xff\xd8 a picture of somebody"


def _look(seq: int) -> LookRecord:
    """Somebody who walks; 600 m away, in another incident, a second person from the 40th look on."""
    time_us = START_US + seq * 250_000
    rows = []
    for index in range(1 + (seq >= 40)):
        lat_deg, lon_deg = PARK.lat_lon_deg(0.3 * seq + 600.0 * index, 0.0)
        point = GroundPoint(lat_deg, lon_deg, 200.0, read_only(np.eye(2) * 4.0), read_only(np.eye(2)), 4.3)
        box = (9.0 + 100 * index, 9.0, 19.0 + 100 * index, 29.0)
        rows.append(Sighting(DRONE, time_us, index, "person", "person", None, 0.9, box, point, 0.01))
    return LookRecord(
        seq=seq,
        time_us=time_us,
        picture=PictureTold("eo", seq, (1280, 720), "RTCP", 0.01),
        inferred=True,
        sightings=tuple(rows),
        pictures={f"{DRONE}/1": JPEG} if seq == 4 else {},
        track_ids=tuple(f"{DRONE}/{1 + index}" for index in range(len(rows))),
    )


@dataclass
class Life:
    """A site that has seen two people and said so."""

    folder: Path
    job: Job

    @property
    def bundles(self) -> list[Path]:
        return sorted((self.folder / "var" / "evidence").glob("*.zip"))

    def seal(self) -> list[str]:
        """What the process that makes bundles says."""
        done = subprocess.run(COMMAND, input=job_to_bytes(self.job), capture_output=True, check=False)
        assert not done.stderr, done.stderr.decode()
        return done.stdout.decode().splitlines()

    def verify(self) -> None:
        """All bundles are good, in a row, and in the site's journal."""
        journal, key = self.folder / "journal.jsonl", self.folder / "keys" / "site.pub"
        with Outbox.open(self.folder / "var" / FILE_NAME, lambda: START_US) as outbox:
            journal.write_bytes(b"".join(outbox.journal()))
        found = answer(Question(tuple(self.bundles), (key,), journal))
        assert found.good, found

    def read(self, name: str) -> bytes:
        for path in self.bundles:
            with zipfile.ZipFile(path) as bundle:
                if name in bundle.namelist():
                    return bundle.read(name)
        raise KeyError(name)

    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(zipfile.ZipFile(path).read("manifest.json")) for path in self.bundles]


def _flown(folder: Path) -> Front:
    session = Session(DRONE, START_US, False, "droneops test", "forest 1", None, None)
    header = to_line(session_to_record(session))
    writer = LineWriter(folder / "var/recordings" / DRONE / LOOKS, LOOKS, lambda: header, pytest.fail)
    looks = [_look(seq) for seq in range(1, 80)]
    for look in looks:
        writer.write(look_to_line(look), look.time_us)
    writer.close()
    now_us = looks[-1].time_us
    with Outbox.open(folder / "var" / FILE_NAME, lambda: now_us) as outbox:
        front = front_of(load_site(folder / "site.toml"), outbox, pytest.fail)
        front.looks_with(DRONE, Looker("forest 1", None))
        notes = notes_of(front, resumed=False, clock_us=lambda: now_us, tell=pytest.fail)
        reception = Reception(front.desk, notes, pytest.fail)
        for found in again([session, *looks]):
            reception.report(found.report, found.report.time_us / 1e6, found.report.time_us)
        reception.finish(now_us)
        notes.close()
    return front


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Job]:
    folder = tmp_path_factory.mktemp("flown")
    make_key_pair(folder / "keys")
    (folder / "site.toml").write_text(SITE)
    front = _flown(folder)
    cases = tuple(case_of(incident) for incident in front.desk.book.incidents)
    key = folder / "keys" / "site.key"
    return folder, job_of(folder / "var", key, ("trial", "exercise", RUN), front.in_force, cases)


@pytest.fixture
def life(tmp_path: Path, flown: tuple[Path, Job]) -> Iterator[Life]:
    """A copy of the flown site."""
    from dataclasses import replace

    folder, job = flown
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    moved = replace(job, data=tmp_path / "var", key_file=tmp_path / "keys" / "site.key")
    yield Life(tmp_path, moved)


def test_bundles_hold_what_was_seen_and_said_and_each_names_the_one_before(life: Life) -> None:
    assert life.seal() == []
    assert len(life.bundles) == len(life.job.cases) == 2
    life.verify()
    alerts = [json.loads(line) for line in life.read("alerts.jsonl").splitlines()]
    assert {alert["evidence"]["bundle_id"] for alert in alerts} == {life.bundles[0].stem}
    for path, facts in zip(life.bundles, life.facts(), strict=True):
        rows = [json.loads(line) for line in zipfile.ZipFile(path).read("sightings.jsonl").splitlines()]
        assert len({row["track_id"] for row in rows}) == 1
        assert all(row["zones"] for row in rows)
        assert facts["second_look"] is None
    (shown,) = json.loads(life.read("pictures.json"))
    assert shown["sha256"] == hashlib.sha256(JPEG).hexdigest()
    assert life.read("snapshot.jpg") == JPEG
    assert {facts["previous_bundle_sha256"] is None for facts in life.facts()} == {True, False}


def test_what_people_answer_can_be_taught_from_its_pictures(life: Life) -> None:
    life.seal()
    (picture,) = [one for path in life.bundles for one in read_sealed(path).pictures]
    assert (picture.subject.label, picture.sequence, picture.others) == ("person", 1, ())
    assert picture.read() == JPEG


def test_a_bundle_that_is_made_anew_follows_the_last_one_and_stays_good(life: Life) -> None:
    life.seal()
    assert life.seal() == []
    life.verify()
    assert all(facts["previous_bundle_sha256"] for facts in life.facts())


def test_clips_go_into_it_and_one_too_large_for_it_is_named_by_its_digest(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = life.folder / "var" / clips.FOLDER / life.job.cases[0].incident_id
    folder.mkdir(parents=True)
    (folder / "patrol-1-eo-1.mp4").write_bytes(b"a clip")
    (folder / ".patrol-1-eo-2.mp4.part").write_bytes(b"half a clip")
    (folder / "patrol-1-eo-3.mp4").symlink_to(life.folder / "keys" / "site.key")
    with (folder / "patrol-1-eo-4.mp4").open("wb") as large:
        large.truncate(clips.MOST_BYTES + 1)
    assert life.seal() == []
    life.verify()
    assert life.read("clip-patrol-1-eo-1.mp4") == b"a clip"
    (told,) = [facts["clip"] for facts in life.facts() if facts["clip"]["names"]]
    assert told["names"] == ["clip-patrol-1-eo-1.mp4"]
    assert [(one["name"], one["bytes"]) for one in told["beside"]] == [
        ("patrol-1-eo-4.mp4", clips.MOST_BYTES + 1)
    ]


def test_without_recordings_the_alerts_are_sealed_all_the_same(life: Life) -> None:
    shutil.rmtree(life.folder / "var" / "recordings")
    assert life.seal() == []
    life.verify()
    assert life.read("sightings.jsonl") == b""


def test_a_damaged_recording_costs_its_damaged_lines_and_no_more(life: Life) -> None:
    (path,) = (life.folder / "var/recordings" / DRONE / LOOKS).iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    lines[20] = lines[20][:100] + b"\n"
    path.write_bytes(b"".join(lines))
    assert life.seal() == []
    life.verify()
    assert sum(facts["lines_torn"] for facts in life.facts()) > 0


def test_where_the_disk_takes_nothing_each_incident_is_told_and_nothing_is_in_the_journal(life: Life) -> None:
    (life.folder / "var" / "evidence").write_bytes(b"no folder")
    told = life.seal()
    assert len(told) == 2
    assert all(case.incident_id in line for case, line in zip(life.job.cases, told, strict=True))
    with Outbox.open(life.folder / "var" / FILE_NAME, lambda: START_US) as outbox:
        assert not [line for line in outbox.journal() if b"evidence_made" in line]


def test_a_process_that_is_killed_at_any_moment_leaves_no_half_bundle_and_the_next_makes_all(
    life: Life,
) -> None:
    for wait_s in (0.5, 0.9, 1.3):
        process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(job_to_bytes(life.job))
        process.stdin.close()
        time.sleep(wait_s)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert life.seal() == []
    life.verify()
    assert len(life.bundles) == 2


def test_what_is_no_job_is_said_in_one_line() -> None:
    done = subprocess.run(COMMAND, input=b"{}", capture_output=True, check=False)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert sys.executable == COMMAND[0]
