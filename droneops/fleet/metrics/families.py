"""The numbers, by name: the only place that spells them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from droneops.fleet.metrics.snapshot import Snapshot
from droneops.fleet.vitals_like import VitalsLike

Kind = Literal["gauge", "counter"]
Labels = tuple[tuple[str, str], ...]

VIDEO_STATES = ("connecting", "streaming", "stalled", "waiting", "failed")
LINK_STATES = ("opening", "listening", "connected", "silent", "backoff", "closed")


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its samples: labels and value."""

    name: str
    kind: Kind
    text: str
    samples: tuple[tuple[Labels, float], ...]


PER_DRONE: tuple[tuple[str, str, Kind, str], ...] = (
    ("frames_decoded", "frames_decoded_total", "counter", "Pictures that were decoded."),
    ("frames_looked", "frames_looked_total", "counter", "Pictures that the detector was given."),
    ("frames_shed", "frames_shed_total", "counter", "Looks left out so that the others are fresh."),
    ("frames_dropped", "frames_dropped_total", "counter", "Looks given up: newer pictures came first."),
    ("frames_failed", "frames_failed_total", "counter", "Pictures that the detector failed on."),
    ("frame_age_s", "frame_age_seconds", "gauge", "How old the newest picture is."),
    ("looks_per_s", "looks_per_second", "gauge", "Pictures looked at."),
    ("poses_per_s", "poses_per_second", "gauge", "Positions and attitudes that came by telemetry."),
    ("pose_age_s", "pose_age_seconds", "gauge", "How old the newest position and attitude is."),
    ("video_reconnects", "video_reconnects_total", "counter", "How often the video was opened again."),
    ("reports_waiting", "reports_waiting", "gauge", "Reports that the site has not taken in yet."),
    ("rss_bytes", "drone_process_memory_bytes", "gauge", "Memory of the drone's process."),
    ("cpu_s", "drone_process_cpu_seconds_total", "counter", "Processor time of the drone's process."),
)
"""Name in the vitals, metric, kind, what it is."""

DETECTOR = (("detector_ms_p50", "detector_median_seconds"), ("detector_ms_p95", "detector_p95_seconds"))


def families_of(snapshot: Snapshot) -> tuple[Family, ...]:
    """All that is known, in a fixed order; a family without samples is left out."""
    found = (*_of_site(snapshot), *_of_drones(snapshot))
    return tuple(family for family in found if family.samples)


def _of_site(now: Snapshot) -> Iterator[Family]:
    about = (("site", now.site_id), ("version", now.software), ("status", now.status))
    yield Family("droneops_info", "gauge", "Which site this is, and what runs there.", ((about, 1),))
    yield _one("start_time_seconds", "gauge", "When the service began, Unix time.", now.started_us / 1e6)
    connected = None if now.broker_state is None else float(now.broker_state == "connected")
    yield _one("broker_connected", "gauge", "Whether alerts can leave.", connected)
    yield _one("outbox_waiting", "gauge", "Messages that the broker has not confirmed.", now.outbox_waiting)
    oldest = "How long the message that waits longest has waited; absent where none waits."
    yield _one("outbox_oldest_age_seconds", "gauge", oldest, now.outbox_oldest_s)
    yield _one("outbox_bytes", "gauge", "The outbox on disk.", now.outbox_bytes)
    outstanding = "Deliveries that no person of the agency has answered."
    yield _one("receipts_outstanding", "gauge", outstanding, now.receipts_outstanding)
    late = "Reports that came after their place in the order had passed."
    yield _one("late_reports_total", "counter", late, now.late_reports)
    yield _one("clips_total", "counter", "Files of video that drones wrote of incidents.", now.clips)
    failed = "Clips of incidents that were due and are not, or not all, there."
    yield _one("clips_failed_total", "counter", failed, now.clips_failed)
    yield from _of_store(now)


def _of_store(now: Snapshot) -> Iterator[Family]:
    if (mirror := now.mirror) is None:
        return
    yield _one(
        "store_connected", "gauge", "Whether the fleet's state is written.", mirror.state == "connected"
    )
    yield _one("store_losses_total", "counter", "How often the store was lost.", mirror.losses)
    dropped = "Events that were dropped while the store was away."
    yield _one("store_events_dropped_total", "counter", dropped, mirror.events_dropped)


def _of_drones(now: Snapshot) -> Iterator[Family]:
    drones = now.drones
    heard = [(vitals.drone_id, 1.0) for vitals in drones] + [(name, 0.0) for name in now.silent]
    yield _by_drone("drone_heard", "gauge", "Whether the drone's process has ever reported.", heard)
    ages = [(v.drone_id, max(0.0, (now.now_us - v.time_us) / 1e6)) for v in drones]
    yield _by_drone("drone_report_age_seconds", "gauge", "How long ago the drone's process last spoke.", ages)
    restarts = "How often the drone's process was started again."
    yield _by_drone("drone_restarts_total", "counter", restarts, sorted(now.restarts.items()))
    for key, name, kind, text in PER_DRONE:
        yield _by_drone(name, kind, text, _numbers(drones, key))
    for key, name in DETECTOR:
        took_s = ((drone_id, took_ms / 1000) for drone_id, took_ms in _numbers(drones, key))
        yield _by_drone(name, "gauge", "How long the detector takes for a picture.", took_s)
    blind = [(v.drone_id, float(v.values["blind"] is not None)) for v in drones if "blind" in v.values]
    yield _by_drone("drone_blind", "gauge", "Whether the drone sees nothing that could be believed.", blind)
    yield _states(drones, "video_state", VIDEO_STATES, "The state that the video is in has the value 1.")
    yield _states(drones, "link_state", LINK_STATES, "The state that the telemetry is in has the value 1.")


def _one(name: str, kind: Kind, text: str, value: float | None) -> Family:
    return Family(f"droneops_{name}", kind, text, () if value is None else (((), float(value)),))


def _by_drone(name: str, kind: Kind, text: str, values: Iterable[tuple[str, float]]) -> Family:
    samples = tuple(((("drone", drone_id),), float(value)) for drone_id, value in values)
    return Family(f"droneops_{name}", kind, text, samples)


def _numbers(drones: Iterable[VitalsLike], key: str) -> Iterator[tuple[str, float]]:
    for vitals in drones:
        value = vitals.values.get(key)
        if isinstance(value, (int, float)):
            yield vitals.drone_id, value


def _states(drones: Iterable[VitalsLike], key: str, states: tuple[str, ...], text: str) -> Family:
    """A state that is not one of these is none of them: all are 0 then."""
    samples = [
        ((("drone", vitals.drone_id), ("state", state)), float(vitals.values[key] == state))
        for vitals in drones
        if vitals.values.get(key) is not None
        for state in states
    ]
    return Family(f"droneops_{key}", "gauge", text, tuple(samples))
