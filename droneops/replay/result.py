"""Everything a finished replay knows, ready to be written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from droneops.delivery.routing import Message
from droneops.geo.camera import Camera
from droneops.incidents.incident import Incident
from droneops.replay.asides import Asides
from droneops.replay.coverage import Coverage
from droneops.replay.explained import Explained
from droneops.replay.flight_log import FlightLog
from droneops.replay.record import Record
from droneops.telemetry.pose_track import PoseTrack
from droneops.video.counts import VideoCounts
from geofences import ZoneIndex


@dataclass(frozen=True, slots=True)
class VideoTime:
    """When the video begins by which source, and the offset that was used on top of it."""

    start_us: int
    start_source: str
    offset_s: float
    offset_source: str
    sigma_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a replay. ``warnings`` are one-line texts in the order in which they arose."""

    site_id: str
    timezone: str
    status: Literal["actual", "exercise", "test"]
    drone_id: str
    run: str
    log: FlightLog
    system_id: int | None
    poses: PoseTrack
    zones: ZoneIndex
    camera: Camera | None
    record: Record | None
    coverage: Coverage
    video: VideoTime | None
    video_counts: VideoCounts | None
    incidents: tuple[Incident, ...]
    messages: tuple[Message, ...]
    rules: Explained
    is_drill: bool
    warnings: tuple[str, ...]
    versions: dict[str, str]
    settings: dict[str, Any]
    asides: Asides

    def messages_of(self, incident_id: str) -> tuple[Message, ...]:
        """The messages of one incident, in order."""
        return tuple(m for m in self.messages if m.alert.incident_id == incident_id)
