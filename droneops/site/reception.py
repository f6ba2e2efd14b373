"""Where drones' reports come in: put into order, taken in by the desk, confirmed once they are on disk.

Passive: one thread calls it, with the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from droneops.delivery.outbox.types import PersonsAnswer
from droneops.errors import OutputError
from droneops.fleet.recording.in_force import InForce
from droneops.second_look.answer import SecondLook
from droneops.site.desk import Desk, Known
from droneops.site.kept_by_track import KeptByTrack
from droneops.site.report import Report
from droneops.site.sequence import Sequence, Turn
from droneops.types import Track

TICK_EVERY_S = 1.0
"""How often time alone is told to the rules, and answers of people are asked for."""

BEHIND_US = 2_000_000
"""Time is told this much late, and only while no report tells it: a report that belongs before it may be on
its way through a stream's buffer and a slow detector."""

_ANSWERS_EVERY_S = 0.2


class Notes(Protocol):
    """Writes down what the desk consumed, in order, so that a replay can do the same."""

    def take(self, drone_id: str, seq: int, time_us: int) -> None:
        """A report's turn."""

    def tick(self, time_us: int) -> None:
        """Time passed."""

    def heard(self, answers: tuple[PersonsAnswer, ...], time_us: int) -> None:
        """People answered."""

    def changed(self, force: InForce, time_us: int) -> None:
        """Other zones and rules came into force."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of reports: the alerts made, and the tracks of each look, for the fleet's state."""

    alerts: int = 0
    reports: tuple[Report, ...] = ()


class Reception:
    """Owns the desk while the site runs; ``tell`` hears a line for each trouble."""

    def __init__(
        self, desk: Desk, notes: Notes, tell: Callable[[str], None], sequence: Sequence | None = None
    ) -> None:
        self.desk, self._notes, self._tell = desk, notes, tell
        self._sequence = sequence or Sequence()
        self._pictures, self._second = KeptByTrack[bytes](), KeptByTrack[SecondLook]()
        self._confirmed: dict[str, int] = {}
        self._next_tick_s = self._next_answers_s = 0.0
        self._last_report_s: float | None = None
        self._trouble = ""

    @property
    def late(self) -> int:
        """How many reports came too late to be put in order; they were taken in all the same."""
        return self._sequence.late

    @property
    def known(self) -> Known:
        """What is known of tracks beside what they are."""
        return Known(self._pictures.by_track, self._second.by_track)

    @property
    def waiting(self) -> int:
        """How many reports wait for their turn."""
        return len(self._sequence)

    def begin(self, drone_id: str) -> int:
        """A drone's process has begun; the number of the report up to which all of its are on disk."""
        stored = self.desk.stored.get(drone_id, 0)
        self._confirmed[drone_id] = stored
        return stored

    def end(self, drone_id: str, now_s: float, now_us: int) -> Taken:
        """A drone's process has ended: nobody waits for it any more."""
        self._sequence.forget(drone_id)
        return self._take(self._sequence.due(now_s), now_us)

    def report(self, report: Report, now_s: float, now_us: int) -> Taken:
        """A report came."""
        self._last_report_s = now_s
        return self._take(self._sequence.put(report, now_s, now_us), now_us)

    def step(self, now_s: float, now_us: int) -> Taken:
        """Do what is due by now: reports whose turn has come, answers, the passing of time."""
        taken = self._take(self._sequence.due(now_s), now_us)
        if now_s >= self._next_answers_s:
            self._next_answers_s = now_s + _ANSWERS_EVERY_S
            self._guarded(lambda: self._hear(now_us))
        if now_s >= self._next_tick_s:
            self._next_tick_s = now_s + TICK_EVERY_S
            self._guarded(lambda: self._tick(now_s, now_us))
        return taken

    def renew(self, desk: Desk, force: InForce, time_us: int) -> None:
        """Go on with another desk, which judges by other zones and rules from ``time_us`` on."""
        self.desk = desk
        self._notes.changed(force, time_us)

    def finish(self, now_us: int) -> Taken:
        """Take in all that waits, and put everything on disk."""
        taken = self._take(self._sequence.flush(), now_us)
        self._guarded(lambda: self.desk.save(now_us))
        return taken

    def confirmations(self) -> Mapping[str, int]:
        """Of each drone whose reports are on disk further than was last asked: up to which."""
        stored = self.desk.stored
        news = {drone: seq for drone, seq in stored.items() if seq > self._confirmed.get(drone, 0)}
        self._confirmed |= news
        return news

    def wanted(self, time_us: int) -> tuple[Track, ...]:
        """The things of open incidents, for drones that look only where it matters."""
        return self.desk.book.wanted(time_us)

    def _take(self, turns: Iterable[Turn], now_us: int) -> Taken:
        alerts, reports = 0, []
        for turn in turns:
            self._pictures.add(turn.item.pictures)
            self._second.add(turn.item.second)
            known = self.known
            report = replace(turn.item, pictures=known.pictures, second=known.second)
            self._notes.take(report.drone_id, report.seq, report.time_us)
            reports.append(turn.item)
            try:
                alerts += self.desk.take(report)
                self._well()
            except OutputError as error:
                self._hurt(error)
        return Taken(alerts, tuple(reports))

    def _hear(self, now_us: int) -> None:
        answers = self.desk.hear(now_us)
        if answers:
            self._notes.heard(answers, now_us)

    def _tick(self, now_s: float, now_us: int) -> None:
        if self._last_report_s is not None and now_s - self._last_report_s < BEHIND_US / 1e6:
            return
        time_us = now_us - BEHIND_US
        self._notes.tick(time_us)
        self.desk.tell(self.desk.book.tick(time_us), time_us, self.known)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._well()
        except OutputError as error:
            self._hurt(error)

    def _hurt(self, error: OutputError) -> None:
        """A disk that is full must not end the site: the desk keeps all, and stores it when there is room."""
        if error.one_line() != self._trouble:
            self._trouble = error.one_line()
            self._tell(f"alerts cannot be stored, they are kept and tried again: {self._trouble}")

    def _well(self) -> None:
        if self._trouble:
            self._trouble = ""
            self._tell("alerts can be stored again")
