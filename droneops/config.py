"""The site file: one model per section. An unknown key is an error that names the nearest known one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from droneops.toml_file import Strict, read_toml

LOWEST_GROUND_M, HIGHEST_GROUND_M = -500.0, 9000.0
"""From below the Dead Sea's shore to above the Himalaya, above sea level."""

DEFAULT_DETECTOR = "aruco"
"""Until a model ships, the one detector that needs no weights."""

Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Metres = Annotated[float, Field(ge=0, le=1_000_000)]
GroundM = Annotated[float, Field(ge=LOWEST_GROUND_M, le=HIGHEST_GROUND_M)]
Looks = Annotated[float, Field(gt=0, le=1000)]
Probability = Annotated[float, Field(gt=0, le=1)]


def _topic_safe(value: str) -> str:
    if not value or any(character in "/+#$" or not character.isprintable() for character in value):
        raise ValueError(
            "must not be empty nor hold / + # $ or control characters (it is part of MQTT topics)"
        )
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; write one such as Asia/Bangkok") from None
    return value


def _plain_label(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be plain text and not empty")
    return value


Label = Annotated[str, Field(max_length=40), AfterValidator(_plain_label)]
Labels = Annotated[list[Label], Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=1000)]
Share = Annotated[float, Field(ge=0, le=1)]
Id = Annotated[str, Field(max_length=64), AfterValidator(_topic_safe)]
EventName = Literal[
    "illegal_logging", "border_crossing", "intrusion", "fire", "person_in_distress", "drone_blind"
]
Severity = Literal["extreme", "severe", "moderate", "minor"]
SEVERITIES = ("extreme", "severe", "moderate", "minor")
"""The gravest first."""
Status = Literal["actual", "exercise", "test"]


class SiteSection(Strict):
    """[site]"""

    id: Id
    status: Status = "exercise"
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Bangkok"
    data_dir: str = "var"
    allow_placeholder: bool = False


class BrokerSection(Strict):
    """[broker]"""

    url: Annotated[str, Field(pattern=r"^(mqtts?|wss?)://")]
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    protocol: Literal["5", "3.1.1"] = "5"

    @model_validator(mode="after")
    def _certificate_with_its_key(self) -> BrokerSection:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together: give both or neither")
        return self


class RedisSection(Strict):
    """[redis]"""

    url: Annotated[str, Field(pattern=r"^(rediss?|unix)://")]
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None


class MetricsSection(Strict):
    """[metrics]: where Prometheus reads; "" switches it off."""

    bind: Annotated[str, Field(pattern=r"^(|.+:\d{1,5})$")] = "127.0.0.1:9108"


class AgencySection(Strict):
    """[[agency]]"""

    id: Id
    events: list[EventName] = []
    zones: list[str] = []
    min_severity: Severity = "minor"
    receipt_within_s: Seconds = 120
    escalate_to: str | None = None
    see_drones: bool = False
    public_key: str | None = None

    def takes(self, event: str, severity: str, zone_ids: frozenset[str]) -> bool:
        """Whether this agency gets an event that touches these zones; an empty list means all."""
        event_fits = not self.events or event in self.events
        grave_enough = SEVERITIES.index(severity) <= SEVERITIES.index(self.min_severity)
        return event_fits and grave_enough and (not self.zones or bool(zone_ids & set(self.zones)))


class RoutingSection(Strict):
    """[routing]"""

    default: str | None = None


class DeliverySection(Strict):
    """[delivery]"""

    expire_after_s: Seconds = 86_400
    repeat_at_most_every_s: Annotated[float, Field(ge=1, le=86_400)] = 3600


class EvidenceSection(Strict):
    """[evidence]: the site's signing key, made by ``droneops keys make``, and a time-stamping authority."""

    key_file: str | None = None
    timestamp_url: Annotated[str, Field(pattern=r"^https?://")] | None = None


class RetentionSection(Strict):
    """[retention], in days"""

    sightings: Days = 7
    video: Days = 7
    incidents: Days = 3650


class SharingSection(Strict):
    """[sharing]: how much video is kept of a camera in memory, and of incidents on disk (0: none); and, where
    ``url`` is given, from where and to where it is shown. ``url`` is what links begin with."""

    pre_roll_s: Annotated[float, Field(ge=1, le=60)] = 20
    clips_mb: Annotated[int, Field(ge=0, le=10_000_000)] = 2048
    url: str | None = None
    bind: str = "127.0.0.1:8443"
    cert_file: str | None = None
    key_file: str | None = None
    link_minutes: Annotated[float, Field(ge=1, le=1440)] = 30
    viewers_max: Annotated[int, Field(ge=1, le=256)] = 16

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> SharingSection:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("give cert_file and key_file, or neither")
        if self.url is None:
            return self
        if not self.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("url: links to other machines begin with https://")
        is_here = self.bind.rpartition(":")[0] in {"127.0.0.1", "localhost", "[::1]"}
        if not is_here and self.cert_file is None:
            raise ValueError(
                "bind is open to other machines: give cert_file and key_file, or bind to 127.0.0.1 and put a"
                " proxy with TLS before it"
            )
        return self


class ZoneLayerSection(Strict):
    """[[zone_layer]]: a shipped layer by id, or an operator's file by path."""

    id: str | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ZoneLayerSection:
        if (self.id is None) == (self.path is None):
            raise ValueError("give either id (a shipped layer) or path (a GeoJSON file)")
        return self


class TerrainSection(Strict):
    """[terrain]"""

    source: Literal["home", "value", "report", "dem"] = "home"
    alt_msl_m: GroundM | None = None
    path: str | None = None
    sigma_m: Metres | None = None

    @model_validator(mode="after")
    def _keys_are_those_of_the_source(self) -> TerrainSection:
        """A key that the source does not look at would be believed to count."""
        for key, source in (("alt_msl_m", "value"), ("path", "dem")):
            is_given = getattr(self, key) is not None
            if self.source == source and not is_given:
                raise ValueError(f"source is {source}, but terrain.{key} is missing")
            if self.source != source and is_given:
                mend = f"remove it, or set source to {source}"
                raise ValueError(f"terrain.{key} is not used with source {self.source}: {mend}")
        return self


class AuthoritySection(Strict):
    """[authority]"""

    ceiling_above_ground_m: Metres = 90
    hours: str = "06:00-18:00"
    permit: str = ""


class DroneCameraSection(Strict):
    """[[drone.camera]]"""

    id: Id
    video: str | None = None
    file: str | None = None


class DroneSection(Strict):
    """[[drone]]"""

    id: Id
    telemetry: str | None = None
    system_id: Annotated[int, Field(ge=1, le=255)] | None = None
    detector: str | None = None
    second_look: str | None = None
    looks_per_second: Looks = 5
    gimbal_frame: Literal["auto", "vehicle", "earth"] = "auto"
    infer: Literal["everywhere", "zones"] = "everywhere"
    camera: list[DroneCameraSection] = []


def _labels_by_text(value: Any) -> Any:
    return {str(key): label for key, label in value.items()} if isinstance(value, dict) else value


class DetectorSection(Strict):
    """[detector.NAME]: what the detector's labels mean here, and its own options."""

    labels: Annotated[dict[str, Label], BeforeValidator(_labels_by_text)] = {}
    options: dict[str, str | int | float | bool] = {}


class RuleSection(Strict):
    """[[rule]]: what differs from a rule's defaults. ``droneops rules explain`` says which keys it has."""

    id: str
    enabled: bool = True
    event: EventName | None = None
    distress_event: EventName | None = None
    severity: Severity | None = None
    severity_in_strip: Severity | None = None
    severity_outside: Severity | None = None
    severity_without_bank: Severity | None = None
    labels: Labels | None = None
    vehicle_labels: Labels | None = None
    people_labels: Labels | None = None
    timber_labels: Labels | None = None
    distress_labels: Labels | None = None
    probability: Probability | None = None
    p_thailand: Probability | None = None
    p_crossed: Probability | None = None
    count: Count | None = None
    sightings: Count | None = None
    dwell_s: Seconds | None = None
    within_s: Seconds | None = None
    within_m: Metres | None = None
    near_m: Metres | None = None
    away_m: Metres | None = None
    edge_m: Metres | None = None
    interior_m: Metres | None = None
    least_walk_m: Metres | None = None
    walk_share: Share | None = None
    group_link_m: Metres | None = None
    file_link_m: Metres | None = None
    file_width_m: Metres | None = None
    bank_within_m: Metres | None = None
    border_within_m: Metres | None = None
    pier_within_m: Metres | None = None
    road_within_m: Metres | None = None
    trail_within_m: Metres | None = None
    speed_mps: Annotated[float, Field(ge=0, le=100)] | None = None
    cone_deg: Annotated[float, Field(gt=0, le=180)] | None = None


class SiteFile(Strict):
    """The whole file."""

    site: SiteSection
    broker: BrokerSection | None = None
    redis: RedisSection | None = None
    metrics: MetricsSection = MetricsSection()
    agency: list[AgencySection] = []
    routing: RoutingSection = RoutingSection()
    retention: RetentionSection = RetentionSection()
    sharing: SharingSection = SharingSection()
    delivery: DeliverySection = DeliverySection()
    evidence: EvidenceSection = EvidenceSection()
    zone_layer: list[ZoneLayerSection] = []
    terrain: TerrainSection = TerrainSection()
    authority: AuthoritySection = AuthoritySection()
    drone: list[DroneSection] = []
    detector: dict[str, DetectorSection] = {}
    rule: list[RuleSection] = []

    @model_validator(mode="after")
    def _names_are_known(self) -> SiteFile:
        ids = [agency.id for agency in self.agency]
        _no_twins("agency", ids)
        _no_twins("drone", [drone.id for drone in self.drone])
        named = [self.routing.default, *(agency.escalate_to for agency in self.agency)]
        for name in named:
            if name is not None and name not in ids:
                raise ValueError(f"agency {name!r} is named but there is no [[agency]] with that id")
        return self


def _no_twins(what: str, ids: list[str]) -> None:
    twins = sorted({name for name in ids if ids.count(name) > 1})
    if twins:
        raise ValueError(f"{what} {twins[0]!r} is given twice")


@dataclass(frozen=True, slots=True)
class Site:
    """A site file, where it lies, and the digest of its bytes (None for the built-in default)."""

    file: SiteFile
    folder: Path
    sha256: str | None

    def beside(self, name: str) -> Path:
        """A path in the file, relative to the file's folder."""
        return self.folder / name

    def agencies_for(self, event: str, severity: str, zone_ids: frozenset[str]) -> tuple[str, ...]:
        """Who gets an event: every agency that takes it, else the default, else nobody."""
        takers = tuple(agency.id for agency in self.file.agency if agency.takes(event, severity, zone_ids))
        if takers or self.file.routing.default is None:
            return takers
        return (self.file.routing.default,)


def load_site(path: Path) -> Site:
    """The site of a file.

    Raises:
        ConfigError: the file is missing or wrong; the message names the key.
    """
    file, raw = read_toml(path, SiteFile)
    return Site(file, path.parent, hashlib.sha256(raw).hexdigest())


def default_site() -> Site:
    """The site when no file is given: nothing but an id, and status exercise."""
    return Site(SiteFile(site=SiteSection(id="replay")), Path(), None)
