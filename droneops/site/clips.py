"""Clips of a live site: asked of drones, counted, and kept within their share of the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from droneops.config import SharingSection
from droneops.fleet.wire import ClipDone, ClipWanted
from droneops.incidents.incident import Incident
from droneops.site.clip_clerk import ClipClerk
from droneops.site.clip_room import ClipRoom

MB = 1 << 20

AskDrone = Callable[[str, ClipWanted], bool]
"""Sends to a drone's process; False where it has none now."""


@dataclass(slots=True)
class SiteClips:
    """``tell`` hears a line for each clip that cannot be asked for."""

    clerk: ClipClerk
    room: ClipRoom
    tell: Callable[[str], None]

    def step(
        self, now_s: float, incidents: Sequence[Incident], section: SharingSection, ask_drone: AskDrone
    ) -> None:
        """Ask for what is due; never waits."""
        for ask in self.clerk.due(incidents, section):
            why = "its share of the disk is full" if self.room.is_full else "the drone's process does not run"
            if self.room.is_full or not ask_drone(ask.drone_id, ask.wanted):
                self.clerk.unheard(ask)
                self.tell(f"incident {ask.wanted.incident_id}: no clip of drone {ask.drone_id}: {why}")
            else:
                self.clerk.heard(ask, now_s)
        for incident_id in self.clerk.unanswered(now_s):
            self.tell(f"incident {incident_id}: nobody told of its clip: the drone's process began anew")
        self.room.step(now_s, section.clips_mb * MB, lambda: _going_on(incidents))

    def done(self, told: ClipDone) -> None:
        """A drone has answered."""
        self.clerk.done(told)
        if told.names:
            self.room.came()


def _going_on(incidents: Sequence[Incident]) -> list[str]:
    return [incident.id for incident in incidents if not incident.is_over]
