"""The alert message (schema droneops.alert/1): its model, its bytes and its JSON Schema.

One alert is one sequence of bytes: every agency gets the same, every resend is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from droneops.errors import DroneopsError
from droneops.evidence.canonical import parse_strictly

MAX_BYTES = 4096
MAX_ZONES = 6
MAX_SUBJECTS = 8
MAX_REFERENCES = 8
SIGNATURE_BYTES = 160
"""What a signature adds to ``null``: 88 characters of value, 16 of key id, and the names around them."""

REASON_LIMIT = 120

Sign = Callable[[Mapping[str, Any]], Mapping[str, str]]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
Probability = Annotated[float, Field(ge=0, le=1)]
LatDeg = Annotated[float, Field(ge=-90, le=90)]
LonDeg = Annotated[float, Field(ge=-180, le=180)]
NotNegative = Annotated[float, Field(ge=0)]


class Part(BaseModel):
    """A part of an alert: no unknown keys, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class BothLanguages(Part):
    """The same text in Thai and in English."""

    th: str
    en: str


class Position(Part):
    """Where, and how wrong it may be: 90 % lie within ``ce90_m``; ``cov_m2`` is in east/north order."""

    lat_deg: LatDeg
    lon_deg: LonDeg
    ce90_m: NotNegative
    cov_m2: tuple[tuple[float, float], tuple[float, float]]
    utm: str | None
    mgrs: str | None
    near: str | None


class ZoneEntry(Part):
    """A zone that may hold the position; ``distance_m`` to its edge is negative inside."""

    id: str
    name: BothLanguages
    kind: str
    probability_inside: Probability
    distance_m: float
    placeholder: bool


class Border(Part):
    """The side of the Thai-Lao border; ``distance_m`` is positive on the Thai side."""

    distance_m: float
    sigma_m: NotNegative
    p_thailand: Probability
    side: Literal["TH", "LA", "uncertain"]


class Subject(Part):
    """How many of what; ``score`` is the detector's best."""

    label: str
    count: Annotated[int, Field(ge=1)]
    score: Probability


class Motion(Part):
    """Speed and course over ground, given only where the speed is beyond its own error."""

    speed_mps: NotNegative
    course_deg: Annotated[float, Field(ge=0, lt=360)]


class Rule(Part):
    """The rule that fired."""

    id: str
    version: str


class DronePose(Part):
    """Where the drone was when it saw this."""

    lat_deg: LatDeg
    lon_deg: LonDeg
    alt_msl_m: float
    heading_deg: Annotated[float, Field(ge=0, lt=360)]


class Drone(Part):
    """The drone that founded the incident."""

    id: str
    pose: DronePose | None


class Snapshot(Part):
    """The picture that follows on the snapshot topic."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=1, le=65536)]


class Evidence(Part):
    """The incident's evidence bundle."""

    bundle_id: Uuid
    url: str | None


class JournalHead(Part):
    """The head of the site's journal when this was said."""

    n: Annotated[int, Field(ge=0)]
    sha256: Sha256


class SecondLook(Part):
    """What a second model said of the thing that raised the incident, shown its picture alone.

    ``label`` and ``score`` are of what it saw in that place. ``reason`` goes with every answer but agreed.
    """

    detector: str
    weights_sha256: Sha256 | None
    answer: Literal["agreed", "disagreed", "could_not_tell", "not_asked"]
    reason: (
        Literal[
            "nothing_there",
            "another_label",
            "label_unknown",
            "too_small",
            "model_failed",
            "no_thing",
            "no_picture",
        ]
        | None
    )
    label: str | None
    score: Probability | None


class Provenance(Part):
    """What made this alert. ``second_look`` is there only where the site has a second model."""

    software: str
    detector: str
    weights_sha256: Sha256 | None
    zones_sha256: Sha256
    site_sha256: Sha256 | None
    second_look: SecondLook | None = None


class Signature(Part):
    """Ed25519 over the canonical JSON (RFC 8785) of the message without this field."""

    alg: Literal["Ed25519"]
    key_id: str
    value: str


class Alert(Part):
    """One message about one incident."""

    schema_: Annotated[Literal["droneops.alert/1"], Field(alias="schema")] = "droneops.alert/1"
    id: Uuid
    incident_id: Uuid
    sequence: Annotated[int, Field(ge=1)]
    message_type: Literal["alert", "update", "cancel"]
    references: Annotated[tuple[Uuid, ...], Field(max_length=MAX_REFERENCES)]
    replaced_by: Uuid | None
    status: Literal["actual", "exercise", "test"]
    sent: Time
    onset: Time
    last_seen: Time
    event: Literal[
        "illegal_logging", "border_crossing", "intrusion", "fire", "person_in_distress", "drone_blind"
    ]
    severity: Literal["extreme", "severe", "moderate", "minor"]
    certainty: Literal["observed", "likely", "possible"]
    headline: BothLanguages
    instruction: BothLanguages
    position: Position | None
    zones: Annotated[tuple[ZoneEntry, ...], Field(max_length=MAX_ZONES)]
    border: Border | None
    subjects: Annotated[tuple[Subject, ...], Field(max_length=MAX_SUBJECTS)]
    motion: Motion | None
    rule: Rule
    drone: Drone
    snapshot: Snapshot | None
    evidence: Evidence | None
    journal_head: JournalHead | None
    provenance: Provenance
    signature: Signature | None


def to_bytes(alert: Alert) -> bytes:
    """The alert's one and only sequence of bytes: compact JSON in UTF-8, at most 4 KiB.

    Raises:
        ValueError: longer than 4 KiB.
    """
    raw = _compact(alert)
    if len(raw) > MAX_BYTES:
        raise ValueError(f"alert {alert.id} has {len(raw)} bytes, more than {MAX_BYTES}")
    return raw


def size(alert: Alert) -> int:
    """How many bytes it has."""
    return len(_compact(alert))


def signed(alert: Alert, sign: Sign) -> Alert:
    """The alert with the signature that ``sign`` makes of its message without ``signature``.

    What is signed is read back from the bytes that a receiver parses, so that both see the same numbers.

    Raises:
        ValueError: longer than 4 KiB with it.
    """
    unsigned = json.loads(_compact(alert))
    del unsigned["signature"]
    with_it = alert.model_copy(update={"signature": Signature.model_validate(dict(sign(unsigned)))})
    to_bytes(with_it)
    return with_it


class BadAlert(DroneopsError):  # noqa: N818 - it says what is bad, as BadReceipt does
    """Bytes that are no alert; ``what`` says why in one short printable line."""

    exit_status = 1


def read_alert(raw: bytes) -> Alert:
    """The alert that bytes from outside are.

    Raises:
        BadAlert: they are none; nothing else, whatever the bytes.
    """
    if len(raw) > MAX_BYTES:
        raise BadAlert(f"{len(raw)} bytes, more than {MAX_BYTES}")
    if b"\n" in raw or b"\r" in raw:
        raise BadAlert("more than one line")
    try:
        return Alert.model_validate(parse_strictly(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadAlert(_plain(f"{where}: {first['msg']}")) from None
    except ValueError as error:
        raise BadAlert(_plain(str(error))) from None


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:REASON_LIMIT]


def _compact(alert: Alert) -> bytes:
    table = alert.model_dump(mode="json", by_alias=True)
    if alert.provenance.second_look is None:
        # Receivers that do not know the field yet refuse what has it: only who uses it has to renew them.
        del table["provenance"]["second_look"]
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an alert; published as docs/schemas/alert-1.schema.json."""
    schema = Alert.model_json_schema(by_alias=True, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "droneops.alert/1"
    return schema
