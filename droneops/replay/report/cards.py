"""Incidents, pictures and coverage as rows of finished text for the template."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass

from droneops.replay.report import wording
from droneops.replay.report.clock import Clock, duration
from droneops.replay.report.data import (
    BorderSide,
    ReportData,
    ReportIncident,
    ReportSecondLook,
    ReportTrack,
    Span,
    SpanKind,
)
from droneops.replay.report.rules import rule_names
from droneops.replay.report.thinning import best_pictures
from droneops.replay.report.wording import Words, both, words

MAX_ROWS = 100
"""Rows in the table of what was not looked at; the longest are kept."""


@dataclass(frozen=True, slots=True)
class Card:
    """An incident as it is read. ``number`` is what the map and the time line call it."""

    number: int
    incident: ReportIncident
    event: Words
    severity: Words
    state: Words
    begin: str
    end: str
    begin_utc: str
    position: str
    ce90: str
    border: Words | None
    zones: tuple[tuple[str, str, bool], ...]
    subjects: str
    picture: str | None
    rules: tuple[tuple[str, Words], ...]
    second_look: Words | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A track's best picture; ``index`` is the track's place in the script's data."""

    index: int
    label: str
    detector_label: str
    score: str
    time: str
    position: str
    ce90: str
    sightings: int
    source: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without sight or position, and why."""

    begin: str
    end: str
    length: Words
    reason: Words
    note: str


def incident_cards(data: ReportData, clock: Clock) -> list[Card]:
    """One card an incident, numbered in the order given."""
    return [_card(number, incident, clock) for number, incident in enumerate(data.incidents, start=1)]


def pictures(data: ReportData, clock: Clock) -> list[Picture]:
    """The pictures that are shown, best first."""
    index_of = {track.id: index for index, track in enumerate(data.tracks)}
    return [_picture(index_of[track.id], track, clock) for track in best_pictures(data)]


def gaps(data: ReportData, clock: Clock) -> list[Gap]:
    """The longest times without sight or position, in order of time."""
    blind = [s for s in data.spans if s.kind is not SpanKind.LOOKED]
    longest = sorted(blind, key=lambda s: s.start_us - s.end_us)[:MAX_ROWS]
    return [_gap(span, clock) for span in sorted(longest, key=lambda s: (s.start_us, s.kind))]


def label_counts(data: ReportData) -> list[tuple[str, int]]:
    """What the tracks are, the most frequent first."""
    return [(both(wording.LABEL, k), n) for k, n in Counter(t.label for t in data.tracks).most_common()]


def _card(number: int, incident: ReportIncident, clock: Clock) -> Card:
    return Card(
        number=number,
        incident=incident,
        event=words(wording.EVENT, incident.event),
        severity=words(wording.SEVERITY, incident.severity),
        state=words(wording.STATE, incident.state),
        begin=clock.local(incident.onset_us),
        end=clock.local_time(incident.last_seen_us),
        begin_utc=clock.utc(incident.onset_us),
        position=_position(incident.lat_deg, incident.lon_deg),
        ce90=_metres(incident.ce90_m),
        border=_border(incident.border),
        zones=tuple(
            (_zone_name(z.name_th, z.name_en), _percent(z.probability), z.placeholder) for z in incident.zones
        ),
        subjects=", ".join(f"{both(wording.LABEL, label)} × {count}" for label, count in incident.subjects),
        picture=_data_uri(incident.picture_jpeg),
        rules=rule_names(incident.rule_ids),
        second_look=_second_look(incident.second_look),
    )


def _second_look(said: ReportSecondLook | None) -> Words | None:
    if said is None:
        return None
    parts = [words(wording.SECOND_LOOK, said.answer)]
    if said.reason is not None:
        parts.append(words(wording.SECOND_LOOK_REASON, said.reason))
    if said.label is not None and said.score is not None:
        label = words(wording.LABEL, said.label)
        parts.append(Words(f"{label.th} {said.score:.2f}", f"{label.en} {said.score:.2f}"))
    thai, english = (", ".join(part[language] for part in parts) for language in (0, 1))
    return Words(f"{thai} ({said.detector})", f"{english} ({said.detector})")


def _picture(index: int, track: ReportTrack, clock: Clock) -> Picture:
    at_us = track.last_seen_us if track.picture_time_us is None else track.picture_time_us
    return Picture(
        index=index,
        label=both(wording.LABEL, track.label),
        detector_label=track.detector_label,
        score=f"{track.best_score:.2f}",
        time=clock.local_time(at_us),
        position=_position(track.lat_deg, track.lon_deg),
        ce90=_metres(track.ce90_m),
        sightings=track.sightings,
        source=_data_uri(track.picture_jpeg) or "",
    )


def _gap(span: Span, clock: Clock) -> Gap:
    return Gap(
        clock.local_time(span.start_us),
        clock.local_time(span.end_us),
        duration((span.end_us - span.start_us) / 1e6),
        words(wording.KIND, span.kind),
        span.note,
    )


def _border(border: BorderSide | None) -> Words | None:
    if border is None:
        return None
    side = words(wording.SIDE, border.side)
    away = f"{abs(border.distance_m):.0f} ± {border.sigma_m:.0f}"
    chance = _percent(border.p_thailand)
    return Words(
        f"{side.th} ห่างเส้นเขตแดน {away} ม. (โอกาสอยู่ฝั่งไทย {chance})",
        f"{side.en}, {away} m from the border line ({chance} that it is in Thailand)",
    )


def _zone_name(name_th: str, name_en: str) -> str:
    return " ".join(dict.fromkeys(n for n in (name_th, name_en) if n))


def _percent(probability: float) -> str:
    """Never 0 % or 100 %: a probability from measurements is neither."""
    if probability >= 0.995:
        return ">\u00a099\u00a0%"
    return "<\u00a01\u00a0%" if probability < 0.005 else f"{probability * 100:.0f}\u00a0%"


def _position(lat_deg: float | None, lon_deg: float | None) -> str:
    return "" if lat_deg is None or lon_deg is None else f"{lat_deg:.6f}, {lon_deg:.6f}"


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _data_uri(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else None
