"""What ends an incident: nothing seen of it for long, or zones that no longer say what they said.

Pure: the book decides when to ask. A thing that stays inside a zone's new outline is a new incident's; its id
differs from the closed one's by the founder's ``time``.
"""

from __future__ import annotations

from dataclasses import replace

from droneops.incidents.incident import Change, ChangeKind, EndReason, Incident, State
from droneops.incidents.life import Life


def closed_by_zones(incident: Incident, zone_ids: frozenset[str], time_us: int) -> Change | None:
    """The closing of an incident, all of whose zones are in ``zone_ids`` (`geofences.versions.closed_by`).

    None for one that is over already, and for one that another zone still holds.
    """
    if incident.is_over or not incident.zone_ids or not incident.zone_ids <= zone_ids:
        return None
    return over(incident, EndReason.ZONES_CHANGED, time_us)


def closed_by_time(incident: Incident, time_us: int, life: Life) -> Change | None:
    """The closing of an incident of which nothing was seen for too long; None for one that is over."""
    if incident.is_over or not is_outlived(incident, time_us, life):
        return None
    return over(incident, EndReason.QUIET, time_us)


def is_outlived(incident: Incident, time_us: int, life: Life) -> bool:
    """Whether nothing was seen of an incident for so long that what comes is another one."""
    wait_s = life.sees_again_s if incident.event == "drone_blind" else life.close_after_s
    return time_us - incident.last_seen_us > wait_s * 1e6


def over(incident: Incident, reason: EndReason, time_us: int, replaced_by: str | None = None) -> Change:
    """An incident's last change, which is its next message; nothing counts as present any more."""
    is_withdrawn = reason in (EndReason.BY_HAND, EndReason.MERGED)
    kind = ChangeKind.CANCELLED if is_withdrawn else ChangeKind.CLOSED
    state = State.CANCELLED if is_withdrawn else State.CLOSED
    ended = replace(incident, state=state, messages=incident.messages + 1)
    return Change(kind, time_us, ended, (), replaced_by=replaced_by, reason=reason)
