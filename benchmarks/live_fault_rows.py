"""What came of each fault: events whose alert was lost or came in two incidents. See live_faults.py."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import live_rig as rig
from live_events import EVENT_S
from live_fault_list import OUTAGE_S, Fault
from live_fault_stage import LOOKS_PER_SECOND, Stage
from police_terminal import PoliceTerminal

DWELL_S = 2.0
"""R0's."""

NOTICED_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Row:
    """A fault as it went. Seconds; None: it did not come about in time, or was not told."""

    fault: str
    notice_s: float | None
    recover_s: float | None
    blind_s: float | None
    events: int
    unseen: int
    alerts_lost: int
    alerts_doubled: int


@dataclass(frozen=True, slots=True)
class Struck:
    """When a fault struck, and what was measured at once."""

    fault: Fault
    at_us: int
    notice_s: float | None
    recover_s: float | None


def judged(stage: Stage, struck: list[Struck], end: int, police: PoliceTerminal) -> list[Row]:
    """Each fault with the events from its own on to the next one's."""
    alerts = [json.loads(raw) for raw in police.first_bytes.values()]
    seen_s = _seen_s(stage)
    firsts = [_event_at(stage, one.at_us) for one in struck]
    rows = []
    for one, first, after in zip(struck, firsts, [*firsts[1:], end], strict=True):
        found = [_of_event(stage, event, alerts) for event in range(first, after)]
        due = [
            one.fault.goes_on_looking or seen_s[event] >= DWELL_S + 2 / LOOKS_PER_SECOND
            for event in range(first, after)
        ]
        rows.append(
            Row(
                fault=one.fault.name,
                notice_s=_rounded(one.notice_s),
                recover_s=_rounded(one.recover_s),
                blind_s=_rounded(_blind_s(one, alerts)),
                events=after - first,
                unseen=sum(not is_due and not count for is_due, count in zip(due, found, strict=True)),
                alerts_lost=sum(is_due and not count for is_due, count in zip(due, found, strict=True)),
                alerts_doubled=sum(max(count - 1, 0) for count in found),
            )
        )
    return rows


def _event_at(stage: Stage, time_us: int) -> int:
    return int((time_us - stage.course.start_us) / 1e6 // EVENT_S)


def _of_event(stage: Stage, event: int, alerts: list[dict[str, Any]]) -> int:
    """How many incidents the police were told of for the marker of an event."""
    return len(
        {
            alert["incident_id"]
            for alert in alerts
            if alert["sequence"] == 1
            and alert["event"] != "drone_blind"
            and _event_at(stage, _us(alert["onset"])) == event
        }
    )


def _blind_s(one: Struck, alerts: list[dict[str, Any]]) -> float | None:
    """When the police were told that nothing is seen: by the time at which the alert was made."""
    blind = [alert for alert in alerts if alert["event"] == "drone_blind"]
    began = [alert for alert in blind if -1e6 <= _us(alert["onset"]) - one.at_us <= OUTAGE_S * 1e6]
    return min(((_us(alert["sent"]) - one.at_us) / 1e6 for alert in began), default=None)


def _seen_s(stage: Stage) -> dict[int, float]:
    """For how long the looks that were written down show each event's marker on the ground."""
    times: dict[int, list[int]] = defaultdict(list)
    for look in rig.looks(stage.folder):
        if any("lat_deg" in (sighting["point"] or ()) for sighting in look["sightings"]):
            times[_event_at(stage, look["time_us"])].append(look["time_us"])
    spans = {event: (max(seen) - min(seen)) / 1e6 for event, seen in times.items()}
    return defaultdict(float, spans)


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
