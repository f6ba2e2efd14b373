"""What a new version of the zones ends.

Pure: the book decides when to ask. A thing that stays inside the zone's new outline is a new incident's; its
id must then differ from the closed one's, which follows from the founding track alone.
"""

from __future__ import annotations

from dataclasses import replace

from droneops.incidents.incident import Change, ChangeKind, Incident, State


def closed_by_zones(incident: Incident, zone_ids: frozenset[str], time_us: int) -> Change | None:
    """The closing of an incident, all of whose zones are in ``zone_ids`` (`geofences.versions.closed_by`).

    None for one that is over already, and for one that another zone still holds. Nothing counts as present
    any more; the closing is the incident's next message.
    """
    is_over = incident.state in (State.CLOSED, State.CANCELLED)
    if is_over or not incident.zone_ids or not incident.zone_ids <= zone_ids:
        return None
    closed = replace(incident, state=State.CLOSED, messages=incident.messages + 1)
    return Change(ChangeKind.CLOSED, time_us, closed, ())
