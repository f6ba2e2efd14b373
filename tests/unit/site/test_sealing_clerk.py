"""When evidence bundles are due, and what becomes of the process that makes them."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from droneops.incidents.incident import Founder, Incident, State
from droneops.site.sealing.bundle import note_of
from droneops.site.sealing.clerk import EVERY_S, LONGEST_S, MOST_AT_ONCE, RETRY_S, SETTLE_S, SealingClerk
from droneops.site.sealing.job import Case, Job, job_from_bytes, job_to_bytes, mark_of

WAITS = "import sys, time; sys.stdin.read(); time.sleep(60)"
READS = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"
FAILS = "print('no bundle of incident i1: the disk is full')"

OPEN = Incident(
    id="i1",
    event="intrusion",
    severity="moderate",
    state=State.OPEN,
    rule_id="R0",
    rule_version="1",
    onset_us=1_000_000,
    last_seen_us=9_000_000,
    members=(),
    lead=None,
    zone_ids=frozenset(),
    messages=1,
    founder=Founder("intrusion", "d1", 1_000_000),
)


@dataclass
class Desk:
    """A clerk whose time is ours, over a book and notes that are ours."""

    folder: Path
    program: str = READS
    incidents: tuple[Incident, ...] = (OPEN,)
    notes: dict[str, bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    now_s: float = 100.0

    def __post_init__(self) -> None:
        self.clerk = SealingClerk(self._job, self.notes.get, self.lines.append)
        self.clerk.command = (sys.executable, "-c", self.program, str(self.folder / "jobs"))

    def _job(self, cases: tuple[Case, ...]) -> Job:
        return Job(self.folder, None, "s", "test", "live", "0" * 64, "1" * 64, None, cases)

    def after(self, seconds: float) -> None:
        self.now_s += seconds
        self.clerk.step(self.now_s, lambda: self.incidents)

    def made(self, seconds: float = 0.0) -> list[list[str]]:
        """The jobs (incident ids) so far, once the running one has come to its end and is noted as made."""
        self.after(seconds)
        self._wait()
        for incident in self.incidents:
            if any(incident.id in job for job in self.jobs()[-1:]):
                self.notes[note_of(incident.id)] = mark_of(incident).encode()
        self.after(1.0)
        return self.jobs()

    def jobs(self) -> list[list[str]]:
        path = self.folder / "jobs"
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [[case["incident_id"] for case in json.loads(line)["cases"]] for line in lines]

    def _wait(self) -> None:
        running = self.clerk._running
        if running is not None:
            running.process.wait(30)


@pytest.fixture
def begun(tmp_path: Path) -> Desk:
    """A desk that has begun without an incident."""
    desk = Desk(tmp_path, incidents=())
    desk.after(0.0)
    desk.incidents = (OPEN,)
    return desk


def test_a_bundle_is_made_once_what_belongs_to_a_message_is_on_disk_and_not_again(begun: Desk) -> None:
    begun.after(1.0)
    assert begun.made(SETTLE_S - 2.0) == []
    assert begun.made(SETTLE_S) == [["i1"]]
    for _ in range(5):
        assert begun.made(EVERY_S) == [["i1"]]
    assert begun.clerk.waiting == 0


def test_one_that_goes_on_is_sealed_anew_seldom_and_at_its_end_at_once(begun: Desk) -> None:
    begun.after(1.0)
    assert len(begun.made(SETTLE_S)) == 1
    begun.incidents = (replace(OPEN, messages=2),)
    assert len(begun.made(SETTLE_S + 1.0)) == 1
    assert len(begun.made(EVERY_S)) == 2
    begun.incidents = (replace(OPEN, messages=3, state=State.CLOSED),)
    begun.after(1.0)
    assert len(begun.made(SETTLE_S)) == 3


def test_one_that_a_person_dismissed_without_a_further_message_is_sealed_as_over(begun: Desk) -> None:
    begun.after(1.0)
    begun.made(SETTLE_S)
    begun.incidents = (replace(OPEN, state=State.CLOSED),)
    begun.after(1.0)
    assert len(begun.made(SETTLE_S)) == 2


def test_one_of_which_nothing_was_said_has_no_bundle(begun: Desk) -> None:
    begun.incidents = (replace(OPEN, messages=0),)
    begun.after(1.0)
    assert begun.made(SETTLE_S) == []


def test_what_a_service_that_died_owed_is_made_when_the_next_begins_and_nothing_else(tmp_path: Path) -> None:
    sealed = replace(OPEN, id="i2", messages=4)
    notes = {note_of("i1"): b"1 on", note_of("i2"): mark_of(sealed).encode()}
    desk = Desk(tmp_path, incidents=(replace(OPEN, messages=2), sealed), notes=notes)
    assert desk.made() == [["i1"]]


def test_many_are_made_a_few_at_a_time(tmp_path: Path) -> None:
    desk = Desk(tmp_path, incidents=tuple(replace(OPEN, id=f"i{n}") for n in range(2 * MOST_AT_ONCE + 1)))
    for _ in range(3):
        desk.made()
    assert [len(job) for job in desk.made()] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]


def test_one_that_cannot_be_made_is_told_and_tried_again_ever_later(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FAILS)
    desk.made()
    assert desk.lines == ["no bundle of incident i1: the disk is full"]
    desk.made(RETRY_S / 2)
    assert len(desk.lines) == 1
    desk.made(RETRY_S)
    assert len(desk.lines) == 2
    desk.made(RETRY_S)
    assert len(desk.lines) == 2


def test_a_process_that_hangs_is_ended_and_that_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WAITS)
    desk.after(0.0)
    running = desk.clerk._running
    assert running is not None
    desk.after(LONGEST_S + 1.0)
    assert running.process.poll() is not None
    assert "not made within" in desk.lines[0]
    assert desk.clerk.waiting == 1


def test_closing_ends_the_process_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WAITS)
    desk.after(0.0)
    running = desk.clerk._running
    assert running is not None
    began_s = time.monotonic()
    desk.clerk.close()
    assert running.process.poll() is not None
    assert time.monotonic() - began_s < 2.0


def test_a_program_that_is_not_there_is_told_and_ends_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.clerk.command = ("/nothing/here",)
    desk.after(0.0)
    assert "no evidence bundle can be made" in desk.lines[0]


def test_a_job_goes_over_the_pipe_as_it_is(tmp_path: Path) -> None:
    case = Case("i1", "1 on", "fire", "severe", "open", "R3", "1", 1, 2, ("d1", "d2"), ("d1/1",))
    job = Job(tmp_path, tmp_path / "site.key", "s", "test", "live", "0" * 64, "1" * 64, None, (case,))
    assert job_from_bytes(job_to_bytes(job)) == job
