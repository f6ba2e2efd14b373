"""What happened, for the stream of events in the fleet's store: told by comparing now with before.

Never on an alert's path. What was so when the service began is told to nobody: the store's present shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from droneops.config import SEVERITIES
from droneops.fleet.supervisor import Child
from droneops.fleet.wire import Vitals
from droneops.incidents.incident import Incident, State

Tell = Callable[[str, Mapping[str, str | int | float]], None]
"""Tells an event: its kind and its fields."""

_ENDS = {State.CLOSED: "closed", State.CANCELLED: "cancelled", State.ACKNOWLEDGED: "acknowledged"}


@dataclass(slots=True)
class Happenings:
    """Kinds of an incident: opened, raised, acknowledged, closed, cancelled. Of a drone: process_begun,
    process_ended, blind, sees_again."""

    tell: Tell
    _incidents: dict[str, tuple[State, str]] | None = None
    _starts: dict[str, tuple[int, bool]] = field(default_factory=dict)
    _blind: dict[str, str] = field(default_factory=dict)

    def incidents(self, now: Sequence[Incident]) -> None:
        """All incidents as they are now; those without a message yet are nobody's news."""
        told = [incident for incident in now if incident.messages]
        if self._incidents is not None:
            for incident in told:
                self._compare(incident, self._incidents.get(incident.id))
        self._incidents = {incident.id: (incident.state, incident.severity) for incident in told}

    def processes(self, children: Iterable[Child]) -> None:
        """The drones' processes as they are now."""
        now = {child.drone_id: (child.starts, child.process is not None) for child in children}
        for drone_id, (starts, runs) in now.items():
            before_starts, ran = self._starts.get(drone_id, (0, False))
            is_new = starts > before_starts
            if ran and (is_new or not runs):
                self.tell("process_ended", {"drone_id": drone_id})
            if is_new:
                self.tell("process_begun", {"drone_id": drone_id, "starts": starts})
        self._starts = now

    def vitals(self, vitals: Vitals) -> None:
        """A drone says how it is."""
        why = vitals.values.get("blind")
        before, now = self._blind.get(vitals.drone_id, ""), "" if why is None else str(why)
        self._blind[vitals.drone_id] = now
        if now and now != before:
            self.tell("blind", {"drone_id": vitals.drone_id, "reason": now, "time_us": vitals.time_us})
        elif before and not now:
            self.tell("sees_again", {"drone_id": vitals.drone_id, "time_us": vitals.time_us})

    def keep_drones(self, drone_ids: Iterable[str]) -> None:
        """The drones that the site file names now; others are forgotten."""
        kept = frozenset(drone_ids)
        self._blind = {drone_id: why for drone_id, why in self._blind.items() if drone_id in kept}

    def _compare(self, incident: Incident, before: tuple[State, str] | None) -> None:
        if before is None:
            self.tell("opened", _fields(incident))
            before = (State.OPEN, incident.severity)
        state, severity = before
        if SEVERITIES.index(incident.severity) < SEVERITIES.index(severity):
            self.tell("raised", _fields(incident))
        if incident.state is not state and incident.state in _ENDS:
            self.tell(_ENDS[incident.state], _fields(incident))


def _fields(incident: Incident) -> dict[str, str | int | float]:
    return {
        "incident_id": incident.id,
        "event": incident.event,
        "severity": incident.severity,
        "drone_id": incident.founder.drone_id,
        "sequence": incident.messages,
        "last_seen_us": incident.last_seen_us,
    }
