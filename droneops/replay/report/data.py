"""What the report of one replayed flight shows: plain values, no drawing.

Times are UTC in whole microseconds since the Unix epoch (``_us``); positions are WGS 84 degrees; a ring is
a tuple of ``(lon_deg, lat_deg)``. Positions are finite. Text comes from site files, detectors and zone
layers: it is never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LonLat = tuple[float, float]
"""lon_deg, lat_deg."""


class SpanKind(StrEnum):
    """What was true during a part of the flight."""

    LOOKED = "looked"
    NOT_LOOKED = "not_looked"
    TELEMETRY_GAP = "telemetry_gap"
    NO_FIX = "no_fix"
    NO_POSE = "no_pose"
    SPARED = "spared"


@dataclass(frozen=True, slots=True)
class PathSegment:
    """A stretch of flight without a gap. The columns have one length; altitudes are metres above home."""

    time_us: tuple[int, ...]
    lon_deg: tuple[float, ...]
    lat_deg: tuple[float, ...]
    alt_above_home_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReportZone:
    """A zone or a line. ``accuracy_m`` is 1 sigma of the line across its direction, None when unknown.

    ``rings`` holds every outline (holes too: even-odd), or the parts of a line where ``is_line``.
    """

    id: str
    kind: str
    name_th: str
    name_en: str
    placeholder: bool
    accuracy_m: float | None
    rings: tuple[tuple[LonLat, ...], ...]
    is_line: bool


@dataclass(frozen=True, slots=True)
class Footprint:
    """The ground that the camera saw at one instant, as one ring."""

    time_us: int
    ring: tuple[LonLat, ...]


@dataclass(frozen=True, slots=True)
class ReportSighting:
    """A detection on the map; ``score`` is 0 to 1; ``ce90_m`` is the radius that holds 90 % of its error."""

    time_us: int
    track_id: str | None
    label: str
    detector_label: str
    score: float
    lat_deg: float
    lon_deg: float
    ce90_m: float


@dataclass(frozen=True, slots=True)
class ReportTrack:
    """A thing on the ground, where it was last, and its best picture (JPEG bytes) if there is one."""

    id: str
    label: str
    detector_label: str
    first_seen_us: int
    last_seen_us: int
    sightings: int
    best_score: float
    lat_deg: float
    lon_deg: float
    ce90_m: float
    picture_jpeg: bytes | None
    picture_time_us: int | None


@dataclass(frozen=True, slots=True)
class ZoneChance:
    """A zone that an incident may lie in; ``probability`` (0 to 1) is that of being inside."""

    name_th: str
    name_en: str
    probability: float
    placeholder: bool


@dataclass(frozen=True, slots=True)
class BorderSide:
    """Where an incident lies to the border: ``distance_m`` is positive on the Thai side.

    ``sigma_m`` is 1 sigma of that distance, ``p_thailand`` 0 to 1, ``side`` TH, LA or uncertain.
    """

    distance_m: float
    sigma_m: float
    p_thailand: float
    side: str


@dataclass(frozen=True, slots=True)
class ReportSecondLook:
    """What a second model said: ``answer`` and ``reason`` are words of the alert contract, ``label`` and
    ``score`` (0 to 1) of what it saw in that place."""

    detector: str
    answer: str
    reason: str | None
    label: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class ReportIncident:
    """One incident at the end of the flight. Position fields are None (text: empty) where it has no place.

    ``event``, ``severity`` and ``state`` are the words of the alert contract; ``subjects`` are
    (label, count); ``messages`` counts the alert messages sent about it; ``rule_ids`` are the rules that
    found it, the one it is known by first. ``second_look``: None where there is no second model.
    """

    id: str
    event: str
    severity: str
    state: str
    headline_th: str
    headline_en: str
    instruction_th: str
    instruction_en: str
    onset_us: int
    last_seen_us: int
    lat_deg: float | None
    lon_deg: float | None
    ce90_m: float | None
    utm: str
    mgrs: str
    border: BorderSide | None
    zones: tuple[ZoneChance, ...]
    subjects: tuple[tuple[str, int], ...]
    messages: int
    track_ids: tuple[str, ...]
    picture_jpeg: bytes | None
    rule_ids: tuple[str, ...] = ()
    second_look: ReportSecondLook | None = None


@dataclass(frozen=True, slots=True)
class ReportCondition:
    """One thing that a rule asked for, in short English with units, and whether it was there."""

    name: str
    wanted: str
    found: str
    met: bool


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """What a rule made of some things. ``founder_id`` is the first one's track, or the drone with no label.

    ``last_seen_us`` is None for a finding about a drone. ``incident_id`` is None where it made none.
    """

    rule_id: str
    severity: str
    label: str | None
    founder_id: str
    things: int
    since_us: int
    last_seen_us: int | None
    conditions: tuple[ReportCondition, ...]
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReportRules:
    """What fired, in order of time, what lacked one condition, the most telling first, and missing layers."""

    fired: tuple[ReportFinding, ...]
    near_misses: tuple[ReportFinding, ...]
    gaps: tuple[str, ...]
    fired_left_out: int = 0
    near_misses_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the flight; ``note`` may say more than the kind does, and may be empty."""

    start_us: int
    end_us: int
    kind: SpanKind
    note: str = ""


@dataclass(frozen=True, slots=True)
class CoveredZone:
    """How much of a zone was looked at: its square kilometres, and shares of them from 0 to 1."""

    name_th: str
    name_en: str
    placeholder: bool
    km2: float
    looked: float
    too_coarse: float
    too_dark: float


@dataclass(frozen=True, slots=True)
class CoveredGround:
    """The ground as a grid of square cells, and what may be said of it.

    ``west_deg`` and ``south_deg`` are the grid's corner, ``lon_step_deg`` and ``lat_step_deg`` a cell's
    sides. ``runs`` are cells beside each other as (row from the south, first column, end column, kind); a
    kind is a key of ``km2``: looked, too_coarse, too_dark or not_looked. ``of_zones``: not_looked is ground
    of zones that somebody drew, else of the flight's hull. ``looked_km2_by_light`` has the keys day,
    twilight, night; ``sun_deg`` is the sun's lowest and highest elevation. ``needs_light``: the camera was
    taken as blind at night.
    """

    west_deg: float
    south_deg: float
    lon_step_deg: float
    lat_step_deg: float
    cell_m: float
    runs: tuple[tuple[int, int, int, str], ...]
    km2: dict[str, float]
    of_zones: bool
    looked_km2_by_light: dict[str, float]
    sun_deg: tuple[float, float]
    least_person_px: float
    needs_light: bool
    zones: tuple[CoveredZone, ...]


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything on the page.

    ``status`` is actual, exercise or test. ``started_us`` and ``ended_us`` are the ends of the telemetry
    log, None where it has no time. ``covered_km2`` is the area of the union of footprints, None when it is
    not known; ``looked_s`` and ``not_looked_s`` are seconds. ``unlocated`` counts the detections that are
    not on the map, by reason. ``is_drill``: markers on the ground stand for what the rules look for.
    ``ground`` says how well the ground was seen, None when none was. ``rules``: None where no rule was asked.
    """

    site_id: str
    drone_id: str
    status: str
    timezone_name: str
    started_us: int | None
    ended_us: int | None
    is_drill: bool
    warnings: tuple[str, ...]
    path: tuple[PathSegment, ...]
    zones: tuple[ReportZone, ...]
    footprints: tuple[Footprint, ...]
    sightings: tuple[ReportSighting, ...]
    tracks: tuple[ReportTrack, ...]
    incidents: tuple[ReportIncident, ...]
    spans: tuple[Span, ...]
    covered_km2: float | None
    looked_s: float
    not_looked_s: float
    unlocated: tuple[tuple[str, int], ...]
    versions: tuple[tuple[str, str], ...]
    ground: CoveredGround | None = None
    rules: ReportRules | None = None
