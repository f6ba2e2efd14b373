"""Leaves out what a reader cannot see, so that the page of a long flight still opens on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from droneops.replay.report.data import PathSegment, ReportData, ReportTrack, ReportZone
from droneops.replay.report.wording import Words

T = TypeVar("T")

MAX_PATH_POINTS = 12_000
MAX_FOOTPRINTS = 3_000
MAX_SIGHTINGS = 10_000
MAX_ZONE_POINTS = 30_000
MAX_PICTURES = 120


@dataclass(frozen=True, slots=True)
class Thinned:
    """How many of a thing there were, and how many are on the page."""

    what: Words
    shown: int
    total: int


def every_nth(items: Sequence[T], step: int) -> tuple[T, ...]:
    """Every ``step``-th item, and always the first and the last."""
    kept = tuple(items[::step])
    if len(items) > 1 and (len(items) - 1) % step:
        kept += (items[-1],)
    return kept


def step_for(total: int, most: int) -> int:
    """The least step that leaves about ``most`` of ``total``."""
    return max(1, -(-total // most))


def thin_path(path: tuple[PathSegment, ...]) -> tuple[PathSegment, ...]:
    """The path with fewer points; segments stay apart."""
    step = step_for(sum(len(s.time_us) for s in path), MAX_PATH_POINTS)
    return tuple(_thin_segment(s, step) for s in path if s.time_us)


def thin_zones(zones: tuple[ReportZone, ...]) -> tuple[tuple[tuple[tuple[float, float], ...], ...], ...]:
    """Each zone's rings with fewer points; a ring never has fewer than it needs to be seen."""
    step = step_for(sum(len(r) for z in zones for r in z.rings), MAX_ZONE_POINTS)
    return tuple(tuple(every_nth(r, min(step, max(1, len(r) // 8))) for r in z.rings) for z in zones)


def best_pictures(data: ReportData) -> tuple[ReportTrack, ...]:
    """The tracks whose pictures are shown: those of incidents first, then the most sighted."""
    named = {track_id for incident in data.incidents for track_id in incident.track_ids}
    pictured = [t for t in data.tracks if t.picture_jpeg]
    pictured.sort(key=lambda t: (t.id not in named, -t.sightings, -t.best_score, t.id))
    return tuple(pictured[:MAX_PICTURES])


def left_out(data: ReportData) -> tuple[Thinned, ...]:
    """What is on the page in part only, for the page to say so."""
    points = sum(len(s.time_us) for s in data.path)
    corners = sum(len(r) for z in data.zones for r in z.rings)
    counts = (
        (Words("จุดบนเส้นทางบิน", "path points"), _kept(points, MAX_PATH_POINTS), points),
        (
            Words("กรอบภาพบนพื้น", "footprints"),
            _kept(len(data.footprints), MAX_FOOTPRINTS),
            len(data.footprints),
        ),
        (Words("จุดที่ตรวจพบ", "sightings"), _kept(len(data.sightings), MAX_SIGHTINGS), len(data.sightings)),
        (Words("จุดของเขตพื้นที่", "zone corners"), _kept(corners, MAX_ZONE_POINTS), corners),
        (Words("ภาพ", "pictures"), len(best_pictures(data)), sum(bool(t.picture_jpeg) for t in data.tracks)),
    )
    return tuple(Thinned(what, shown, total) for what, shown, total in counts if shown < total)


def _kept(total: int, most: int) -> int:
    return -(-total // step_for(total, most)) if total else 0


def _thin_segment(segment: PathSegment, step: int) -> PathSegment:
    return PathSegment(
        every_nth(segment.time_us, step),
        every_nth(segment.lon_deg, step),
        every_nth(segment.lat_deg, step),
        every_nth(segment.alt_above_home_m, step),
    )
