"""All that the texts of one message are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from droneops.delivery.alert import Border, Motion, Position, Subject
from droneops.delivery.near import Around
from droneops.second_look.answer import SecondLook
from geofences import ZoneHit


@dataclass(frozen=True, slots=True)
class Told:
    """One message before it has words. ``kind`` is a `ChangeKind`, ``reason`` why it closed or was withdrawn.

    ``hits`` has the zone that the rule looks at first. ``blind_reason`` and ``zone_ids`` speak of a drone
    that does not see; the drone is ``drone_id``. ``markers``: drill markers stand for the real thing.
    ``seen_local`` is when the thing that it is about was last seen, by the clocks of the place. ``second`` is
    what a second model said of that thing.
    """

    status: str
    event: str
    severity: str
    kind: str
    rule_id: str
    subjects: tuple[Subject, ...]
    hits: tuple[ZoneHit, ...]
    position: Position | None
    border: Border | None
    motion: Motion | None
    drone_id: str
    markers: bool
    zone_ids: frozenset[str] = frozenset()
    around: Around = field(default_factory=Around)
    reason: str | None = None
    replaced_by: str | None = None
    blind_reason: str | None = None
    seen_local: datetime | None = None
    second: SecondLook | None = None
