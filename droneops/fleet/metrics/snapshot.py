"""The service at one moment, as its metrics tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from droneops.fleet.mirror.health import MirrorHealth
from droneops.fleet.vitals_like import VitalsLike


@dataclass(frozen=True, slots=True)
class Snapshot:
    """None is unknown and makes no number.

    ``drones`` holds the last word of each; ``silent`` those of the site file that said nothing yet.
    ``outbox_oldest_s``: how long the message that waits longest has waited, None where none waits.
    ``receipts_outstanding``: deliveries that no person of the agency has answered. ``restarts``: of drone
    processes, by drone. ``late_reports``: that came after their place in the order had passed. ``clips``:
    files that drones wrote of incidents; ``clips_failed``: those that were due and are not all there.
    """

    site_id: str
    software: str
    status: str
    now_us: int
    started_us: int
    drones: tuple[VitalsLike, ...] = ()
    silent: tuple[str, ...] = ()
    broker_state: str | None = None
    outbox_waiting: int | None = None
    outbox_oldest_s: float | None = None
    outbox_bytes: int | None = None
    receipts_outstanding: int | None = None
    restarts: Mapping[str, int] = field(default_factory=dict)
    late_reports: int | None = None
    clips: int | None = None
    clips_failed: int | None = None
    mirror: MirrorHealth | None = None
