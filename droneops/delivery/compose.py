"""An incident's change becomes an alert message."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from droneops.delivery import alert as message
from droneops.delivery.grid import utm_and_mgrs
from droneops.delivery.near import Around
from droneops.delivery.text import short
from droneops.delivery.words import phrases
from droneops.delivery.words.headline import headline
from droneops.delivery.words.instruction import instruction
from droneops.delivery.words.told import Told
from droneops.geo.rotation import heading_rad
from droneops.incidents.incident import Change, ChangeKind, Incident, bundle_id, message_id
from droneops.second_look.answer import SecondLook
from droneops.second_look.doubt import doubted
from droneops.times import to_datetime, to_text
from droneops.types import Pose, Track
from geofences import BorderSide, ZoneHit

OBSERVED = 0.9
LIKELY = 0.5
"""Certainty from the probability of being inside: observed, likely, or possible (docs/alerts.md)."""

SPEED_SIGMAS = 3.5
"""A speed is given only beyond 3.5 sigma of its own error along it. The length of a plane normal passes that
twice in a thousand times by chance (exp(-3.5^2 / 2)), two sigma would be passed one time in seven."""


SILENT_US = 300_000_000
"""Five minutes without a sighting: what counts as present (rules' ``within_s``) is seen more often."""

OVER = frozenset({ChangeKind.CLOSED, ChangeKind.CANCELLED})
"""Nothing is known any more of how the thing moves."""

OF_OURSELVES = "drone_blind"
SEEN_BY_LOOKS_ALONE = frozenset({"fire", "person_in_distress"})
"""Being inside a zone says nothing of whether it burns: a detector's word alone is never more than likely."""


def _nothing_around(_lat_deg: float, _lon_deg: float, _at: datetime) -> Around:
    return Around()


def _no_journal() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What all alerts of a run share.

    ``near`` names the place nearest to a latitude and longitude at a time, ``around`` tells what else lies
    there. ``sign`` makes the signature of a message without it (None: no key, nothing is signed);
    ``journal_head`` is the head of the site's journal now, as (n, sha256), None without one. ``timezone``
    names the site's clocks, by which the texts say when; None: they leave it to the message's UTC.
    """

    status: Literal["actual", "exercise", "test"]
    software: str
    detector: str
    weights_sha256: str | None
    zones_sha256: str
    site_sha256: str | None
    drill_markers: bool
    near: Callable[[float, float, datetime], str | None]
    around: Callable[[float, float, datetime], Around] = _nothing_around
    sign: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    journal_head: Callable[[], tuple[int, str] | None] = _no_journal
    timezone: str | None = None


def compose(
    change: Change,
    pose: Pose | None,
    snapshot: message.Snapshot | None,
    context: Context,
    second: SecondLook | None = None,
) -> message.Alert:
    """The message of a change, signed where there is a key, cut to 4 KiB.

    ``second`` is what a second model last said of the incident's thing; None where the site has none.

    The least probable zones go first, then what is only of help in the texts, then kinds of subjects, then
    earlier references and the nearest place. The zone that the rule looks at stays, unless its id and names
    are too long; the words name it even then.

    Raises:
        ValueError: the signature is longer than any of Ed25519.
    """
    whole = _compose(change, pose, snapshot, context, second)
    room = message.MAX_BYTES - (message.SIGNATURE_BYTES if context.sign else 0)
    for cut in _cuts(len(whole.hits), len(whole.subjects)):
        alert = whole.alert(cut)
        if message.size(alert) <= room:
            return alert if context.sign is None else message.signed(alert, context.sign)
    raise ValueError(f"incident {change.incident.id} does not fit into {message.MAX_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class _Cut:
    """How much is said: so many zones and kinds of subjects, and whether the texts are brief.

    ``lean``: the nearest place's name and all references but the latest are left out too.
    """

    zones: int
    kinds: int
    brief: bool
    lean: bool = False


def _cuts(zones: int, kinds: int) -> Iterator[_Cut]:
    """From everything to the least, in the order in which things are given up."""
    least = min(zones, 1)
    yield from (_Cut(count, kinds, brief=False) for count in range(zones, least - 1, -1))
    fewest = min(kinds, 1)
    yield from (_Cut(least, count, brief=True) for count in range(kinds, fewest - 1, -1))
    yield _Cut(least, fewest, brief=True, lean=True)
    # A zone's id has no limit of its own: better an alert without the zone's entry than none.
    yield from (_Cut(0, count, brief=True, lean=True) for count in range(fewest, -1, -1))


@dataclass(frozen=True, slots=True)
class _Whole:
    """A message before it is cut: its fields without words, zones and subjects."""

    fields: Mapping[str, Any]
    told: Told
    hits: tuple[ZoneHit, ...]
    subjects: tuple[message.Subject, ...]

    def alert(self, cut: _Cut) -> message.Alert:
        """The message cut so."""
        hits, subjects = self.hits[: cut.zones], self.subjects[: cut.kinds]
        # The words name the first zone, and that it is a stand-in, even where its entry is cut.
        told = replace(self.told, hits=self.hits[: max(cut.zones, 1)], subjects=subjects)
        return message.Alert(
            **(_lean(self.fields) if cut.lean else self.fields),
            headline=headline(told),
            instruction=instruction(told, brief=cut.brief),
            zones=tuple(_zone(hit) for hit in hits),
            subjects=subjects,
        )


def _lean(fields: Mapping[str, Any]) -> dict[str, Any]:
    position: message.Position | None = fields["position"]
    return {
        **fields,
        "references": fields["references"][-1:],
        "position": None if position is None else position.model_copy(update={"near": None}),
    }


def _compose(
    change: Change,
    pose: Pose | None,
    snapshot: message.Snapshot | None,
    context: Context,
    second: SecondLook | None,
) -> _Whole:
    incident, lead = change.incident, change.incident.lead
    at = to_datetime(change.time_us)
    place = None if lead is None else (lead.track.lat_deg, lead.track.lon_deg)
    told = _told(change, context, Around() if place is None else context.around(*place, at))
    told = replace(told, second=second)
    if lead is not None and place is not None:
        told = replace(
            told,
            position=_position(lead.track, context.near(*place, at)),
            border=_border(lead.border),
            motion=None if change.kind in OVER else _motion(lead.track),
        )
    fields = {
        **_identity(change, context),
        "event": incident.event,
        "severity": incident.severity,
        "certainty": doubted(_certainty(incident.event, told.hits), second),
        "position": told.position,
        "border": told.border,
        "motion": told.motion,
        "rule": message.Rule(id=incident.rule_id, version=incident.rule_version),
        "drone": message.Drone(id=told.drone_id, pose=_drone_pose(pose)),
        "snapshot": snapshot,
        "evidence": message.Evidence(bundle_id=bundle_id(incident.id), url=None),
        "journal_head": _journal_head(context),
        "provenance": _provenance(context, second),
        "signature": None,
    }
    return _Whole(fields, told, told.hits, told.subjects)


def _identity(change: Change, context: Context) -> dict[str, Any]:
    incident = change.incident
    return {
        "id": message_id(incident.id, incident.messages),
        "incident_id": incident.id,
        "sequence": incident.messages,
        "message_type": _message_type(change),
        "references": _references(incident),
        "replaced_by": change.replaced_by,
        "status": context.status,
        "sent": to_text(change.time_us),
        "onset": to_text(incident.onset_us),
        "last_seen": to_text(incident.last_seen_us),
    }


def _told(change: Change, context: Context, around: Around) -> Told:
    incident, lead = change.incident, change.incident.lead
    return Told(
        status=context.status,
        event=incident.event,
        severity=incident.severity,
        kind=change.kind,
        rule_id=incident.rule_id,
        subjects=_subjects(change.present),
        hits=() if lead is None else lead.hits[: message.MAX_ZONES],
        position=None,
        border=None,
        motion=None,
        drone_id=incident.founder.drone_id if lead is None else lead.track.drone_id,
        markers=context.drill_markers and lead is not None,
        zone_ids=incident.zone_ids,
        around=around,
        reason=_closed_because(change),
        replaced_by=change.replaced_by,
        blind_reason=_blind_reason(change),
        seen_local=None if lead is None else _local(lead.track.last_seen_us, context),
    )


def _local(time_us: int, context: Context) -> datetime | None:
    return None if context.timezone is None else to_datetime(time_us).astimezone(ZoneInfo(context.timezone))


def _message_type(change: Change) -> Literal["alert", "update", "cancel"]:
    if change.kind is ChangeKind.CANCELLED:
        return "cancel"
    return "alert" if change.incident.messages == 1 else "update"


def _closed_because(change: Change) -> str | None:
    """Why an incident was closed: that nothing was seen of it is a fact, all else has to be said."""
    said = change.reason
    silent_us = change.time_us - change.incident.last_seen_us
    if said is None and change.kind is ChangeKind.CLOSED and silent_us >= SILENT_US:
        return "quiet"
    return said


def _blind_reason(change: Change) -> str | None:
    """R11 names its first condition by the reason (`droneops.incidents.scene.Blindness`)."""
    names = (condition.name for condition in change.conditions)
    return next((name for name in names if name in phrases.BLIND), None)


def _journal_head(context: Context) -> message.JournalHead | None:
    head = context.journal_head()
    return None if head is None else message.JournalHead(n=head[0], sha256=head[1])


def _provenance(context: Context, second: SecondLook | None) -> message.Provenance:
    return message.Provenance(
        software=context.software,
        detector=short(context.detector),
        weights_sha256=context.weights_sha256,
        zones_sha256=context.zones_sha256,
        site_sha256=context.site_sha256,
        second_look=None if second is None else _second_look(second),
    )


def _second_look(second: SecondLook) -> message.SecondLook:
    return message.SecondLook(
        detector=short(second.detector),
        weights_sha256=second.weights_sha256,
        answer=second.answer.value,
        reason=None if second.reason is None else second.reason.value,
        label=None if second.label is None else short(second.label),
        score=second.score,
    )


def _references(incident: Incident) -> tuple[str, ...]:
    earlier = range(max(1, incident.messages - message.MAX_REFERENCES), incident.messages)
    return tuple(message_id(incident.id, sequence) for sequence in earlier)


def _certainty(event: str, hits: tuple[ZoneHit, ...]) -> Literal["observed", "likely", "possible"]:
    if event == OF_OURSELVES:
        return "observed"
    probability = hits[0].probability_inside if hits else 0.0
    if probability >= OBSERVED and event not in SEEN_BY_LOOKS_ALONE:
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
