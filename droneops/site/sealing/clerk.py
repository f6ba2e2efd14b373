"""When an incident's bundle is due, and the process that makes it: started, watched, ended.

What is due is not written down: it follows from the incidents and from how far each had come when its bundle
was made, which the outbox keeps. So a service that died owes the same bundles when it comes back.

Passive: one thread calls `step`, and must be the one that lives longest (`droneops.fleet.tied`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from droneops.incidents.incident import Incident
from droneops.site.sealing.bundle import note_of
from droneops.site.sealing.job import Case, Job, case_of, job_to_bytes, mark_of

SETTLE_S = 20.0
"""After a message: its clip goes on for ten seconds, and is then written."""

EVERY_S = 300.0
"""An incident that goes on for hours is sealed anew at most so often; once it is over, at once."""

STEP_EVERY_S = 1.0

MOST_AT_ONCE = 10
"""Incidents in one job; the others come after it."""

LONGEST_S = 180.0
"""Reading three hours of recordings of three drones takes a minute at the lowest priority."""

RETRY_S, LONGEST_RETRY_S = 30.0, 3600.0
"""A disk that is full stays so for a while; a key that is missing, until somebody brings it."""

MOST_TOLD = 10
"""Lines of one job that are told."""

COMMAND = (sys.executable, "-m", "droneops.site.sealing.maker")

NoteOf = Callable[[str], bytes | None]
"""What the outbox keeps under a key."""


@dataclass(slots=True)
class Running:
    """A process at work on cases."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]
    cases: tuple[Case, ...]
    until_s: float


@dataclass(slots=True)
class SealingClerk:
    """``job_of`` gives the job of some cases, ``note`` the outbox's notes."""

    job_of: Callable[[tuple[Case, ...]], Job]
    note: NoteOf
    tell: Callable[[str], None]
    command: Sequence[str] = COMMAND
    _sealed: dict[str, str] = field(default_factory=dict)
    _made_s: dict[str, float] = field(default_factory=dict)
    _due_s: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)
    _running: Running | None = None
    _next_s: float = 0.0
    _is_new: bool = True

    @property
    def waiting(self) -> int:
        """How many bundles are due or being made."""
        return len(self._due_s)

    def step(self, now_s: float, incidents: Callable[[], Sequence[Incident]]) -> None:
        """Note what is due, and have it made; never waits."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + STEP_EVERY_S
        self._watch(now_s)
        all_of_them = incidents()
        for incident in all_of_them:
            self._note(incident, now_s)
        if self._running is None:
            self._start(all_of_them, now_s)
        self._forget(all_of_them)
        self._is_new = False

    def close(self) -> None:
        """End the process; what it was at is due again after the next start."""
        running, self._running = self._running, None
        if running is not None:
            running.process.kill()
            running.process.wait()
            running.output.close()

    def _note(self, incident: Incident, now_s: float) -> None:
        mark = mark_of(incident)
        if incident.messages == 0 or self._seen.get(incident.id) == mark:
            return
        self._seen[incident.id] = mark
        if self._sealed_mark(incident.id) == mark:
            self._due_s.pop(incident.id, None)
            return
        made_s = self._made_s.get(incident.id)
        # Of what a service that is gone left behind, nothing is still being written.
        earliest_s = now_s if self._is_new else now_s + SETTLE_S
        if made_s is not None and not incident.is_over:
            earliest_s = max(earliest_s, made_s + EVERY_S)
        is_waiting = incident.id in self._due_s and not incident.is_over
        if not is_waiting:
            self._due_s[incident.id] = earliest_s

    def _sealed_mark(self, incident_id: str) -> str:
        if incident_id not in self._sealed:
            told = self.note(note_of(incident_id))
            self._sealed[incident_id] = "" if told is None else told.decode()
        return self._sealed[incident_id]

    def _start(self, incidents: Sequence[Incident], now_s: float) -> None:
        due = [incident for incident in incidents if self._due_s.get(incident.id, now_s + 1.0) <= now_s]
        if not due:
            return
        cases = tuple(case_of(incident) for incident in due[:MOST_AT_ONCE])
        try:
            process, output = _started(self.command, job_to_bytes(self.job_of(cases)))
        except OSError as error:
            self._put_off(cases, now_s)
            self.tell(f"no evidence bundle can be made: {error.strerror or error}")
            return
        self._running = Running(process, output, cases, now_s + LONGEST_S)

    def _watch(self, now_s: float) -> None:
        running = self._running
        if running is None:
            return
        status = running.process.poll()
        if status is None and now_s < running.until_s:
            return
        if status is None:
            running.process.kill()
            running.process.wait()
            self.tell(f"evidence bundles were not made within {LONGEST_S:.0f} s")
        self._running = None
        with running.output as output:
            self._tell_output(output)
        self._take(running.cases, now_s)

    def _tell_output(self, output: IO[bytes]) -> None:
        output.seek(0)
        lines = output.read(8192).decode("utf-8", "replace").splitlines()
        for line in lines[-MOST_TOLD:]:
            self.tell(line)

    def _take(self, cases: Sequence[Case], now_s: float) -> None:
        """See what is made: the outbox says so."""
        for case in cases:
            self._sealed.pop(case.incident_id, None)
            if self._sealed_mark(case.incident_id) != case.mark:
                self._put_off((case,), now_s)
                continue
            self._made_s[case.incident_id] = now_s
            self._failures.pop(case.incident_id, None)
            self._due_s.pop(case.incident_id, None)
            # What was said of it meanwhile is noted anew.
            self._seen.pop(case.incident_id, None)

    def _put_off(self, cases: Sequence[Case], now_s: float) -> None:
        for case in cases:
            failures = self._failures.get(case.incident_id, 0)
            self._failures[case.incident_id] = failures + 1
            wait_s = min(RETRY_S * 2.0 ** min(failures, 16), LONGEST_RETRY_S)
            self._due_s[case.incident_id] = now_s + wait_s

    def _forget(self, incidents: Sequence[Incident]) -> None:
        known = {incident.id for incident in incidents}
        for of in (self._sealed, self._made_s, self._due_s, self._seen, self._failures):
            for incident_id in of.keys() - known:
                of.pop(incident_id, None)


def _started(command: Sequence[str], told: bytes) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """A process that reads ``told``, and where it writes: files, for a full pipe would be waited for."""
    with ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        with tempfile.TemporaryFile() as given:
            given.write(told)
            given.seek(0)
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                list(command), stdin=given, stdout=output, stderr=output
            )
        stack.pop_all()
        return process, output
