"""Which rules fired in a replay, which almost did, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from droneops.incidents.explain import finding_json
from droneops.incidents.finding import Finding
from droneops.incidents.grade import grade
from droneops.incidents.incident import Incident
from droneops.incidents.trace import founder_of

MOST = 50
"""Of each list; more, nobody reads, and a camera over a market makes hundreds."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What fired in order of time, what almost did with the most telling first, and what rules lack.

    ``fired`` comes with the incident that it belongs to, where that still holds its founder. At most `MOST`
    of each are kept, the most telling; the rest is counted.
    """

    fired: tuple[tuple[Finding, str | None], ...]
    near_misses: tuple[Finding, ...]
    gaps: tuple[str, ...]
    fired_left_out: int = 0
    near_misses_left_out: int = 0
    gaps_left_out: int = 0


def explained_by(
    fired: Sequence[Finding],
    near_misses: Sequence[Finding],
    gaps: Sequence[str],
    incidents: Sequence[Incident] = (),
) -> Explained:
    """What a book of incidents traced (`IncidentBook.fired`, ``near_misses``), within bounds."""
    told = sorted(sorted(fired, key=_telling)[:MOST], key=_began)
    return Explained(
        fired=tuple((finding, _incident_of(finding, incidents)) for finding in told),
        near_misses=tuple(sorted(near_misses, key=_telling)[:MOST]),
        gaps=tuple(gaps[:MOST]),
        fired_left_out=max(len(fired) - MOST, 0),
        near_misses_left_out=max(len(near_misses) - MOST, 0),
        gaps_left_out=max(len(gaps) - MOST, 0),
    )


def explained_json(explained: Explained) -> dict[str, Any]:
    """The same for summary.json."""
    return {
        "fired": [finding_json(found) | {"incident_id": incident} for found, incident in explained.fired],
        "fired_left_out": explained.fired_left_out,
        "near_misses": [finding_json(finding) for finding in explained.near_misses],
        "near_misses_left_out": explained.near_misses_left_out,
        "gaps": list(explained.gaps),
        "gaps_left_out": explained.gaps_left_out,
    }


def _incident_of(finding: Finding, incidents: Iterable[Incident]) -> str | None:
    """The first incident that the rule found and that holds the finding's founder (R11: that it founded)."""
    founder = founder_of(finding)
    for incident in incidents:
        if finding.rule_id not in incident.rule_ids:
            continue
        held = {track.id for track in incident.tracks} if finding.things else {incident.founder.drone_id}
        if founder in held:
            return incident.id
    return None


def _telling(finding: Finding) -> tuple[int, float, int, str, str]:
    """The gravest first, then what most speaks for."""
    return -grade(finding.severity), -finding.score, *_began(finding)


def _began(finding: Finding) -> tuple[int, str, str]:
    return finding.since_us, finding.rule_id, founder_of(finding)
