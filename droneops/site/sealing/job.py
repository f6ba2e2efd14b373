"""What the process that makes bundles is given over its input, as JSON: incidents, and where things lie."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from droneops.errors import InputError
from droneops.fleet.recording.in_force import InForce
from droneops.incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Case:
    """An incident whose bundle is due. ``mark`` tells how far it has come: `mark_of`."""

    incident_id: str
    mark: str
    event: str
    severity: str
    state: str
    rule_id: str
    rule_version: str
    onset_us: int
    last_seen_us: int
    drone_ids: tuple[str, ...]
    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """Cases of a site. ``data`` is the data folder; ``key_file`` the site's key, None: nothing is signed.

    The digests are of what is in force (`droneops.fleet.recording.in_force`).
    """

    data: Path
    key_file: Path | None
    site_id: str
    status: str
    run: str
    zones_sha256: str
    rules_sha256: str
    site_sha256: str | None
    cases: tuple[Case, ...]


def mark_of(incident: Incident) -> str:
    """How far an incident has come: what its latest message is, and whether it is over."""
    return f"{incident.messages} {'over' if incident.is_over else 'on'}"


def case_of(incident: Incident) -> Case:
    """The case that an incident is."""
    drones = [track.drone_id for track in incident.tracks]
    return Case(
        incident_id=incident.id,
        mark=mark_of(incident),
        event=incident.event,
        severity=incident.severity,
        state=str(incident.state),
        rule_id=incident.rule_id,
        rule_version=incident.rule_version,
        onset_us=incident.onset_us,
        last_seen_us=incident.last_seen_us,
        drone_ids=tuple(dict.fromkeys((incident.founder.drone_id, *drones))),
        track_ids=tuple(track.id for track in incident.tracks),
    )


def job_of(
    data: Path, key_file: Path | None, origin: tuple[str, str, str], force: InForce, cases: tuple[Case, ...]
) -> Job:
    """``origin``: site id, status and run."""
    digests = (force.zones_sha256, force.rules_sha256, force.site_sha256)
    return Job(data.absolute(), None if key_file is None else key_file.absolute(), *origin, *digests, cases)


def job_to_bytes(job: Job) -> bytes:
    """A job as JSON."""
    return json.dumps(asdict(job), default=str).encode()


def job_from_bytes(raw: bytes) -> Job:
    """The job of `job_to_bytes`.

    Raises:
        InputError: it is none.
    """
    try:
        table = json.loads(raw)
        cases = tuple(_case(case) for case in table["cases"])
        key_file = None if table["key_file"] is None else Path(table["key_file"])
        return Job(**{**table, "data": Path(table["data"]), "key_file": key_file, "cases": cases})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"no job: {error!r}", where="input") from None


def _case(record: dict[str, Any]) -> Case:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    return Case(**given)
