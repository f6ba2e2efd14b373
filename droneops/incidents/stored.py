"""Incidents as what JSON can hold, and back, without losing a bit: after a restart the same follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from droneops.incidents.condition import Condition
from droneops.incidents.entry import Entry, News
from droneops.incidents.incident import ChangeKind, Founder, Incident, State
from droneops.incidents.records import Record, observation_from_record, observation_to_record
from droneops.incidents.said import Said
from geofences import Zone

_PLAIN = ("id", "event", "severity", "rule_id", "rule_version", "onset_us", "last_seen_us", "messages")


def entry_to_record(entry: Entry) -> Record:
    """An incident and what was said of it."""
    return {
        "incident": _incident_to_record(entry.incident),
        "said_us": entry.said_us,
        "said": {name: _said_to_record(said) for name, said in entry.said.items()},
        "news": None if entry.news is None else asdict(entry.news),
        "is_hushed": entry.is_hushed,
    }


def entry_from_record(record: Mapping[str, Any], zones: Mapping[str, Zone]) -> Entry:
    """The incident of `entry_to_record`; a zone that is there no more is left out of its things' hits."""
    return Entry(
        incident=_incident_from_record(record["incident"], zones),
        said_us=record["said_us"],
        said={name: _said_from_record(said) for name, said in record["said"].items()},
        news=None if record["news"] is None else _news_from_record(record["news"]),
        is_hushed=record["is_hushed"],
    )


def _incident_to_record(incident: Incident) -> Record:
    record: Record = {name: getattr(incident, name) for name in _PLAIN}
    return record | {
        "state": str(incident.state),
        "members": [observation_to_record(member) for member in incident.members],
        "lead": None if incident.lead is None else observation_to_record(incident.lead),
        "zone_ids": sorted(incident.zone_ids),
        "founder": asdict(incident.founder),
        "rule_ids": sorted(incident.rule_ids),
        "left_out": [list(count) for count in incident.left_out],
    }


def _incident_from_record(record: Mapping[str, Any], zones: Mapping[str, Zone]) -> Incident:
    lead = record["lead"]
    return Incident(
        **{name: record[name] for name in _PLAIN},
        state=State(record["state"]),
        members=tuple(observation_from_record(member, zones) for member in record["members"]),
        lead=None if lead is None else observation_from_record(lead, zones),
        zone_ids=frozenset(record["zone_ids"]),
        founder=Founder(**record["founder"]),
        rule_ids=frozenset(record["rule_ids"]),
        left_out=tuple((label, count) for label, count in record["left_out"]),
    )


def _said_to_record(said: Said) -> Record:
    return asdict(said) | {"zone_ids": sorted(said.zone_ids)}


def _said_from_record(record: Mapping[str, Any]) -> Said:
    return Said(**{**record, "zone_ids": frozenset(record["zone_ids"])})


def _news_from_record(record: Mapping[str, Any]) -> News:
    conditions = tuple(Condition(**condition) for condition in record["conditions"])
    return News(ChangeKind(record["kind"]), record["track_id"], conditions)
