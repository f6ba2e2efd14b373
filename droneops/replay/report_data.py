"""A finished replay as the values its report shows."""

from __future__ import annotations

from typing import Any

from droneops.delivery.alert import Alert
from droneops.incidents.finding import Finding
from droneops.incidents.incident import Incident
from droneops.incidents.trace import founder_of
from droneops.replay.explained import Explained
from droneops.replay.ground import covered_ground
from droneops.replay.path import path_segments
from droneops.replay.prepare import placeholder_warning
from droneops.replay.record import Record
from droneops.replay.report.data import (
    BorderSide,
    ReportCondition,
    ReportData,
    ReportFinding,
    ReportIncident,
    ReportRules,
    ReportSecondLook,
    ReportTrack,
    ReportZone,
    Span,
    SpanKind,
    ZoneChance,
)
from droneops.replay.result import Result
from droneops.second_look.answer import SecondLook
from droneops.telemetry.pose_track import PoseTrack
from droneops.types import Track
from geofences import Zone


def report_data(result: Result) -> ReportData:
    """What the report of this replay shows."""
    record, poses, coverage = result.record, result.poses, result.coverage
    return ReportData(
        site_id=result.site_id,
        drone_id=result.drone_id,
        status=result.status,
        timezone_name=result.timezone,
        started_us=poses.first_us,
        ended_us=poses.last_us,
        is_drill=result.is_drill,
        warnings=_other_warnings(result),
        path=path_segments(poses),
        zones=tuple(_zone(zone) for zone in result.zones.zones),
        footprints=() if record is None else tuple(record.footprints),
        sightings=() if record is None else tuple(record.sightings),
        tracks=() if record is None else tuple(_track(track, record) for track in record.tracks.values()),
        incidents=tuple(_incident(incident, result) for incident in result.incidents),
        spans=(*coverage.spans, *_gaps(poses)),
        covered_km2=coverage.area_km2,
        looked_s=coverage.seconds(SpanKind.LOOKED),
        not_looked_s=sum(map(coverage.seconds, (SpanKind.NOT_LOOKED, SpanKind.NO_POSE, SpanKind.SPARED))),
        unlocated=() if record is None else tuple(sorted(record.unlocated.items())),
        versions=tuple(result.versions.items()),
        ground=None if coverage.ground is None else covered_ground(coverage.ground, result.zones.zones),
        rules=_rules(result.rules),
    )


def _other_warnings(result: Result) -> tuple[str, ...]:
    """All but the one about stand-in zones: the page makes its own from the zones, in both languages."""
    stand_in = placeholder_warning(result.zones)
    return tuple(text for text in result.warnings if text != stand_in)


def _gaps(poses: PoseTrack) -> tuple[Span, ...]:
    kinds = {"no_fix": SpanKind.NO_FIX, "glitch": SpanKind.NO_FIX}
    return tuple(
        Span(gap.start_us, gap.end_us, kinds.get(gap.what, SpanKind.TELEMETRY_GAP), gap.reason)
        for gap in poses.gaps
    )


def _zone(zone: Zone) -> ReportZone:
    return ReportZone(
        id=zone.id,
        kind=str(zone.kind),
        name_th=zone.name_th,
        name_en=zone.name_en,
        placeholder=zone.placeholder,
        accuracy_m=zone.accuracy_m,
        rings=_rings(zone.geometry),
        is_line="Line" in zone.geometry.geom_type,
    )


def _rings(geometry: Any) -> tuple[tuple[tuple[float, float], ...], ...]:
    if hasattr(geometry, "geoms"):
        return tuple(ring for part in geometry.geoms for ring in _rings(part))
    if geometry.geom_type == "Polygon":
        return tuple(_points(ring) for ring in (geometry.exterior, *geometry.interiors))
    return (_points(geometry),)


def _points(line: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y, *_ in line.coords)


def _track(track: Track, record: Record) -> ReportTrack:
    picture = record.pictures.get(track.id)
    return ReportTrack(
        id=track.id,
        label=track.label,
        detector_label=track.detector_label,
        first_seen_us=track.first_seen_us,
        last_seen_us=track.last_seen_us,
        sightings=track.sightings,
        best_score=track.best_score,
        lat_deg=track.lat_deg,
        lon_deg=track.lon_deg,
        ce90_m=track.ce90_m,
        picture_jpeg=None if picture is None else picture.jpeg(),
        picture_time_us=None if picture is None else picture.frame.captured_at_us,
    )


def _incident(incident: Incident, result: Result) -> ReportIncident:
    alert = result.messages_of(incident.id)[-1].alert
    position, border = alert.position, alert.border
    return ReportIncident(
        id=incident.id,
        event=incident.event,
        severity=incident.severity,
        state=str(incident.state),
        headline_th=alert.headline.th,
        headline_en=alert.headline.en,
        instruction_th=alert.instruction.th,
        instruction_en=alert.instruction.en,
        onset_us=incident.onset_us,
        last_seen_us=incident.last_seen_us,
        lat_deg=None if position is None else position.lat_deg,
        lon_deg=None if position is None else position.lon_deg,
        ce90_m=None if position is None else position.ce90_m,
        utm=(position and position.utm) or "",
        mgrs=(position and position.mgrs) or "",
        border=None
        if border is None
        else BorderSide(border.distance_m, border.sigma_m, border.p_thailand, border.side),
        zones=_chances(alert),
        subjects=tuple((subject.label, subject.count) for subject in alert.subjects),
        messages=incident.messages,
        track_ids=tuple(track.id for track in incident.tracks),
        picture_jpeg=None if result.record is None else result.record.snapshots.get(incident.id),
        rule_ids=_rule_ids(incident),
        second_look=_second_look(result.asides.second.latest(incident.id)),
    )


def _second_look(said: SecondLook | None) -> ReportSecondLook | None:
    if said is None:
        return None
    reason = None if said.reason is None else said.reason.value
    return ReportSecondLook(said.detector, said.answer.value, reason, said.label, said.score)


def _rule_ids(incident: Incident) -> tuple[str, ...]:
    """The rule that the incident is known by, then the others that found it."""
    others = incident.rule_ids - {incident.rule_id}
    return (incident.rule_id, *sorted(others, key=lambda rule_id: (len(rule_id), rule_id)))


def _rules(rules: Explained) -> ReportRules:
    return ReportRules(
        fired=tuple(_finding(finding, incident) for finding, incident in rules.fired),
        near_misses=tuple(_finding(finding, None) for finding in rules.near_misses),
        gaps=rules.gaps,
        fired_left_out=rules.fired_left_out,
        near_misses_left_out=rules.near_misses_left_out,
    )


def _finding(finding: Finding, incident_id: str | None) -> ReportFinding:
    tracks = [seen.track for seen in finding.things]
    return ReportFinding(
        rule_id=finding.rule_id,
        severity=finding.severity,
        label=tracks[0].label if tracks else None,
        founder_id=founder_of(finding),
        things=len(tracks),
        since_us=finding.since_us,
        last_seen_us=max((track.last_seen_us for track in tracks), default=None),
        conditions=tuple(ReportCondition(c.name, c.wanted, c.found, c.met) for c in finding.conditions),
        incident_id=incident_id,
    )


def _chances(alert: Alert) -> tuple[ZoneChance, ...]:
    return tuple(
        ZoneChance(zone.name.th, zone.name.en, zone.probability_inside, zone.placeholder)
        for zone in alert.zones
    )
