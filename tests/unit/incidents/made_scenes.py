"""Scenes made for tests: a stretch of the river, a park, and actors who walk, drive and lie there.

East 0 is the Thai bank, which runs north; the border line lies 400 m east of it, Laos beyond. The park
reaches from 3 to 8 km west of the bank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from shapely.geometry import LineString, Point, Polygon

from droneops.geo.ellipse import ce90_m
from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.incident import Founder, Incident, Observation, State
from droneops.incidents.judge import judge
from droneops.incidents.memory import Memory
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Blindness, Friend, Scene
from droneops.tracking.kalman import root
from droneops.types import Track, TrackState, read_only
from geofences import Kind, Zone, ZoneIndex

PLANE = LocalPlane.at(16.44, 104.75)


def utc_us(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)


DAY_US = utc_us("2025-11-25T01:00:00")
"""Eight in the morning at Mukdahan."""

NIGHT_US = utc_us("2025-11-24T20:30:00")
"""Half past three at night."""


def lon_lat(east_m: float, north_m: float) -> tuple[float, float]:
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, north_m)
    return lon_deg, lat_deg


def zone(zone_id: str, kind: Kind, places, accuracy_m: float = 10.0, **other) -> Zone:
    """A polygon of four places or more, a line of two or three, a point of one."""
    shape = {1: Point, 2: LineString, 3: LineString}.get(len(places), Polygon)
    points = [lon_lat(*place) for place in places]
    given = {
        "id": zone_id,
        "kind": kind,
        "name_th": zone_id,
        "name_en": zone_id,
        "accuracy_m": accuracy_m,
        "source": "",
        "licence": "",
        "version": "1",
        "placeholder": False,
        "valid_from": None,
        "valid_to": None,
        "side_left": None,
        "side_right": None,
        "within_m": None,
        "covers": None,
        "geometry": shape(points[0] if shape is Point else points),
        "sha256": "",
    }
    return Zone(**{**given, **other})


BORDER = zone(
    "border",
    Kind.BORDER,
    [(400, -20_000), (400, 20_000)],
    30.0,
    side_left="TH",
    side_right="LA",
    within_m=1000.0,
)
BANK = zone("bank", Kind.BANK, [(0, -20_000), (0, 20_000)])
PIER = zone("pier", Kind.PIER, [(10, 1000)])
PARK = zone("park", Kind.PARK, [(-8000, -2500), (-3000, -2500), (-3000, 2500), (-8000, 2500)])
ROAD = zone("road", Kind.ROAD, [(-8000, 1500), (-3000, 1500)])
TRAIL = zone("trail", Kind.TRAIL, [(-8000, -1500), (-3000, -1500)])
ZONES = (BORDER, BANK, PIER, PARK, ROAD, TRAIL)


def index(*left_out: str, more: Iterable[Zone] = ()) -> ZoneIndex:
    """All those zones, without the ones named, and more."""
    return ZoneIndex([*(zone for zone in ZONES if zone.id not in left_out), *more])


@dataclass(frozen=True)
class Actor:
    """A thing and where it is: ``stops`` are (second, east, north), with straight ways between.

    ``seen`` are the seconds between which a camera sees it, all if empty.
    """

    number: int
    label: str
    stops: Sequence[tuple[float, float, float]]
    seen: Sequence[tuple[float, float]] = ()
    drone_id: str = "d"
    own_m: float = 1.0
    common_m: float = 3.0
    sightings_each: int = 5
    state: TrackState = TrackState.CONFIRMED

    def at(self, second: float) -> tuple[float, float]:
        times = [stop[0] for stop in self.stops]
        return (
            float(np.interp(second, times, [stop[1] for stop in self.stops])),
            float(np.interp(second, times, [stop[2] for stop in self.stops])),
        )

    def is_seen(self, second: float) -> bool:
        return second >= self.stops[0][0] and (
            not self.seen or any(begin <= second <= end for begin, end in self.seen)
        )


def still(number: int, label: str, east_m: float, north_m: float, **other) -> Actor:
    """One who stays where it is."""
    return Actor(number, label, [(0.0, east_m, north_m)], **other)


@dataclass
class Film:
    """A run of looks, one a second, over actors; ``shift`` moves all that a drone sees at a second."""

    actors: Sequence[Actor]
    zones: ZoneIndex = field(default_factory=index)
    start_us: int = DAY_US
    rules: RuleSet = field(default_factory=RuleSet)
    shift: object = None
    noise: np.random.Generator | None = None

    def __post_init__(self) -> None:
        self.memory = Memory(self.zones, self.rules)
        self.counts: dict[int, int] = {}
        self.first_us: dict[int, int] = {}

    def scene(self, until_s: float, **other) -> Scene:
        """The scene after so many seconds of looks."""
        things = ()
        for second in range(round(until_s) + 1):
            seen = [self.observation(a, float(second)) for a in self.actors if a.is_seen(second)]
            things = self.memory.observe(seen, self.time_us(second))
        return Scene(self.time_us(until_s), things, self.zones, **other)

    def time_us(self, second: float) -> int:
        return self.start_us + round(second * 1e6)

    def observation(self, actor: Actor, second: float) -> Observation:
        east, north = actor.at(second)
        before = actor.at(second - 1)
        if self.noise is not None:
            east, north = np.array([east, north]) + self.noise.normal(0, actor.own_m, 2)
        if callable(self.shift):
            aside = self.shift(actor.drone_id, second)
            east, north = east + aside[0], north + aside[1]
        self.counts[actor.number] = self.counts.get(actor.number, 0) + actor.sightings_each
        self.first_us.setdefault(actor.number, self.time_us(second))
        track = made(actor, east, north, self.time_us(second), self.first_us[actor.number])
        velocity = np.array(actor.at(second)) - before
        track = replace(track, sightings=self.counts[actor.number], velocity_mps=read_only(velocity))
        return observed(track, self.zones)


def made(actor: Actor, east_m: float, north_m: float, time_us: int, first_us: int) -> Track:
    """A track at a place."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(float(east_m), float(north_m))
    common = read_only(np.eye(2) * actor.common_m**2)
    cov = read_only(np.eye(2) * actor.own_m**2 + common)
    return Track(
        id=f"{actor.drone_id}/{actor.number}",
        drone_id=actor.drone_id,
        label=actor.label,
        detector_label=actor.label,
        first_seen_us=first_us,
        last_seen_us=time_us,
        ordinal=actor.number,
        sightings=1,
        best_score=0.9,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=140.0,
        cov_m2=cov,
        cov_common_m2=common,
        ce90_m=float(ce90_m(cov)[0]),
        velocity_mps=read_only((0.0, 0.0)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.01),
        state=actor.state,
        common_root_m=read_only(root(common)),
    )


def observed(track: Track, zones: ZoneIndex) -> Observation:
    """A track with what the zones say of it."""
    place = {"lat_deg": track.lat_deg, "lon_deg": track.lon_deg, "cov_m2": track.cov_m2}
    at = datetime.fromtimestamp(track.last_seen_us / 1e6, UTC)
    return Observation(track, zones.hits(**place, at=at), zones.border(**place, at=at))


def of_rule(findings, rule_id: str):
    return [finding for finding in findings if finding.rule_id == rule_id]


def fired(findings, rule_id: str):
    return [finding for finding in of_rule(findings, rule_id) if finding.fires]


def told(actors, until_s: float, rule_id: str, **film):
    """What a rule says at the end of a film."""
    made_film = Film(actors, **{k: v for k, v in film.items() if k in ("zones", "start_us", "rules")})
    other = {k: v for k, v in film.items() if k in ("incidents", "blind", "friends")}
    return of_rule(judge(made_film.scene(until_s, **other), made_film.rules), rule_id)


def incident(event: str, rule_id: str, members: Sequence[Observation], time_us: int) -> Incident:
    """An open incident that a rule found, with these things."""
    return Incident(
        id="incident-1",
        event=event,
        severity="moderate",
        state=State.OPEN,
        rule_id=rule_id,
        rule_version="1",
        onset_us=time_us,
        last_seen_us=time_us,
        members=tuple(members),
        lead=members[0],
        zone_ids=frozenset({"border"}),
        messages=1,
        founder=Founder.of(event, members[0].track),
        rule_ids=frozenset({rule_id}),
    )


def blindness(zone_ids: Iterable[str], since_us: int) -> Blindness:
    return Blindness("d", since_us, "black", frozenset(zone_ids))


def friend(east_m: float, north_m: float, time_us: int) -> Friend:
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, north_m)
    return Friend("ranger-1", time_us, lat_deg, lon_deg, 5.0)


def carriers(numbers: Iterable[int], **other) -> list[Actor]:
    """People who go to and fro between the vehicle at (-60, 0) and the boat at (5, 0), one after another."""
    return [
        Actor(
            number,
            "person",
            [
                (0, -58, place),
                (10 + 5 * place, -58, place),
                (65 + 5 * place, 0, place),
                (120 + 5 * place, -58, place),
            ],
            **other,
        )
        for place, number in enumerate(numbers)
    ]


BOAT = still(1, "boat", 5, 0)
PICKUP = still(2, "vehicle", -60, 0)
