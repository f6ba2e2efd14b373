"""An incident's change becomes an alert message."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import numpy as np

from droneops.delivery import alert as message
from droneops.delivery.grid import utm_and_mgrs
from droneops.delivery.text import headline, instruction, short
from droneops.geo.rotation import heading_rad
from droneops.incidents.incident import Change, Incident, bundle_id, message_id
from droneops.times import to_datetime, to_text
from droneops.types import Pose, Track
from geofences import BorderSide, ZoneHit

OBSERVED = 0.9
LIKELY = 0.5
"""Certainty from the probability of being inside: observed, likely, or possible (docs/alerts.md)."""

SPEED_SIGMAS = 3.5
"""A speed is given only beyond 3.5 sigma of its own error along it. The length of a plane normal passes that
twice in a thousand times by chance (exp(-3.5^2 / 2)), two sigma would be passed one time in seven."""


_Event = Literal[
    "illegal_logging", "border_crossing", "intrusion", "fire", "person_in_distress", "drone_blind"
]
_Severity = Literal["extreme", "severe", "moderate", "minor"]


@dataclass(frozen=True, slots=True)
class Context:
    """What all alerts of a run share. ``near`` names the place nearest to a latitude and
    longitude at a time."""

    status: Literal["actual", "exercise", "test"]
    software: str
    detector: str
    weights_sha256: str | None
    zones_sha256: str
    site_sha256: str | None
    drill_markers: bool
    near: Callable[[float, float, datetime], str | None]


def compose(
    change: Change, pose: Pose | None, snapshot: message.Snapshot | None, context: Context
) -> message.Alert:
    """The message of a change, cut to 4 KiB: the least probable zones go first, then kinds of subjects.

    The zone that the rule looks at is never cut.
    """
    subjects = _subjects(change.present)
    hits = change.incident.lead.hits[: message.MAX_ZONES]
    least = min(len(hits), 1)
    sizes = [(count, len(subjects)) for count in range(len(hits), least - 1, -1)]
    sizes += [(least, count) for count in range(len(subjects) - 1, 0, -1)]
    for zones, kinds in sizes:
        alert = _compose(change, hits[:zones], subjects[:kinds], pose, snapshot, context)
        if message.fits(alert):
            return alert
    raise ValueError(f"incident {change.incident.id} does not fit into {message.MAX_BYTES} bytes")


def _compose(
    change: Change,
    hits: tuple[ZoneHit, ...],
    subjects: tuple[message.Subject, ...],
    pose: Pose | None,
    snapshot: message.Snapshot | None,
    context: Context,
) -> message.Alert:
    incident, lead = change.incident, change.incident.lead
    near = context.near(lead.track.lat_deg, lead.track.lon_deg, to_datetime(change.time_us))
    position = _position(lead.track, near)
    placeholder = any(hit.zone.placeholder for hit in lead.hits)
    return message.Alert(
        id=message_id(incident.id, incident.messages),
        incident_id=incident.id,
        sequence=incident.messages,
        message_type="alert" if incident.messages == 1 else "update",
        references=_references(incident),
        replaced_by=None,
        status=context.status,
        sent=to_text(change.time_us),
        onset=to_text(incident.onset_us),
        last_seen=to_text(incident.last_seen_us),
        event=cast(_Event, incident.event),
        severity=cast(_Severity, incident.severity),
        certainty=_certainty(hits),
        headline=headline(context.status, subjects, hits),
        instruction=instruction(context.status, position, placeholder, context.drill_markers),
        position=position,
        zones=tuple(_zone(hit) for hit in hits),
        border=_border(lead.border),
        subjects=subjects,
        motion=_motion(lead.track),
        rule=message.Rule(id=incident.rule_id, version=incident.rule_version),
        drone=message.Drone(id=lead.track.drone_id, pose=_drone_pose(pose)),
        snapshot=snapshot,
        evidence=message.Evidence(bundle_id=bundle_id(incident.id), url=None),
        journal_head=None,
        provenance=message.Provenance(
            software=context.software,
            detector=short(context.detector),
            weights_sha256=context.weights_sha256,
            zones_sha256=context.zones_sha256,
            site_sha256=context.site_sha256,
        ),
        signature=None,
    )


def _references(incident: Incident) -> tuple[str, ...]:
    earlier = range(max(1, incident.messages - message.MAX_REFERENCES), incident.messages)
    return tuple(message_id(incident.id, sequence) for sequence in earlier)


def _certainty(hits: tuple[ZoneHit, ...]) -> Literal["observed", "likely", "possible"]:
    probability = hits[0].probability_inside if hits else 0.0
    if probability >= OBSERVED:
        return "observed"
    return "likely" if probability >= LIKELY else "possible"


def _subjects(tracks: Sequence[Track]) -> tuple[message.Subject, ...]:
    labels = sorted({track.label for track in tracks})[: message.MAX_SUBJECTS]
    return tuple(
        message.Subject(
            label=short(label),
            count=sum(track.label == label for track in tracks),
            score=round(max(track.best_score for track in tracks if track.label == label), 4),
        )
        for label in labels
    )


def _position(track: Track, near: str | None) -> message.Position:
    utm, mgrs = utm_and_mgrs(track.lat_deg, track.lon_deg)
    (ee, en), (ne, nn) = track.cov_m2.tolist()
    return message.Position(
        lat_deg=round(track.lat_deg, 8),
        lon_deg=round(track.lon_deg, 8),
        ce90_m=round(track.ce90_m, 3),
        cov_m2=((round(ee, 3), round(en, 3)), (round(ne, 3), round(nn, 3))),
        utm=utm,
        mgrs=mgrs,
        near=near,
    )


def _zone(hit: ZoneHit) -> message.ZoneEntry:
    zone = hit.zone
    return message.ZoneEntry(
        id=zone.id,
        name=message.BothLanguages(th=short(zone.name_th), en=short(zone.name_en)),
        kind=str(zone.kind),
        probability_inside=_said(hit.probability_inside),
        distance_m=round(hit.distance_m, 3),
        placeholder=zone.placeholder,
    )


def _border(border: BorderSide | None) -> message.Border | None:
    if border is None:
        return None
    return message.Border(
        distance_m=round(border.distance_m, 3),
        sigma_m=round(border.sigma_m, 3),
        p_thailand=_said_of_side(border),
        side=border.side,
    )


def _said_of_side(border: BorderSide) -> float:
    """The probability as it is said: rounding must not contradict the side."""
    said = _said(border.p_thailand)
    return min(max(said, 0.1001), 0.8999) if border.side == "uncertain" else said


def _said(probability: float) -> float:
    """Four digits, and never 0 or 1: no model of errors knows its own tails that well."""
    return min(max(round(probability, 4), 0.0001), 0.9999)


def _motion(track: Track) -> message.Motion | None:
    east, north = (float(value) for value in track.velocity_mps)
    speed_mps = math.hypot(east, north)
    if speed_mps == 0:
        return None
    along = np.array([east, north]) / speed_mps
    sigma_mps = math.sqrt(float(along @ track.velocity_cov_m2ps2 @ along))
    if speed_mps <= SPEED_SIGMAS * sigma_mps:
        return None
    course_deg = round(math.degrees(math.atan2(east, north)) % 360, 1) % 360
    return message.Motion(speed_mps=round(speed_mps, 2), course_deg=course_deg)


def _drone_pose(pose: Pose | None) -> message.DronePose | None:
    if pose is None:
        return None
    heading_deg = round(math.degrees(heading_rad(pose.ned_from_body)) % 360, 1) % 360
    return message.DronePose(
        lat_deg=round(pose.lat_deg, 8),
        lon_deg=round(pose.lon_deg, 8),
        alt_msl_m=round(pose.alt_msl_m, 3),
        heading_deg=heading_deg,
    )
