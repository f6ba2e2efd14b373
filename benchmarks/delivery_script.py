"""Scripted events for `delivery_faults.py`: what a drone would report of people who walk into a park, by day.

Each event is two people at a place of its own: the first opens an incident, the second joins it, and both
move on, so that each incident has several messages. The same seed gives the same reports.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Origin, message_id
from droneops.incidents.observe import observation_of
from droneops.incidents.rule_set import RuleSet
from droneops.site.report import Report
from droneops.types import Track, read_only
from geofences import ZoneIndex, load_zones

DRONE_ID = "patrol-1"
PARK = LocalPlane.at(16.44, 104.75)
START_US = 1_795_136_400_000_000
"""2026-11-20T01:00:00Z, eight in the morning at Mukdahan."""

SPACING_M = 450.0
"""Further apart than what the rules take for one incident."""

STEPS_S = (0.0, 1.0, 2.0, 3.0, 16.0, 17.0, 18.0, 19.0, 85.0, 86.0, 150.0, 151.0)
"""When each event's people are seen, from its begin."""

JOINS_S, MOVES_S, MOVED_M = 16.0, 80.0, 60.0


def reports(seed: int, events: int) -> list[Report]:
    """The reports of one flight, in order; events follow each other every second of its time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
    seen = [
        (START_US + round((number + step_s) * 1e6), number, track)
        for number, place in zip(range(events), _places(chance), strict=False)
        for step_s in STEPS_S
        for track in _people(number, place, step_s)
    ]
    by_time: dict[int, list[Track]] = {}
    for time_us, _, track in sorted(seen, key=lambda row: row[:2]):
        by_time.setdefault(time_us, []).append(track)
    return [
        Report(DRONE_ID, seq, time_us, tuple(tracks), pictures={tracks[0].id: b"\xff\xd8" + bytes(500)})
        for seq, (time_us, tracks) in enumerate(sorted(by_time.items()), start=1)
    ]


def _places(chance: random.Random) -> Iterator[tuple[float, float]]:
    """Places on a grid inside the stand-in of Phu Pha Thoep, shuffled; they come again and again."""
    steps = range(-5, 6)
    grid = [(SPACING_M * x, SPACING_M * y) for x in steps for y in steps if x * x + y * y <= 25]
    chance.shuffle(grid)
    yield from grid


def _people(number: int, place: tuple[float, float], step_s: float) -> Iterator[Track]:
    east_m, north_m = place
    moved_m = MOVED_M if step_s > MOVES_S else 0.0
    for person in range(1 if step_s < JOINS_S else 2):
        begin_us = START_US + round((number + JOINS_S * person) * 1e6)
        track = _track(f"{number}-{person}", begin_us, east_m + moved_m, north_m + 10.0 * person)
        yield replace(track, last_seen_us=START_US + round((number + step_s) * 1e6))


def _track(name: str, begin_us: int, east_m: float, north_m: float) -> Track:
    lat_deg, lon_deg = PARK.lat_lon_deg(east_m, north_m)
    return Track(
        id=f"{DRONE_ID}/{name}",
        drone_id=DRONE_ID,
        label="person",
        detector_label="person",
        first_seen_us=begin_us,
        last_seen_us=begin_us,
        ordinal=0,
        sightings=9,
        best_score=0.9,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=212.0,
        cov_m2=read_only(np.eye(2) * 9),
        cov_common_m2=read_only(np.eye(2) * 4),
        ce90_m=6.4,
        velocity_mps=read_only((0.0, 0.0)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.01),
    )


def new_book(site_id: str, status: str) -> IncidentBook:
    """The book of incidents that the script is for: the shipped rules and zones, live ids."""
    return IncidentBook(RuleSet(), Origin(site_id, status, "live"), ZoneIndex(load_zones()))


def expected(seed: int, events: int, site_id: str, status: str) -> dict[str, tuple[str, int]]:
    """The incident and sequence of every alert id that the script makes when nothing disturbs it."""
    book = new_book(site_id, status)
    zones = ZoneIndex(load_zones())
    changes = [
        change
        for report in reports(seed, events)
        for change in (
            *book.observe(
                [observation_of(track, zones, report.time_us) for track in report.tracks], report.time_us
            ),
            *book.tick(report.time_us),
        )
    ]
    return {
        message_id(change.incident.id, change.incident.messages): (
            change.incident.id,
            change.incident.messages,
        )
        for change in changes
    }
