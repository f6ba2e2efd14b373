"""What a drone's process says of itself each second."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from droneops.fleet.drone_loop import DroneLoop
from droneops.fleet.telemetry_link import LinkTold
from droneops.fleet.wire import Value, Vitals
from droneops.telemetry.live.now import Clock
from droneops.types import Pose
from droneops.video.live.health import VideoHealth

_BYTES_A_PAGE = resource.getpagesize()


@dataclass(slots=True)
class Rate:
    """How often something happened a second, between two times of being asked."""

    _at_s: float | None = field(default=None)
    _count: int = 0

    def of(self, count: int, now_s: float) -> float | None:
        """The rate since the last time; None the first time."""
        before_s, before = self._at_s, self._count
        self._at_s, self._count = now_s, count
        if before_s is None or now_s <= before_s:
            return None
        return (count - before) / (now_s - before_s)


def vitals_of(
    loop: DroneLoop,
    videos: Sequence[VideoHealth],
    link: LinkTold | None,
    pose: Pose | None,
    clock: Clock,
    looks_per_s: float | None,
    waiting: int,
) -> Vitals:
    """How the drone is. With several cameras, the video is that of the first; counts are of all."""
    now_us, now_s = clock.utc_us(), clock.monotonic_s()
    times_ms = [1e3 * seconds for seconds in loop.counts.detector_s]
    first = videos[0] if videos else None
    ages_s = [now_s - video.last_frame_s for video in videos if video.last_frame_s is not None]
    heard_us = None if link is None else link.last_heard_us
    values: dict[str, Value] = {
        "frames_decoded": sum(video.decoded for video in videos),
        "frames_looked": loop.counts.looked,
        "frames_shed": sum(video.shed for video in videos),
        "frames_dropped": sum(video.dropped for video in videos),
        "frame_age_s": min(ages_s, default=None),
        "looks_per_s": looks_per_s,
        "poses_per_s": None if link is None else link.position_rate_hz,
        "pose_age_s": None if heard_us is None else max((now_us - heard_us) / 1e6, 0.0),
        "detector_ms_p50": _quantile(times_ms, 0.5),
        "detector_ms_p95": _quantile(times_ms, 0.95),
        "video_state": None if first is None else str(first.state),
        "link_state": None if link is None or link.health is None else str(link.health.link.state),
        "video_reconnects": sum(video.reconnects for video in videos),
        "reports_waiting": waiting,
        "frames_failed": loop.counts.failed,
        "blind": loop.blind[0].reason if loop.blind else None,
        "rss_bytes": _rss_bytes(),
        "cpu_s": time.process_time(),
    }
    place = (None, None, None) if pose is None else (pose.lat_deg, pose.lon_deg, pose.alt_msl_m)
    return Vitals(loop.drone_id, now_us, values, *place)


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.quantile(values, share)) if values else None


def _rss_bytes() -> int | None:
    """Resident memory now; None where the system does not tell it so."""
    try:
        with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123 - not a file on disk
            return int(told.read().split()[1]) * _BYTES_A_PAGE
    except (OSError, IndexError, ValueError):
        return None
